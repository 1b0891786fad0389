//! The log of `--debug`. Where it is wanted, the engine's code puts lines together with these, and
//! each is written to the host's standard error, whatever the program has. This module must never
//! call what is logged, and never fail.

use alloc::boxed::Box;

use wasi_virt_adapter_core::Shared;
use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::trace::Line;

use crate::imports::{error_drop, get_stderr, output_blocking_write, output_drop};
use crate::table::is_denied;
use crate::types::StreamError;

/// How many bytes a stream takes at once.
const PIECE: usize = 4096;

/// The line; none before the first, so that an artifact without a log has no bytes of it.
static LINE: Shared<Option<Box<Line>>> = Shared::new(None);

fn with_line<R>(act: impl FnOnce(&mut Line) -> R) -> R {
    LINE.with(|line| act(line.get_or_insert_default()))
}

/// Adds up to eight bytes of a text.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]text")]
extern "C" fn text(word: u64) {
    with_line(|line| line.text(word));
}

/// Adds what separates elements, unless the first follows.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]next")]
extern "C" fn next() {
    with_line(Line::next);
}

/// Adds a number, a truth value or a character.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]scalar")]
extern "C" fn scalar(kind: u32, bits: u64) {
    with_line(|line| line.scalar(kind, bits));
}

/// Takes up to eight bytes of a string.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]take")]
extern "C" fn take(word: u64, count: u32) {
    with_line(|line| line.take(word, count));
}

/// Adds the string that was taken, which has so many bytes in all.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]quoted")]
extern "C" fn quoted(len: u32) {
    with_line(|line| line.quoted(len));
}

/// Writes the line.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]line")]
extern "C" fn end() {
    let line = with_line(Line::end);
    let stream = get_stderr();
    for piece in line.chunks(PIECE) {
        // Nobody is left to report a failure to.
        if let Err(error) = output_blocking_write(stream, piece) {
            if let StreamError::LastOperationFailed(Own(error)) = error {
                error_drop(error);
            }
            break;
        }
    }
    output_drop(stream);
}

/// Whether a handle is that of a stream that is denied, or of why it fails.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]denied")]
extern "C" fn denied(handle: u32) -> u32 {
    is_denied(handle).into()
}
