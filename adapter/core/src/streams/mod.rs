//! Streams and futures of components: virtual ones, those of the application that the adapter
//! holds, and the work that goes on while the application waits.
//!
//! An end is *virtual* (it has a handle of the adapter, and is ready at any time) or *real* (the
//! host knows it). Before the application passes a virtual end to others, a real one takes its
//! place, to which the adapter writes. The adapter takes real readable ends that the application
//! passes. If the application made the stream itself, the end is *captured*: writes go to the
//! adapter. Others are *drained* with the adapter's own built-ins. What blocks rests in a set of
//! the adapter's, until the application waits: see [`Streams::wait`].
//!
//! The future of a stream is known when the stream has ended, whoever reads it, and not before.
//!
//! Nothing is held here while the application or the host runs. Whatever the canonical ABI refuses
//! traps. What is virtual never waits. No more than one piece of a stream may be in memory.

mod blocks;
mod bytes;
mod captured;
mod consume;
mod entries;
mod futures;
mod leaving;
mod moves;
mod outcome;
mod pump;
mod reading;
mod target;
#[cfg(all(test, feature = "write"))]
mod tests;

use alloc::borrow::Cow;
use alloc::vec::Vec;

use wasi_virt_vfs::{Error, Kind};

use crate::abi::{Lift, Lower};
use crate::canonical::{LIMIT, Pair};
use crate::table::{THIRD, Table};
use crate::{Shared, memory, trap};

pub use bytes::Reader;
pub use consume::Sink;

use bytes::Bytes;
use captured::Capture;
use entries::Listing;
use futures::Future;
use moves::Move;
use outcome::Outcome;
use pump::Pump;

/// An error that a future gives.
pub trait Failure: Lower + Lift {
    /// What stands for an error of the file tree.
    fn of(error: Error) -> Self;
    /// What stands for a lack of memory.
    fn no_memory() -> Self;
}

/// The types of a version of WASI.
pub trait Types {
    /// The error of `wasi:filesystem`.
    type Fs: Failure;
    /// The error of `wasi:cli`.
    type Cli: Failure;
    /// An entry of a directory.
    type Entry: Lower + Lift;

    /// The entry of this kind and name.
    fn entry(kind: Kind, name: Cow<'static, [u8]>) -> Self::Entry;
}

/// Which error a future gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// That of `wasi:filesystem`.
    Fs,
    /// That of `wasi:cli`.
    Cli,
}

/// All streams and futures.
pub struct Streams<T: Types>(Shared<State<T>>);

/// What a virtual handle stands for.
enum End<T: Types> {
    Bytes(Bytes),
    Entries(Listing),
    /// A future that is ready, or was read.
    Ready(Of, Option<Outcome<T>>),
}

struct State<T: Types> {
    ends: Table<End<T>, THIRD>,
    /// Streams of the application's own, of which nothing else is known.
    pairs: Vec<Pair>,
    captures: Vec<Capture>,
    futures: Vec<Future<T>>,
    /// The identity of the last future.
    next: u64,
    moves: Vec<Move<T>>,
    pump: Pump,
}

impl<T: Types> State<T> {
    /// Takes a virtual end that is dropped.
    fn drop_end(&mut self, handle: u32) -> End<T> {
        self.pump.join(handle, 0);
        self.ends.remove(handle)
    }

    /// Takes a virtual end that is passed on. Traps where it is in a set.
    fn pass_end(&mut self, handle: u32) -> End<T> {
        if self.pump.is_joined(handle) {
            trap()
        }
        self.ends.remove(handle)
    }

    /// Whether the adapter holds a real end that the application has no business with.
    fn holds(&self, end: u32) -> bool {
        self.moves.iter().any(|one| one.end == end)
            || self.captures.iter().any(|one| one.pair.readable == end)
    }
}

impl<T: Types> Streams<T> {
    /// None.
    pub const fn new() -> Self {
        Streams(Shared::new(State {
            ends: Table::new(),
            pairs: Vec::new(),
            captures: Vec::new(),
            futures: Vec::new(),
            next: futures::NOBODYS,
            moves: Vec::new(),
            pump: Pump::new(),
        }))
    }

    fn with<R>(&self, act: impl FnOnce(&mut State<T>) -> R) -> R {
        self.0.with(act)
    }

    /// Gives a handle. Traps where not even the reserve has room.
    fn give(&self, end: End<T>) -> u32 {
        self.with(|state| state.ends.add(end, None))
    }

    /// Makes room for one more stream and its future. Gives `None` where there is no memory for
    /// them.
    pub fn room(&self) -> Option<()> {
        memory::keep(|| {
            self.with(|state| {
                state.futures.try_reserve(1).ok()?;
                state.ends.reserve()
            })
        })
    }
}

impl<T: Types> Default for Streams<T> {
    fn default() -> Self {
        Streams::new()
    }
}

/// Traps where more is asked for than one operation may move.
fn limit(count: u32) {
    if count >= LIMIT {
        trap()
    }
}
