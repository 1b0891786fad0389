//! Sets of waitables, and the events that tasks wait for on them. This module must never let a task
//! wake without an event.

use std::vec::Vec;

use super::channel::Side;
use super::{Host, with};
use crate::canonical::Event;
use crate::trap;

#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) waiting: bool,
    pub(super) woken: bool,
}

impl Host {
    pub(super) fn ready(&mut self, set: u32) -> Option<(u32, usize, Side)> {
        let ends = self.ends.iter().map(|(handle, at)| (*handle, at.0, at.1));
        let mut ends = ends.collect::<Vec<_>>().into_iter();
        ends.find(|(_, channel, side)| {
            let end = self.channels[*channel].end(*side);
            end.set == set && end.ready
        })
    }

    /// Wakes the task that waits on a set, if there is an event.
    pub(super) fn wake_set(&mut self, set: u32) {
        let is_ready = self.has_event(set);
        if let Some(set) = self.sets.get_mut(&set).filter(|_| is_ready) {
            set.woken |= core::mem::take(&mut set.waiting);
        }
    }

    pub(super) fn has_event(&mut self, set: u32) -> bool {
        let mut calls = self.calls.values();
        calls.any(|call| call.set == set && call.event.is_some()) || self.ready(set).is_some()
    }

    pub(super) fn event(&mut self, set: u32) -> Option<Event> {
        for (waitable, call) in self.calls.iter_mut().filter(|(_, call)| call.set == set) {
            if let Some(code) = call.event.take() {
                call.known = code;
                return Some(Event {
                    number: Event::SUBTASK,
                    waitable: *waitable,
                    code,
                });
            }
        }
        let (waitable, channel, side) = self.ready(set)?;
        let channel = &mut self.channels[channel];
        let number = match (channel.is_future, side) {
            (false, Side::Read) => 2,
            (false, Side::Write) => 3,
            (true, Side::Read) => 4,
            (true, Side::Write) => 5,
        };
        let code = channel.take(side).pack();
        Some(Event {
            number,
            waitable,
            code,
        })
    }
}

/// A task begins to wait on a set.
pub fn wait(set: u32) {
    with(|host| {
        let is_ready = host.has_event(set);
        let Some(set) = host.sets.get_mut(&set) else {
            trap()
        };
        (set.waiting, set.woken) = (!is_ready, is_ready);
    });
}

/// The event for which the task that waits on a set was woken: its number, waitable and code.
pub fn deliver(set: u32) -> Option<(u32, u32, u32)> {
    with(|host| {
        let woken = host.sets.get_mut(&set).map(|set| &mut set.woken);
        if !woken.is_some_and(core::mem::take) {
            return None;
        }
        let event = host.event(set).expect("the event for which it was woken");
        Some((event.number, event.waitable, event.code))
    })
}

/// The built-in of this name: nothing is in the set.
pub fn set_drop(set: u32) {
    with(|host| {
        let is_empty = host
            .channels
            .iter()
            .all(|channel| channel.read.set != set && channel.write.set != set)
            && host.calls.values().all(|call| call.set != set);
        match host.sets.remove(&set) {
            Some(dropped) if is_empty && !dropped.waiting => {}
            _ => trap(),
        }
    });
}

/// The built-in of this name.
pub fn set_new() -> u32 {
    with(|host| {
        // A number that no end gets.
        let last = host.sets.last_key_value().map_or(1000, |(set, _)| *set);
        let set = last + 1;
        host.sets.insert(set, Set::default());
        set
    })
}

/// The built-in of this name.
///
/// # Safety
///
/// There is room for two numbers at `into`.
pub unsafe fn set_poll(set: u32, into: *mut [u32; 2]) -> u32 {
    with(|host| {
        match host.sets.get(&set) {
            Some(found) if !found.waiting && !found.woken => {}
            _ => trap(),
        }
        host.event(set).map_or(Event::NONE, |event| {
            // SAFETY: as the caller says.
            unsafe { into.write([event.waitable, event.code]) };
            event.number
        })
    })
}

/// The built-in of this name.
pub fn join(waitable: u32, set: u32) {
    with(|host| {
        if set != 0 && !host.sets.contains_key(&set) {
            trap()
        }
        if let Some(call) = host.calls.get_mut(&waitable) {
            call.set = set;
            return host.wake_set(set);
        }
        let Some((channel, side)) = host.ends.get(&waitable).copied() else {
            trap()
        };
        host.channels[channel].end(side).set = set;
        host.wake(channel);
    });
}
