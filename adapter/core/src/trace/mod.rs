//! A line of the log of `--debug`: texts that the engine made from types, and values, in the
//! notation of WIT values (WAVE). This module must never panic and never allocate. It must share no
//! code with what serves WASI and keep no constants, so that it costs nothing where it is not used:
//! short texts are numbers.

pub mod blocked;
mod decimal;

use decimal::Format;

use wasi_virt_layout::abi;
use wasi_virt_layout::trace::Scalar;

/// How many bytes a line shows of a string, or of a list of bytes.
const SHOWN: usize = abi::trace::TAKEN as usize - 1;

/// How many bytes of a line are kept; a stream takes as many at once.
const ROOM: usize = 4096;

/// How many bytes one addition can have: those of a string that is shown, each escaped as `\u{…}`,
/// and its length.
const ADDITION: usize = SHOWN * 6 + 64;

/// A text of up to eight bytes as [`Line::text`] takes it.
pub const fn word(text: &str) -> u64 {
    let (bytes, mut at, mut word) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        word |= (bytes[at] as u64) << (at * 8);
        at += 1;
    }
    word
}

/// What there is of the line, and was not written so far.
#[derive(Debug)]
pub struct Line {
    text: [u8; ROOM],
    len: usize,
    /// The start of a string that is to be added, and one byte more.
    taken: [u8; SHOWN + 1],
    taken_len: usize,
    /// The last byte, written or not.
    last: u8,
}

impl Line {
    /// An empty line.
    pub const fn new() -> Line {
        Line {
            text: [0; ROOM],
            len: 0,
            taken: [0; SHOWN + 1],
            taken_len: 0,
            last: 0,
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.push(*byte);
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.text.get_mut(self.len) {
            *place = byte;
            self.len += 1;
            self.last = byte;
        }
    }

    /// Whether it has to be written before more is added.
    pub fn is_full(&self) -> bool {
        self.len > ROOM - ADDITION
    }

    /// What is to be written.
    pub fn unwritten(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    /// Notes that it was written.
    pub fn written(&mut self) {
        self.len = 0;
    }

    /// Ends the line.
    pub fn end(&mut self) {
        self.push(b'\n');
    }

    /// Adds the bytes of a text, the lowest first, without the zeros at its end.
    pub fn text(&mut self, word: u64) {
        let len = 8 - word.leading_zeros() / 8;
        self.add(word.to_le_bytes().get(..len as usize).unwrap_or_default());
    }

    /// Adds what separates elements, unless the first follows.
    pub fn next(&mut self) {
        if !matches!(self.last, b'(' | b'[' | b'{') {
            self.text(const { word(", ") });
        }
    }

    /// Adds a number, a truth value or a character, by its lowest bits.
    pub fn scalar(&mut self, kind: u32, bits: u64) {
        match Scalar::of(kind) {
            Scalar::Bool if bits & 1 == 0 => self.text(const { word("false") }),
            Scalar::Bool => self.text(const { word("true") }),
            Scalar::U8 => self.whole(u64::from(bits as u8)),
            Scalar::S8 => self.signed(i64::from(bits as i8)),
            Scalar::U16 => self.whole(u64::from(bits as u16)),
            Scalar::S16 => self.signed(i64::from(bits as i16)),
            Scalar::U32 => self.whole(u64::from(bits as u32)),
            Scalar::S32 => self.signed(i64::from(bits as i32)),
            Scalar::U64 => self.whole(bits),
            Scalar::S64 => self.signed(bits as i64),
            Scalar::F32 => decimal::write(self, bits & 0xffff_ffff, Format::Single),
            Scalar::F64 => decimal::write(self, bits, Format::Double),
            Scalar::Char => {
                self.push(b'\'');
                self.escape(char::from_u32(bits as u32).unwrap_or('?'), '\'');
                self.push(b'\'');
            }
        }
    }

    fn signed(&mut self, value: i64) {
        if value < 0 {
            self.push(b'-');
        }
        self.whole(value.unsigned_abs());
    }

    /// Adds a number in decimal digits.
    pub fn whole(&mut self, value: u64) {
        let mut unit = 1;
        while value / unit >= 10 {
            unit *= 10;
        }
        while unit > 0 {
            self.push(b'0' + (value / unit % 10) as u8);
            unit /= 10;
        }
    }

    /// Takes up to eight bytes of a string, the lowest first, for [`Line::quoted`].
    pub fn take(&mut self, word: u64, count: u32) {
        for byte in word.to_le_bytes().into_iter().take(count as usize) {
            if let Some(place) = self.taken.get_mut(self.taken_len) {
                *place = byte;
                self.taken_len += 1;
            }
        }
    }

    /// Takes bytes of a string for [`Line::quoted`].
    pub fn take_all(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.take(u64::from(*byte), 1);
        }
    }

    /// Adds what was taken of a string of so many bytes, as text where it is text.
    pub fn quoted(&mut self, len: u32) {
        let taken = self.taken.get(..self.taken_len).unwrap_or_default();
        let (end, mut at) = (shown(taken), 0);
        self.push(b'"');
        while at < end {
            let rest = self.taken.get(at..end).unwrap_or_default();
            match (character(rest), rest.first()) {
                (Some(c), _) => {
                    self.escape(c, '"');
                    at += c.len_utf8();
                }
                (None, first) => {
                    let byte = first.copied().unwrap_or_default();
                    self.text(const { word("\\x") });
                    self.hex(u32::from(byte), 2);
                    at += 1;
                }
            }
        }
        self.push(b'"');
        if end < len as usize {
            self.text(const { word("… (") });
            self.whole(len.into());
            self.text(const { word(" bytes)") });
        }
        self.taken_len = 0;
    }

    /// A character in quotes: none that a terminal obeys, or that reorders what is around it.
    fn escape(&mut self, c: char, quote: char) {
        let simple = match c {
            '\t' => b't',
            '\n' => b'n',
            '\r' => b'r',
            '\\' => b'\\',
            c if c == quote => c as u8,
            c if c.is_ascii_control() || reorders(c) => {
                self.text(const { word("\\u{") });
                self.hex(c as u32, 1);
                return self.push(b'}');
            }
            c => return self.add(c.encode_utf8(&mut [0; 4]).as_bytes()),
        };
        self.push(b'\\');
        self.push(simple);
    }

    /// Hexadecimal digits, at least so many.
    fn hex(&mut self, value: u32, least: u32) {
        let digits = (32 - value.leading_zeros()).div_ceil(4).max(least);
        for digit in (0..digits).rev() {
            let nibble = (value >> (digit * 4) & 15) as u8;
            self.push(if nibble < 10 { b'0' } else { b'a' - 10 } + nibble);
        }
    }
}

impl Default for Line {
    fn default() -> Self {
        Line::new()
    }
}

/// Whether a terminal that shows the character does more than show it.
fn reorders(c: char) -> bool {
    matches!(
        c,
        '\u{80}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}

/// How many bytes are shown: to the end of a character.
fn shown(bytes: &[u8]) -> usize {
    if bytes.len() <= SHOWN {
        return bytes.len();
    }
    // A character has at most three bytes behind its first.
    let mut ends = (SHOWN - 3..=SHOWN).rev();
    let whole = |end: &usize| bytes.get(*end).is_some_and(|next| next & 0xc0 != 0x80);
    ends.find(whole).unwrap_or(SHOWN)
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

#[cfg(test)]
mod tests;
