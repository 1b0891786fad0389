//! The directories of the host's in the tree: each is opened under the preopen of the host's that
//! leads to it by the longest path, and used through that descriptor alone. The log of `--debug` is
//! given those that the host lacks. No path is ever joined for the host, so that no link leads out
//! of it.

use alloc::vec::Vec;

use wasi_virt_vfs::{Error, Kind, NodeId, Tree};

use super::{HostDescriptor, missing};
use crate::abi::{Own, Text};
use crate::config::config;
use crate::types::{DescriptorFlags, OpenFlags, PathFlags};
use crate::version::{FileResult, Version};

fn tree() -> Tree<'static> {
    Tree::new(config())
}

/// The host's directory at a node, or the one that the host's file at it is in.
pub(crate) fn directory<V: Version>(node: NodeId) -> FileResult<V, HostDescriptor<V>> {
    let is_it = |(open, ..): &&(NodeId, u32, bool)| *open == node;
    let found = V::roots().with(|roots| roots.iter().find(is_it).copied());
    if let Some((_, handle, read_only)) = found {
        return Ok(HostDescriptor::new(handle, read_only));
    }
    let (path, read_only) = tree().host_path(node).ok_or(Error::NoEntry)?;
    let path = match tree().kind(node) {
        Kind::HostFile => split(path).0,
        _ => path,
    };
    let handle = open::<V>(path, read_only).inspect_err(|error| {
        if V::is_no_entry(error) {
            missing::report(node);
        }
    })?;
    V::roots().with(|roots| roots.push((node, handle, read_only)));
    Ok(HostDescriptor::keep(handle, read_only))
}

/// The host's own descriptor for the application, where the node is a directory of the host's that
/// may be changed, and it opens.
pub(crate) fn own<V: Version>(node: NodeId) -> Option<Own> {
    match (tree().kind(node), tree().host_path(node)) {
        (Kind::HostDirectory, Some((path, false))) => open::<V>(path, false).ok().map(Own),
        _ => None,
    }
}

/// The name of the host's file at a node, in the directory that [`directory`] gives.
pub(crate) fn file_name(node: NodeId) -> &'static [u8] {
    tree()
        .host_path(node)
        .map_or(b"", |(path, _)| split(path).1)
}

/// The host's own preopened directories, without those whose path is hidden.
pub(crate) fn others<V: Version>(
    is_hidden: impl Fn(&[u8]) -> bool,
    mut give: impl FnMut((Own, Text)),
) {
    for (directory, path) in V::get_directories() {
        if is_hidden(&path.0) {
            V::drop(directory.0);
        } else {
            give((directory, path));
        }
    }
}

/// Opens the host's directory at a path of the host.
fn open<V: Version>(path: &[u8], read_only: bool) -> FileResult<V, u32> {
    let mut best: Option<(u32, usize)> = None;
    for (Own(directory), name) in V::get_directories() {
        let unused = match depth_of(&name.0, path) {
            Some(depth) if best.is_none_or(|(_, other)| depth >= other) => {
                best.replace((directory, depth)).map(|(other, _)| other)
            }
            _ => Some(directory),
        };
        if let Some(unused) = unused {
            V::drop(unused);
        }
    }
    let (directory, depth) = best.ok_or(Error::NoEntry)?;
    let mut below = Vec::new();
    for name in names(path).skip(depth) {
        if !below.is_empty() {
            below.push(b'/');
        }
        below.extend_from_slice(name);
    }
    if below.is_empty() {
        return Ok(directory);
    }
    // The application may run while the host opens what is below.
    let directory = HostDescriptor::keep(directory, read_only);
    let opened = open_below::<V>(directory, &below);
    directory.close();
    opened
}

fn open_below<V: Version>(directory: HostDescriptor<V>, path: &[u8]) -> FileResult<V, u32> {
    let at = PathFlags::SYMLINK_FOLLOW;
    if directory.read_only {
        let flags = DescriptorFlags::READ;
        let opened = directory.open_read_only(at, path, OpenFlags::DIRECTORY, flags);
        return opened.map(HostDescriptor::handle);
    }
    let open = |flags: DescriptorFlags| {
        let open = OpenFlags::DIRECTORY.bits();
        V::open_at(directory.handle, at.bits(), path, open, flags.bits()).map(|Own(new)| new)
    };
    // A host that lets nothing be changed there may refuse to open it so.
    open(DescriptorFlags::READ.and(DescriptorFlags::MUTATE_DIRECTORY))
        .or_else(|_| open(DescriptorFlags::READ))
}

/// How many names of `path` lead to the preopen of this name; `None` when it does not lead there.
fn depth_of(preopen: &[u8], path: &[u8]) -> Option<usize> {
    if preopen.starts_with(b"/") != path.starts_with(b"/") {
        return None;
    }
    let mut path = names(path);
    let mut depth = 0;
    for name in names(preopen) {
        if path.next() != Some(name) {
            return None;
        }
        depth += 1;
    }
    Some(depth)
}

fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
}

/// The directory a path's last name is in, and that name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..=slash], &path[slash + 1..]),
        None => (b"", path),
    }
}
