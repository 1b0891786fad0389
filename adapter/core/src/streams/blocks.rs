//! Tasks that block: in `waitable-set.wait`, or in a function of the host or a built-in that is
//! defined without `async` and that the glue calls with `async`. While one blocks, the callbacks of
//! other tasks may not run. So the adapter's ends leave the sets that those wait on, for the set on
//! which the task blocks. A *bell* takes their place: the host may have woken a task for an end,
//! and an event has to be there for it. A bell is a future that has rung.
//!
//! This module must leave no end where only a callback goes on with it while a task blocks.

use super::{Streams, Types};
use crate::canonical::{self, Event, Pair, Status};
use crate::places::Place;
use crate::trap;

/// A task that blocks.
pub(super) struct Block {
    pub(super) set: u32,
    /// What it waits for. `None`: the application waits on a set of its own.
    pub(super) wanted: Option<Wanted>,
    /// Whether the task was cancelled before.
    is_cancelled: bool,
}

/// What a task waits for, alone in its set beside the adapter's ends.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    waitable: u32,
    /// Whether it is a call that the glue made, of which the application knows nothing.
    is_call: bool,
    /// Where the host writes what an event of the set is about.
    area: Place,
}

/// What wakes a task whose set the adapter's ends have left.
pub(super) struct Bell {
    set: u32,
    pub(super) readable: u32,
}

/// What an event of a call says about it.
mod call {
    pub(super) const STARTING: u32 = 0;
    pub(super) const STARTED: u32 = 1;
    pub(super) const RETURNED: u32 = 2;
}

impl super::Pump {
    /// Whether the application may do nothing with a waitable: a task blocks for it, or it is a
    /// bell.
    pub(super) fn has(&self, waitable: u32) -> bool {
        let mut wanted = self.blocks.iter().filter_map(|one| one.wanted);
        wanted.any(|one| one.waitable == waitable)
            || self.bells.iter().any(|one| one.readable == waitable)
    }
}

impl<T: Types> Streams<T> {
    /// The application is about to block on a set of its own: the built-in `waitable-set.wait`.
    pub fn block(&self, set: u32) {
        self.named(set);
        self.begin(set, None);
    }

    /// Whether what ended a wait of a task that blocks is the application's. Otherwise it waits on.
    pub fn woken(&self, set: u32, number: u32, waitable: u32, code: u32) -> bool {
        if self.takes(number, waitable, code).is_some() {
            return false;
        }
        self.end(set);
        true
    }

    /// The glue is about to block until a call returns that it made: the set to wait on, and where
    /// the host writes what an event is about.
    pub fn until(&self, call: u32) -> (u32, Place) {
        self.block_for(call, true)
    }

    /// The same until what the application began with a waitable is done.
    pub fn until_done(&self, waitable: u32) -> (u32, Place) {
        if self.is_joined(waitable) {
            trap()
        }
        self.blocked(waitable);
        self.block_for(waitable, false)
    }

    fn block_for(&self, waitable: u32, is_call: bool) -> (u32, Place) {
        let (set, area) = (canonical::set_new(), Place::new());
        canonical::join(waitable, set);
        let wanted = Wanted {
            waitable,
            is_call,
            area,
        };
        self.begin(set, Some(wanted));
        (set, area)
    }

    /// What an event on such a set, which is written to its place, says that the task waited for.
    /// `None`: it waits on.
    pub fn came(&self, set: u32, number: u32) -> Option<u32> {
        let wanted = self.with(|state| {
            let block = state.pump.blocks.iter().find(|one| one.set == set);
            block.and_then(|one| one.wanted)
        });
        let Wanted {
            waitable: wanted,
            is_call,
            area,
        } = wanted.unwrap_or_else(|| trap());
        // SAFETY: the host has written, and does so again only when the task waits again.
        let event = unsafe { area.read() };
        let (waitable, code) = (event as u32, (event >> 32) as u32);
        if self.takes(number, waitable, code).is_some() {
            return None;
        }
        match (number, code) {
            _ if waitable != wanted => trap(),
            (Event::SUBTASK, call::STARTING | call::STARTED) => return None,
            (Event::SUBTASK, call::RETURNED) => {}
            // The application guessed the call's number and cancelled it.
            _ if is_call => trap(),
            _ => {}
        }
        canonical::join(wanted, 0);
        if is_call {
            canonical::subtask_drop(wanted);
        }
        self.end(set);
        canonical::set_drop(set);
        // SAFETY: nobody waits on the set any more, which had this place.
        unsafe { area.take() };
        Some(code)
    }

