//! What is open of a tree that nothing may change: a node and nothing else. Every change is refused.

use alloc::vec::Vec;
use core::cell::Cell;
use core::ops::Range;

use wasi_virt_vfs::{Error, NodeId};

use crate::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::convert::{error_code, follow, open as open_how};
use crate::directory::DirectoryEntryStream;
use crate::error::StreamResult;
use crate::input::InputStream;
use crate::memory;
use crate::output::OutputStream;
use crate::payload;

pub use crate::config::tree;

/// What a descriptor or stream has open.
pub type Opened = NodeId;

/// [`Opened`], lent.
pub type Handle<'a> = NodeId;

pub fn handle(opened: &Opened) -> Handle<'_> {
    *opened
}

/// Whether a path may lead to something of the host's.
pub fn has_host_nodes() -> bool {
    true
}

/// The node that is open.
pub fn node(opened: Handle<'_>) -> NodeId {
    opened
}

/// Opens a directory that is there from the start.
pub fn preopened(node: NodeId) -> Opened {
    node
}

pub fn open(
    base: NodeId,
    path: &[u8],
    path_flags: PathFlags,
    open_flags: OpenFlags,
    flags: DescriptorFlags,
) -> Result<Opened, ErrorCode> {
    let how = open_how(open_flags, flags);
    memory::room()?;
    tree()
        .open(base, path, follow(path_flags), how)
        .map_err(error_code)
}

pub fn flags(_opened: Handle<'_>) -> DescriptorFlags {
    DescriptorFlags::READ
}

/// What came of a change.
pub fn done(error: Error) -> Result<(), ErrorCode> {
    Err(error_code(error))
}

pub fn node_at(base: NodeId, path: &[u8], path_flags: PathFlags) -> Result<NodeId, ErrorCode> {
    let node = tree().lookup(base, path, follow(path_flags));
    node.map_err(error_code)
}

pub fn input(opened: Handle<'_>, offset: u64) -> Result<InputStream, ErrorCode> {
    memory::room()?;
    Ok(InputStream::File {
        file: opened,
        position: Cell::new(offset),
    })
}

pub fn output(_opened: Handle<'_>, _offset: Option<u64>) -> Result<OutputStream, ErrorCode> {
    Err(ErrorCode::BadDescriptor)
}

pub fn set_size(_opened: Handle<'_>, _size: u64) -> Result<(), ErrorCode> {
    Err(ErrorCode::ReadOnly)
}

pub fn set_times(
    _opened: Handle<'_>,
    _access: NewTimestamp,
    _modify: NewTimestamp,
) -> Result<(), ErrorCode> {
    Err(ErrorCode::ReadOnly)
}

pub fn set_times_at(
    base: NodeId,
    path: &[u8],
    path_flags: PathFlags,
    _access: NewTimestamp,
    _modify: NewTimestamp,
) -> Result<(), ErrorCode> {
    done(tree().set_times(base, path, follow(path_flags)))
}

pub fn read(opened: Handle<'_>, len: u64, offset: u64) -> Result<(Vec<u8>, bool), ErrorCode> {
    let range = tree()
        .contents(opened, offset, len.min(payload::MAX_READ))
        .map_err(error_code)?;
    // Offsets are signed where files are real.
    if i64::try_from(offset).is_err() {
        return Err(ErrorCode::Invalid);
    }
    let end = range.is_empty();
    Ok((payload::read(range), end))
}

/// What [`read`] gives, lent.
///
/// # Safety
///
/// The bytes may not be used after the next call.
pub unsafe fn lend(opened: Handle<'_>, len: u64, offset: u64) -> Option<&'static [u8]> {
    let range = tree().contents(opened, offset, len.min(payload::MAX_READ));
    // SAFETY: as the caller says.
    range.ok().map(|range| unsafe { payload::lend(range) })
}

pub fn write(_opened: Handle<'_>, _bytes: &[u8], _offset: u64) -> Result<u64, ErrorCode> {
    Err(ErrorCode::BadDescriptor)
}

pub fn entries(opened: Handle<'_>) -> Result<DirectoryEntryStream, ErrorCode> {
    let children = tree().children(opened).map_err(error_code)?;
    memory::room()?;
    Ok(DirectoryEntryStream::of(children))
}

/// Passes over up to `len` bytes of a file, and says where in the payload they are.
fn advance(opened: Handle<'_>, position: &Cell<u64>, len: u64) -> StreamResult<Range<u64>> {
    let start = position.get();
    let range = tree().contents(opened, start, len).unwrap_or(0..0);
    if range.is_empty() && len != 0 {
        return Err(StreamError::Closed);
    }
    position.set(start.saturating_add(range.end - range.start));
    Ok(range)
}

/// Passes over as many bytes of a file as one read can return, of up to `len`, and says where in the payload they are.
fn next(opened: Handle<'_>, position: &Cell<u64>, len: u64) -> StreamResult<Range<u64>> {
    let there = tree().contents(opened, position.get(), len).unwrap_or(0..0);
    advance(
        opened,
        position,
        match there.end - there.start {
            0 => len,
            there => payload::room(there),
        },
    )
}

/// What [`read_next`] gives, lent; `None` where it gives none.
///
/// # Safety
///
/// The bytes may not be used after the next call.
pub unsafe fn lend_next(
    opened: Handle<'_>,
    position: &Cell<u64>,
    len: u64,
) -> Option<&'static [u8]> {
    let range = next(opened, position, len).ok()?;
    // SAFETY: as the caller says.
    Some(unsafe { payload::lend(range) })
}

/// The next bytes of a stream, copied.
pub fn read_next(opened: Handle<'_>, position: &Cell<u64>, len: u64) -> StreamResult<Vec<u8>> {
    next(opened, position, len).map(payload::read)
}

/// Passes over bytes of a stream, and says how many they were.
pub fn skip(opened: Handle<'_>, position: &Cell<u64>, len: u64) -> StreamResult<u64> {
    advance(opened, position, len).map(|range| range.end - range.start)
}
