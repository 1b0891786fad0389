//! A descriptor of the host's that the adapter keeps. What may not be changed is refused here, so
//! that the host is never asked. This module must never look at the virtual tree.
//!
//! In a build without the host's directories the descriptor has no value, so that the compiler
//! leaves out whatever handles one.

mod functions;
#[cfg(feature = "host")]
mod hidden;
#[cfg(feature = "host")]
mod missing;
#[cfg(not(feature = "host"))]
#[path = "no_roots.rs"]
pub(crate) mod roots;
#[cfg(feature = "host")]
pub(crate) mod roots;

use core::marker::PhantomData;

use wasi_virt_vfs::{Error, NodeId};

use crate::abi::{Own, Text};
use crate::files::NewTime;
use crate::types::{Advice, DescriptorFlags, MetadataHashValue, OpenFlags, PathFlags};
use crate::version::{FileResult, Version};

pub use functions::HostFiles;

/// A descriptor of the host.
#[derive(Clone, Copy, Debug)]
pub struct HostDescriptor<V> {
    #[cfg(feature = "host")]
    handle: u32,
    #[cfg(not(feature = "host"))]
    handle: core::convert::Infallible,
    /// Whether nothing may be changed through it.
    #[cfg(feature = "host")]
    read_only: bool,
    version: PhantomData<V>,
}

/// What is open of the host, for ever: the node, the handle, and whether nothing may be changed.
pub type Roots = alloc::vec::Vec<(NodeId, u32, bool)>;

#[cfg(feature = "host")]
impl<V: Version> HostDescriptor<V> {
    fn new(handle: u32, read_only: bool) -> Self {
        HostDescriptor {
            handle,
            read_only,
            version: PhantomData,
        }
    }

    /// A descriptor of the host's that the application has. One that the adapter keeps, it cannot
    /// have.
    pub(crate) fn foreign(handle: u32) -> FileResult<V, Self> {
        if hidden::is_hidden(handle) {
            crate::trap()
        }
        Ok(Self::new(handle, false))
    }

    /// Its number.
    pub fn handle(self) -> u32 {
        self.handle
    }

    /// Whether nothing may be changed through it.
    pub(crate) fn is_read_only(self) -> bool {
        self.read_only
    }

    /// One that the adapter keeps.
    fn keep(handle: u32, read_only: bool) -> Self {
        hidden::hide(handle);
        Self::new(handle, read_only)
    }

    /// Ends it, where the adapter kept it.
    pub(crate) fn close(self) {
        hidden::show(self.handle);
        V::drop(self.handle);
    }
}

#[cfg(not(feature = "host"))]
impl<V: Version> HostDescriptor<V> {
    /// A descriptor of the host's that the application has, which is of no use here.
    pub(crate) fn foreign(_: u32) -> FileResult<V, Self> {
        Err(Error::CrossDevice.into())
    }

    /// Its number.
    pub fn handle(self) -> u32 {
        match self.handle {}
    }

    /// Whether nothing may be changed through it.
    pub(crate) fn is_read_only(self) -> bool {
        match self.handle {}
    }

    /// One that the adapter keeps.
    fn keep(_: u32, _: bool) -> Self {
        crate::trap()
    }

    /// Ends it.
    pub(crate) fn close(self) {
        match self.handle {}
    }
}

/// What WASI names so, in the order of its functions, and what these need.
#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "they are those of WIT"
)]
impl<V: Version> HostDescriptor<V> {
    /// Refuses what would change a file or directory that must not be.
    fn writable(self) -> FileResult<V, u32> {
        if self.is_read_only() {
            Err(Error::ReadOnly.into())
        } else {
            Ok(self.handle())
        }
    }

    /// Refuses to write through what is open for reading only.
    pub fn open_to_write(self) -> FileResult<V, u32> {
        self.writable().map_err(|_| Error::BadDescriptor.into())
    }

    pub(crate) fn advise(self, offset: u64, len: u64, advice: Advice) -> FileResult<V, ()> {
        V::advise(self.handle(), offset, len, advice as u32)
    }

    pub(crate) fn sync_data(self) -> FileResult<V, ()> {
        V::sync_data(self.handle())
    }

    pub(crate) fn get_flags(self) -> FileResult<V, DescriptorFlags> {
        let flags = V::get_flags(self.handle())?;
        Ok(if self.is_read_only() {
            flags.without(CHANGING)
        } else {
            flags
        })
    }

    pub(crate) fn get_type(self) -> FileResult<V, V::Type> {
        V::get_type(self.handle())
    }

    pub(crate) fn set_size(self, size: u64) -> FileResult<V, ()> {
        V::set_size(self.writable()?, size)
    }

    pub(crate) fn set_times(self, access: NewTime, modify: NewTime) -> FileResult<V, ()> {
        V::set_times(self.writable()?, access, modify)
    }

