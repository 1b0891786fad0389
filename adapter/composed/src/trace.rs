//! The trace of `--debug`. Where it is wanted, the engine wraps every function that the adapter exports in one that calls
//! these: they put a line together, of texts that the engine made from WIT and of values, and write it to the host's
//! standard error, whatever becomes of the program's own. It must never call what is traced, and never fail; and it must have no
//! constants in memory and no place to panic, which would be in every artifact, traced or not.

use alloc::vec::Vec;
use core::cell::Cell;
use core::slice;

use wasi_virt_layout::trace::Scalar;

use crate::bindings::host::cli::stderr::get_stderr;
use crate::decimal::{self, whole};

/// How many bytes are shown of a string and of a list of bytes.
const SHOWN: usize = 256;
/// How many bytes a stream takes at once.
const PIECE: usize = 4096;

/// What there is of the line so far.
struct Line(Cell<Vec<u8>>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Line {}

static LINE: Line = Line(Cell::new(Vec::new()));

/// Adds to the line.
fn add(write: impl FnOnce(&mut Vec<u8>)) {
    let mut line = LINE.0.take();
    write(&mut line);
    LINE.0.set(line);
}

/// A text as it is.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_trace_text")]
unsafe extern "C" fn text(pointer: *const u8, len: usize) {
    // SAFETY: the engine passes a text that it placed in memory.
    let text = unsafe { slice::from_raw_parts(pointer, len) };
    add(|line| line.extend_from_slice(text));
}

/// What separates elements, unless the first follows.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_trace_next")]
extern "C" fn next() {
    add(|line| {
        if !matches!(line.last(), Some(b'(' | b'[' | b'{')) {
            line.extend(*b", ");
        }
    });
}

/// A number, a truth value or a character, by its lowest bits.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_trace_scalar")]
extern "C" fn scalar(kind: u32, bits: u64) {
    let signed = |bits: i64| {
        add(|line| {
            if bits < 0 {
                line.push(b'-');
            }
            whole(line, bits.unsigned_abs());
        });
    };
    let unsigned = |bits: u64| add(|line| whole(line, bits));
    match Scalar::of(kind) {
        Scalar::Bool if bits & 1 == 0 => add(|line| line.extend(*b"false")),
        Scalar::Bool => add(|line| line.extend(*b"true")),
        Scalar::U8 => unsigned(u64::from(bits as u8)),
        Scalar::S8 => signed(i64::from(bits as i8)),
        Scalar::U16 => unsigned(u64::from(bits as u16)),
        Scalar::S16 => signed(i64::from(bits as i16)),
        Scalar::U32 => unsigned(u64::from(bits as u32)),
        Scalar::S32 => signed(i64::from(bits as i32)),
        Scalar::U64 => unsigned(bits),
        Scalar::S64 => signed(bits as i64),
        Scalar::F32 => add(|line| decimal::write(line, bits & 0xffff_ffff, 23, 8, 13, -6)),
        Scalar::F64 => add(|line| decimal::write(line, bits, 52, 11, 16, -5)),
        Scalar::Char => add(|line| {
            line.push(b'\'');
            escape(line, char::from_u32(bits as u32).unwrap_or('?'), '\'');
            line.push(b'\'');
        }),
    }
}

/// A string. Returns how many bytes it has, if not all are shown.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_trace_string")]
unsafe extern "C" fn string(pointer: *const u8, len: usize) -> usize {
    // SAFETY: the engine passes a string that was lifted or that the host made, so that it is valid.
    let bytes = unsafe { slice::from_raw_parts(if len == 0 { [].as_ptr() } else { pointer }, len) };
    quoted(bytes)
}

/// A list of bytes, as text where it is. Returns how many there are, if not all are shown.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_trace_bytes")]
unsafe extern "C" fn bytes(pointer: *const u8, len: usize) -> usize {
    // SAFETY: the engine passes a list that was lifted or that the host made.
    let bytes = unsafe { slice::from_raw_parts(if len == 0 { [].as_ptr() } else { pointer }, len) };
    add(|line| line.push(b'b'));
    quoted(bytes)
}

fn quoted(bytes: &[u8]) -> usize {
    let shown = shown(bytes);
    add(|line| {
        line.push(b'"');
        let mut rest = shown;
        while let Some(first) = rest.first() {
            let len = match character(rest) {
                Some(c) => {
                    escape(line, c, '"');
                    c.len_utf8()
                }
                None => {
                    line.extend(*b"\\x");
                    hex(line, u32::from(*first), 2);
                    1
                }
            };
            rest = rest.get(len..).unwrap_or_default();
        }
        line.push(b'"');
    });
    if shown.len() < bytes.len() {
        bytes.len()
    } else {
        0
    }
}

/// The end of a line, which is written.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "virt_trace_line")]
extern "C" fn end() {
    let mut line = LINE.0.take();
    line.push(b'\n');
    let stream = get_stderr();
    for piece in line.chunks(PIECE) {
        // Nobody can be told that there is nobody to tell.
        if stream.blocking_write_and_flush(piece).is_err() {
            break;
        }
    }
    line.clear();
    LINE.0.set(line);
}

/// The part that is shown, to the end of a character.
fn shown(bytes: &[u8]) -> &[u8] {
    // A character has at most three bytes behind its first.
    let ends = (SHOWN - 3..=SHOWN).rev();
    let whole = |end: &usize| bytes.get(*end).is_some_and(|next| next & 0xc0 != 0x80);
    let end = ends.clone().find(whole).unwrap_or(SHOWN);
    bytes.get(..end).unwrap_or(bytes)
}

/// The first character, if it is one in UTF-8. The standard library keeps a table for that.
fn character(bytes: &[u8]) -> Option<char> {
    let first = *bytes.first()?;
    let len = match first.leading_ones() {
        0 => return Some(char::from(first)),
        len @ 2..=4 => len as usize,
        _ => return None,
    };
    let mut code = u32::from(first) & (0x7f >> len);
    for byte in bytes.get(1..len)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3f);
    }
    // Neither more bytes than it takes nor a surrogate.
    char::from_u32(code).filter(|c| c.len_utf8() == len)
}

/// A character in quotes: none that a terminal obeys, or that reorders what is around it.
fn escape(line: &mut Vec<u8>, c: char, quote: char) {
    let simple = match c {
        '\t' => b't',
        '\n' => b'n',
        '\r' => b'r',
        '\\' => b'\\',
        c if c == quote => c as u8,
        c if c.is_ascii_control()
            || matches!(c, '\u{80}'..='\u{9f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}') =>
        {
            line.extend(*b"\\u{");
            hex(line, c as u32, 1);
            line.push(b'}');
            return;
        }
        c => {
            line.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    line.extend([b'\\', simple]);
}

/// Hexadecimal digits, at least so many.
fn hex(line: &mut Vec<u8>, value: u32, least: u32) {
    let digits = (32 - value.leading_zeros()).div_ceil(4).max(least);
    for digit in (0..digits).rev() {
        let nibble = (value >> (digit * 4) & 15) as u8;
        line.push(if nibble < 10 { b'0' } else { b'a' - 10 } + nibble);
    }
}
