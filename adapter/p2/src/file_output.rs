//! `output-stream` of a file: what a host keeps of one, and tells of what went wrong.

use wasi_virt_adapter_core::app::Bytes;
use wasi_virt_adapter_core::files::{End, Opened, Source};
use wasi_virt_adapter_core::trap;
use wasi_virt_vfs::Error;

/// A stream that writes to a file.
#[derive(Clone, Copy)]
pub struct FileOutput {
    file: Opened,
    /// The next byte's position; `None` is the end of the file, wherever that is.
    position: Option<u64>,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Ready,
    /// The last write failed, which is not reported yet.
    Failed(Error),
    Closed,
}

/// The most bytes that one write may have, as on the host.
const PERMIT: u64 = 64 * 1024;

/// The most bytes that one blocking write may have, as on the host.
const BLOCKING_PERMIT: u64 = 4096;

impl FileOutput {
    /// A stream that starts at a position of a file, which it closes.
    pub fn new(file: Opened, position: Option<u64>) -> Self {
        FileOutput {
            file,
            position,
            state: State::Ready,
        }
    }

    /// Ends the stream.
    pub fn close(self) {
        self.file.close();
    }

    /// Tells what went wrong, once.
    fn ready(&mut self) -> Result<(), End> {
        match self.state {
            State::Ready => Ok(()),
            State::Closed => Err(End::Closed),
            State::Failed(error) => {
                self.state = State::Closed;
                Err(End::Failed(error))
            }
        }
    }

    /// How many bytes it takes.
    pub fn check_write(&mut self) -> Result<u64, End> {
        self.ready().map(|()| PERMIT)
    }

    /// Nothing is written behind.
    pub fn flush(&mut self) -> Result<(), End> {
        self.ready()
    }

    /// Writes; the next call on the stream reports what goes wrong.
    pub fn write(&mut self, contents: Source<'_>) -> Result<(), End> {
        if let State::Closed = self.state {
            return Err(End::Closed);
        }
        if let Err(error) = self.file.write_all(&mut self.position, contents) {
            self.state = State::Failed(error);
        }
        Ok(())
    }

    /// Writes what the application has.
    pub fn write_app(&mut self, contents: Bytes) -> Result<(), End> {
        self.write(Source::App(contents))
    }

    /// Writes what the application has, and tells what went wrong.
    pub fn blocking_write(&mut self, contents: Bytes) -> Result<(), End> {
        limit(contents.len().into(), BLOCKING_PERMIT);
        self.ready()?;
        self.write_app(contents)?;
        self.ready()
    }

    /// Writes zeroes.
    pub fn write_zeroes(&mut self, len: u64) -> Result<(), End> {
        self.ready()?;
        limit(len, PERMIT);
        self.write(Source::Zeroes(len))
    }

    /// Writes zeroes, and tells what went wrong.
    pub fn blocking_write_zeroes(&mut self, len: u64) -> Result<(), End> {
        limit(len, BLOCKING_PERMIT);
        self.write_zeroes(len)?;
        self.ready()
    }
}

/// Traps as the host does where more is written than is permitted.
fn limit(len: u64, permit: u64) {
    if len > permit {
        trap()
    }
}
