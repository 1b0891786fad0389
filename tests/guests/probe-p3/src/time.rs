//! Clocks and waiting.

use crate::script::Command;
use futures::future::join_all;
use std::cell::RefCell;
use wasip3::clocks::{monotonic_clock, system_clock};

/// 2024-01-01, before which no honest clock stands.
const PAST: i64 = 1_704_067_200;
const MILLISECOND: u64 = 1_000_000;

pub async fn perform(command: &Command) -> Option<String> {
    Some(match command.verb.as_str() {
        "now" => {
            let now = system_clock::now();
            match now.seconds > PAST && now.nanoseconds < 1_000_000_000 {
                true => "plausible".into(),
                false => format!("{}.{:09}", now.seconds, now.nanoseconds),
            }
        }
        "now-resolution" => positive(system_clock::get_resolution()),
        "monotonic" => {
            let (first, second) = (monotonic_clock::now(), monotonic_clock::now());
            match second >= first {
                true => "forward".into(),
                false => "backward".into(),
            }
        }
        // The number itself, for those who know what it is.
        "monotonic-now" => monotonic_clock::now().to_string(),
        "monotonic-resolution" => positive(monotonic_clock::get_resolution()),
        "sleep" => {
            let start = monotonic_clock::now();
            monotonic_clock::wait_for(command.number(0) * MILLISECOND).await;
            elapsed(start, command.number(0))
        }
        "sleep-until" => {
            let start = monotonic_clock::now();
            monotonic_clock::wait_until(start + command.number(0) * MILLISECOND).await;
            elapsed(start, command.number(0))
        }
        "sleep-past" => {
            monotonic_clock::wait_until(0).await;
            "slept".into()
        }
        // Several waits at once: which are over first.
        "sleepers" => {
            let over = RefCell::new(Vec::new());
            let waits = [90, 0, 60, 30].map(|count| {
                let over = &over;
                async move {
                    monotonic_clock::wait_for(count * MILLISECOND).await;
                    over.borrow_mut().push(count);
                }
            });
            join_all(waits).await;
            format!("{:?}", over.into_inner())
        }
        // A wait that nobody waits for any more.
        "sleep-cancelled" => {
            let mut wait = Box::pin(monotonic_clock::wait_for(3_600_000 * MILLISECOND));
            let ready = futures::poll!(&mut wait).is_ready();
            drop(wait);
            format!("ready {ready}")
        }
        _ => return None,
    })
}

fn positive(resolution: u64) -> String {
    match resolution {
        0 => "zero".into(),
        _ => "ok".into(),
    }
}

fn elapsed(start: u64, asked: u64) -> String {
    let took = monotonic_clock::now() - start;
    if took < asked * MILLISECOND {
        format!("only {took} ns")
    } else if took > (asked + 30_000) * MILLISECOND {
        format!("as long as {took} ns")
    } else {
        "slept".into()
    }
}
