//! What a file of the writable layer holds: pages of its own over what it was mounted with. It
//! keeps only what was written, so that a file may be far larger than the memory; it must never
//! look at names.

use alloc::vec::Vec;

use super::Backing;
use crate::Error;

/// Bytes of a page.
const PAGE: u64 = 4096;

/// The most bytes a file may have, which is ext4's limit as well.
const MAX_SIZE: u64 = u32::MAX as u64 * PAGE;

/// A file's contents.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Position and bytes of every page that was written to, sorted; what such a page lacks is
    /// zero.
    own: Vec<(u32, Vec<u8>)>,
    size: u64,
    /// Where in the payload the other pages are, and how many bytes are there; the rest is zero.
    below: (u32, u32),
}

/// Where a position lies: its page, and the position in that page.
fn split(position: u64) -> (u32, usize) {
    ((position / PAGE) as u32, (position % PAGE) as usize)
}

impl Pages {
    /// What a mounted file has, `size` bytes at `offset` of the payload.
    pub fn below(offset: u64, size: u64) -> Self {
        Pages {
            own: Vec::new(),
            size,
            below: (offset as u32, size as u32),
        }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Bytes that are stored.
    pub fn stored(&self) -> u64 {
        self.own.iter().map(|(_, page)| page.len() as u64).sum()
    }

    /// The bytes from `position` on, if up to `len` of them lie together in one place: memory of
    /// this file's, or the payload.
    pub fn lend(&self, position: u64, len: u64) -> Option<Lent<'_>> {
        let len = len.min(self.size.saturating_sub(position));
        if self.own.is_empty() {
            let (offset, size) = (u64::from(self.below.0), u64::from(self.below.1));
            let within = position.saturating_add(len) <= size;
            return within.then(|| Lent::Below(offset + position..offset + position + len));
        }
        let (number, start) = split(position);
        let at = self.find(number).ok()?;
        let bytes = self.own.get(at)?.1.get(start..start + len as usize)?;
        Some(Lent::Own(bytes))
    }

    /// Fills `into` with what is at `position`, as far as there is something, and says how much
    /// there is.
    pub fn read(&self, backing: impl Backing, mut position: u64, into: &mut [u8]) -> usize {
        let len = (self.size.saturating_sub(position)).min(into.len() as u64) as usize;
        let mut rest = into.get_mut(..len).unwrap_or_default();
        while !rest.is_empty() {
            let (number, start) = split(position);
            let count = rest.len().min(PAGE as usize - start);
            let Some((part, after)) = rest.split_at_mut_checked(count) else {
                break;
            };
            match self.find(number).ok().and_then(|at| self.own.get(at)) {
                Some((_, page)) => {
                    let page = page.get(start..).unwrap_or_default();
                    let known = page.len().min(count);
                    let (bytes, zeroes) = part.split_at_mut(known);
                    bytes.copy_from_slice(&page[..known]);
                    zeroes.fill(0);
                }
                None => self.read_below(backing, position, part),
            }
            position += count as u64;
            rest = after;
        }
        len
    }

    fn read_below(&self, backing: impl Backing, position: u64, into: &mut [u8]) {
        let (offset, size) = (u64::from(self.below.0), u64::from(self.below.1));
        let known = size.saturating_sub(position).min(into.len() as u64) as usize;
        let (bytes, zeroes) = into.split_at_mut(known);
        if !bytes.is_empty() {
            backing.copy(offset + position, bytes);
        }
        zeroes.fill(0);
    }

    /// Writes as many of the bytes as fit, storing `room` more than before at the most; says how
    /// many were written and how many more are stored.
    pub fn write(
        &mut self,
        backing: impl Backing,
        mut position: u64,
        mut bytes: &[u8],
        room: u64,
    ) -> Result<(usize, u64), Error> {
        if !bytes.is_empty() && position >= MAX_SIZE {
            return Err(Error::FileTooLarge);
        }
        let (mut written, mut stored) = (0, 0);
        while !bytes.is_empty() && position < MAX_SIZE {
            let (number, start) = split(position);
            let count = bytes.len().min(PAGE as usize - start);
            let (part, after) = bytes.split_at(count);
            match self.write_page(backing, number, start, part, room - stored) {
                Ok(more) => stored += more,
                Err(error) if written == 0 => return Err(error),
                Err(_) => break,
            }
            position += count as u64;
            written += count;
            bytes = after;
            self.size = self.size.max(position);
        }
        Ok((written, stored))
    }

