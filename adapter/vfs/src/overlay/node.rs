//! What the writable layer keeps of one node. This module must never look at another node.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::pages::{Pages, reserve_one};
use crate::{Error, NodeId};

/// A point in time, as the canonical ABI lays it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Time {
    /// Seconds since 1970, or before.
    pub seconds: i64,
    /// Nanoseconds into the second.
    pub nanoseconds: u32,
}

/// A [`Time`] without padding.
#[derive(Clone, Copy, Debug)]
struct Stamp([u32; 3]);

impl Stamp {
    fn new(time: Time) -> Self {
        Stamp([
            time.seconds as u32,
            (time.seconds >> 32) as u32,
            time.nanoseconds,
        ])
    }

    fn time(self) -> Time {
        Time {
            seconds: (u64::from(self.0[0]) | u64::from(self.0[1]) << 32).cast_signed(),
            nanoseconds: self.0[2],
        }
    }
}

/// A name, or the text of a link.
#[derive(Debug)]
pub(super) enum Text<'a> {
    Below(&'a [u8]),
    Own(Box<[u8]>),
}

impl Text<'_> {
    /// Copies a text.
    pub fn own(bytes: &[u8]) -> Result<Self, Error> {
        let mut text = Vec::new();
        text.try_reserve_exact(bytes.len())
            .map_err(|_| Error::InsufficientMemory)?;
        text.extend_from_slice(bytes);
        Ok(Text::Own(text.into_boxed_slice()))
    }

    pub fn bytes(&self) -> &[u8] {
        match self {
            Text::Below(bytes) => bytes,
            Text::Own(bytes) => bytes,
        }
    }
}

/// A name in a directory.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub name: Text<'a>,
    pub node: NodeId,
}

/// What a directory has in it.
#[derive(Debug)]
pub(super) enum Listing<'a> {
    /// What was mounted.
    Below,
    /// These, sorted by their names' bytes.
    Own(Vec<Entry<'a>>),
}

impl<'a> Listing<'a> {
    /// Where the entry of this name is, or would be.
    pub fn find(entries: &[Entry<'a>], name: &[u8]) -> Result<usize, usize> {
        // Programs that make many files often do so in the order of their names.
        match entries.last() {
            Some(last) if last.name.bytes() < name => Err(entries.len()),
            _ => entries.binary_search_by(|entry| entry.name.bytes().cmp(name)),
        }
    }
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Body<'a> {
    /// Nothing: the place may be used for another.
    Free,
    File(Pages),
    Directory {
        parent: NodeId,
        listing: Listing<'a>,
    },
    Symlink(Text<'a>),
}

/// A node of the writable layer.
#[derive(Debug)]
pub(super) struct Inode<'a> {
    pub body: Body<'a>,
    /// Names that it has.
    pub links: u32,
    /// Descriptors and streams that it is open in.
    pub opens: u32,
    /// Its mount.
    pub mount: u16,
    /// Whether it differs from what was mounted.
    pub changed: bool,
    accessed: Stamp,
    modified: Stamp,
    created: Stamp,
}

impl<'a> Inode<'a> {
    /// A node with one name, made at `time`.
    pub fn new(body: Body<'a>, mount: u16, time: Time) -> Self {
        Inode {
            body,
            links: 1,
            opens: 0,
            mount,
            changed: false,
            accessed: Stamp::new(time),
            modified: Stamp::new(time),
            created: Stamp::new(time),
        }
    }

    /// When it was last read, changed, and made. Reading does not count.
    pub fn times(&self) -> (Time, Time, Time) {
        (
            self.accessed.time(),
            self.modified.time(),
            self.created.time(),
        )
    }

    /// Marks it as changed at `time`.
    pub fn touch(&mut self, time: Time) {
        self.changed = true;
        self.modified = Stamp::new(time);
    }

    /// Sets the times that are given.
    pub fn set_times(&mut self, accessed: Option<Time>, modified: Option<Time>) {
        self.changed = true;
        if let Some(time) = accessed {
            self.accessed = Stamp::new(time);
        }
        if let Some(time) = modified {
            self.modified = Stamp::new(time);
        }
    }
}

/// Nodes by their numbers, in pieces that stay where they are, so that growing copies nothing.
#[derive(Debug, Default)]
pub(super) struct Slab<'a> {
    pieces: Vec<Vec<Inode<'a>>>,
    free: Vec<u32>,
}

/// Nodes of a piece.
const PIECE: usize = 64;

impl<'a> Slab<'a> {
    pub fn get(&self, number: u32) -> Option<&Inode<'a>> {
        let number = number as usize;
        self.pieces.get(number / PIECE)?.get(number % PIECE)
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut Inode<'a>> {
        let number = number as usize;
        self.pieces.get_mut(number / PIECE)?.get_mut(number % PIECE)
    }

    /// Adds a node and says its number.
    pub fn add(&mut self, node: Inode<'a>) -> Result<u32, Error> {
        if let Some(number) = self.free.pop()
            && let Some(place) = self.get_mut(number)
        {
            *place = node;
            return Ok(number);
        }
        if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
            let mut piece = Vec::new();
            piece
                .try_reserve_exact(PIECE)
                .map_err(|_| Error::InsufficientMemory)?;
            reserve_one(&mut self.pieces)?;
            self.pieces.push(piece);
        }
        let pieces = self.pieces.len() - 1;
        let last = &mut self.pieces[pieces];
        last.push(node);
        Ok((pieces * PIECE + last.len() - 1) as u32)
    }

    /// Takes a node out. Its place is used again if there is memory to remember it.
    pub fn remove(&mut self, number: u32) {
        if let Some(place) = self.get_mut(number) {
            place.body = Body::Free;
            if reserve_one(&mut self.free).is_ok() {
                self.free.push(number);
            }
        }
    }
}
