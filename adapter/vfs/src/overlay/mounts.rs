//! Which mount a node belongs to, what may be changed there, and how much is left of what may be
//! stored. This module must never look at names.

use alloc::vec::Vec;

use wasi_virt_layout::View;

use super::{Backing, NEW, Overlay};
use crate::{Error, Kind, NodeId};

/// A number for what is in no mount: directories that only lead to some.
const NONE: u16 = u16::MAX;

#[derive(Debug)]
struct Mount {
    root: NodeId,
    writable: bool,
    left: Left,
}

/// How many bytes and nodes more may be stored.
#[derive(Debug)]
struct Left {
    bytes: u64,
    nodes: u64,
}

/// All mounts.
#[derive(Debug)]
pub(super) struct Mounts {
    each: Vec<Mount>,
    /// What is left of what may be stored in all of them together.
    together: Left,
}

impl Mounts {
    pub fn new(view: View<'_>) -> Self {
        let mounts = view.mounts().map(|mount| Mount {
            root: mount.root,
            writable: mount.writable,
            left: Left {
                bytes: mount.bytes,
                nodes: mount.nodes,
            },
        });
        let (bytes, nodes) = view.limits();
        Mounts {
            each: mounts.collect(),
            together: Left { bytes, nodes },
        }
    }

    fn left(&self, mount: u16) -> Option<&Left> {
        Some(&self.each.get(usize::from(mount))?.left)
    }

    /// What is left to a mount, and to all.
    fn both(&mut self, mount: u16) -> Option<[&mut Left; 2]> {
        let mount = self.each.get_mut(usize::from(mount))?;
        Some([&mut mount.left, &mut self.together])
    }

    /// How many bytes more a mount may store, and what to answer where those are too few.
    pub fn room(&self, mount: u16) -> (u64, Error) {
        let own = self.left(mount).map_or(0, |left| left.bytes);
        if self.together.bytes < own {
            (self.together.bytes, Error::Quota)
        } else {
            (own, Error::InsufficientSpace)
        }
    }

    pub fn take_bytes(&mut self, mount: u16, bytes: u64) {
        for left in self.both(mount).into_iter().flatten() {
            left.bytes = left.bytes.saturating_sub(bytes);
        }
    }

    pub fn give_back_bytes(&mut self, mount: u16, bytes: u64) {
        for left in self.both(mount).into_iter().flatten() {
            left.bytes = left.bytes.saturating_add(bytes);
        }
    }

    /// Takes one node of those that may be made.
    pub fn take_node(&mut self, mount: u16) -> Result<(), Error> {
        let [own, together] = self.both(mount).ok_or(Error::ReadOnly)?;
        let own_left = own.nodes.checked_sub(1).ok_or(Error::InsufficientSpace)?;
        together.nodes = together.nodes.checked_sub(1).ok_or(Error::Quota)?;
        own.nodes = own_left;
        Ok(())
    }

    pub fn give_back_node(&mut self, mount: u16) {
        for left in self.both(mount).into_iter().flatten() {
            left.nodes = left.nodes.saturating_add(1);
        }
    }
}

impl<B: Backing> Overlay<'_, B> {
    /// The mount of a node. It never changes: what belongs to one mount cannot be moved to another.
    pub(super) fn mount_of(&self, node: NodeId) -> u16 {
        if let Some(inode) = self.inode(node) {
            return inode.mount;
        }
        let mut at = node;
        loop {
            let known = self.mounts.each.iter().position(|mount| mount.root == at);
            if let Some(known) = known {
                return known as u16;
            }
            let parent = self.tree.parent(at);
            if parent == at {
                return NONE;
            }
            at = parent;
        }
    }

    /// Whether the node is where a mount starts, or the host's: such a name stays where it is.
    pub(super) fn is_mount_point(&self, node: NodeId) -> bool {
        node & NEW == 0
            && (matches!(self.tree.kind(node), Kind::HostFile | Kind::HostDirectory)
                || self.mounts.each.iter().any(|mount| mount.root == node))
    }

    /// Whether the node may be changed.
    pub fn is_writable(&self, node: NodeId) -> bool {
        let mount = usize::from(self.mount_of(node));
        self.mounts
            .each
            .get(mount)
            .is_some_and(|mount| mount.writable)
    }

    /// The mount of a node that may be changed.
    pub(super) fn writable(&self, node: NodeId) -> Result<u16, Error> {
        if self.is_writable(node) {
            Ok(self.mount_of(node))
        } else {
            Err(Error::ReadOnly)
        }
    }
}
