//! What can be asked of nodes and directories without changing them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::node::{Body, Listing};
use super::{Backing, Overlay, Time, check_name};
use crate::{Children, Error, Follow, Kind, NodeId};

/// The metadata of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Its type.
    pub kind: Kind,
    /// Bytes in a file or in the text of a link; 0 for a directory.
    pub size: u64,
    /// How many names it has; for a directory, two and one for each directory in it.
    pub links: u64,
    /// When it was accessed.
    pub accessed: Time,
    /// When it was modified.
    pub modified: Time,
    /// When it was made.
    pub created: Time,
}

/// What was in a directory when it was read.
#[derive(Debug)]
pub enum Snapshot {
    /// These nodes of the engine's table.
    Below(Children),
    /// These types and names.
    Own(Vec<(Kind, Box<[u8]>)>),
}

impl<B: Backing> Overlay<'_, B> {
    /// The metadata of a node; of the host's nodes only the type is known here.
    pub fn stat(&self, node: NodeId) -> Attributes {
        let kind = self.kind(node);
        let fixed = self.fixed_time();
        let inode = self.inode(node);
        let (accessed, modified, created) =
            inode.map_or((fixed, fixed, fixed), |inode| inode.times());
        let size = match kind {
            Kind::Symlink => self.target(node).map_or(0, |text| text.len() as u64),
            _ => self.size(node),
        };
        let links = inode.map_or(1, |inode| inode.links);
        let links = if kind == Kind::Directory && links != 0 {
            2 + self.count_directories(node)
        } else {
            links
        };
        Attributes {
            kind,
            size,
            links: u64::from(links),
            accessed,
            modified,
            created,
        }
    }

    fn count_directories(&self, node: NodeId) -> u32 {
        let is_directory = |node: &NodeId| self.is_directory(*node);
        let count = match self.inode(node).map(|inode| &inode.body) {
            Some(Body::Directory {
                listing: Listing::Own(entries),
                ..
            }) => entries
                .iter()
                .filter(|entry| is_directory(&entry.node))
                .count(),
            _ => self
                .tree
                .children(node)
                .map_or(0, |children| children.filter(is_directory).count()),
        };
        count as u32
    }

    /// The metadata of the node at `path`.
    ///
    /// # Errors
    ///
    /// Those of a lookup.
    pub fn stat_at(&self, base: NodeId, path: &[u8], follow: Follow) -> Result<Attributes, Error> {
        self.node_at(base, path, follow).map(|node| self.stat(node))
    }

    /// The node at `path`, as `stat-at` and `metadata-hash-at` find it.
    ///
    /// # Errors
    ///
    /// Those of a lookup.
    pub fn node_at(&self, base: NodeId, path: &[u8], follow: Follow) -> Result<NodeId, Error> {
        self.directory(base)?;
        // The host asks for a single name directly.
        if follow == Follow::No
            && let Some(name) = single(path)
        {
            if name.contains(&0) {
                return Err(Error::Invalid);
            }
            check_name(name)?;
            return self.child(base, name).ok_or(Error::NoEntry);
        }
        self.lookup(base, path, follow)
    }

    /// A value that differs between any two nodes and is never zero, in two halves.
    pub fn identity(&self, node: NodeId) -> (u64, u64) {
        self.tree.identity(node)
    }

    /// What is in a directory.
    ///
    /// # Errors
    ///
    /// [`Error::NotDirectory`] for another node.
    pub fn read_directory(&self, node: NodeId) -> Result<Snapshot, Error> {
        self.directory(node)?;
        let Some(Body::Directory {
            listing: Listing::Own(entries),
            ..
        }) = self.inode(node).map(|inode| &inode.body)
        else {
            return self.tree.children(node).map(Snapshot::Below);
        };
        let mut names = Vec::new();
        names
            .try_reserve_exact(entries.len())
            .map_err(|_| Error::InsufficientMemory)?;
        for entry in entries {
            let name = entry.name.bytes();
            let mut copy = Vec::new();
            copy.try_reserve_exact(name.len())
                .map_err(|_| Error::InsufficientMemory)?;
            copy.extend_from_slice(name);
            names.push((self.kind(entry.node), copy.into_boxed_slice()));
        }
        Ok(Snapshot::Own(names))
    }
}

/// The name that a path is, where it is nothing else.
fn single(path: &[u8]) -> Option<&[u8]> {
    (!path.contains(&b'/') && !matches!(path, b"" | b"." | b"..")).then_some(path)
}
