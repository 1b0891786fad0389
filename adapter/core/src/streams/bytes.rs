//! Virtual streams of bytes: they read nothing, or a file. Bytes go from where they lie to the
//! application at once. This module must never wait.

use super::{End, Streams, Types, limit};
use crate::app::App;
use crate::canonical::Status;
use crate::files::Opened;
use crate::trap;

/// What a virtual stream of bytes reads.
#[derive(Clone, Copy, Debug)]
pub enum Reader {
    /// Nothing.
    Ended,
    /// A file that the stream closes, from a position on.
    File(Opened, u64),
}

/// How a virtual stream of bytes is.
#[derive(Clone, Copy)]
pub(super) enum Bytes {
    Open(Reader),
    /// The application knows that it is at its end.
    Done,
}

impl Reader {
    /// Ends it.
    pub(super) fn close(self) {
        if let Reader::File(file, _) = self {
            file.close();
        }
    }
}

impl<T: Types> Streams<T> {
    /// Gives a stream of bytes.
    pub fn bytes(&self, reader: Reader) -> u32 {
        self.give(End::Bytes(Bytes::Open(reader)))
    }

    /// Reads a virtual stream of bytes: the built-in `stream.read`.
    pub fn read_bytes(&self, app: App, handle: u32, at: u32, count: u32) -> u32 {
        limit(count);
        // Nothing has no place.
        if count > 0 {
            app.check(at, count.into(), 1);
        }
        let bytes = self.with(|state| match state.ends.get(handle) {
            End::Bytes(bytes) => *bytes,
            _ => trap(),
        });
        let Bytes::Open(reader) = bytes else { trap() };
        let read = match reader {
            Reader::Ended => None,
            Reader::File(..) if count == 0 => Some(0),
            Reader::File(file, mut position) => match file.next(&mut position, count.into()) {
                Ok(contents) => {
                    contents.copy(app, at);
                    self.set_bytes(handle, Bytes::Open(Reader::File(file, position)));
                    Some(contents.len() as u32)
                }
                Err(_) => None,
            },
        };
        let status = match read {
            Some(count) => Status::Completed(count),
            None => {
                reader.close();
                self.set_bytes(handle, Bytes::Done);
                Status::Dropped(0)
            }
        };
        status.pack()
    }

    fn set_bytes(&self, handle: u32, bytes: Bytes) {
        self.with(|state| *state.ends.get(handle) = End::Bytes(bytes));
    }

    /// Takes a virtual stream of bytes that is passed on. Traps where it is known to be at its end.
    pub(super) fn take_bytes(&self, handle: u32) -> Reader {
        match self.with(|state| state.ends.remove(handle)) {
            End::Bytes(Bytes::Open(reader)) => reader,
            _ => trap(),
        }
    }

    /// Drops a readable end: the built-in `stream.drop-readable`. False: the host's.
    pub fn drop_readable(&self, handle: u32) -> bool {
        if !crate::table::is_virtual(handle) {
            self.give_up(handle);
            return false;
        }
        match self.with(|state| state.ends.remove(handle)) {
            End::Bytes(Bytes::Open(reader)) => reader.close(),
            End::Bytes(Bytes::Done) => {}
            _ => trap(),
        }
        true
    }
}
