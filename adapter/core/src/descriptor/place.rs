//! What an operation on files is about: a node of the tree, or something of the host's. The rules
//! of the tree are in `wasi-virt-vfs`, those of the host in `host_files`; this module must only
//! choose.

use alloc::vec;
use alloc::vec::Vec;

use wasi_virt_vfs::{Error, Follow, Kind, NodeId, Place, Rest};

use super::Descriptor;
use crate::files::{self, with_tree};
use crate::host_files::{HostDescriptor, roots};
use crate::table::is_virtual;
use crate::version::{FileResult, Version};

/// What an operation on a path is about.
pub(super) enum At<V> {
    /// A path relative to this node.
    Tree(NodeId, Vec<u8>),
    /// A path relative to a directory of the host's.
    Host(HostDescriptor<V>, Vec<u8>),
}

/// What a path to something of the host's in the tree means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mounted {
    /// What is there.
    Contents,
    /// The name in the tree.
    Name,
}

/// Both paths of an operation on two, on one side.
pub(super) fn both<V: Version>(
    old: Descriptor<V>,
    old_path: Vec<u8>,
    new: u32,
    new_path: Vec<u8>,
) -> FileResult<V, (At<V>, At<V>)> {
    let old = old.at(old_path, Follow::No, Mounted::Name)?;
    let new = Descriptor::<V>::any(new)?.at(new_path, Follow::No, Mounted::Name)?;
    match (&old, &new) {
        (At::Tree(..), At::Tree(..)) | (At::Host(..), At::Host(..)) => Ok((old, new)),
        _ => Err(Error::CrossDevice.into()),
    }
}

fn joined(rest: &Rest<'_>) -> Vec<u8> {
    let mut joined = Vec::new();
    for piece in rest.pieces() {
        if !joined.is_empty() {
            joined.push(b'/');
        }
        joined.extend_from_slice(piece);
    }
    joined
}

impl<V: Version> Descriptor<V> {
    /// What a handle stands for, the host's own included.
    ///
    /// # Errors
    ///
    /// [`Error::CrossDevice`] for one of the host's, where none is served.
    pub fn any(handle: u32) -> FileResult<V, Self> {
        if is_virtual(handle) {
            Ok(V::descriptor(handle))
        } else {
            HostDescriptor::foreign(handle).map(Descriptor::Host)
        }
    }

    /// This, or the host's directory that is at its node.
    ///
    /// # Errors
    ///
    /// Those of opening that.
    pub fn side(self) -> FileResult<V, Self> {
        match self {
            Descriptor::Node(opened)
                if with_tree(|tree| tree.kind(opened.node())) == Kind::HostDirectory =>
            {
                roots::directory(opened.node()).map(Descriptor::Host)
            }
            other => Ok(other),
        }
    }

    pub(super) fn at(
        self,
        path: Vec<u8>,
        follow: Follow,
        mounted: Mounted,
    ) -> FileResult<V, At<V>> {
        let base = match self.side()? {
            Descriptor::Host(host) => return Ok(At::Host(host, path)),
            Descriptor::Node(opened) => opened.node(),
        };
        if !cfg!(feature = "host") || !files::has_host_nodes() {
            return Ok(At::Tree(base, path));
        }
        let contents = mounted == Mounted::Contents;
        let of_host = with_tree(|tree| match tree.find(base, &path, follow) {
            Ok(Place::Host { node, rest }) => Some((node, joined(&rest))),
            Ok(Place::Node(node)) if contents => match tree.kind(node) {
                Kind::HostDirectory => Some((node, vec![b'.'])),
                Kind::HostFile => Some((node, roots::file_name(node).to_vec())),
                _ => None,
            },
            // What the tree answers, it answers below, an error with an operation's own precedence.
            _ => None,
        });
        match of_host {
            Some((node, path)) => Ok(At::Host(roots::directory::<V>(node)?, path)),
            None => Ok(At::Tree(base, path)),
        }
    }
}
