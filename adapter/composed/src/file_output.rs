//! `output-stream` of a file: what a host keeps of one, and tells of what went wrong. This module must never
//! write what is not permitted.

use core::cell::Cell;

use crate::bindings::exports::wasi::filesystem::types::{DescriptorFlags, ErrorCode};
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::convert::error_code;
use crate::error::{StreamResult, file_failed};
use crate::files::{Opened, node, tree};
use crate::payload;

/// A stream that writes to a file.
pub struct FileOutput {
    file: Opened,
    /// The next byte's position; `None` is the end of the file, wherever that is.
    position: Cell<Option<u64>>,
    state: Cell<State>,
}

#[derive(Clone, Copy)]
enum State {
    Ready,
    /// The last write failed, and nobody was told.
    Failed(ErrorCode),
    Closed,
}

/// The most bytes that one write may have, as on the host.
const PERMIT: u64 = 64 * 1024;

/// The most bytes that one blocking write may have, as on the host.
const BLOCKING_PERMIT: u64 = 4096;

impl FileOutput {
    pub fn new(file: Opened, position: Option<u64>) -> Self {
        FileOutput {
            file,
            position: Cell::new(position),
            state: Cell::new(State::Ready),
        }
    }

    /// Tells what went wrong, once.
    fn ready(&self) -> StreamResult<()> {
        match self.state.get() {
            State::Ready => Ok(()),
            State::Closed => Err(StreamError::Closed),
            State::Failed(code) => {
                self.state.set(State::Closed);
                file_failed(code)
            }
        }
    }

    pub fn check_write(&self) -> StreamResult<u64> {
        self.ready().map(|()| PERMIT)
    }

    pub fn flush(&self) -> StreamResult<()> {
        self.ready()
    }

    /// Writes; what goes wrong is told when the stream is next asked.
    pub fn write(&self, contents: &[u8]) -> StreamResult<()> {
        if let State::Closed = self.state.get() {
            return Err(StreamError::Closed);
        }
        if let Err(code) = self.write_all(contents) {
            self.state.set(State::Failed(code));
        }
        Ok(())
    }

    pub fn blocking_write(&self, contents: &[u8]) -> StreamResult<()> {
        limit(contents.len() as u64, BLOCKING_PERMIT);
        self.ready()?;
        self.write(contents)?;
        self.ready()
    }

    pub fn write_zeroes(&self, len: u64) -> StreamResult<()> {
        self.ready()?;
        limit(len, PERMIT);
        // SAFETY: used up before anything else is called that uses it.
        let zeroes = unsafe { payload::buffer(len) };
        zeroes.fill(0);
        self.write(zeroes)
    }

    pub fn blocking_write_zeroes(&self, len: u64) -> StreamResult<()> {
        limit(len, BLOCKING_PERMIT);
        self.write_zeroes(len)?;
        self.ready()
    }

    fn write_all(&self, contents: &[u8]) -> Result<(), ErrorCode> {
        let at = self.position.get().map_or(Ok(0), i64::try_from);
        // The host looks at the position before it looks at the rights.
        if at.is_err() && !contents.is_empty() {
            return Err(ErrorCode::Invalid);
        }
        self.file.allow(DescriptorFlags::WRITE)?;
        let mut rest = contents;
        loop {
            let position = self.position.get();
            let written = tree().write(node(&self.file), position, rest);
            let written = written.map_err(error_code)?;
            self.position
                .set(position.map(|position| position + written as u64));
            rest = &rest[written..];
            if rest.is_empty() {
                return Ok(());
            }
        }
    }
}

/// Traps as the host does where more is written than is permitted.
fn limit(len: u64, permit: u64) {
    if len > permit {
        core::arch::wasm32::unreachable();
    }
}
