//! Streams and futures that the adapter gives or takes, with the types of WASI 0.3. What they do is
//! in `wasi_virt_adapter_core::streams`. This module must only name it.

mod exports;

use alloc::borrow::Cow;

use wasi_virt_adapter_core::abi::Own;
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

/// Makes room for one more stream. Gives `None` where there is no memory for it.
pub fn room() -> Option<()> {
    STREAMS.room()
}

/// What a function gives that reads: a stream, and the future of how it ends.
fn owned((stream, future): (u32, u32)) -> (Own, Own) {
    (Own(stream), Own(future))
}

/// Gives a stream of a file.
pub fn read_fs(reader: FileResult<Reader>) -> (Own, Own) {
    owned(STREAMS.read_fs(reader))
}

/// Gives a stream of a standard stream.
pub fn read_cli(reader: Result<Reader, CliErrorCode>) -> (Own, Own) {
    owned(STREAMS.read_cli(reader))
}

/// Gives a stream of the entries of a directory.
pub fn read_directory(entries: FileResult<Entries>) -> (Own, Own) {
    owned(STREAMS.read_directory(entries))
}

/// Takes a stream, and gives the future of what comes of it.
pub fn consume_fs(data: u32, sink: Sink<ErrorCode>) -> u32 {
    STREAMS.consume_fs(data, sink)
}

/// Takes a stream, and gives the future of what comes of it.
pub fn consume_cli(data: u32, sink: Sink<CliErrorCode>) -> u32 {
    STREAMS.consume_cli(data, sink)
}
