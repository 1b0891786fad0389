//! What goes on while the application waits. Real ends of the adapter's that block rest in a set of
//! its own. When a task of the application waits on a set, they are moved there, so that the task
//! wakes for them as well; its event is then the adapter's, and the wait goes on.
//!
//! All of them are in one set at a time. This module must never take an end out of a set that a
//! task waits on, nor an event: the host may have woken the task for it. So it notes which waits go
//! on (so many tasks per set), and which set each waitable of the application is in: with
//! that an event tells which wait it has ended.
//!
//! A task that exits while nobody else waits for the adapter's ends stays, and waits for them: the
//! *holder*. Tasks that block in a call are in `blocks`.

use alloc::vec::Vec;

use super::blocks::{Bell, Block};
use super::moves::Move;
use super::{End, Streams, Types};
use crate::canonical::{self, Event, Pair};
use crate::table::is_virtual;
use crate::trap;

/// Who waits, and where.
pub(super) struct Pump {
    /// The adapter's set; zero: there is none yet.
    pub(super) own: u32,
    /// The set in which the ends are; zero: the adapter's own.
    pub(super) at: u32,
    /// Whether a task stays and waits on the adapter's set.
    pub(super) is_held: bool,
    /// The sets on which tasks of the application wait, and how many.
    pub(super) waits: Vec<(u32, usize)>,
    /// How many tasks yielded, and run again without an event.
    yields: usize,
    /// Whether the task that runs was cancelled while it waited, nobody knows on which set.
    pub(super) is_cancelled: bool,
    /// How many of the waits are over, nobody knows on which sets.
    lost: usize,
    /// The tasks that block in a call, in the order in which they began.
    pub(super) blocks: Vec<Block>,
    /// What wakes tasks whose sets the adapter's ends have left.
    pub(super) bells: Vec<Bell>,
    /// The waitables of the application that are in sets, and these, by their numbers.
    joined: Vec<(u32, u32)>,
}

/// The callback code that ends a task.
const EXIT: u32 = 0;

/// The callback code that waits on a set.
const WAIT: u32 = 2;

fn wait_on(set: u32) -> i32 {
    (set << 4 | WAIT) as i32
}

impl Pump {
    pub(super) const fn new() -> Self {
        Pump {
            own: 0,
            at: 0,
            is_held: false,
            waits: Vec::new(),
            yields: 0,
            is_cancelled: false,
            blocks: Vec::new(),
            bells: Vec::new(),
            lost: 0,
            joined: Vec::new(),
        }
    }

    /// The set in which a waitable of the application's is.
    pub(super) fn set_of(&self, waitable: u32) -> Option<u32> {
        let at = self.joined.binary_search_by_key(&waitable, |one| one.0);
        Some(self.joined.get(at.ok()?)?.1)
    }

    /// Notes that one more task waits on a set. One that was cancelled waits on its set again.
    fn begin(&mut self, set: u32) {
        let again = core::mem::take(&mut self.is_cancelled);
        match self.waits.iter_mut().find(|one| one.0 == set) {
            Some(_) if again => {}
            Some((_, tasks)) => *tasks += 1,
            None => self.waits.push((set, 1)),
        }
    }

    /// The set of the first wait.
    fn first(&self) -> Option<u32> {
        self.waits.first().map(|one| one.0)
    }

    /// The task that runs does not wait again, not even if it was cancelled.
    fn leave(&mut self) {
        self.lost += usize::from(core::mem::take(&mut self.is_cancelled));
    }

    /// Forgets waits that are over, once all are: whether the ends are where nobody waits or
    /// blocks.
    fn find_lost(&mut self) -> bool {
        let waits: usize = self.waits.iter().map(|one| one.1).sum();
        if waits > self.lost {
            return false;
        }
        self.lost = 0;
        self.waits.clear();
        self.at != 0 && self.blocks.iter().all(|one| one.set != self.at)
    }

    /// Notes that a task waits on a set no more: whether it was the last.
    fn end(&mut self, set: u32) -> bool {
        let Some(at) = self.waits.iter().position(|one| one.0 == set) else {
            return false;
        };
        self.waits[at].1 -= 1;
        let is_last = self.waits[at].1 == 0;
        if is_last {
            self.waits.remove(at);
        }
        is_last
    }

