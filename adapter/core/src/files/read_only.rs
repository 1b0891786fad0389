//! A tree that nothing may change: what is open is a node and nothing else. Every change is
//! refused.

use wasi_virt_vfs::{Error, Follow, NodeId, Open, Tree};

use super::{Access, Contents, End, Entries, MAX_STREAM, NewTime};
use crate::app::App;
use crate::config::config;
use crate::payload;

/// The tree.
pub type Files = Tree<'static>;

/// Uses the tree.
pub fn with_tree<T>(act: impl FnOnce(&mut Files) -> T) -> T {
    act(&mut Tree::new(config()))
}

/// What a descriptor or stream has open.
#[derive(Clone, Copy, Debug)]
pub struct Opened {
    node: NodeId,
}

/// Whether a path may lead to something of the host.
pub fn has_host_nodes() -> bool {
    true
}

/// What came of a change.
pub fn done(error: Error) -> Result<(), Error> {
    Err(error)
}

/// Opens a directory that is there from the start.
pub fn preopened(node: NodeId) -> Opened {
    Opened { node }
}

/// Opens what is at a path.
///
/// # Errors
///
/// Those of [`Tree::open`].
pub fn open(
    base: NodeId,
    path: &[u8],
    follow: Follow,
    how: Open,
    _asked: Access,
) -> Result<Opened, Error> {
    let node = Tree::new(config()).open(base, path, follow, how)?;
    Ok(Opened { node })
}

/// Finds the node at a path.
///
/// # Errors
///
/// Those of [`Tree::lookup`].
pub fn node_at(base: NodeId, path: &[u8], follow: Follow) -> Result<NodeId, Error> {
    Tree::new(config()).lookup(base, path, follow)
}

/// Sets the times of what is at a path.
///
/// # Errors
///
/// Always.
pub fn set_times_at(
    base: NodeId,
    path: &[u8],
    follow: Follow,
    _times: [NewTime; 2],
    _is_signed: bool,
) -> Result<(), Error> {
    Err(Tree::new(config()).set_times(base, path, follow))
}

/// Refuses offsets that no file has: they are signed where files are real.
fn allow_offset(offset: u64) -> Result<(), Error> {
    match i64::try_from(offset) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::Invalid),
    }
}

impl Opened {
    /// The node that is open.
    pub fn node(self) -> NodeId {
        self.node
    }

    /// What it is open for.
    pub fn access(self) -> Access {
        Access {
            read: true,
            ..Access::default()
        }
    }

    /// Opens it once more.
    ///
    /// # Errors
    ///
    /// None.
    pub fn again(self) -> Result<Self, Error> {
        Ok(self)
    }

    /// Closes it.
    pub fn close(self) {}

    /// Sets the size of a file.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn set_size(self, _size: u64) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    /// Sets the times.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn set_times(self, _times: [NewTime; 2], _is_signed: bool) -> Result<(), Error> {
        Err(Error::ReadOnly)
    }

    /// Finds up to `len` bytes at `offset`.
    ///
    /// # Errors
    ///
    /// [`Error::BadDescriptor`] for what is no file, [`Error::Invalid`] for an offset that no file
    /// has.
    pub fn contents(self, offset: u64, len: u64) -> Result<Contents, Error> {
        let range = Tree::new(config()).contents(self.node, offset, len)?;
        allow_offset(offset)?;
        Ok(Contents {
            node: self.node,
            position: offset,
            len: (range.end - range.start) as u32,
        })
    }

    /// Where a stream starts that reads from `offset` on.
    pub fn start(offset: u64) -> u64 {
        offset
    }

    /// Finds the next bytes of a stream, up to `len`, and moves its position behind them.
    ///
    /// # Errors
    ///
    /// [`End::Closed`] at the end, and [`End::Failed`] where no file has bytes.
    pub fn next(self, position: &mut u64, len: u64) -> Result<Contents, End> {
        let start = *position;
        if len != 0 {
            allow_offset(start).map_err(End::Failed)?;
        }
        let len = self.skip(position, len.min(MAX_STREAM))?;
        Ok(Contents {
            node: self.node,
            position: start,
            len: len as u32,
        })
    }

    /// Passes over the next bytes of a stream, up to `len`, and says how many they were.
    ///
    /// # Errors
    ///
    /// [`End::Closed`] at the end.
    pub fn skip(self, position: &mut u64, len: u64) -> Result<u64, End> {
        let range = Tree::new(config()).contents(self.node, *position, len);
        let there = range.map_or(0, |range| range.end - range.start);
        if there == 0 && len != 0 {
            return Err(End::Closed);
        }
        *position = position.saturating_add(there);
        Ok(there)
    }

    /// Lists a directory.
    ///
    /// # Errors
    ///
    /// [`Error::NotDirectory`].
    pub fn entries(self) -> Result<Entries, Error> {
        Tree::new(config()).children(self.node).map(Entries::Tree)
    }
}

impl Contents {
    /// Where they are in the payload.
    fn offset(self) -> u64 {
        let range = Tree::new(config()).contents(self.node, self.position, self.len());
        range.map_or(0, |range| range.start)
    }

    /// Copies them to the application.
    pub(crate) fn copy(self, app: App, at: u32) {
        app.payload(at, self.offset() as u32, self.len);
    }

    /// Copies them to the adapter's memory.
    pub(crate) fn read(self, into: &mut [u8]) {
        payload::copy(self.offset(), into);
    }
}
