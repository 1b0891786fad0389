//! Virtual streams of bytes: they read nothing, or a file. Bytes go from where they lie to the
//! application at once. The future of a stream is known when that ends. This module must never
//! wait.

use super::outcome::{Fault, failure};
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
    /// With the future of how it ends.
    Open(Reader, u64),
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
        let Bytes::Open(reader, future) = bytes else {
            trap()
        };
        let ended = match reader {
            Reader::Ended => Ok(()),
            Reader::File(..) if count == 0 => return Status::Completed(0).pack(),
            Reader::File(file, mut position) => match file.next(&mut position, count.into()) {
                Ok(contents) => {
                    contents.copy(app, at);
                    let reader = Reader::File(file, position);
                    self.set_bytes(handle, Bytes::Open(reader, future));
                    return Status::Completed(contents.len() as u32).pack();
                }
                Err(end) => failure(end),
            },
        };
        self.set_bytes(handle, Bytes::Done);
        self.end_reader(reader, future, ended);
        Status::Dropped(0).pack()
    }

    fn set_bytes(&self, handle: u32, bytes: Bytes) {
        self.with(|state| *state.ends.get(handle) = End::Bytes(bytes));
    }

    /// Takes a virtual stream of bytes that is passed on, and the future of how it ends. Traps
    /// where it is known to be at its end.
    pub(super) fn take_bytes(&self, handle: u32) -> (Reader, u64) {
        match self.with(|state| state.pass_end(handle)) {
            End::Bytes(Bytes::Open(reader, future)) => (reader, future),
            _ => trap(),
        }
    }

    /// Ends a stream, and tells its future how.
    pub(super) fn end_reader(&self, reader: Reader, future: u64, ended: Result<(), Fault>) {
        reader.close();
        self.resolve(future, ended);
    }

    /// Drops a readable end: the built-in `stream.drop-readable`. False: the host's.
    pub fn drop_readable(&self, handle: u32) -> bool {
        if !crate::table::is_virtual(handle) {
            self.give_up(handle);
            self.with(|state| state.pump.join(handle, 0));
            return false;
        }
        match self.with(|state| state.drop_end(handle)) {
            End::Bytes(Bytes::Open(reader, future)) => self.end_reader(reader, future, Ok(())),
            End::Bytes(Bytes::Done) => {}
            _ => trap(),
        }
        true
    }
}