    /// The set of the wait that an event has ended, where that is known; notes what it has ended.
    fn ended(&mut self, number: u32, waitable: u32) -> Option<u32> {
        match number {
            Event::NONE => {
                self.yields = self.yields.saturating_sub(1);
                None
            }
            Event::CANCELLED if self.yields == 0 => {
                let only = only(&self.waits);
                self.is_cancelled = only.is_none() && !self.waits.is_empty();
                only
            }
            Event::CANCELLED => {
                if self.waits.is_empty() {
                    self.yields -= 1;
                }
                None
            }
            _ => self.set_of(waitable).or(only(&self.waits)),
        }
    }

    /// Whether a waitable of the application's is in a set.
    pub(super) fn is_joined(&self, waitable: u32) -> bool {
        self.set_of(waitable).is_some()
    }

    /// Notes where a waitable of the application's is from now on.
    pub(super) fn join(&mut self, waitable: u32, set: u32) {
        match self.joined.binary_search_by_key(&waitable, |one| one.0) {
            Ok(at) if set == 0 => {
                self.joined.remove(at);
            }
            Ok(at) => self.joined[at].1 = set,
            Err(_) if set == 0 => {}
            Err(at) => self.joined.insert(at, (waitable, set)),
        }
    }
}

impl<T: Types> Streams<T> {
    /// The adapter's set.
    pub(super) fn own_set(&self) -> u32 {
        let own = self.with(|state| state.pump.own);
        if own != 0 {
            return own;
        }
        let own = canonical::set_new();
        self.with(|state| state.pump.own = own);
        own
    }

    /// Keeps a stream whose end blocks.
    pub(super) fn park(&self, one: Move<T>) {
        let mut one = one;
        let end = one.end;
        let own = self.own_set();
        let set = self.with(|state| {
            let is_new = !core::mem::replace(&mut one.joined, true);
            state.moves.push(one);
            is_new.then_some(match state.pump.at {
                0 => own,
                at => at,
            })
        });
        if let Some(set) = set {
            canonical::join(end, set);
            self.rest();
        }
    }

    /// Moves all ends to a set; zero is the adapter's own.
    pub(super) fn gather(&self, set: u32) {
        let target = if set == 0 { self.own_set() } else { set };
        let mut at = 0;
        while let Some(end) = self.with(|state| state.moves.get(at).map(|one| one.end)) {
            canonical::join(end, target);
            at += 1;
        }
        self.with(|state| state.pump.at = set);
    }

    /// Takes the ends out of a set on which tasks waited that are gone, once no task waits.
    fn find_lost(&self) {
        if self.with(|state| state.pump.find_lost()) {
            self.gather(0);
        }
    }

    /// Whether ends are in the adapter's set, and no task waits on that.
    fn is_idle(&self) -> bool {
        self.with(|state| !state.moves.is_empty() && state.pump.at == 0 && !state.pump.is_held)
    }

    /// Notes that there is no end any more, and so no set in which they are.
    fn settle(&self) {
        self.with(|state| {
            if state.moves.is_empty() {
                state.pump.at = 0;
            }
        });
    }

    /// The application names a set, which must not be one of the adapter's own.
    pub(super) fn named(&self, set: u32) {
        let is_ours = self.with(|state| {
            let pump = &state.pump;
            set == pump.own
                || pump
                    .blocks
                    .iter()
                    .any(|one| one.wanted.is_some() && one.set == set)
        });
        if set != 0 && is_ours {
            trap()
        }
    }

    /// The application is about to wait on a set.
    pub fn wait(&self, set: u32) {
        self.named(set);
        self.with(|state| state.pump.begin(set));
        if self.is_idle() {
            self.gather(set);
        }
    }

    /// What came of a wait: -1 if it is the application's, else the callback code to return.
    pub fn event(&self, number: u32, waitable: u32, code: u32) -> i32 {
        if let Some(set) = self.takes(number, waitable, code) {
            return self.go_on_waiting(set);
        }
        let ended = self.with(|state| {
            let pump = &mut state.pump;
            let set = pump.ended(number, waitable)?;
            pump.end(set).then_some(set)
        });
        if ended.is_some_and(|set| self.with(|state| state.pump.at == set)) {
            self.gather(0);
        }
        self.find_lost();
        self.poll();
        self.rest();
        -1
    }

    /// Takes an event that is the adapter's: the set on which it came, or zero.
    pub(super) fn takes(&self, number: u32, waitable: u32, code: u32) -> Option<u32> {
        let moves = [Event::STREAM_READ, Event::STREAM_WRITE, Event::FUTURE_WRITE];
        if moves.contains(&number)
            && self.with(|state| state.moves.iter().any(|one| one.end == waitable))
        {
            let set = self.with(|state| state.pump.at);
            self.moved(Event {
                number,
                waitable,
                code,
            });
            self.settle();
            return Some(set);
        }
        (number == Event::FUTURE_READ).then(|| self.rang(waitable))?
    }

