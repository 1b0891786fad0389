//! `input-stream` of `wasi:io/streams`: the host's streams, the virtual standard input, and files.

use alloc::vec::Vec;
use core::cell::Cell;

use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::{GuestInputStream, StreamError};
use crate::bindings::host::io::streams as host;
use crate::error::{StreamResult, denied, from_host};
use crate::files::{self, Opened, handle};
use crate::poll;

const DENIED: &str = "stdin is denied by wasi-virt (allow with --stdin=allow)";

/// The resource `input-stream`.
pub enum InputStream {
    /// The host's.
    Host(host::InputStream),
    /// One at its end.
    Ignored,
    /// One whose operations fail.
    Denied,
    /// A file, read from a position on.
    File {
        /// The file.
        file: Opened,
        /// The next byte's position.
        position: Cell<u64>,
    },
}

impl InputStream {
    fn read_virtual(&self, len: u64) -> StreamResult<Vec<u8>> {
        match self {
            InputStream::Host(_) | InputStream::Ignored => Err(StreamError::Closed),
            InputStream::Denied => denied(DENIED),
            InputStream::File { file, position } => files::read_next(handle(file), position, len),
        }
    }

    fn skip_virtual(&self, len: u64) -> StreamResult<u64> {
        match self {
            InputStream::Host(_) | InputStream::Ignored => Err(StreamError::Closed),
            InputStream::Denied => denied(DENIED),
            InputStream::File { file, position } => files::skip(handle(file), position, len),
        }
    }
}

impl GuestInputStream for InputStream {
    fn read(&self, len: u64) -> StreamResult<Vec<u8>> {
        match self {
            InputStream::Host(stream) => from_host(stream.read(len)),
            _ => self.read_virtual(len),
        }
    }

    fn blocking_read(&self, len: u64) -> StreamResult<Vec<u8>> {
        match self {
            InputStream::Host(stream) => from_host(stream.blocking_read(len)),
            _ => self.read_virtual(len),
        }
    }

    fn skip(&self, len: u64) -> StreamResult<u64> {
        match self {
            InputStream::Host(stream) => from_host(stream.skip(len)),
            _ => self.skip_virtual(len),
        }
    }

    fn blocking_skip(&self, len: u64) -> StreamResult<u64> {
        match self {
            InputStream::Host(stream) => from_host(stream.blocking_skip(len)),
            _ => self.skip_virtual(len),
        }
    }

    fn subscribe(&self) -> Pollable {
        match self {
            InputStream::Host(stream) => poll::from_host(stream.subscribe()),
            _ => poll::ready(),
        }
    }
}
