//! Streams between the adapter and others, which may block: *drains* read real ends, *sources*
//! write what a virtual stream reads to a real one. A piece is in memory at a time. What else
//! leaves is in `leaving`. This module must keep a piece where it is while the host may use it.

use alloc::vec::Vec;

use super::bytes::Reader;
use super::futures::NOBODYS;
use super::leaving::Leaving;
use super::outcome::{Fault, Outcome, failure};
use super::target::Target;
use super::{Of, Streams, Types};
use crate::canonical::{self, Event, Pair, Status};
use crate::files::Opened;
use crate::table::is_virtual;
use crate::{memory, trap};

/// Bytes of a piece.
pub(super) const PIECE: usize = 64 * 1024;

/// Bytes of a piece where there is no memory for more.
const SMALL: usize = 4 * 1024;

/// A stream that is moved, or a future that is written.
pub(super) struct Move<T: Types> {
    /// The real end that the adapter has.
    pub(super) end: u32,
    /// Whether the end is in a set.
    pub(super) joined: bool,
    /// The future of what comes of it, if there is one.
    future: u64,
    buffer: Vec<u8>,
    work: Work<T>,
}

enum Work<T: Types> {
    /// Reads from the end.
    Drain(Target, Refusal),
    /// Writes to the end what a file has from a position on: this part of the buffer is next.
    Source {
        file: Opened,
        position: u64,
        next: usize,
        filled: usize,
    },
    /// Writes values to the end, which are not in the buffer.
    Values(Leaving<T>),
}

/// Whether what is read would be refused, whatever it is: the writer must keep it then.
#[derive(Clone, Copy)]
enum Refusal {
    No,
    /// The writer is to be waited for.
    Due(Fault),
    /// There is something as soon as the host answers.
    Asked(Fault),
}

/// Room for a piece.
pub(super) fn buffer() -> Option<Vec<u8>> {
    [PIECE, SMALL].into_iter().find_map(|len| {
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(len).ok()?;
        buffer.resize(len, 0);
        Some(buffer)
    })
}

impl<T: Types> Move<T> {
    /// Reads a real end. Gives `None` where there is no memory for that.
    pub(super) fn drain(end: u32, target: Target) -> Option<Self> {
        Some(Move {
            end,
            joined: false,
            future: NOBODYS,
            buffer: buffer()?,
            work: Work::Drain(target, target.refusal().map_or(Refusal::No, Refusal::Due)),
        })
    }

    /// Writes values to a real end.
    pub(super) fn values(end: u32, values: Leaving<T>, future: u64) -> Self {
        Move {
            end,
            joined: false,
            future,
            buffer: Vec::new(),
            work: Work::Values(values),
        }
    }

    /// Goes on after an operation came to this. Gives the result when the stream is at its end,
    /// and `None` while the host uses the buffer.
    pub(super) fn go_on(&mut self, status: Status) -> Option<Result<(), Fault>> {
        let mut status = status;
        loop {
            let (moved, is_last) = match status {
                Status::Blocked => return None,
                Status::Completed(count) | Status::Cancelled(count) => (count as usize, false),
                Status::Dropped(count) => (count as usize, true),
            };
            match &mut self.work {
                Work::Drain(target, refusal) => {
                    let len = match *refusal {
                        Refusal::No => self.buffer.len() as u32,
                        Refusal::Due(fault) => {
                            *refusal = Refusal::Asked(fault);
                            0
                        }
                        Refusal::Asked(fault) if !is_last => return Some(Err(fault)),
                        Refusal::Asked(_) => return Some(Ok(())),
                    };
                    let read = self.buffer.get(..moved).unwrap_or_else(|| trap());
                    if let Err(error) = target.write(read) {
                        return Some(Err(error));
                    }
                    if is_last {
                        return Some(Ok(()));
                    }
                    // SAFETY: the buffer stays where it is, and nobody looks at it until the host
                    // tells what the read came to.
                    status =
                        unsafe { canonical::stream_read(self.end, self.buffer.as_mut_ptr(), len) };
                }
                Work::Source {
                    file,
                    position,
                    next,
                    filled,
                } => {
                    *next += moved;
                    if is_last {
                        return Some(Ok(()));
                    }
                    if *next >= *filled {
                        let contents = match file.next(position, self.buffer.len() as u64) {
                            Ok(contents) => contents,
                            Err(end) => return Some(failure(end)),
                        };
                        (*next, *filled) = (0, contents.len() as usize);
                        let piece = self.buffer.get_mut(..*filled);
                        contents.read(piece.unwrap_or_else(|| trap()));
                    }
                    let Some(rest) = self.buffer.get(*next..*filled) else {
                        trap()
                    };
                    // SAFETY: the buffer stays where it is and as it is, until the host tells what
                    // the write came to.
                    status = unsafe {
                        canonical::stream_write(self.end, rest.as_ptr(), rest.len() as u32)
                    };
                }
                Work::Values(values) => match values.go_on(self.end, moved, is_last) {
                    Some(next) => status = next,
                    None => return Some(Ok(())),
                },
            }
        }
    }

