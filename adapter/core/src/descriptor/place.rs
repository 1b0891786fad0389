//! What an operation on files is about: a node of the tree, or something of the host. The rules
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
    /// A path relative to a directory of the host.
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

/// What a handle stands for, the host's own included.
fn any<V: Version>(handle: u32) -> FileResult<V, Descriptor<V>> {
    if is_virtual(handle) {
        Ok(V::descriptor(handle))
    } else {
        HostDescriptor::foreign(handle).map(Descriptor::Host)
    }
}

/// What the descriptor of this handle is about, the host's own included.
#[inline(never)]
pub(super) fn any_side<V: Version>(handle: u32) -> FileResult<V, Descriptor<V>> {
    any::<V>(handle)?.side()
}

/// What the descriptor of this handle is about.
///
/// # Errors
///
/// Those of opening the host's directory that is at its node.
#[inline(never)]
pub fn side<V: Version>(handle: u32) -> FileResult<V, Descriptor<V>> {
    V::descriptor(handle).side()
}

/// What a path is about that is relative to the descriptor of this handle.
#[inline(never)]
pub(super) fn at<V: Version>(
    handle: u32,
    path: Vec<u8>,
    follow: Follow,
    mounted: Mounted,
) -> FileResult<V, At<V>> {
    V::descriptor(handle).at(path, follow, mounted)
}

/// Both paths of an operation on two, on one side.
#[inline(never)]
pub(super) fn both<V: Version>(
    old: u32,
    old_path: Vec<u8>,
    new: u32,
    new_path: Vec<u8>,
) -> FileResult<V, (At<V>, At<V>)> {
    let first = any::<V>(old)?.at(old_path, Follow::No, Mounted::Name)?;
    let second = any::<V>(new)?.at(new_path, Follow::No, Mounted::Name)?;
    // Where the host opened the second one, the application may have dropped the first.
    any::<V>(old)?;
    match (&first, &second) {
        (At::Tree(..), At::Tree(..)) | (At::Host(..), At::Host(..)) => Ok((first, second)),
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
    /// This, or the host's directory that is at its node.
    fn side(self) -> FileResult<V, Self> {
        match self {
            Descriptor::Node(opened)
                if with_tree(|tree| tree.kind(opened.node())) == Kind::HostDirectory =>
            {
                roots::directory(opened.node()).map(Descriptor::Host)
            }
            other => Ok(other),
        }
    }

    fn at(self, path: Vec<u8>, follow: Follow, mounted: Mounted) -> FileResult<V, At<V>> {
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
