//! Streams and futures that the adapter gives or takes, with the types of WASI 0.3. What they do is
//! in `wasi_virt_adapter_core::streams`. This module must only name it.

mod exports;

use alloc::borrow::Cow;

use wasi_virt_adapter_core::files::Entries;
use wasi_virt_adapter_core::streams::{Failure, Streams, Types};
use wasi_virt_vfs::{Error, Kind};

use crate::convert::directory_entry;
use crate::types::{CliErrorCode, DirectoryEntry, ErrorCode, FileResult};
use crate::version::P3;

pub use wasi_virt_adapter_core::streams::{Reader, Sink};

impl Types for P3 {
    type Fs = ErrorCode;
    type Cli = CliErrorCode;
    type Entry = DirectoryEntry;

    fn entry(kind: Kind, name: Cow<'static, [u8]>) -> DirectoryEntry {
        directory_entry((kind, name))
    }
}

impl Failure for ErrorCode {
    fn of(error: Error) -> Self {
        error.into()
    }

    fn no_memory() -> Self {
        ErrorCode::InsufficientMemory(())
    }
}

impl Failure for CliErrorCode {
    fn of(_: Error) -> Self {
        CliErrorCode::Io
    }

    fn no_memory() -> Self {
        CliErrorCode::Io
    }
}

static STREAMS: Streams<P3> = Streams::new();

/// Refuses one more stream where there is no memory for it.
pub fn room() -> FileResult<()> {
    STREAMS.room().ok_or(ErrorCode::InsufficientMemory(()))
}

/// Gives a stream of bytes.
pub fn bytes(reader: Reader) -> u32 {
    STREAMS.bytes(reader)
}

/// Gives a stream of the entries of a directory.
pub fn entries(entries: Option<Entries>) -> u32 {
    STREAMS.entries(entries)
}

/// Gives a future of an operation on files whose result is known.
pub fn ready_fs(result: Result<(), ErrorCode>) -> u32 {
    STREAMS.ready_fs(result)
}

/// Gives a future of an operation on a standard stream whose result is known.
pub fn ready_cli(result: Result<(), CliErrorCode>) -> u32 {
    STREAMS.ready_cli(result)
}

/// Takes a stream, and gives the future of what comes of it.
pub fn consume_fs(data: u32, sink: Sink<ErrorCode>) -> u32 {
    STREAMS.consume_fs(data, sink)
}

/// Takes a stream, and gives the future of what comes of it.
pub fn consume_cli(data: u32, sink: Sink<CliErrorCode>) -> u32 {
    STREAMS.consume_cli(data, sink)
}
