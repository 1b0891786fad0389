//! How long an operation is waited for. What has not come by then depends on a later line of the
//! script, so the operation is left pending.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use wit_bindgen::{yield_async, yield_blocking};

/// How often the host gets its turn before an operation counts as pending.
const PATIENCE: usize = 6;

/// Lets the host and other tasks go on.
pub async fn settle() {
    for _ in 0..PATIENCE {
        turn().await;
    }
}

async fn turn() {
    yield_async().await;
    // `block_on` keeps a yield of a future to itself; this one reaches the host.
    yield_blocking();
}

/// What an operation gives at once.
pub async fn attempt<F: Future + ?Sized>(operation: &mut Pin<Box<F>>) -> Option<F::Output> {
    std::future::poll_fn(|context| match operation.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// What an operation gives once others had their turns.
pub async fn patient<F: Future + ?Sized>(operation: &mut Pin<Box<F>>) -> Option<F::Output> {
    for _ in 0..PATIENCE {
        if let Some(output) = attempt(operation).await {
            return Some(output);
        }
        turn().await;
    }
    attempt(operation).await
}
