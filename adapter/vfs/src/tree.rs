//! Nodes: what they are, their metadata, children and contents. This module must never look at
//! paths.

use core::ops::Range;

use wasi_virt_layout::{Node, NodeId, View};

use crate::Error;

/// The tree of a configuration.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    view: View<'a>,
}

/// The type of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link.
    Symlink,
    /// A file of the host.
    HostFile,
    /// A directory of the host.
    HostDirectory,
}

/// The metadata of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its type.
    pub kind: Kind,
    /// Bytes in a file or in the text of a link; 0 for a directory.
    pub size: u64,
    /// Every timestamp, in seconds since 1970.
    pub mtime_seconds: u64,
}

/// The children of a directory, in the order of their names' bytes.
pub type Children = Range<NodeId>;

impl<'a> Tree<'a> {
    /// The tree in a configuration.
    pub fn new(view: View<'a>) -> Self {
        Tree { view }
    }

    /// The preopened directories: guest path and root.
    pub fn preopens(self) -> impl ExactSizeIterator<Item = (&'a [u8], NodeId)> {
        self.view.preopens()
    }

    /// The type of a node.
    pub fn kind(self, node: NodeId) -> Kind {
        match self.view.node(node) {
            Node::Directory { .. } => Kind::Directory,
            Node::File { .. } => Kind::File,
            Node::Symlink { .. } => Kind::Symlink,
            Node::Host { .. } if !cfg!(feature = "host") => Kind::File,
            Node::Host {
                directory: true, ..
            } => Kind::HostDirectory,
            Node::Host { .. } => Kind::HostFile,
        }
    }

    /// The path of something of the host, as its preopens name it, and whether it must not be
    /// changed.
    pub fn host_path(self, node: NodeId) -> Option<(&'a [u8], bool)> {
        match self.view.node(node) {
            Node::Host {
                path, read_only, ..
            } if cfg!(feature = "host") => Some((path, read_only)),
            _ => None,
        }
    }

    /// Whether the host's own preopened directories are visible besides.
    pub fn host_preopens(self) -> bool {
        cfg!(feature = "host") && self.view.host_preopens()
    }

    /// The metadata of a node; of the host's nodes only the type is known here.
    pub fn stat(self, node: NodeId) -> Stat {
        let (kind, size) = match self.view.node(node) {
            Node::Directory { .. } => (Kind::Directory, 0),
            Node::File { size, .. } => (Kind::File, size),
            Node::Symlink { target } => (Kind::Symlink, target.len() as u64),
            Node::Host { .. } => (self.kind(node), 0),
        };
        Stat {
            kind,
            size,
            mtime_seconds: self.view.mtime_seconds(),
        }
    }

    /// The name of a node in its directory.
    pub fn name(self, node: NodeId) -> &'a [u8] {
        self.view.name(node)
    }

    /// The children of a directory.
    ///
    /// # Errors
    ///
    /// [`Error::NotDirectory`] for another node.
    pub fn children(self, node: NodeId) -> Result<Children, Error> {
        match self.view.node(node) {
            Node::Directory { first, count } => Ok(first..first.saturating_add(count)),
            _ => Err(Error::NotDirectory),
        }
    }

    /// Where in the payload the bytes of a file from `position` on are, up to `len` of them and
    /// none past its end.
    ///
    /// # Errors
    ///
    /// [`Error::BadDescriptor`] for what is not a file.
    pub fn contents(self, node: NodeId, position: u64, len: u64) -> Result<Range<u64>, Error> {
        let Node::File { offset, size } = self.view.node(node) else {
            return Err(Error::BadDescriptor);
        };
        let position = position.min(size);
        let start = offset.saturating_add(position);
        Ok(start..start.saturating_add(len.min(size - position)))
    }

    /// A value that differs between any two nodes and is never zero, in two halves.
    pub fn identity(self, node: NodeId) -> (u64, u64) {
        let lower = (u64::from(node) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (lower, lower ^ 0x6a09_e667_f3bc_c909)
    }

    pub(crate) fn child(self, directory: NodeId, name: &[u8]) -> Option<NodeId> {
        self.view.child(directory, name)
    }

    pub(crate) fn parent(self, node: NodeId) -> NodeId {
        self.view.parent(node)
    }

    pub(crate) fn target(self, node: NodeId) -> Option<&'a [u8]> {
        match self.view.node(node) {
            Node::Symlink { target } => Some(target),
            _ => None,
        }
    }
}
