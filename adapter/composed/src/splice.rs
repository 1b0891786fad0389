//! `splice` between any two streams. Where both are the host's, the host does it.

use crate::bindings::exports::wasi::io::streams::{GuestInputStream, GuestOutputStream};
use crate::error::{StreamResult, from_host};
use crate::input::InputStream;
use crate::output::OutputStream;

/// The most that `blocking-write-and-flush` takes.
const MAX_BLOCKING_WRITE: u64 = 4096;

/// Whether a splice waits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Blocking {
    /// It moves what it can at once.
    No,
    /// It waits until it can move something.
    Yes,
}

/// Moves up to `len` bytes, and says how many it moved.
pub fn splice(
    output: &OutputStream,
    input: &InputStream,
    len: u64,
    blocking: Blocking,
) -> StreamResult<u64> {
    match (output, input) {
        (OutputStream::Host(output), InputStream::Host(input)) => from_host(match blocking {
            Blocking::No => output.splice(input, len),
            Blocking::Yes => output.blocking_splice(input, len),
        }),
        (OutputStream::Host(host), _) => {
            if blocking == Blocking::Yes {
                host.subscribe().block();
            }
            let len = len.min(output.check_write()?).min(MAX_BLOCKING_WRITE);
            if len == 0 {
                return Ok(0);
            }
            let contents = input.read(len)?;
            let moved = contents.len() as u64;
            match blocking {
                Blocking::No => output.write(contents)?,
                Blocking::Yes => output.blocking_write_and_flush(contents)?,
            }
            Ok(moved)
        }
        #[cfg(feature = "write")]
        (OutputStream::File(file), _) => {
            let len = len.min(file.check_write()?);
            let contents = match blocking {
                Blocking::No => input.read(len)?,
                Blocking::Yes => input.blocking_read(len)?,
            };
            file.write(&contents)?;
            if blocking == Blocking::Yes {
                file.flush()?;
            }
            Ok(contents.len() as u64)
        }
        (OutputStream::Ignored | OutputStream::Denied(_), _) => {
            let len = len.min(output.check_write()?);
            match blocking {
                Blocking::No => input.skip(len),
                Blocking::Yes => input.blocking_skip(len),
            }
        }
    }
}
