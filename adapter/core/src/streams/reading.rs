//! Functions that give a stream and the future of how that ends. Such a future is real, as that of
//! a write that goes on: nobody but the application makes the stream go on, so it may wait for the
//! future before. This module must give a result at once only where nothing is to be read.

use super::bytes::{Bytes, Reader};
use super::entries::Listing;
use super::futures::NOBODYS;
use super::outcome::Outcome;
use super::{End, Of, Streams, Types};
use crate::files::Entries;

impl<T: Types> Streams<T> {
    /// Gives a stream of bytes of `wasi:filesystem`, and its future. There must be room for both.
    pub fn read_fs(&self, reader: Result<Reader, T::Fs>) -> (u32, u32) {
        self.read(Of::Fs, reader.map_err(|error| Outcome::Fs(Err(error))))
    }

    /// Gives a stream of bytes of `wasi:cli`, and its future. There must be room for both.
    pub fn read_cli(&self, reader: Result<Reader, T::Cli>) -> (u32, u32) {
        self.read(Of::Cli, reader.map_err(|error| Outcome::Cli(Err(error))))
    }

    fn read(&self, of: Of, reader: Result<Reader, Outcome<T>>) -> (u32, u32) {
        let (reader, (id, future)) = match reader {
            Ok(reader) => (reader, self.pending(of)),
            Err(outcome) => (Reader::Ended, (NOBODYS, self.ready(outcome))),
        };
        (self.give(End::Bytes(Bytes::Open(reader, id))), future)
    }

    /// Gives a stream of directory entries, and its future. There must be room for both.
    pub fn read_directory(&self, entries: Result<Entries, T::Fs>) -> (u32, u32) {
        let (entries, (id, future)) = match entries {
            Ok(entries) => (Some(entries), self.pending(Of::Fs)),
            Err(error) => (None, (NOBODYS, self.ready(Outcome::Fs(Err(error))))),
        };
        (self.give(End::Entries(Listing::Open(entries, id))), future)
    }
}
