//! The log of `--debug`. Where it is wanted, the engine's code puts lines together with these, and
//! each is written to the host's standard error, whatever the program has. This module must never
//! call what is logged, and never fail. What it shares with the rest of the adapter would be
//! another code there, so that it has its own imports.

use core::mem::MaybeUninit;

use wasi_virt_adapter_core::Shared;
use wasi_virt_adapter_core::trace::Line;
use wasi_virt_adapter_core::trace::blocked::Blocked;

use crate::table::is_denied;

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    #[link_name = "wasi:cli/stderr#get-stderr"]
    safe fn get_stderr() -> u32;
    #[link_name = "wasi:io/streams#[method]output-stream.blocking-write-and-flush"]
    fn write(stream: u32, bytes: *const u8, len: usize, result: *mut Answer);
    #[link_name = "wasi:io/streams#[resource-drop]output-stream"]
    safe fn drop_stream(stream: u32);
    #[link_name = "wasi:io/error#[resource-drop]error"]
    safe fn drop_error(error: u32);
}

/// A `result<_, stream-error>`.
#[repr(C)]
struct Answer {
    is_error: u8,
    error: StreamError,
}

#[repr(C)]
struct StreamError {
    is_closed: u8,
    error: u32,
}

static LINE: Shared<Line> = Shared::new(Line::new());
static BLOCKED: Shared<Blocked> = Shared::new(Blocked::new());

/// Adds to the line.
fn add(act: impl FnOnce(&mut Line)) {
    let is_full = LINE.with(|line| {
        act(line);
        line.is_full()
    });
    if is_full {
        flush();
    }
}

/// Writes what there is of the line.
#[inline(never)]
fn flush() {
    let (bytes, len) = LINE.with(|line| {
        let bytes = line.unwritten();
        (bytes.as_ptr(), bytes.len())
    });
    let stream = get_stderr();
    let mut answer = MaybeUninit::<Answer>::uninit();
    // SAFETY: the line stays as it is while the host runs, which writes the answer.
    let answer = unsafe {
        write(stream, bytes, len, answer.as_mut_ptr());
        answer.as_ptr()
    };
    // Nobody is left to report a failure to.
    // SAFETY: the host wrote the error where it says that there is one.
    unsafe {
        if (*answer).is_error != 0 && (*answer).error.is_closed == 0 {
            drop_error((*answer).error.error);
        }
    }
    drop_stream(stream);
    LINE.with(Line::written);
}

/// Adds up to eight bytes of a text.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]text")]
extern "C" fn text(word: u64) {
    add(|line| line.text(word));
}

/// Adds what separates elements, unless the first follows.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]next")]
extern "C" fn next() {
    add(Line::next);
}

/// Adds a number, a truth value or a character.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]scalar")]
extern "C" fn scalar(kind: u32, bits: u64) {
    add(|line| line.scalar(kind, bits));
}

/// Takes up to eight bytes of a string.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]take")]
extern "C" fn take(word: u64, count: u32) {
    LINE.with(|line| line.take(word, count));
}

/// Adds the string that was taken, which has so many bytes in all.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]quoted")]
extern "C" fn quoted(len: u32) {
    add(|line| line.quoted(len));
}

/// Writes a line that the adapter itself has something to say in.
#[cfg(feature = "host")]
pub fn write_line(act: impl FnOnce(&mut Line)) {
    LINE.with(|line| {
        act(line);
        line.end();
    });
    flush();
}

/// Writes the line.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]line")]
extern "C" fn end() {
    LINE.with(Line::end);
    flush();
}

/// Notes where a read of a stream that blocks will write to.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]blocked")]
extern "C" fn blocked(memory: u32, handle: u32, address: u32) {
    BLOCKED.with(|blocked| blocked.add(memory, handle, address));
}

/// Where the read of a stream that blocked wrote to.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]unblocked")]
extern "C" fn unblocked(memory: u32, handle: u32) -> u32 {
    BLOCKED.with(|blocked| blocked.take(memory, handle))
}

/// Whether a handle is that of a stream that is denied, or of why it fails.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]denied")]
extern "C" fn denied(handle: u32) -> u32 {
    is_denied(handle).into()
}