    fn write_page(
        &mut self,
        backing: impl Backing,
        number: u32,
        start: usize,
        bytes: &[u8],
        room: u64,
    ) -> Result<u64, Error> {
        let first = u64::from(number) * PAGE;
        let end = start + bytes.len();
        let found = self.find(number);
        // A page that is new takes along what is below it.
        let below = match found {
            Ok(_) => 0,
            Err(_) => u64::from(self.below.1).saturating_sub(first).min(PAGE) as usize,
        };
        let old = match found {
            Ok(at) => self.own[at].1.len(),
            Err(_) => 0,
        };
        let len = old.max(end).max(below);
        let more = (len - old) as u64;
        if more > room {
            return Err(Error::InsufficientSpace);
        }
        let at = match found {
            Ok(at) => at,
            Err(at) => {
                let mut page = Vec::new();
                reserve(&mut page, len)?;
                reserve_one(&mut self.own)?;
                lengthen(&mut page, below);
                if start > 0 || end < below {
                    self.read_below(backing, first, &mut page);
                }
                self.own.insert(at, (number, page));
                at
            }
        };
        let page = &mut self.own[at].1;
        reserve(page, len)?;
        lengthen(page, start);
        // What lies behind the page's end is added as it is: zeroes in its place would be written
        // for nothing.
        let (within, behind) = bytes.split_at(bytes.len().min(page.len() - start));
        page[start..start + within.len()].copy_from_slice(within);
        page.extend_from_slice(behind);
        Ok(more)
    }

    /// Cuts the file, or makes it longer by zeroes; says how many bytes less are stored.
    pub fn set_size(&mut self, size: u64) -> Result<u64, Error> {
        if size > MAX_SIZE {
            return Err(Error::FileTooLarge);
        }
        let mut freed = 0;
        if size < self.size {
            self.below.1 = u64::from(self.below.1).min(size) as u32;
            let (number, start) = split(size);
            let keep = match self.find(number) {
                Ok(at) => {
                    let page = &mut self.own[at].1;
                    freed += page.len().saturating_sub(start) as u64;
                    page.truncate(start);
                    page.shrink_to_fit();
                    at + usize::from(start != 0)
                }
                Err(at) => at,
            };
            for (_, page) in self.own.drain(keep..) {
                freed += page.len() as u64;
            }
            self.own.shrink_to_fit();
        }
        self.size = size;
        Ok(freed)
    }

    fn find(&self, number: u32) -> Result<usize, usize> {
        // Most often the last one, or the one behind it.
        match self.own.last() {
            None => Err(0),
            Some((last, _)) if *last < number => Err(self.own.len()),
            Some((last, _)) if *last == number => Ok(self.own.len() - 1),
            _ => self.own.binary_search_by_key(&number, |(known, _)| *known),
        }
    }
}

/// Bytes that lie together.
#[derive(Debug, PartialEq, Eq)]
pub enum Lent<'o> {
    /// In the writable layer's memory.
    Own(&'o [u8]),
    /// In the payload.
    Below(core::ops::Range<u64>),
}

/// Makes room for `len` bytes in all, and for twice as many as there were while that is less than a
/// page.
fn reserve(page: &mut Vec<u8>, len: usize) -> Result<(), Error> {
    if len > page.capacity() {
        let aim = len.max((page.capacity() * 2).min(PAGE as usize));
        page.try_reserve_exact(aim - page.len())
            .map_err(|_| Error::InsufficientMemory)?;
    }
    Ok(())
}

/// Adds zeroes up to `len` bytes, which there is room for. Not byte by byte, as `resize` does in a
/// small build.
fn lengthen(page: &mut Vec<u8>, len: usize) {
    let missing = len.saturating_sub(page.len());
    page.extend_from_slice(&[0; PAGE as usize][..missing]);
}

/// Makes room for one more.
pub(super) fn reserve_one<T>(list: &mut Vec<T>) -> Result<(), Error> {
    list.try_reserve(1).map_err(|_| Error::InsufficientMemory)
}
