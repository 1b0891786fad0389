//! A guest that is hostile to the adapter inside of its component. What it passes ends in a trap,
//! or in the answer that the host gives the same guest, and the adapter answers rightly afterwards.

mod network;
mod p2;
mod p3;

use anyhow::{Context, Result};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use wasi_virt_tests::hostile_guest::ways::Way;

fn number(variable: &str, default: u64) -> Result<u64> {
    match std::env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable}={text}")),
        Err(_) => Ok(default),
    }
}

/// Plays a sequence of a seed: how many calls it had, and whether it ended in a trap.
type Play = dyn Fn(&Way, u64) -> Result<(usize, bool)> + Sync;

/// Plays sequences of calls made at random, each in one of these ways.
fn at_random(
    sequences: u64,
    ways: &(dyn Fn() -> Result<Vec<Way>> + Sync),
    sequence: &Play,
) -> Result<()> {
    let first = number("WASI_VIRT_SEED", 0)?;
    let sequences = number("WASI_VIRT_SEQUENCES", sequences)?;
    println!(
        "sequences of the seeds {first} to {}",
        first + sequences - 1
    );
    let (next, failure) = (AtomicU64::new(first), Mutex::new(None));
    let (calls, traps) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let note = |error: anyhow::Error| {
        if let Ok(mut failure) = failure.lock() {
            *failure = Some(error);
        }
    };
    let play = |ways: &[Way], seed: u64| {
        let way = &ways[(seed % ways.len() as u64) as usize];
        way.tidy()?;
        sequence(way, seed)
    };
    let work = || {
        // Each has directories of its own.
        let ways = match ways() {
            Ok(ways) => ways,
            Err(error) => return note(error),
        };
        loop {
            let seed = next.fetch_add(1, Relaxed);
            let is_over = seed >= first + sequences;
            if is_over || failure.lock().is_ok_and(|failure| failure.is_some()) {
                return;
            }
            match play(&ways, seed) {
                Ok((count, is_trap)) => {
                    calls.fetch_add(count, Relaxed);
                    traps.fetch_add(usize::from(is_trap), Relaxed);
                }
                Err(error) => note(error),
            }
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    println!("{calls:?} calls, {traps:?} sequences ended in a trap");
    match failure.into_inner() {
        Ok(None) => Ok(()),
        Ok(Some(error)) => Err(error),
        Err(_) => anyhow::bail!("a worker panicked"),
    }
}
