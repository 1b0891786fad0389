//! Streams and futures that the adapter gives or takes.

use wasi_virt_adapter_core::files::{Entries, Opened};
use wasi_virt_adapter_core::trap;

use crate::table::{Resource, add};
use crate::types::{CliErrorCode, ErrorCode};

/// What a virtual stream of bytes reads.
pub enum Reader {
    /// Nothing.
    Ended,
    /// A file that the stream closes, from a position on.
    File(Opened, u64),
}

/// Where the bytes of a stream go.
pub enum Sink<E> {
    /// Nowhere.
    Swallow,
    /// They are not read, for this reason.
    Refuse(E),
    /// To a file that is closed at the end.
    File {
        /// The file.
        file: Opened,
        /// The next byte's position; `None` is the end of the file, wherever that is.
        position: Option<u64>,
    },
}

/// A stream or future that only the adapter knows.
pub enum Virtual {
    /// `stream<u8>`.
    Bytes(Reader),
    /// `stream<directory-entry>`.
    Entries(Option<Entries>),
    /// `future<result<_, error-code>>` of `wasi:filesystem/types`.
    Fs(Result<(), ErrorCode>),
    /// `future<result<_, error-code>>` of `wasi:cli/types`.
    Cli(Result<(), CliErrorCode>),
}

fn give(value: Virtual) -> u32 {
    add(Resource::Virtual(value))
}

/// Gives a stream of bytes.
pub fn bytes(reader: Reader) -> u32 {
    give(Virtual::Bytes(reader))
}

/// Gives a stream of the entries of a directory.
pub fn entries(entries: Option<Entries>) -> u32 {
    give(Virtual::Entries(entries))
}

/// Gives a future of an operation on files whose result is known.
pub fn ready_fs(result: Result<(), ErrorCode>) -> u32 {
    give(Virtual::Fs(result))
}

/// Gives a future of an operation on a standard stream whose result is known.
pub fn ready_cli(result: Result<(), CliErrorCode>) -> u32 {
    give(Virtual::Cli(result))
}

/// Takes a stream, and gives the future of what comes of it.
pub fn consume_fs(_data: u32, sink: Sink<ErrorCode>) -> u32 {
    match sink {
        Sink::Refuse(code) => ready_fs(Err(code)),
        Sink::Swallow | Sink::File { .. } => trap(),
    }
}

/// Takes a stream, and gives the future of what comes of it.
pub fn consume_cli(_data: u32, sink: Sink<CliErrorCode>) -> u32 {
    match sink {
        Sink::Refuse(code) => ready_cli(Err(code)),
        Sink::Swallow | Sink::File { .. } => trap(),
    }
}
