//! Futures. One whose result is known at once is virtual. The future of an operation that goes on
//! is a real one without a payload, a *bell*: the host wakes the task that waits for it, and the
//! result is written before. One that is passed to others has the result itself. A writable end may
//! be dropped only after it wrote, or learnt that the reader is gone.

use super::outcome::{Fault, Outcome};
use super::{End, Of, Streams, Types};
use crate::app::App;
use crate::canonical::{self, Pair, Status};
use crate::table::is_virtual;
use crate::trap;

/// The identity of no future.
pub(super) const NOBODYS: u64 = 0;

/// A future of an operation that goes on, or of one that was given out while it did.
pub(super) struct Future<T: Types> {
    /// Which it is: the numbers of its ends are used again.
    id: u64,
    of: Of,
    /// Zero: others have another one.
    readable: u32,
    /// Zero: it is dropped.
    pub(super) writable: u32,
    answer: Answer<T>,
}

enum Answer<T: Types> {
    /// Not there yet, and not asked for.
    Unknown,
    /// Not there yet; where it goes.
    Wanted(App, u32),
    /// There, and not asked for.
    Known(Outcome<T>),
    Given,
    /// Not there yet; it goes to this end, by way of the adapter's own memory.
    Left(App, u32),
}

/// What is to be done with a future.
enum Next<T: Types> {
    NotOurs,
    Block,
    Give(Outcome<T>),
}

/// Where a result goes.
enum Resolved<T: Types> {
    /// To the application, whose bell rings.
    Here(App, u32, Outcome<T>, u32),
    /// To others.
    Elsewhere(App, Outcome<T>, u32),
}

/// A future that is passed to others.
pub(super) enum Leave<T: Types> {
    Known(Outcome<T>),
    /// The operation goes on.
    Pending(u64),
}

/// Drops a bell whose readable end is gone.
fn silence(writable: u32) {
    let Status::Dropped(_) = canonical::future_write(writable) else {
        trap()
    };
    canonical::future_drop_writable(writable);
}

impl<T: Types> Streams<T> {
    /// Gives a future of an operation whose result is known.
    pub(super) fn ready(&self, outcome: Outcome<T>) -> u32 {
        self.give(End::Ready(outcome.of(), Some(outcome)))
    }

    /// Makes a future of an operation that goes on: its identity, and the readable end. There must
    /// be room for it.
    pub(super) fn pending(&self, of: Of) -> (u64, u32) {
        let Pair { readable, writable } = canonical::future_new();
        self.with(|state| {
            state.next += 1;
            let id = state.next;
            state.futures.push(Future {
                id,
                of,
                readable,
                writable,
                answer: Answer::Unknown,
            });
            (id, readable)
        })
    }

    /// Ends an operation. Its future may be gone.
    pub(super) fn resolve(&self, id: u64, result: Result<(), Fault>) {
        let resolved = self.with(|state| {
            let at = state.futures.iter().position(|one| one.id == id)?;
            let future = state.futures.get_mut(at)?;
            let outcome = Outcome::new(future.of, result);
            match future.answer {
                Answer::Wanted(app, at) => {
                    future.answer = Answer::Given;
                    let writable = core::mem::take(&mut future.writable);
                    Some(Resolved::Here(app, at, outcome, writable))
                }
                Answer::Left(own, writable) => {
                    state.futures.swap_remove(at);
                    Some(Resolved::Elsewhere(own, outcome, writable))
                }
                _ => {
                    future.answer = Answer::Known(outcome);
                    None
                }
            }
        });
        match resolved {
            Some(Resolved::Here(app, at, outcome, writable)) => {
                outcome.lower(app, at);
                let Status::Completed(_) = canonical::future_write(writable) else {
                    trap()
                };
                canonical::future_drop_writable(writable);
            }
            Some(Resolved::Elsewhere(own, outcome, writable)) => {
                self.write_result(own, writable, outcome);
            }
            None => {}
        }
    }

    /// Takes a future that is passed to others: its result, where there is one. `None`: the host's.
    pub(super) fn leave(&self, of: Of, handle: u32) -> Option<Leave<T>> {
        if is_virtual(handle) {
            return match self.with(|state| state.pass_end(handle)) {
                End::Ready(kind, Some(outcome)) if kind == of => Some(Leave::Known(outcome)),
                _ => trap(),
            };
        }
        if self.kind(handle)? != of {
            trap()
        }
        let (id, writable, outcome) = self.with(|state| {
            if state.pump.is_joined(handle) {
                trap()
            }
            let mut futures = state.futures.iter_mut();
            let future = futures.find(|one| one.readable == handle)?;
            let outcome = match core::mem::replace(&mut future.answer, Answer::Unknown) {
                Answer::Unknown => None,
                Answer::Known(outcome) => Some(outcome),
                Answer::Wanted(..) | Answer::Given | Answer::Left(..) => trap(),
            };
            future.readable = 0;
            Some((future.id, core::mem::take(&mut future.writable), outcome))
        })?;
        canonical::future_drop_readable(handle);
        silence(writable);
        Some(match outcome {
            None => Leave::Pending(id),
            Some(outcome) => {
                self.with(|state| state.futures.retain(|one| one.id != id));
                Leave::Known(outcome)
            }
        })
    }

