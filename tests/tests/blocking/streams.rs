//! What the host offers: streams that it reads and writes a piece at a time, and functions that
//! return once all of them have passed.

use super::{BYTES, PIECE};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use wasi_virt_tests::host::State;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Destination, FutureConsumer, FutureProducer, FutureReader, Linker, LinkerInstance, Lower,
    Source, StreamConsumer, StreamProducer, StreamReader, StreamResult, VecBuffer,
};

/// What the host knows of the streams.
#[derive(Default)]
pub struct Streams {
    /// How many have not passed yet.
    open: AtomicU64,
    /// How many bytes have passed.
    pub passed: AtomicU64,
}

impl Streams {
    /// Waits until every stream has passed; says how many bytes that were.
    async fn all(&self) -> u64 {
        while self.open.load(Ordering::Relaxed) != 0 {
            sleep(Duration::from_millis(1)).await;
        }
        self.passed.load(Ordering::Relaxed)
    }
}

/// A stream that the host reads or writes a piece at a time.
struct Stream {
    streams: Arc<Streams>,
    passed: usize,
    rest: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    fn new(streams: &Arc<Streams>) -> Self {
        streams.open.fetch_add(1, Ordering::Relaxed);
        Stream {
            streams: Arc::clone(streams),
            passed: 0,
            rest: Some(Box::pin(sleep(Duration::from_millis(1)))),
        }
    }

    fn is_rested(&mut self, context: &mut Context<'_>) -> bool {
        let rest = self.rest.as_mut().map(|rest| rest.as_mut().poll(context));
        rest.is_none_or(|poll| poll.is_ready())
    }

    fn pass(&mut self, count: usize) {
        self.passed += count;
        self.streams
            .passed
            .fetch_add(count as u64, Ordering::Relaxed);
        self.rest = Some(Box::pin(sleep(Duration::from_millis(1))));
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.streams.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl StreamConsumer<State> for Stream {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'_, State>,
        source: Source<'_, u8>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if !self.is_rested(context) {
            return match finish {
                true => Poll::Ready(Ok(StreamResult::Cancelled)),
                false => Poll::Pending,
            };
        }
        let mut source = source.as_direct(store);
        let bytes = source.remaining();
        let count = bytes.len().min(PIECE);
        let is_right = bytes[..count]
            .iter()
            .zip(self.passed..)
            .all(|(byte, at)| usize::from(*byte) == at % 251);
        if !is_right {
            return Poll::Ready(Err(wasmtime::format_err!("other bytes than the file's")));
        }
        source.mark_read(count);
        if count > 0 {
            self.pass(count);
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl StreamProducer<State> for Stream {
    type Item = u8;
    type Buffer = VecBuffer<u8>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _: StoreContextMut<'a, State>,
        mut destination: Destination<'a, u8, VecBuffer<u8>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if !self.is_rested(context) {
            return match finish {
                true => Poll::Ready(Ok(StreamResult::Cancelled)),
                false => Poll::Pending,
            };
        }
        destination.set_buffer(vec![b'x'; PIECE].into());
        self.pass(PIECE);
        Poll::Ready(Ok(match self.passed as u64 >= BYTES {
            true => StreamResult::Dropped,
            false => StreamResult::Completed,
        }))
    }
}

/// What comes, goes or ends once every stream of the others has passed.
struct Last<T> {
    streams: Arc<Streams>,
    rest: Pin<Box<Sleep>>,
    /// What comes.
    values: Vec<T>,
}

impl<T> Last<T> {
    fn new(streams: &Arc<Streams>, values: impl Into<Vec<T>>) -> Self {
        Last {
            streams: Arc::clone(streams),
            rest: Box::pin(sleep(Duration::from_millis(1))),
            values: values.into(),
        }
    }

    /// Whether its time has come.
    fn is_due(&mut self, context: &mut Context<'_>) -> bool {
        while self.rest.as_mut().poll(context).is_ready() {
            if self.streams.open.load(Ordering::Relaxed) == 0 {
                return true;
            }
            self.rest = Box::pin(sleep(Duration::from_millis(1)));
        }
        false
    }
}

impl<T: Unpin> Unpin for Last<T> {}

impl<T: Lower + Clone + Unpin + Send + Sync + 'static> StreamProducer<State> for Last<T> {
    type Item = T;
    type Buffer = VecBuffer<T>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _: StoreContextMut<'a, State>,
        mut destination: Destination<'a, T, VecBuffer<T>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if !self.is_due(context) {
            return Poll::Pending;
        }
        if finish {
            return Poll::Ready(Ok(StreamResult::Cancelled));
        }
        destination.set_buffer(self.values.clone().into());
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl StreamConsumer<State> for Last<u8> {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'_, State>,
        source: Source<'_, u8>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if !self.is_due(context) {
            return Poll::Pending;
        }
        if finish {
            return Poll::Ready(Ok(StreamResult::Cancelled));
        }
        let mut source = source.as_direct(store);
        let count = source.remaining().len();
        source.mark_read(count);
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

