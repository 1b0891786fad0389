//! `wasi:io/poll`: virtual streams, which are always ready, and timers of the virtual clock.
//! Nothing here may wait.

use alloc::vec::Vec;

use wasi_virt_adapter_core::table::is_virtual;
use wasi_virt_adapter_core::{clock, exports, trap};

use crate::imports;
use crate::table::{self, Pollable, Resource};

/// What is known of a pollable in a list.
#[derive(Clone, Copy)]
enum State {
    Ready,
    NotReady,
    Timer(u64),
}

fn state(handle: u32) -> State {
    if !is_virtual(handle) {
        return match imports::pollable_ready(handle) {
            0 => State::NotReady,
            _ => State::Ready,
        };
    }
    match table::pollable(handle) {
        Pollable::Ready => State::Ready,
        Pollable::Timer(instant) => State::Timer(instant),
    }
}

/// Moves the clock to the first timer, unless something is ready before. Tells until when timers
/// are ready.
fn reach(states: &[State]) -> u64 {
    let timers = states.iter().filter_map(|state| match state {
        State::Timer(instant) => Some(*instant),
        _ => None,
    });
    if let Some(first) = timers.min() {
        let is_other_ready = states.iter().any(|state| matches!(state, State::Ready));
        if !clock::is_reached(first) && !is_other_ready {
            clock::wait_until(first);
        }
    }
    if clock::stands() {
        u64::MAX
    } else {
        clock::elapsed()
    }
}

exports! {
    "wasi:io/poll#[method]pollable.ready" fn ready(app, this: u32) -> u32 {
        match table::pollable(this) {
            Pollable::Ready => 1,
            Pollable::Timer(instant) => clock::is_reached(instant).into(),
        }
    }
    "wasi:io/poll#[method]pollable.block" fn block(app, this: u32) -> () {
        if let Pollable::Timer(instant) = table::pollable(this) {
            clock::wait_until(instant);
        }
    }
    "wasi:io/poll#poll" fn poll(app, pollables: [numbers]) => Vec<u32> {
        if pollables.is_empty() {
            trap()
        }
        let states: Vec<State> = pollables.into_iter().map(state).collect();
        let now = reach(&states);
        let mut ready = Vec::with_capacity(states.len());
        for (index, state) in states.into_iter().enumerate() {
            let is_ready = match state {
                State::Ready => true,
                State::NotReady => false,
                State::Timer(instant) => instant <= now,
            };
            if is_ready {
                ready.push(index as u32);
            }
        }
        ready
    }
    "wasi:io/poll#[resource-drop]pollable" fn drop_pollable(app, this: u32) -> () {
        let Resource::Pollable(_) = table::remove(this) else {
            trap()
        };
    }
}