    /// The result of an operation that goes on is for this end.
    pub(super) fn redirect(&self, id: u64, own: App, writable: u32) {
        self.with(|state| {
            if let Some(future) = state.futures.iter_mut().find(|one| one.id == id) {
                future.answer = Answer::Left(own, writable);
            }
        });
    }

    /// Reads a future: the built-in `future.read`. `None`: the host's.
    pub fn read_future(&self, of: Of, app: App, handle: u32, at: u32) -> Option<u32> {
        self.poll();
        let next = self.with(|state| {
            if is_virtual(handle) {
                return match state.ends.get(handle) {
                    End::Ready(_, outcome) => outcome.take().map_or_else(|| trap(), Next::Give),
                    _ => trap(),
                };
            }
            let Some(future) = state.futures.iter_mut().find(|one| one.readable == handle) else {
                return Next::NotOurs;
            };
            if future.of != of {
                trap()
            }
            let next = match future.answer {
                Answer::Unknown => Answer::Wanted(app, at),
                Answer::Known(_) => Answer::Given,
                Answer::Wanted(..) | Answer::Given | Answer::Left(..) => trap(),
            };
            match core::mem::replace(&mut future.answer, next) {
                Answer::Known(outcome) => Next::Give(outcome),
                _ => Next::Block,
            }
        });
        match next {
            Next::NotOurs => None,
            Next::Block => {
                Outcome::<T>::check(of, app, at);
                let Status::Blocked = canonical::future_read(handle) else {
                    trap()
                };
                Some(Status::Blocked.pack())
            }
            Next::Give(outcome) => {
                if outcome.of() != of {
                    trap()
                }
                Outcome::<T>::check(of, app, at);
                outcome.lower(app, at);
                Some(Status::Completed(0).pack())
            }
        }
    }

    /// Ends a read of a future: the built-in `future.cancel-read` with `async`. It never blocks,
    /// because the adapter writes. `None`: the host's.
    pub fn cancel_future(&self, of: Of, handle: u32) -> Option<u32> {
        // The adapter's own built-in waits, and the host refuses that for what is in a set.
        let set = self.with(|state| state.pump.set_of(handle));
        let set = set.filter(|_| self.kind(handle).is_some());
        if set.is_some() {
            canonical::join(handle, 0);
        }
        let status = self.cancel_future_sync(of, handle);
        if let Some(set) = set {
            canonical::join(handle, set);
        }
        status
    }

    /// The same without `async`.
    pub fn cancel_future_sync(&self, of: Of, handle: u32) -> Option<u32> {
        if is_virtual(handle) {
            trap()
        }
        self.kind(handle).map(|kind| {
            if kind != of {
                trap()
            }
            // Traps where nothing is read.
            let status = canonical::future_cancel_read(handle);
            if let Status::Cancelled(_) = status {
                self.with(|state| {
                    let future = state.futures.iter_mut().find(|one| one.readable == handle);
                    if let Some(future) = future {
                        future.answer = Answer::Unknown;
                    }
                });
            }
            status.pack()
        })
    }

    /// Drops a readable end: the built-in `future.drop-readable`. The operation goes on. False: the
    /// host's.
    pub fn drop_future(&self, of: Of, handle: u32) -> bool {
        if is_virtual(handle) {
            match self.with(|state| state.drop_end(handle)) {
                End::Ready(kind, _) if kind == of => {}
                _ => trap(),
            }
            return true;
        }
        self.with(|state| state.pump.join(handle, 0));
        match self.kind(handle) {
            None => return false,
            Some(kind) if kind == of => {}
            Some(_) => trap(),
        }
        if !self.is_read(handle) {
            // A dropped end leaves its set by itself, but not in jco when the other end is gone.
            canonical::join(handle, 0);
        }
        // Traps while it is read.
        canonical::future_drop_readable(handle);
        let writable = self.with(|state| {
            let at = state.futures.iter().position(|one| one.readable == handle);
            at.map_or(0, |at| state.futures.swap_remove(at).writable)
        });
        if writable != 0 {
            silence(writable);
        }
        true
    }

    /// Whether an end of a future without a payload is of one that the adapter made. To the
    /// application such a future has a payload, and no writable end.
    pub fn holds_future(&self, end: u32) -> bool {
        self.with(|state| {
            let mut futures = state.futures.iter();
            futures.any(|one| one.readable == end || one.writable == end)
        })
    }

    /// The application passes a future without a payload to others: the end that they get.
    pub fn lower_unit(&self, end: u32) -> u32 {
        if self.holds_future(end) {
            trap()
        }
        end
    }

    /// Whether a read of a real future of the adapter's is in progress.
    fn is_read(&self, handle: u32) -> bool {
        self.with(|state| {
            let mut futures = state.futures.iter();
            let future = futures.find(|one| one.readable == handle);
            future.is_some_and(|one| matches!(one.answer, Answer::Wanted(..)))
        })
    }

    /// The kind of a real future of the adapter.
    fn kind(&self, handle: u32) -> Option<Of> {
        self.with(|state| {
            let future = state.futures.iter().find(|one| one.readable == handle)?;
            Some(future.of)
        })
    }
}
