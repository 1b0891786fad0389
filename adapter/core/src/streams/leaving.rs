//! Directory entries and results of operations that the application passes to others. The adapter
//! makes a real stream or future, and writes to it what the virtual one has. Values lie in the
//! adapter's own memory, which is a context like those of the application. This module must keep a
//! value where it is while the host may read it, and must free what the value refers to.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::entries::Listing;
use super::futures::{Leave, NOBODYS};
use super::moves::Move;
use super::outcome::Outcome;
use super::{End, Of, Streams, Types};
use crate::abi::{Lift, Lower};
use crate::app::App;
use crate::canonical::{self, Pair, Status};
use crate::files::Entries;
use crate::table::is_virtual;
use crate::{memory, trap};

/// How many entries are written at once.
const AT_ONCE: usize = 32;

/// What is written to an end.
pub(super) enum Leaving<T: Types> {
    Fs(Values<Result<(), T::Fs>>),
    Cli(Values<Result<(), T::Cli>>),
    /// With the entries that come after these values.
    Entries(Values<T::Entry>, Option<Entries>),
}

/// Values in a row, which the host reads from the first on.
pub(super) struct Values<V: Lower + Lift> {
    own: App,
    area: Vec<u64>,
    /// The first value that the host has not read.
    next: usize,
    filled: usize,
    of: PhantomData<fn() -> V>,
}

impl<V: Lower + Lift> Values<V> {
    /// Room for so many.
    fn new(own: App, count: usize) -> Option<Self> {
        let words = (count * V::SIZE as usize).div_ceil(8);
        let mut area = Vec::new();
        area.try_reserve_exact(words).ok()?;
        area.resize(words, 0);
        Some(Values {
            own,
            area,
            next: 0,
            filled: 0,
            of: PhantomData,
        })
    }

    fn place(&self, index: usize) -> *const u8 {
        let start = self.area.as_ptr().cast::<u8>();
        start.wrapping_add(index * V::SIZE as usize)
    }

    /// Adds a value, for which there is room.
    fn push(&mut self, value: V) {
        let at = self.place(self.filled).expose_provenance() as u32;
        value.lower(self.own, at);
        self.filled += 1;
    }

    /// Frees so many values, which are read.
    fn free(&mut self, count: usize) {
        if count > self.filled - self.next {
            trap()
        }
        for _ in 0..count {
            // SAFETY: `push` wrote a value there, whose lists came from `cabi_realloc`. Nobody
            // looks at it again.
            drop(unsafe { V::lift(self.place(self.next)) });
            self.next += 1;
        }
    }

    /// Where the first value is that nobody has read, and how many there are.
    fn rest(&self) -> (*const u8, usize) {
        (self.place(self.next), self.filled - self.next)
    }
}

impl<V: Lower + Lift> Drop for Values<V> {
    fn drop(&mut self) {
        self.free(self.filled - self.next);
    }
}

impl<T: Types> Leaving<T> {
    /// Has room for a result, or `None` where there is no memory for it.
    fn result(own: App, outcome: Outcome<T>) -> Option<Self> {
        Some(match outcome {
            Outcome::Fs(result) => {
                let mut values = Values::new(own, 1)?;
                values.push(result);
                Leaving::Fs(values)
            }
            Outcome::Cli(result) => {
                let mut values = Values::new(own, 1)?;
                values.push(result);
                Leaving::Cli(values)
            }
        })
    }

    /// Begins to write the result of an operation.
    fn begin(&self, end: u32) -> Status {
        // SAFETY: the value stays where it is and as it is, until the host tells what the write
        // came to.
        unsafe {
            match self {
                Leaving::Fs(values) => canonical::fs_write(end, values.place(0)),
                Leaving::Cli(values) => canonical::cli_write(end, values.place(0)),
                Leaving::Entries(..) => Status::Completed(0),
            }
        }
    }

    /// Goes on after so many values were read: what the next write came to, and `None` at the end.
    pub(super) fn go_on(&mut self, end: u32, read: usize, is_last: bool) -> Option<Status> {
        let Leaving::Entries(values, entries) = self else {
            return None;
        };
        values.free(read);
        if is_last {
            return None;
        }
        if values.rest().1 == 0 {
            (values.next, values.filled) = (0, 0);
            for (kind, name) in entries.iter_mut().flatten().take(AT_ONCE) {
                values.push(T::entry(kind, name));
            }
        }
        let (from, count) = values.rest();
        if count == 0 {
            return None;
        }
        // SAFETY: the values stay where they are and as they are, until the host tells what the
        // write came to.
        Some(unsafe { canonical::entry_write(end, from, count as u32) })
    }

    /// Drops the end that was written to.
    pub(super) fn drop_writable(&self, end: u32) {
        match self {
            Leaving::Fs(_) => canonical::fs_drop_writable(end),
            Leaving::Cli(_) => canonical::cli_drop_writable(end),
            Leaving::Entries(..) => canonical::entry_drop_writable(end),
        }
    }
}

impl<T: Types> Streams<T> {
    /// The application passes a future to others: the end that they get. `own` is the adapter's
    /// own memory.
    pub fn lower_future(&self, of: Of, handle: u32, own: App) -> u32 {
        self.poll();
        let Some(leave) = self.leave(of, handle) else {
            return handle;
        };
        let Pair { readable, writable } = match of {
            Of::Fs => canonical::fs_new(),
            Of::Cli => canonical::cli_new(),
        };
        match leave {
            Leave::Known(outcome) => self.write_result(own, writable, outcome),
            Leave::Pending(id) => self.redirect(id, own, writable),
        }
        readable
    }

    /// Writes what an operation came to.
    pub(super) fn write_result(&self, own: App, writable: u32, outcome: Outcome<T>) {
        // There is no way to report that nothing came of it.
        let leaving = memory::keep(|| Leaving::result(own, outcome)).unwrap_or_else(|| trap());
        let status = leaving.begin(writable);
        self.keep_on(Move::values(writable, leaving, NOBODYS), status);
    }

    /// The application passes a stream of entries to others: the end that they get.
    pub fn lower_entries(&self, handle: u32, own: App) -> u32 {
        self.poll();
        if !is_virtual(handle) {
            return handle;
        }
        let End::Entries(Listing::Open(entries, future)) =
            self.with(|state| state.pass_end(handle))
        else {
            trap()
        };
        let Pair { readable, writable } = canonical::entry_new();
        let values = memory::keep(|| Values::new(own, AT_ONCE)).unwrap_or_else(|| trap());
        let leaving = Leaving::Entries(values, entries);
        self.keep_on(
            Move::values(writable, leaving, future),
            Status::Completed(0),
        );
        readable
    }

    /// Goes on with a write until it blocks, or is done.
    fn keep_on(&self, one: Move<T>, status: Status) {
        let mut one = one;
        match one.go_on(status) {
            Some(result) => self.finish(one, result),
            None => {
                let room = memory::keep(|| self.with(|state| state.moves.try_reserve(1)).ok());
                room.unwrap_or_else(|| trap());
                self.park(one);
            }
        }
    }
}
