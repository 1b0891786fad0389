//! `input-stream` of `wasi:io/streams`: the host's streams, the virtual standard input, and files.

use alloc::vec::Vec;
use core::cell::Cell;
use core::ops::Range;

use wasi_virt_layout::NodeId;

use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::{GuestInputStream, StreamError};
use crate::bindings::host::io::streams as host;
use crate::config::tree;
use crate::error::{StreamResult, denied, from_host};
use crate::{payload, poll};

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
        node: NodeId,
        /// The next byte's position.
        position: Cell<u64>,
    },
}

impl InputStream {
    /// Passes over up to `len` bytes of a file, and says where in the payload they are.
    pub fn advance(node: NodeId, position: &Cell<u64>, len: u64) -> StreamResult<Range<u64>> {
        let start = position.get();
        let range = tree().contents(node, start, len).unwrap_or(0..0);
        if range.is_empty() && len != 0 {
            return Err(StreamError::Closed);
        }
        position.set(start.saturating_add(range.end - range.start));
        Ok(range)
    }

    fn read_virtual(&self, len: u64) -> StreamResult<Vec<u8>> {
        match self {
            InputStream::Host(_) | InputStream::Ignored => Err(StreamError::Closed),
            InputStream::Denied => denied(DENIED),
            InputStream::File { node, position } => {
                Self::advance(*node, position, len.min(payload::max_read())).map(payload::read)
            }
        }
    }

    fn skip_virtual(&self, len: u64) -> StreamResult<u64> {
        match self {
            InputStream::Host(_) | InputStream::Ignored => Err(StreamError::Closed),
            InputStream::Denied => denied(DENIED),
            InputStream::File { node, position } => {
                Self::advance(*node, position, len).map(|range| range.end - range.start)
            }
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
