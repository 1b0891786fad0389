//! One stream or future, and what both of its sides have done with it. This module must never know
//! a set.

use std::collections::VecDeque;
use std::vec::Vec;

use crate::canonical::Status;

/// The side of a stream or future that reads, or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Read,
    Write,
}

impl Side {
    pub(super) fn other(self) -> Side {
        match self {
            Side::Read => Side::Write,
            Side::Write => Side::Read,
        }
    }
}

/// One end.
#[derive(Debug, Default)]
pub(super) struct End {
    /// Zero: it is not in the component.
    pub(super) handle: u32,
    pub(super) set: u32,
    /// Where the bytes of an operation are, how many are left, and how many were moved.
    pub(super) pending: Option<(usize, u32, u32)>,
    /// Whether there is an event, or would be.
    pub(super) ready: bool,
    /// Whether nothing may be done with it any more.
    pub(super) done: bool,
    pub(super) gone: bool,
}

/// A stream or future.
#[derive(Debug, Default)]
pub(super) struct Channel {
    pub(super) is_future: bool,
    pub(super) read: End,
    pub(super) write: End,
    /// What the host wrote and nobody read.
    pub(super) fed: VecDeque<u8>,
    /// How many bytes the host takes.
    pub(super) room: usize,
    /// What the host took.
    pub(super) taken: Vec<u8>,
}

impl Channel {
    pub(super) fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Read => &mut self.read,
            Side::Write => &mut self.write,
        }
    }

    /// Moves what both sides have.
    pub(super) fn meet(&mut self) {
        if self.write.handle == 0
            && let Some((at, left, moved)) = self.read.pending
        {
            let count = self.fed.len().min(left as usize);
            let bytes: Vec<u8> = self.fed.drain(..count).collect();
            // SAFETY: the reader lends these bytes until the read is over.
            unsafe { (at as *mut u8).copy_from(bytes.as_ptr(), count) };
            let count = count as u32;
            self.read.pending = Some((at + count as usize, left - count, moved + count));
            self.read.ready |= count > 0 || left == 0;
        }
        if self.read.handle == 0
            && !self.read.gone
            && let Some((at, left, moved)) = self.write.pending
        {
            let count = self.room.min(left as usize);
            // SAFETY: the writer lends these bytes until the write is over.
            let bytes = unsafe { core::slice::from_raw_parts(at as *const u8, count) };
            self.taken.extend_from_slice(bytes);
            self.room -= count;
            let count = count as u32;
            self.write.pending = Some((at + count as usize, left - count, moved + count));
            self.write.ready |= count > 0 || left == 0;
        }
        if let (Some((to, wanted, read)), Some((from, left, written))) =
            (self.read.pending, self.write.pending)
        {
            let count = wanted.min(left);
            if !self.is_future {
                // SAFETY: both sides lend these bytes until their operations are over.
                unsafe { (to as *mut u8).copy_from(from as *const u8, count as usize) };
            }
            let bytes = count as usize;
            self.read.pending = Some((to + bytes, wanted - count, read + count));
            self.write.pending = Some((from + bytes, left - count, written + count));
            self.read.ready |= left > 0;
            self.write.ready |= left == 0 || wanted > 0;
        }
        for side in [Side::Read, Side::Write] {
            let is_alone = self.end(side.other()).gone;
            let end = self.end(side);
            end.ready |= is_alone && !end.done;
        }
    }

    /// What an operation came to, which is over then.
    pub(super) fn take(&mut self, side: Side) -> Status {
        let is_future = self.is_future;
        let is_alone = self.end(side.other()).gone;
        let has_more = side == Side::Read && !self.fed.is_empty();
        let end = self.end(side);
        let moved = end.pending.take().map_or(0, |pending| pending.2);
        end.ready = false;
        if is_future {
            end.done = true;
            return if moved == 0 {
                Status::Dropped(0)
            } else {
                Status::Completed(0)
            };
        }
        end.done = is_alone && !has_more;
        if end.done {
            Status::Dropped(moved)
        } else {
            Status::Completed(moved)
        }
    }
}
