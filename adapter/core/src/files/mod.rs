//! Files that are virtual: a node that is open, and what may be done with it. The rules are those
//! of `wasi-virt-vfs`; this module must only keep what a host keeps with a descriptor or a stream.
//! What is open is counted: each open and each copy is closed once.

#[cfg(not(feature = "write"))]
mod read_only;
#[cfg(feature = "write")]
mod writable;

use alloc::borrow::Cow;
#[cfg(feature = "write")]
use {alloc::boxed::Box, alloc::vec::IntoIter};

use wasi_virt_vfs::{Children, Error, Kind, NodeId, Tree};

use crate::abi::{Abi, Lower};
use crate::app::App;
use crate::config::config;
use crate::trap;

#[cfg(not(feature = "write"))]
pub use read_only::*;
#[cfg(feature = "write")]
pub use writable::*;

/// What a descriptor is open for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Reading.
    pub read: bool,
    /// Writing.
    pub write: bool,
    /// Changing what is in a directory.
    pub mutate: bool,
}

/// A time: seconds since 1970, or before, and nanoseconds into the second.
pub type Time = (i64, u32);

/// The metadata of a file, as WASI has it.
#[derive(Clone, Copy, Debug)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// How many names it has.
    pub links: u64,
    /// Its size in bytes.
    pub size: u64,
    /// When it was accessed, when its contents were changed, and when it was made.
    pub times: [Time; 3],
}

#[cfg(feature = "write")]
impl From<wasi_virt_vfs::Attributes> for Stat {
    fn from(stat: wasi_virt_vfs::Attributes) -> Self {
        let times = [stat.accessed, stat.modified, stat.created];
        Stat {
            kind: stat.kind,
            links: stat.links,
            size: stat.size,
            times: times.map(|time| (time.seconds, time.nanoseconds)),
        }
    }
}

#[cfg(not(feature = "write"))]
impl From<wasi_virt_vfs::Stat> for Stat {
    #[inline(always)]
    fn from(stat: wasi_virt_vfs::Stat) -> Self {
        Stat {
            kind: stat.kind,
            links: 1,
            size: stat.size,
            times: [(stat.mtime_seconds.cast_signed(), 0); 3],
        }
    }
}

/// A time to be set.
#[derive(Clone, Copy, Debug)]
pub enum NewTime {
    /// It stays.
    Keep,
    /// The time of the change.
    Now,
    /// This one: seconds since 1970, signed where the version has that, and nanoseconds into the
    /// second.
    At(u64, u32),
}

impl NewTime {
    /// The time that an application passes: the number of the case, and its payload.
    pub fn lift(case: u32, seconds: u64, nanoseconds: u32) -> NewTime {
        match case {
            0 => NewTime::Keep,
            1 => NewTime::Now,
            2 => NewTime::At(seconds, nanoseconds),
            _ => trap(),
        }
    }

    /// The same for the host.
    pub fn flat(self) -> (u32, u64, u32) {
        match self {
            NewTime::Keep => (0, 0, 0),
            NewTime::Now => (1, 0, 0),
            NewTime::At(seconds, nanoseconds) => (2, seconds, nanoseconds),
        }
    }
}

/// The most bytes that one read of a descriptor returns; as in wasmtime.
pub const MAX_READ: u64 = 64 * 1024;

/// The most bytes that one read of a stream returns.
///
/// In wasmtime it returns whatever it is asked for, and programs rely on that.
pub const MAX_STREAM: u64 = 16 * 1024 * 1024;

/// Why a stream gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It is at its end, or was closed by a failure.
    Closed,
    /// It failed.
    Failed(Error),
}

/// What a read returns: bytes of a file that are there, copied when they are lowered.
#[derive(Clone, Copy, Debug)]
pub struct Contents {
    node: NodeId,
    position: u64,
    len: u32,
}

impl Contents {
    /// How many bytes there are.
    pub fn len(self) -> u64 {
        self.len.into()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// A copy of them in the adapter's memory.
    pub fn to_vec(self) -> alloc::vec::Vec<u8> {
        let mut bytes = alloc::vec![0; self.len as usize];
        self.read(&mut bytes);
        bytes
    }
}

impl Abi for Contents {
    const SIZE: u32 = 8;
    const ALIGN: u32 = 4;
}

impl Lower for Contents {
    fn lower(self, app: App, at: u32) {
        app.list(at, self.len, self.len(), 1, |place| self.copy(app, place));
    }
}

/// What is left to read of a directory.
#[derive(Debug)]
pub enum Entries {
    /// These nodes.
    Tree(Children),
    /// What was in the directory when it was read.
    #[cfg(feature = "write")]
    Snapshot(IntoIter<(Kind, Box<[u8]>)>),
}

impl Iterator for Entries {
    type Item = (Kind, Cow<'static, [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Entries::Tree(children) => {
                let node = children.next()?;
                let tree = Tree::new(config());
                Some((tree.kind(node), Cow::Borrowed(tree.name(node))))
            }
            #[cfg(feature = "write")]
            Entries::Snapshot(entries) => {
                let (kind, name) = entries.next()?;
                Some((kind, Cow::Owned(name.into_vec())))
            }
        }
    }
}

#[cfg(all(test, feature = "write"))]
mod tests;
