//! The virtual clock: one count of nanoseconds since the start of the instance. Every reading moves
//! it on by [`STEP`], or it stands still. Nothing ever waits: a wait moves the count to its end.
//! This module must never ask the host for a time.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::config::config;

/// What a reading takes, and the resolution, in nanoseconds.
///
/// It is a microsecond, which is about what a reading takes on a host.
pub const STEP: u64 = 1_000;

/// What the time zone is called in which the clock shows the time. Its offset is 0.
pub const ZONE: &[u8] = b"UTC";

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// Nanoseconds since the start.
static ELAPSED: AtomicU64 = AtomicU64::new(0);

/// A time: seconds since 1970, and nanoseconds into the second.
pub type Seconds = (u64, u32);

/// Tells the time since the start, which takes none.
pub fn elapsed() -> u64 {
    ELAPSED.load(Relaxed)
}

/// Whether time stands still.
pub fn stands() -> bool {
    config().clock().stands
}

/// Reads the clock, which takes its time.
pub fn read() -> u64 {
    let elapsed = elapsed();
    if !stands() {
        ELAPSED.store(elapsed.saturating_add(STEP), Relaxed);
    }
    elapsed
}

/// Moves on to `instant`, unless it is over or time stands still.
pub fn wait_until(instant: u64) {
    if instant > elapsed() && !stands() {
        ELAPSED.store(instant, Relaxed);
    }
}

/// Whether `instant` is reached. Where time stands still it always is, so that nobody waits
/// forever.
pub fn is_reached(instant: u64) -> bool {
    stands() || read() >= instant
}

/// What the wall clock shows when so many nanoseconds have passed.
pub fn wall(elapsed: u64) -> Seconds {
    let clock = config().clock();
    let nanoseconds = elapsed.saturating_add(u64::from(clock.nanoseconds));
    (
        clock.seconds.saturating_add(nanoseconds / SECOND),
        (nanoseconds % SECOND) as u32,
    )
}
