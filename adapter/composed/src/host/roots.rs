//! The directories of the host's in the tree: each is opened once, under the preopen of the host's that
//! leads to it by the longest path, and used through that descriptor alone from then on.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use wasi_virt_vfs::NodeId;

use crate::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};
use crate::bindings::host::filesystem::preopens;
use crate::config::{text, tree};
use crate::host::HostDescriptor;

/// What is open: by node, and for ever.
struct Roots(UnsafeCell<Vec<(NodeId, &'static HostDescriptor)>>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Roots {}

static ROOTS: Roots = Roots(UnsafeCell::new(Vec::new()));

/// The host's directory at a node, or the one that the host's file at it is in.
pub fn directory(node: NodeId) -> Result<&'static HostDescriptor, ErrorCode> {
    // SAFETY: one thread, and the reference ends before anything else is called.
    let found = unsafe { &*ROOTS.0.get() }
        .iter()
        .find(|(open, _)| *open == node);
    if let Some((_, descriptor)) = found {
        return Ok(*descriptor);
    }
    let (path, read_only) = tree().host_path(node).ok_or(ErrorCode::NoEntry)?;
    let path = match tree().kind(node) {
        wasi_virt_vfs::Kind::HostFile => split(path).0,
        _ => path,
    };
    let descriptor: &'static HostDescriptor = Box::leak(Box::new(open(path, read_only)?));
    // SAFETY: as above.
    unsafe { &mut *ROOTS.0.get() }.push((node, descriptor));
    Ok(descriptor)
}

/// The name of the host's file at a node, in the directory that [`directory`] gives.
pub fn file_name(node: NodeId) -> String {
    tree()
        .host_path(node)
        .map_or(String::new(), |(path, _)| text(split(path).1))
}

/// The host's own preopened directories.
pub fn preopened() -> Vec<(HostDescriptor, String)> {
    let mut directories = Vec::new();
    for (descriptor, path) in preopens::get_directories() {
        let read_only = false;
        directories.push((
            HostDescriptor {
                descriptor,
                read_only,
            },
            path,
        ));
    }
    directories
}

fn open(path: &[u8], read_only: bool) -> Result<HostDescriptor, ErrorCode> {
    let mut best: Option<(HostDescriptor, usize)> = None;
    for (mut directory, name) in preopened() {
        directory.read_only = read_only;
        if let Some(depth) = depth_of(name.as_bytes(), path)
            && best.as_ref().is_none_or(|(_, other)| depth >= *other)
        {
            best = Some((directory, depth));
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
    let below = text(&below);
    let open = |flags| {
        directory.open_at(
            PathFlags::SYMLINK_FOLLOW,
            &below,
            OpenFlags::DIRECTORY,
            flags,
        )
    };
    if read_only {
        return open(DescriptorFlags::READ);
    }
    // A host that lets nothing be changed there may refuse to open it so.
    open(DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY)
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
