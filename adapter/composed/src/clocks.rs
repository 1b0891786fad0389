//! `wasi:clocks/wall-clock` and `monotonic-clock`, where they are virtual: one count of nanoseconds since the
//! start of the instance, which every reading moves on by [`STEP`], or which stands still. Nothing ever waits: a
//! wait moves the count to its end. It must never ask the host for a time.
//!
//! Timers are pollables, so that the functions of `wasi:io/poll` that know of them are here. The engine gives
//! these the names behind `virt_clock:` where the clock is virtual, so that other artifacts do without.

use alloc::vec::Vec;
use core::cell::Cell;

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::exports::wasi::io::poll::{self, GuestPollable, PollableBorrow};
use crate::config::config;
use crate::poll::Pollable;

/// What a reading takes, and the resolution, in nanoseconds: a microsecond, about what it takes on a host.
const STEP: u64 = 1_000;
/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

struct Count(Cell<u64>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Count {}

/// Nanoseconds since the start.
static ELAPSED: Count = Count(Cell::new(0));

/// Reads the clock, which takes its time.
fn read() -> u64 {
    let elapsed = ELAPSED.0.get();
    if !config().clock().stands {
        ELAPSED.0.set(elapsed.saturating_add(STEP));
    }
    elapsed
}

/// Moves on to `instant`, unless it is over or the clock stands still.
fn wait_until(instant: u64) {
    if instant > ELAPSED.0.get() && !config().clock().stands {
        ELAPSED.0.set(instant);
    }
}

/// Whether `instant` is reached; where time stands still, it always is, so that nobody waits forever.
fn is_reached(instant: u64) -> bool {
    config().clock().stands || read() >= instant
}

/// What the wall clock shows when so many nanoseconds have passed.
fn wall(elapsed: u64) -> wall_clock::Datetime {
    let clock = config().clock();
    let nanoseconds = elapsed.saturating_add(u64::from(clock.nanoseconds));
    wall_clock::Datetime {
        seconds: clock.seconds.saturating_add(nanoseconds / SECOND),
        nanoseconds: (nanoseconds % SECOND) as u32,
    }
}

/// What the wall clock shows; asking for it takes no time.
#[cfg(feature = "write")]
pub fn shown() -> wall_clock::Datetime {
    wall(ELAPSED.0.get())
}

impl wall_clock::Guest for Adapter {
    fn now() -> wall_clock::Datetime {
        wall(read())
    }

    fn resolution() -> wall_clock::Datetime {
        wall_clock::Datetime {
            seconds: 0,
            nanoseconds: STEP as u32,
        }
    }
}

impl monotonic_clock::Guest for Adapter {
    fn now() -> u64 {
        read()
    }

    fn resolution() -> u64 {
        STEP
    }

    fn subscribe_instant(when: u64) -> poll::Pollable {
        poll::Pollable::new(Pollable::Timer(when))
    }

    fn subscribe_duration(duration: u64) -> poll::Pollable {
        let when = ELAPSED.0.get().saturating_add(duration);
        poll::Pollable::new(Pollable::Timer(when))
    }
}

/// Whether a pollable is ready, without waiting.
fn is_ready(pollable: &Pollable) -> bool {
    match pollable {
        Pollable::Timer(instant) => is_reached(*instant),
        other => other.ready(),
    }
}

// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_clock:wasi:io/poll@0.2.12#[method]pollable.ready")]
unsafe extern "C" fn ready(rep: *mut u8) -> i32 {
    // SAFETY: the argument is that of the canonical ABI.
    let pollable = unsafe { PollableBorrow::lift(rep) };
    i32::from(is_ready(pollable.get()))
}

// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_clock:wasi:io/poll@0.2.12#[method]pollable.block")]
unsafe extern "C" fn block(rep: *mut u8) {
    // SAFETY: the argument is that of the canonical ABI.
    let pollable = unsafe { PollableBorrow::lift(rep) };
    match pollable.get() {
        Pollable::Timer(instant) => wait_until(*instant),
        other => other.block(),
    }
}

/// `poll` where some of the pollables are timers.
struct WithTimers;

impl poll::Guest for WithTimers {
    type Pollable = Pollable;

    fn poll(pollables: Vec<PollableBorrow<'_>>) -> Vec<u32> {
        let mut next: Option<u64> = None;
        let mut other_ready = false;
        for pollable in &pollables {
            match pollable.get::<Pollable>() {
                Pollable::Timer(instant) => {
                    next = Some(next.map_or(*instant, |next| next.min(*instant)));
                }
                other => other_ready |= other.ready(),
            }
        }
        let Some(next) = next else {
            return <Adapter as poll::Guest>::poll(pollables);
        };
        // What is ready besides comes before a timer that is not.
        if !is_reached(next) && !other_ready {
            wait_until(next);
        }
        let now = if config().clock().stands {
            u64::MAX
        } else {
            ELAPSED.0.get()
        };
        let mut ready = Vec::with_capacity(pollables.len());
        for (index, pollable) in pollables.iter().enumerate() {
            let is_ready = match pollable.get::<Pollable>() {
                Pollable::Timer(instant) => *instant <= now,
                other => other.ready(),
            };
            if is_ready {
                ready.push(index as u32);
            }
        }
        ready
    }
}

// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_clock:wasi:io/poll@0.2.12#poll")]
unsafe extern "C" fn poll_all(pointer: *mut u8, len: usize) -> *mut u8 {
    // SAFETY: the arguments are those of the canonical ABI.
    unsafe { poll::_export_poll_cabi::<WithTimers>(pointer, len) }
}

// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_clock:cabi_post_wasi:io/poll@0.2.12#poll")]
unsafe extern "C" fn poll_all_done(result: *mut u8) {
    // SAFETY: the generated function gave this result.
    unsafe { poll::__post_return_poll::<WithTimers>(result) }
}
