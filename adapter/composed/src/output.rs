//! `output-stream` of `wasi:io/streams`: the host's streams, the virtual standard output and
//! error, and files.

use alloc::vec::Vec;

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::io::poll::Pollable;
use crate::bindings::exports::wasi::io::streams::{Guest, GuestOutputStream, InputStreamBorrow};
use crate::bindings::host::io::streams as host;
use crate::error::{StreamResult, denied, from_host};
use crate::input::InputStream;
use crate::poll;
use crate::splice::{Blocking, splice};

/// How many bytes an ignored stream takes at once. It would take any number; a program may
/// allocate as many.
const PERMIT: u64 = 1024 * 1024;

/// The resource `output-stream`.
pub enum OutputStream {
    /// The host's.
    Host(host::OutputStream),
    /// One that swallows what is written.
    Ignored,
    /// One whose operations fail with this text.
    Denied(&'static str),
    /// A file.
    #[cfg(feature = "write")]
    File(crate::file_output::FileOutput),
}

impl Guest for Adapter {
    type InputStream = InputStream;
    type OutputStream = OutputStream;
}

impl OutputStream {
    /// The result of an operation that a virtual stream has nothing to do for.
    fn done(&self) -> StreamResult<()> {
        match self {
            OutputStream::Denied(text) => denied(text),
            _ => Ok(()),
        }
    }
}

impl GuestOutputStream for OutputStream {
    fn check_write(&self) -> StreamResult<u64> {
        match self {
            OutputStream::Host(stream) => from_host(stream.check_write()),
            #[cfg(feature = "write")]
            OutputStream::File(file) => file.check_write(),
            _ => self.done().map(|()| PERMIT),
        }
    }

    fn write(&self, contents: Vec<u8>) -> StreamResult<()> {
        match self {
            OutputStream::Host(stream) => from_host(stream.write(&contents)),
            #[cfg(feature = "write")]
            OutputStream::File(file) => file.write(&contents),
            _ => self.done(),
        }
    }

    fn blocking_write_and_flush(&self, contents: Vec<u8>) -> StreamResult<()> {
        match self {
            OutputStream::Host(stream) => from_host(stream.blocking_write_and_flush(&contents)),
            #[cfg(feature = "write")]
            OutputStream::File(file) => file.blocking_write(&contents),
            _ => self.done(),
        }
    }

    fn flush(&self) -> StreamResult<()> {
        match self {
            OutputStream::Host(stream) => from_host(stream.flush()),
            #[cfg(feature = "write")]
            OutputStream::File(file) => file.flush(),
            _ => self.done(),
        }
    }

    fn blocking_flush(&self) -> StreamResult<()> {
        match self {
            OutputStream::Host(stream) => from_host(stream.blocking_flush()),
            #[cfg(feature = "write")]
            OutputStream::File(file) => file.flush(),
            _ => self.done(),
        }
    }

    fn subscribe(&self) -> Pollable {
        match self {
            OutputStream::Host(stream) => poll::from_host(stream.subscribe()),
            _ => poll::ready(),
        }
    }

    fn write_zeroes(&self, len: u64) -> StreamResult<()> {
        match self {
            OutputStream::Host(stream) => from_host(stream.write_zeroes(len)),
            #[cfg(feature = "write")]
            OutputStream::File(file) => file.write_zeroes(len),
            _ => self.done(),
        }
    }

    fn blocking_write_zeroes_and_flush(&self, len: u64) -> StreamResult<()> {
        match self {
            OutputStream::Host(stream) => from_host(stream.blocking_write_zeroes_and_flush(len)),
            #[cfg(feature = "write")]
            OutputStream::File(file) => file.blocking_write_zeroes(len),
            _ => self.done(),
        }
    }

    fn splice(&self, source: InputStreamBorrow<'_>, len: u64) -> StreamResult<u64> {
        splice(self, source.get(), len, Blocking::No)
    }

    fn blocking_splice(&self, source: InputStreamBorrow<'_>, len: u64) -> StreamResult<u64> {
        splice(self, source.get(), len, Blocking::Yes)
    }
}