impl FutureProducer<State> for Last<u32> {
    type Item = u32;

    fn poll_produce(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        _: StoreContextMut<'_, State>,
        finish: bool,
    ) -> Poll<wasmtime::Result<Option<u32>>> {
        if !self.is_due(context) {
            return Poll::Pending;
        }
        Poll::Ready(Ok(self.values.first().copied().filter(|_| !finish)))
    }
}

impl FutureConsumer<State> for Last<u32> {
    type Item = u32;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        store: StoreContextMut<'_, State>,
        mut source: Source<'_, u32>,
        finish: bool,
    ) -> Poll<wasmtime::Result<()>> {
        if !self.is_due(context) {
            return Poll::Pending;
        }
        if !finish {
            source.read(store, &mut None)?;
        }
        Poll::Ready(Ok(()))
    }
}

/// Adds what the host offers.
pub fn offer(linker: &mut Linker<State>, streams: &Arc<Streams>) -> wasmtime::Result<()> {
    offer_calls(linker, streams)?;
    offer_ends(linker, streams)?;
    let all = Arc::clone(streams);
    let mut host = linker.instance("test:slow/host")?;
    host.func_wrap_concurrent("all", move |_, (): ()| {
        let all = Arc::clone(&all);
        Box::pin(async move {
            all.all().await;
            Ok(())
        })
    })
}

/// Streams of which the task waits for an end.
fn offer_ends(linker: &mut Linker<State>, streams: &Arc<Streams>) -> wasmtime::Result<()> {
    type Store<'a> = StoreContextMut<'a, State>;
    let mut host = linker.instance("test:built-ins/host")?;
    offer_streams(&mut host, streams)?;
    host.func_wrap_concurrent("never", |_, (): ()| {
        Box::pin(std::future::pending::<wasmtime::Result<(u32,)>>())
    })?;
    let all = Arc::clone(streams);
    host.func_wrap("later", move |store: Store<'_>, (): ()| {
        Ok((StreamReader::new(store, Last::<u8>::new(&all, *b"xyz"))?,))
    })?;
    let all = Arc::clone(streams);
    host.func_wrap("words", move |store: Store<'_>, (): ()| {
        Ok((StreamReader::new(store, Last::<u32>::new(&all, [11, 12]))?,))
    })?;
    let all = Arc::clone(streams);
    host.func_wrap("promise", move |store: Store<'_>, (): ()| {
        Ok((FutureReader::new(store, Last::<u32>::new(&all, [7]))?,))
    })?;
    let all = Arc::clone(streams);
    host.func_wrap(
        "sink",
        move |store: Store<'_>, (data,): (StreamReader<u8>,)| {
            data.pipe(store, Last::<u8>::new(&all, []))
        },
    )?;
    let all = Arc::clone(streams);
    host.func_wrap(
        "keep",
        move |store: Store<'_>, (data,): (FutureReader<u32>,)| {
            data.pipe(store, Last::<u32>::new(&all, []))
        },
    )
}

/// Streams that have to pass.
fn offer_streams(
    host: &mut LinkerInstance<'_, State>,
    streams: &Arc<Streams>,
) -> wasmtime::Result<()> {
    let all = Arc::clone(streams);
    host.func_wrap(
        "take",
        move |store: StoreContextMut<'_, State>, (data,): (StreamReader<u8>,)| {
            data.pipe(store, Stream::new(&all))
        },
    )?;
    let all = Arc::clone(streams);
    host.func_wrap("give", move |store: StoreContextMut<'_, State>, (): ()| {
        Ok((StreamReader::new(store, Stream::new(&all))?,))
    })
}

/// Functions in which the task waits.
fn offer_calls(linker: &mut Linker<State>, streams: &Arc<Streams>) -> wasmtime::Result<()> {
    let mut host = linker.instance("test:blocking/host")?;
    offer_streams(&mut host, streams)?;
    macro_rules! waits {
        ($name:literal, ($($arg:ident: $ty:ty),*), $passed:ident => $result:expr) => {
            let all = Arc::clone(streams);
            host.func_wrap_concurrent($name, move |_, ($($arg,)*): ($($ty,)*)| {
                let all = Arc::clone(&all);
                Box::pin(async move {
                    let $passed = all.all().await;
                    Ok($result)
                })
            })?;
        };
    }
    waits!("all", (), _passed => ());
    waits!("count", (more: u64), passed => (passed + more,));
    waits!("negative", (of: u8), _passed => (-(of as i8),));
    waits!("ratio", (), _passed => (1.5_f32,));
    waits!("wide", (of: (u32, u8)), _passed => (f64::from(of.0) / f64::from(of.1),));
    waits!("text", (of: String), passed => (format!("{of}{passed}"),));
    host.func_wrap_concurrent("at-once", |_, (of,): (u16,)| {
        Box::pin(async move { Ok((of,)) })
    })?;
    Ok(())
}
