//! The directories of the host's in the tree: each is opened under the preopen of the host's that
//! leads to it by the longest path, and used through that descriptor alone. The log of `--debug` is
//! given those that the host lacks. No path is ever joined for the host, so that no link leads out
//! of it.

use alloc::vec::Vec;

use wasi_virt_adapter_core::Shared;
use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::config::config;
use wasi_virt_vfs::{Kind, NodeId, Tree};

use super::{HostDescriptor, hidden, missing};
use crate::imports::filesystem as host;
use crate::types::{DescriptorFlags, ErrorCode, FileResult, OpenFlags, PathFlags};

/// What is open: by node, and for ever.
static ROOTS: Shared<Vec<(NodeId, HostDescriptor)>> = Shared::new(Vec::new());

fn tree() -> Tree<'static> {
    Tree::new(config())
}

/// The host's directory at a node, or the one that the host's file at it is in.
pub fn directory(node: NodeId) -> FileResult<HostDescriptor> {
    let found = ROOTS.with(|roots| roots.iter().find(|(open, _)| *open == node).copied());
    if let Some((_, descriptor)) = found {
        return Ok(descriptor);
    }
    let (path, read_only) = tree().host_path(node).ok_or(ErrorCode::NoEntry)?;
    let path = match tree().kind(node) {
        Kind::HostFile => split(path).0,
        _ => path,
    };
    let handle = open(path, read_only).inspect_err(|error| {
        if *error == ErrorCode::NoEntry {
            missing::report(node);
        }
    })?;
    hidden::hide(handle);
    let descriptor = HostDescriptor { handle, read_only };
    ROOTS.with(|roots| roots.push((node, descriptor)));
    Ok(descriptor)
}

/// The host's own descriptor for the application, where the node is a directory of the host's that
/// may be changed, and it opens.
pub fn own(node: NodeId) -> Option<Own> {
    match (tree().kind(node), tree().host_path(node)) {
        (Kind::HostDirectory, Some((path, false))) => open(path, false).ok().map(Own),
        _ => None,
    }
}

/// The name of the host's file at a node, in the directory that [`directory`] gives.
pub fn file_name(node: NodeId) -> &'static [u8] {
    tree()
        .host_path(node)
        .map_or(b"", |(path, _)| split(path).1)
}

/// The host's own preopened directories, without those whose path is hidden.
pub fn others(is_hidden: impl Fn(&[u8]) -> bool, mut give: impl FnMut((Own, Text))) {
    for (directory, path) in host::get_directories() {
        if is_hidden(&path.0) {
            host::drop(directory.0);
        } else {
            give((directory, path));
        }
    }
}

/// Opens the host's directory at a path of the host's.
fn open(path: &[u8], read_only: bool) -> FileResult<u32> {
    let mut best: Option<(u32, usize)> = None;
    for (Own(directory), name) in host::get_directories() {
        let unused = match depth_of(&name.0, path) {
            Some(depth) if best.is_none_or(|(_, other)| depth >= other) => {
                best.replace((directory, depth)).map(|(other, _)| other)
            }
            _ => Some(directory),
        };
        if let Some(unused) = unused {
            host::drop(unused);
        }
    }
    let (directory, depth) = best.ok_or(ErrorCode::NoEntry)?;
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
    let opened = open_below(
        HostDescriptor {
            handle: directory,
            read_only,
        },
        &below,
    );
    host::drop(directory);
    opened
}

fn open_below(directory: HostDescriptor, path: &[u8]) -> FileResult<u32> {
    let at = PathFlags::SYMLINK_FOLLOW;
    if directory.read_only {
        let flags = DescriptorFlags::READ;
        let opened = directory.open_read_only(at, path, OpenFlags::DIRECTORY, flags);
        return opened.map(|opened| opened.handle);
    }
    let open = |flags: DescriptorFlags| {
        let open = OpenFlags::DIRECTORY.bits();
        host::open_at(directory.handle, at.bits(), path, open, flags.bits()).map(|Own(new)| new)
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