    pub(crate) fn sync(self) -> FileResult<V, ()> {
        V::sync(self.handle())
    }

    pub(crate) fn create_directory_at(self, path: &[u8]) -> FileResult<V, ()> {
        V::create_directory_at(self.writable()?, path)
    }

    pub(crate) fn stat(self) -> FileResult<V, V::Stat> {
        V::stat(self.handle())
    }

    pub(crate) fn stat_at(self, flags: PathFlags, path: &[u8]) -> FileResult<V, V::Stat> {
        V::stat_at(self.handle(), flags.bits(), path)
    }

    pub(crate) fn set_times_at(
        self,
        flags: PathFlags,
        path: &[u8],
        access: NewTime,
        modify: NewTime,
    ) -> FileResult<V, ()> {
        V::set_times_at(self.writable()?, flags.bits(), path, access, modify)
    }

    pub(crate) fn link_at(
        self,
        flags: PathFlags,
        path: &[u8],
        new: Self,
        new_path: &[u8],
    ) -> FileResult<V, ()> {
        V::link_at(
            self.writable()?,
            flags.bits(),
            path,
            new.writable()?,
            new_path,
        )
    }

    /// Opens what may be changed. The application gets the host's own handle.
    pub(crate) fn open_writable(
        self,
        at: PathFlags,
        path: &[u8],
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FileResult<V, Own> {
        V::open_at(self.writable()?, at.bits(), path, open.bits(), flags.bits())
    }

    /// Opens as a read-only file system does: what would create, cut or write is refused after what
    /// a lookup finds, and the host is asked for nothing but reading. The adapter keeps the handle.
    pub(crate) fn open_read_only(
        self,
        at: PathFlags,
        path: &[u8],
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FileResult<V, Self> {
        let new = OpenFlags::CREATE.and(OpenFlags::EXCLUSIVE);
        let changes = open.has_any(new.and(OpenFlags::TRUNCATE));
        if open.has_all(OpenFlags::DIRECTORY) && changes {
            return Err(Error::Invalid.into());
        }
        let is_new = open.has_all(new);
        let lookup = if is_new { PathFlags::none() } else { at };
        match self.stat_at(lookup, path) {
            Ok(_) if is_new => return Err(Error::Exist.into()),
            Err(error) if V::is_no_entry(&error) && open.has_all(OpenFlags::CREATE) => {
                return Err(Error::ReadOnly.into());
            }
            Err(error) => return Err(error),
            Ok(stat) => {
                let is_directory = V::is_directory(&stat);
                let writes =
                    open.has_all(OpenFlags::TRUNCATE) || flags.has_all(DescriptorFlags::WRITE);
                if is_directory && (writes || open.has_all(OpenFlags::CREATE)) {
                    return Err(Error::IsDirectory.into());
                }
                if writes {
                    return Err(Error::ReadOnly.into());
                }
            }
        }
        let (open, flags) = (open.only(OpenFlags::DIRECTORY), flags.without(CHANGING));
        let Own(handle) = V::open_at(self.handle(), at.bits(), path, open.bits(), flags.bits())?;
        Ok(Self::keep(handle, true))
    }

    pub(crate) fn readlink_at(self, path: &[u8]) -> FileResult<V, Text> {
        V::readlink_at(self.handle(), path)
    }

    pub(crate) fn remove_directory_at(self, path: &[u8]) -> FileResult<V, ()> {
        V::remove_directory_at(self.writable()?, path)
    }

    pub(crate) fn rename_at(self, path: &[u8], new: Self, new_path: &[u8]) -> FileResult<V, ()> {
        V::rename_at(self.writable()?, path, new.writable()?, new_path)
    }

    pub(crate) fn symlink_at(self, target: &[u8], path: &[u8]) -> FileResult<V, ()> {
        V::symlink_at(self.writable()?, target, path)
    }

    pub(crate) fn unlink_file_at(self, path: &[u8]) -> FileResult<V, ()> {
        V::unlink_file_at(self.writable()?, path)
    }

    pub(crate) fn is_same_object(self, other: Self) -> bool {
        V::is_same_object(self.handle(), other.handle()) != 0
    }

    pub(crate) fn metadata_hash(self) -> FileResult<V, MetadataHashValue> {
        V::metadata_hash(self.handle())
    }

    pub(crate) fn metadata_hash_at(
        self,
        flags: PathFlags,
        path: &[u8],
    ) -> FileResult<V, MetadataHashValue> {
        V::metadata_hash_at(self.handle(), flags.bits(), path)
    }
}

/// The flags of what changes something.
const CHANGING: DescriptorFlags = DescriptorFlags::WRITE.and(DescriptorFlags::MUTATE_DIRECTORY);
