//! The application's memory, which only a helper module can touch: what the application passes is
//! read from there, and what it is given is written there. Whatever the canonical ABI refuses
//! traps. This module must allocate nothing before it knows that the bytes exist.

#[cfg(not(target_arch = "wasm32"))]
use crate::simulated as outside;
#[cfg(target_arch = "wasm32")]
mod outside;

use alloc::vec::Vec;

use crate::payload::in_pieces;
use crate::sink::{self, BLOCK};
use crate::{trap, utf8};

/// A context: one memory of the application's, with one `realloc`.
#[derive(Clone, Copy, Debug)]
pub struct App(u32);

/// Bytes in the application's memory, which are there.
#[derive(Clone, Copy, Debug)]
pub struct Bytes {
    app: App,
    start: u32,
    len: u32,
}

/// A string that the application may pass: where a case without one is passed, its place means
/// nothing.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    app: App,
    start: u32,
    len: u32,
}

impl Passed {
    /// What may lie there.
    pub fn new(app: App, start: u32, len: u32) -> Self {
        Passed { app, start, len }
    }

    /// The string, if there `is` one; else none of its bytes.
    pub fn text_if(self, is: bool) -> Vec<u8> {
        match is {
            true => self.app.text(self.start, self.len),
            false => Vec::new(),
        }
    }
}

impl App {
    /// The context of this number.
    pub fn new(context: u32) -> App {
        App(context)
    }

    /// How many bytes the memory has.
    fn size(self) -> u64 {
        u64::from(outside::size(self.0)) << 16
    }

    /// Traps unless `len` bytes lie at an aligned address.
    pub(crate) fn check(self, at: u32, len: u64, align: u32) {
        let end = u64::from(at) + len;
        if !at.is_multiple_of(align) || end > self.size() {
            trap()
        }
    }

    /// Writes a byte.
    pub fn store_8(self, at: u32, value: u8) {
        outside::store8(self.0, at, value.into());
    }

    /// Writes a number of 16 bits.
    pub fn store_16(self, at: u32, value: u16) {
        let [low, high] = value.to_le_bytes();
        self.store_8(at, low);
        self.store_8(at.wrapping_add(1), high);
    }

    /// Writes a number of 32 bits.
    pub fn store_32(self, at: u32, value: u32) {
        outside::store32(self.0, at, value);
    }

    /// Writes a number of 64 bits.
    pub fn store_64(self, at: u32, value: u64) {
        outside::store64(self.0, at, value);
    }

    /// Writes bytes.
    pub fn write(self, at: u32, bytes: &[u8]) {
        let mut at = at;
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        for block in blocks {
            let (words, _) = block.as_chunks();
            if let [a, b, c, d, e, f, g, h] = *words {
                let [a, b, c, d, e, f, g, h] = [a, b, c, d, e, f, g, h].map(u64::from_le_bytes);
                outside::store(self.0, at, a, b, c, d, e, f, g, h);
            }
            at = at.wrapping_add(BLOCK as u32);
        }
        let (words, rest) = rest.as_chunks();
        for word in words {
            self.store_64(at, u64::from_le_bytes(*word));
            at = at.wrapping_add(8);
        }
        for byte in rest {
            self.store_8(at, *byte);
            at = at.wrapping_add(1);
        }
    }

    /// Copies a range of the payload.
    pub fn payload(self, at: u32, offset: u32, len: u32) {
        in_pieces(at, offset, len, |at, offset, len| {
            outside::payload(self.0, at, offset, len);
        });
    }

    /// Has the application allocate.
    fn allocate(self, len: u64, align: u32) -> u32 {
        // An empty list needs no place, but an address all the same.
        if len == 0 {
            return align;
        }
        let Ok(size) = u32::try_from(len) else { trap() };
        let place = outside::realloc(self.0, 0, 0, align, size);
        self.check(place, len, align);
        place
    }

    /// Makes a list of `count` elements that take `len` bytes, and writes where it is.
    ///
    /// `fill` writes the elements. The application ran in between, and nothing may be held over it.
    pub fn list(self, at: u32, count: u32, len: u64, align: u32, fill: impl FnOnce(u32)) {
        let place = self.allocate(len, align);
        if len != 0 {
            fill(place);
        }
        self.store_32(at, place);
        self.store_32(at.wrapping_add(4), count);
    }

    /// A list of bytes that the application passes.
    pub fn bytes(self, start: u32, len: u32) -> Bytes {
        self.check(start, len.into(), 1);
        Bytes {
            app: self,
            start,
            len,
        }
    }

    /// A string that the application passes, which is UTF-8.
    pub fn text(self, start: u32, len: u32) -> Vec<u8> {
        let text = self.bytes(start, len).to_vec();
        if !utf8::is_valid(&text) {
            trap()
        }
        text
    }

    /// A list of numbers, such as handles, that the application passes.
    pub fn numbers(self, start: u32, count: u32) -> Vec<u32> {
        self.check(start, u64::from(count) * 4, 4);
        // It lies in a memory of 4 GiB, so that its length is no more.
        let bytes = self.bytes(start, count * 4).to_vec();
        let (words, _) = bytes.as_chunks();
        words.iter().map(|word| u32::from_le_bytes(*word)).collect()
    }
}

impl Bytes {
    /// How many there are.
    pub fn len(self) -> u32 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The first so many, if there are as many, and those after them.
    pub fn split(self, count: u32) -> (Bytes, Bytes) {
        let count = count.min(self.len);
        let first = Bytes { len: count, ..self };
        let rest = Bytes {
            start: self.start.wrapping_add(count),
            len: self.len - count,
            ..self
        };
        (first, rest)
    }

    /// Copies as many as `into` takes.
    pub fn read(self, into: &mut [u8]) {
        let Bytes { app, start, .. } = self;
        let mut next = start;
        let (blocks, rest) = into.as_chunks_mut::<BLOCK>();
        if !blocks.is_empty() {
            let end = next.wrapping_add((blocks.len() * BLOCK) as u32);
            sink::receive(blocks, || outside::load(app.0, next, end));
            next = end;
        }
        if rest.is_empty() {
            return;
        }
        // The bytes after it are the application's as well: read along, and forgotten.
        let end = u64::from(next) + BLOCK as u64;
        if end <= app.size() {
            let mut block = [[0; BLOCK]];
            sink::receive(&mut block, || outside::load(app.0, next, end as u32));
            rest.copy_from_slice(&block[0][..rest.len()]);
        } else {
            for byte in rest {
                *byte = outside::load8(app.0, next) as u8;
                next = next.wrapping_add(1);
            }
        }
    }

    /// A copy of them all.
    pub fn to_vec(self) -> Vec<u8> {
        let mut bytes = alloc::vec![0; self.len as usize];
        self.read(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests;