    /// The code with which a task waits on, whose event was the adapter's.
    fn go_on_waiting(&self, set: u32) -> i32 {
        if set != 0 {
            return wait_on(set);
        }
        let (own, is_done) = self.with(|state| {
            // Where the ends are in another set, the task that waits there goes on with them.
            let is_done = state.moves.is_empty() || state.pump.at != 0;
            if is_done {
                state.pump.is_held = false;
            }
            (state.pump.own, is_done)
        });
        if is_done { EXIT as i32 } else { wait_on(own) }
    }

    /// Takes what is ready, and does not wait.
    pub fn poll(&self) {
        while self.is_idle() {
            let Some(event) = canonical::set_poll(self.own_set()) else {
                return;
            };
            self.moved(event);
        }
    }

    /// The application is about to poll a set: the built-in `waitable-set.poll`.
    pub fn poll_set(&self, set: u32) {
        self.named(set);
        self.poll();
    }

    /// A task is about to yield.
    pub fn yields(&self) {
        self.poll();
        self.with(|state| {
            state.pump.leave();
            state.pump.yields += 1;
        });
    }

    /// The application is about to drop a set: the built-in `waitable-set.drop`. A task may have
    /// been cancelled that waited on it.
    pub fn forget(&self, set: u32) {
        self.named(set);
        self.silence(set);
        let is_there = self.with(|state| {
            let pump = &mut state.pump;
            // The host knows of the real ones.
            let mut joined = pump.joined.iter();
            if joined.any(|(waitable, of)| *of == set && is_virtual(*waitable)) {
                trap()
            }
            if let Some(at) = pump.waits.iter().position(|one| one.0 == set) {
                pump.lost = pump.lost.saturating_sub(pump.waits.remove(at).1);
            }
            pump.at == set
        });
        if is_there {
            self.gather(0);
            self.rest();
        }
    }

    /// Moves ends that wake no task to a set on which one waits: one that blocks, or else whose
    /// callback they wake.
    pub(super) fn rest(&self) {
        if self.blocks() {
            self.wrest();
        } else if self.is_idle()
            && let Some(set) = self.with(|state| state.pump.first())
        {
            self.gather(set);
        }
    }

    /// A task is about to exit: the callback code to return.
    pub fn exit(&self) -> i32 {
        self.with(|state| state.pump.leave());
        self.find_lost();
        self.poll();
        self.rest();
        if !self.is_idle() {
            return EXIT as i32;
        }
        self.with(|state| state.pump.is_held = true);
        wait_on(self.own_set())
    }

    /// A waitable joins a set: the built-in `waitable.join`. False: the host's.
    pub fn join(&self, waitable: u32, set: u32) -> bool {
        self.named(set);
        if is_virtual(waitable) {
            self.with(|state| match state.ends.get(waitable) {
                End::Bytes(_) | End::Entries(_) | End::Ready(..) => {}
            });
            check(set);
            self.with(|state| state.pump.join(waitable, set));
            true
        } else {
            self.with(|state| {
                let is_bell = state.futures.iter().any(|one| one.writable == waitable);
                if state.holds(waitable) || is_bell || state.pump.has(waitable) {
                    trap()
                }
                state.pump.join(waitable, set);
                false
            })
        }
    }

    /// Whether a waitable is in a set, so that no task may block for it.
    pub fn is_joined(&self, waitable: u32) -> bool {
        self.with(|state| state.pump.is_joined(waitable) || state.pump.has(waitable))
    }

    /// The application is about to drop a waitable of the host's, which leaves its set. True: it is
    /// one of the adapter's, which only the adapter drops.
    pub fn gone(&self, waitable: u32) -> bool {
        let is_future = self.holds_future(waitable);
        self.with(|state| {
            let is_ours = is_future || state.holds(waitable) || state.pump.has(waitable);
            if !is_ours {
                state.pump.join(waitable, 0);
            }
            is_ours
        })
    }
}

/// Traps as the host does where a set is none: an end of no use joins it for a moment.
fn check(set: u32) {
    if set != 0 {
        let Pair { readable, writable } = canonical::stream_new();
        canonical::join(readable, set);
        canonical::join(readable, 0);
        canonical::stream_drop_readable(readable);
        canonical::stream_drop_writable(writable);
    }
}

/// The set of all tasks that wait.
fn only(waits: &[(u32, usize)]) -> Option<u32> {
    match waits {
        [(set, _)] => Some(*set),
        _ => None,
    }
}