    /// Notes that a task blocks.
    fn begin(&self, set: u32, wanted: Option<Wanted>) {
        self.with(|state| {
            let pump = &mut state.pump;
            let is_cancelled = core::mem::take(&mut pump.is_cancelled);
            pump.blocks.push(Block {
                set,
                wanted,
                is_cancelled,
            });
        });
        self.rest();
    }

    /// Notes that a task that blocked on a set goes on.
    fn end(&self, set: u32) {
        let is_left = self.with(|state| {
            let pump = &mut state.pump;
            let at = pump.blocks.iter().position(|one| one.set == set);
            let block = pump.blocks.remove(at.unwrap_or_else(|| trap()));
            pump.is_cancelled = block.is_cancelled;
            pump.at == set && pump.blocks.iter().all(|one| one.set != set)
        });
        if is_left {
            self.gather(0);
        }
        self.poll();
        self.rest();
    }

    /// Whether a task blocks.
    pub(super) fn blocks(&self) -> bool {
        self.with(|state| !state.pump.blocks.is_empty())
    }

    /// Moves the ends to a set on which a task blocks, unless they are in one.
    pub(super) fn wrest(&self) {
        let moves = self.with(|state| {
            let pump = &state.pump;
            let last = pump.blocks.last()?.set;
            let is_there = pump.at != 0 && pump.blocks.iter().any(|one| one.set == pump.at);
            let from = match pump.at {
                0 if pump.is_held => Some(pump.own),
                0 => None,
                at => Some(at),
            };
            (!state.moves.is_empty() && !is_there).then_some((from, last))
        });
        if let Some((from, to)) = moves {
            from.into_iter().for_each(|set| self.ring(set));
            self.gather(to);
        }
    }

    /// Gives a set an event: that of a bell.
    fn ring(&self, set: u32) {
        if self.with(|state| state.pump.bells.iter().any(|one| one.set == set)) {
            return;
        }
        let Pair { readable, writable } = canonical::future_new();
        let Status::Blocked = canonical::future_read(readable) else {
            trap()
        };
        canonical::join(readable, set);
        let Status::Completed(_) = canonical::future_write(writable) else {
            trap()
        };
        canonical::future_drop_writable(writable);
        self.with(|state| state.pump.bells.push(Bell { set, readable }));
    }

    /// Takes the event of a bell, if it is one: the set in which it rang, or zero for the
    /// adapter's.
    pub(super) fn rang(&self, readable: u32) -> Option<u32> {
        let (set, own) = self.with(|state| {
            let pump = &mut state.pump;
            let at = pump.bells.iter().position(|one| one.readable == readable)?;
            Some((pump.bells.swap_remove(at).set, pump.own))
        })?;
        // A dropped end leaves its set by itself, but not in jco when the other end is gone.
        canonical::join(readable, 0);
        canonical::future_drop_readable(readable);
        Some(if set == own { 0 } else { set })
    }

    /// Takes the bell out of a set that is dropped.
    pub(super) fn silence(&self, set: u32) {
        let readable = self.with(|state| {
            let bells = &mut state.pump.bells;
            let at = bells.iter().position(|one| one.set == set)?;
            Some(bells.swap_remove(at).readable)
        });
        if let Some(readable) = readable {
            canonical::join(readable, 0);
            let Status::Completed(_) = canonical::future_cancel_read(readable) else {
                trap()
            };
            canonical::future_drop_readable(readable);
        }
    }
}
