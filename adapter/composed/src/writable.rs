//! What is open of a tree that may be changed: a node, and what may be done with it. The rules are those
//! of `wasi-virt-vfs`; this module must only keep what a host keeps with a descriptor or a stream.

use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};

use wasi_virt_vfs::{Backing, Error, Lent, NodeId, Overlay, Snapshot, Time};

use crate::bindings::exports::wasi::filesystem::types::{
    DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::config::config;
use crate::convert::{error_code, follow, open as open_how};
use crate::directory::DirectoryEntryStream;
use crate::error::{StreamResult, file_failed};
use crate::file_output::FileOutput;
use crate::file_time;
use crate::input::InputStream;
use crate::memory;
use crate::output::OutputStream;
use crate::payload;

/// What the tree needs: the payload, and a clock.
#[derive(Clone, Copy)]
pub struct Outside;

impl Backing for Outside {
    fn copy(self, offset: u64, into: &mut [u8]) {
        payload::copy(offset, into);
    }

    fn now(self) -> Option<Time> {
        file_time::now()
    }

    fn store(self) -> bool {
        memory::store()
    }

    fn stored(self) {
        memory::stored();
    }
}

/// The tree, made when it is first used.
struct Files(UnsafeCell<Option<Overlay<'static, Outside>>>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Files {}

static FILES: Files = Files(UnsafeCell::new(None));

/// The tree. What it gives is used up before it is asked for again.
pub fn tree() -> &'static mut Overlay<'static, Outside> {
    // SAFETY: one thread, and no caller keeps the reference over a call of another.
    let files = unsafe { &mut *FILES.0.get() };
    files.get_or_insert_with(|| Overlay::new(config(), Outside))
}

/// What a descriptor or stream has open.
pub struct Opened {
    node: NodeId,
    flags: DescriptorFlags,
}

impl Drop for Opened {
    fn drop(&mut self) {
        tree().release(self.node);
    }
}

impl Opened {
    fn new(node: NodeId, flags: DescriptorFlags) -> Result<Self, ErrorCode> {
        memory::room()?;
        tree().retain(node).map_err(error_code)?;
        Ok(Opened { node, flags })
    }

    /// The same once more, for a stream.
    fn again(&self) -> Result<Self, ErrorCode> {
        Opened::new(self.node, self.flags)
    }

    /// Refuses what it is not open for.
    pub fn allow(&self, flag: DescriptorFlags) -> Result<(), ErrorCode> {
        if tree().is_file(self.node) && self.flags.contains(flag) {
            Ok(())
        } else {
            Err(ErrorCode::BadDescriptor)
        }
    }
}

/// [`Opened`], lent.
pub type Handle<'a> = &'a Opened;

pub fn handle(opened: &Opened) -> Handle<'_> {
    opened
}

/// Whether a path may lead to something of the host's.
pub fn has_host_nodes() -> bool {
    config().has_host_nodes()
}

/// The node that is open.
pub fn node(opened: Handle<'_>) -> NodeId {
    opened.node
}

/// Opens a directory that is there from the start.
pub fn preopened(node: NodeId) -> Opened {
    let mut flags = DescriptorFlags::READ;
    if tree().is_writable(node) {
        flags |= DescriptorFlags::MUTATE_DIRECTORY;
    }
    // It cannot be removed, so that nothing depends on its being counted.
    let _ = tree().retain(node);
    Opened { node, flags }
}

/// Opens as the host does: whoever creates or cuts a file may write to it, and whoever does not ask for
/// writing may read.
pub fn open(
    base: NodeId,
    path: &[u8],
    path_flags: PathFlags,
    open_flags: OpenFlags,
    flags: DescriptorFlags,
) -> Result<Opened, ErrorCode> {
    let how = open_how(open_flags, flags);
    // Before anything is made or cut.
    memory::room()?;
    let node = tree()
        .open(base, path, follow(path_flags), how)
        .map_err(error_code)?;
    let mut granted = flags & DescriptorFlags::READ;
    if !how.write {
        granted |= DescriptorFlags::READ;
    }
    if tree().is_file(node) && (how.write || how.create || how.truncate) && tree().is_writable(node)
    {
        granted |= DescriptorFlags::WRITE;
    }
    Opened::new(node, granted)
}

pub fn flags(opened: Handle<'_>) -> DescriptorFlags {
    opened.flags
}

/// What came of a change.
pub fn done(result: Result<(), Error>) -> Result<(), ErrorCode> {
    result.map_err(error_code)
}

pub fn node_at(base: NodeId, path: &[u8], path_flags: PathFlags) -> Result<NodeId, ErrorCode> {
    let node = tree().node_at(base, path, follow(path_flags));
    node.map_err(error_code)
}

pub fn input(opened: Handle<'_>, offset: u64) -> Result<InputStream, ErrorCode> {
    Ok(InputStream::File {
        file: opened.again()?,
        position: Cell::new(offset.min(CLOSED - 1)),
    })
}

pub fn output(opened: Handle<'_>, offset: Option<u64>) -> Result<OutputStream, ErrorCode> {
    if !tree().is_file(opened.node) {
        return Err(ErrorCode::BadDescriptor);
    }
    Ok(OutputStream::File(FileOutput::new(opened.again()?, offset)))
}

pub fn set_size(opened: Handle<'_>, size: u64) -> Result<(), ErrorCode> {
    // A size that cannot be is told before that the file is not open for writing.
    if i64::try_from(size).is_ok() && opened.allow(DescriptorFlags::WRITE).is_err() {
        return Err(if tree().is_writable(opened.node) {
            ErrorCode::Invalid
        } else {
            ErrorCode::ReadOnly
        });
    }
    done(tree().set_size(opened.node, size))
}

/// The time that is asked for, if any.
fn new_time(time: NewTimestamp) -> Result<Option<Time>, ErrorCode> {
    const SECOND: u32 = 1_000_000_000;
    match time {
        NewTimestamp::NoChange => Ok(None),
        NewTimestamp::Now => Ok(Some(tree().time_of_change())),
        NewTimestamp::Timestamp(time) => {
            let more = u64::from(time.nanoseconds / SECOND);
            let seconds = time.seconds.checked_add(more);
            match seconds.filter(|seconds| i64::try_from(*seconds).is_ok()) {
                None => Err(ErrorCode::Overflow),
                Some(seconds) => Ok(Some(Time {
                    seconds,
                    nanoseconds: time.nanoseconds % SECOND,
                })),
            }
        }
    }
}

pub fn set_times(
    opened: Handle<'_>,
    access: NewTimestamp,
    modify: NewTimestamp,
) -> Result<(), ErrorCode> {
    let (access, modify) = (new_time(access)?, new_time(modify)?);
    done(tree().set_times(opened.node, access, modify))
}

pub fn set_times_at(
    base: NodeId,
    path: &[u8],
    path_flags: PathFlags,
    access: NewTimestamp,
    modify: NewTimestamp,
) -> Result<(), ErrorCode> {
    let (access, modify) = (new_time(access)?, new_time(modify)?);
    done(tree().set_times_at(base, path, follow(path_flags), access, modify))
}

/// Up to `len` bytes at `offset`; fewer only at the end, or where there is no room for them.
///
/// # Safety
///
/// The bytes may not be used after the next call.
unsafe fn bytes_at(opened: Handle<'_>, len: u64, offset: u64) -> Result<&'static [u8], ErrorCode> {
    if i64::try_from(offset).is_err() && tree().is_file(opened.node) {
        return Err(ErrorCode::Invalid);
    }
    opened.allow(DescriptorFlags::READ)?;
    let there = match tree().is_file(opened.node) {
        true => tree().size(opened.node).saturating_sub(offset),
        false => 0,
    };
    let len = match there {
        0 => len.min(payload::MAX_READ),
        there => payload::room(len.min(there)),
    };
    match tree().lend(opened.node, offset, len) {
        Some(Lent::Own(bytes)) => Ok(bytes),
        // SAFETY: as the caller says.
        Some(Lent::Below(range)) => Ok(unsafe { payload::lend(range) }),
        None => {
            // SAFETY: as the caller says.
            let buffer = unsafe { payload::buffer(len) };
            let read = tree().read(opened.node, offset, buffer);
            Ok(&buffer[..read.map_err(error_code)?])
        }
    }
}

pub fn read(opened: Handle<'_>, len: u64, offset: u64) -> Result<(Vec<u8>, bool), ErrorCode> {
    // SAFETY: copied at once.
    let bytes = unsafe { bytes_at(opened, len.min(payload::MAX_READ), offset) }?;
    Ok((bytes.to_vec(), bytes.is_empty()))
}

/// What [`read`] gives, lent.
///
/// # Safety
///
/// The bytes may not be used after the next call.
pub unsafe fn lend(opened: Handle<'_>, len: u64, offset: u64) -> Option<&'static [u8]> {
    // SAFETY: as the caller says.
    unsafe { bytes_at(opened, len.min(payload::MAX_READ), offset) }.ok()
}

pub fn write(opened: Handle<'_>, bytes: &[u8], offset: u64) -> Result<u64, ErrorCode> {
    if i64::try_from(offset).is_err() && tree().is_file(opened.node) {
        return Err(ErrorCode::Invalid);
    }
    opened.allow(DescriptorFlags::WRITE)?;
    memory::passed(bytes.len());
    let written = tree().write(opened.node, Some(offset), bytes);
    written.map(|len| len as u64).map_err(error_code)
}

pub fn entries(opened: Handle<'_>) -> Result<DirectoryEntryStream, ErrorCode> {
    // It stays until the stream is dropped.
    if !memory::store() {
        return Err(ErrorCode::InsufficientMemory);
    }
    let snapshot = tree().read_directory(opened.node);
    memory::stored();
    Ok(match snapshot.map_err(error_code)? {
        Snapshot::Below(children) => DirectoryEntryStream::of(children),
        Snapshot::Own(entries) => DirectoryEntryStream::Snapshot(entries.into_iter().into()),
    })
}

/// The position of a stream that is closed.
const CLOSED: u64 = u64::MAX;

/// What [`read_next`] gives, lent; `None` where it gives none, of which nothing is noted.
///
/// # Safety
///
/// The bytes may not be used after the next call.
pub unsafe fn lend_next(
    opened: Handle<'_>,
    position: &Cell<u64>,
    len: u64,
) -> Option<&'static [u8]> {
    let start = position.get();
    // SAFETY: as the caller says.
    let bytes = unsafe { bytes_at(opened, len, start) }.ok()?;
    position.set(start + bytes.len() as u64);
    (!bytes.is_empty()).then_some(bytes)
}

/// The next bytes of a stream, copied. It is closed when it was at its end, or failed.
pub fn read_next(opened: Handle<'_>, position: &Cell<u64>, len: u64) -> StreamResult<Vec<u8>> {
    let start = position.get();
    if start == CLOSED {
        return Err(StreamError::Closed);
    }
    if len == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: copied at once.
    match unsafe { bytes_at(opened, len, start) } {
        Ok([]) => {
            position.set(CLOSED);
            Err(StreamError::Closed)
        }
        Ok(bytes) => {
            position.set(start + bytes.len() as u64);
            Ok(bytes.to_vec())
        }
        Err(code) => {
            position.set(CLOSED);
            file_failed(code)
        }
    }
}

/// Passes over bytes of a stream, and says how many they were.
pub fn skip(opened: Handle<'_>, position: &Cell<u64>, len: u64) -> StreamResult<u64> {
    read_next(opened, position, len).map(|bytes| bytes.len() as u64)
}