    /// Ends both sides.
    fn close(&self) {
        if self.joined {
            // A dropped end leaves its set by itself, but not in jco when the other end is gone.
            canonical::join(self.end, 0);
        }
        match &self.work {
            Work::Drain(target, _) => {
                canonical::stream_drop_readable(self.end);
                target.close();
            }
            Work::Source { file, .. } => {
                canonical::stream_drop_writable(self.end);
                file.close();
            }
            Work::Values(values) => values.drop_writable(self.end),
        }
    }
}

impl<T: Types> Streams<T> {
    /// Begins to read a real end, and gives the future of what comes of it.
    pub(super) fn drain(&self, drain: Move<T>, of: Of) -> u32 {
        let mut drain = drain;
        if let Some(result) = drain.go_on(Status::Completed(0)) {
            drain.close();
            return self.ready(Outcome::new(of, result));
        }
        let (future, readable) = self.pending(of);
        drain.future = future;
        self.park(drain);
        readable
    }

    /// The application passes a readable end to others: the end that they get.
    pub fn lower(&self, handle: u32) -> u32 {
        self.poll();
        if !is_virtual(handle) {
            self.give_up(handle);
            return handle;
        }
        let (reader, future) = self.take_bytes(handle);
        let Pair { readable, writable } = canonical::stream_new();
        let Reader::File(file, position) = reader else {
            canonical::stream_drop_writable(writable);
            self.resolve(future, Ok(()));
            return readable;
        };
        let room = memory::keep(|| {
            self.with(|state| state.moves.try_reserve(1)).ok()?;
            buffer()
        });
        // There is no way to report that the stream has less than the file.
        let Some(buffer) = room else { trap() };
        let mut source = Move {
            end: writable,
            joined: false,
            future,
            buffer,
            work: Work::Source {
                file,
                position,
                next: 0,
                filled: 0,
            },
        };
        match source.go_on(Status::Completed(0)) {
            Some(result) => self.finish(source, result),
            None => self.park(source),
        }
        readable
    }

    /// Ends a stream that is moved, and tells its future how.
    pub(super) fn finish(&self, one: Move<T>, result: Result<(), Fault>) {
        one.close();
        self.resolve(one.future, result);
    }

    /// Goes on with the stream of an end after an operation on that has ended.
    pub(super) fn moved(&self, event: Event) {
        event.log();
        let (end, status) = (event.waitable, Status::unpack(event.code));
        let one = self.with(|state| {
            let at = state.moves.iter().position(|one| one.end == end)?;
            Some(state.moves.swap_remove(at))
        });
        let Some(mut one) = one else { trap() };
        match one.go_on(status) {
            None => self.park(one),
            Some(result) => self.finish(one, result),
        }
    }
}
