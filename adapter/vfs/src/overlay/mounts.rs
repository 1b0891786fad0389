//! Which mount a node belongs to, what may be changed there, and how much is left of what may be stored.
//! This module must never look at names.

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
    /// How many bytes and nodes more may be stored.
    bytes: u64,
    nodes: u64,
}

/// All mounts.
#[derive(Debug)]
pub(super) struct Mounts(Vec<Mount>);

impl Mounts {
    pub fn new(view: View<'_>) -> Self {
        let mounts = view.mounts().map(|mount| Mount {
            root: mount.root,
            writable: mount.writable,
            bytes: mount.bytes,
            nodes: mount.nodes,
        });
        Mounts(mounts.collect())
    }

    /// How many bytes more a mount may store.
    pub fn room(&self, mount: u16) -> u64 {
        self.0
            .get(usize::from(mount))
            .map_or(0, |mount| mount.bytes)
    }

    pub fn take_bytes(&mut self, mount: u16, bytes: u64) {
        if let Some(mount) = self.0.get_mut(usize::from(mount)) {
            mount.bytes = mount.bytes.saturating_sub(bytes);
        }
    }

    pub fn give_back_bytes(&mut self, mount: u16, bytes: u64) {
        if let Some(mount) = self.0.get_mut(usize::from(mount)) {
            mount.bytes = mount.bytes.saturating_add(bytes);
        }
    }

    /// Takes one node of those that may be made.
    pub fn take_node(&mut self, mount: u16) -> Result<(), Error> {
        let mount = self.0.get_mut(usize::from(mount)).ok_or(Error::ReadOnly)?;
        mount.nodes = mount.nodes.checked_sub(1).ok_or(Error::InsufficientSpace)?;
        Ok(())
    }

    pub fn give_back_node(&mut self, mount: u16) {
        if let Some(mount) = self.0.get_mut(usize::from(mount)) {
            mount.nodes = mount.nodes.saturating_add(1);
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
            let known = self.mounts.0.iter().position(|mount| mount.root == at);
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
                || self.mounts.0.iter().any(|mount| mount.root == node))
    }

    /// Whether the node may be changed.
    pub fn is_writable(&self, node: NodeId) -> bool {
        let mount = usize::from(self.mount_of(node));
        self.mounts.0.get(mount).is_some_and(|mount| mount.writable)
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
