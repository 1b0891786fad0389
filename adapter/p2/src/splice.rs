//! `splice` between streams of which one at least is virtual. What passes goes through the
//! adapter's memory; where both are the host's, the host does it.

use alloc::borrow::Cow;

use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::table::is_virtual;

#[cfg(feature = "write")]
use crate::error::ended;
use crate::imports;
use crate::input;
use crate::output::permit;
#[cfg(feature = "write")]
use crate::table::{self, Output};
use crate::types::StreamResult;

/// The most that `blocking-write-and-flush` takes.
const MAX_BLOCKING_WRITE: u64 = 4096;

/// Whether a splice waits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Blocking {
    /// It moves what it can at once.
    No,
    /// It waits until it can move something.
    Yes,
}

exports! {
    "wasi:io/streams#[method]output-stream.splice"
    fn splice_now(app, this: u32, source: u32, len: u64) => StreamResult<u64> {
        splice(this, source, len, Blocking::No)
    }
    "wasi:io/streams#[method]output-stream.blocking-splice"
    fn blocking_splice(app, this: u32, source: u32, len: u64) => StreamResult<u64> {
        splice(this, source, len, Blocking::Yes)
    }
}

/// Moves up to `len` bytes, and says how many it moved.
fn splice(output: u32, source: u32, len: u64, blocking: Blocking) -> StreamResult<u64> {
    if !is_virtual(output) {
        return to_host(output, source, len, blocking);
    }
    #[cfg(feature = "write")]
    if let Output::File(file) = table::output(output) {
        return to_file(output, file, source, len, blocking);
    }
    let len = len.min(permit(output)?);
    skip(source, len, blocking)
}

fn read(source: u32, len: u64, blocking: Blocking) -> StreamResult<Cow<'static, [u8]>> {
    if is_virtual(source) {
        return input::next(source, len).map(|contents| contents.to_vec().into());
    }
    let read = match blocking {
        Blocking::No => imports::input_read(source, len),
        Blocking::Yes => imports::input_blocking_read(source, len),
    };
    read.map(|contents| contents.0)
}

fn skip(source: u32, len: u64, blocking: Blocking) -> StreamResult<u64> {
    match blocking {
        _ if is_virtual(source) => input::pass(source, len),
        Blocking::No => imports::input_skip(source, len),
        Blocking::Yes => imports::input_blocking_skip(source, len),
    }
}

fn to_host(output: u32, source: u32, len: u64, blocking: Blocking) -> StreamResult<u64> {
    if blocking == Blocking::Yes {
        let pollable = imports::output_subscribe(output);
        imports::pollable_block(pollable);
        imports::pollable_drop(pollable);
    }
    let permit = imports::output_check_write(output)?;
    let len = len.min(permit).min(MAX_BLOCKING_WRITE);
    if len == 0 {
        return Ok(0);
    }
    // The host has no stream of another's, so that the source is virtual or traps there.
    let contents = read(source, len, Blocking::No)?;
    match blocking {
        Blocking::No => imports::output_write(output, &contents)?,
        Blocking::Yes => imports::output_blocking_write(output, &contents)?,
    }
    Ok(contents.len() as u64)
}

#[cfg(feature = "write")]
fn to_file(
    output: u32,
    file: crate::file_output::FileOutput,
    source: u32,
    len: u64,
    blocking: Blocking,
) -> StreamResult<u64> {
    use wasi_virt_adapter_core::files::Source;

    let mut file = file;
    let permitted = file.check_write();
    table::set_output(output, Output::File(file));
    let contents = read(source, len.min(permitted.map_err(ended)?), blocking)?;
    let mut written = file.write(Source::Own(&contents));
    if blocking == Blocking::Yes && written.is_ok() {
        written = file.flush();
    }
    table::set_output(output, Output::File(file));
    written.map_err(ended)?;
    Ok(contents.len() as u64)
}
