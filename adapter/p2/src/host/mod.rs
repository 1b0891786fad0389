//! A descriptor of the host's that the adapter keeps. What may not be changed is refused here, so
//! that the host is never asked. This module must never look at the virtual tree.

mod hidden;
mod missing;
pub mod roots;

use wasi_virt_adapter_core::abi::{Abi, Lower, Own, Text};
use wasi_virt_adapter_core::app::{App, Bytes};
use wasi_virt_adapter_core::files::NewTime;
use wasi_virt_adapter_core::trap;

use crate::imports::filesystem as host;
use crate::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, FileResult,
    MetadataHashValue, OpenFlags, PathFlags,
};

/// A descriptor of the host's.
#[derive(Clone, Copy)]
pub struct HostDescriptor {
    handle: u32,
    /// Whether nothing may be changed through it.
    read_only: bool,
}

/// What a read of a descriptor gives.
pub enum Read<T> {
    /// What the tree has.
    Tree(T),
    /// What the host gave.
    Host(Text),
}

impl<T: Abi> Abi for Read<T> {
    const SIZE: u32 = T::SIZE;
    const ALIGN: u32 = T::ALIGN;
}

impl<T: Lower> Lower for Read<T> {
    fn lower(self, app: App, at: u32) {
        match self {
            Read::Tree(contents) => contents.lower(app, at),
            Read::Host(contents) => contents.lower(app, at),
        }
    }
}

/// A descriptor of the host's that the application has. One that the adapter keeps, it cannot have.
pub fn foreign(handle: u32) -> FileResult<HostDescriptor> {
    if hidden::is_hidden(handle) {
        trap()
    }
    Ok(HostDescriptor {
        handle,
        read_only: false,
    })
}

impl HostDescriptor {
    /// Ends it, where the adapter kept it.
    pub fn close(self) {
        hidden::show(self.handle);
        host::drop(self.handle);
    }

    /// Refuses what would change a file or directory that must not be.
    fn writable(self) -> FileResult<u32> {
        if self.read_only {
            Err(ErrorCode::ReadOnly)
        } else {
            Ok(self.handle)
        }
    }

    /// Refuses to write through what is open for reading only.
    fn open_to_write(self) -> FileResult<u32> {
        self.writable().map_err(|_| ErrorCode::BadDescriptor)
    }

    pub fn advise(self, offset: u64, len: u64, advice: Advice) -> FileResult<()> {
        host::advise(self.handle, offset, len, advice as u32)
    }

    pub fn sync_data(self) -> FileResult<()> {
        host::sync_data(self.handle)
    }

    pub fn get_flags(self) -> FileResult<DescriptorFlags> {
        let flags = host::get_flags(self.handle)?;
        Ok(if self.read_only {
            flags.without(CHANGING)
        } else {
            flags
        })
    }

    pub fn get_type(self) -> FileResult<DescriptorType> {
        host::get_type(self.handle)
    }

    pub fn set_size(self, size: u64) -> FileResult<()> {
        host::set_size(self.writable()?, size)
    }

    pub fn set_times(self, access: NewTime, modify: NewTime) -> FileResult<()> {
        host::set_times(self.writable()?, access, modify)
    }

    pub fn read<T>(self, len: u64, offset: u64) -> FileResult<(Read<T>, bool)> {
        let (contents, end) = host::read(self.handle, len, offset)?;
        Ok((Read::Host(contents), end))
    }

    pub fn write(self, contents: Bytes, offset: u64) -> FileResult<u64> {
        host::write(self.open_to_write()?, &contents.to_vec(), offset)
    }

    pub fn read_via_stream(self, offset: u64) -> FileResult<Own> {
        host::read_via_stream(self.handle, offset)
    }

    pub fn write_via_stream(self, offset: u64) -> FileResult<Own> {
        host::write_via_stream(self.open_to_write()?, offset)
    }

    pub fn append_via_stream(self) -> FileResult<Own> {
        host::append_via_stream(self.open_to_write()?)
    }

    pub fn read_directory(self) -> FileResult<Own> {
        host::read_directory(self.handle)
    }

    pub fn sync(self) -> FileResult<()> {
        host::sync(self.handle)
    }

    pub fn create_directory_at(self, path: &[u8]) -> FileResult<()> {
        host::create_directory_at(self.writable()?, path)
    }

    pub fn stat(self) -> FileResult<DescriptorStat> {
        host::stat(self.handle)
    }

    pub fn stat_at(self, flags: PathFlags, path: &[u8]) -> FileResult<DescriptorStat> {
        host::stat_at(self.handle, flags.bits(), path)
    }

    pub fn set_times_at(
        self,
        flags: PathFlags,
        path: &[u8],
        access: NewTime,
        modify: NewTime,
    ) -> FileResult<()> {
        host::set_times_at(self.writable()?, flags.bits(), path, access, modify)
    }

    pub fn link_at(
        self,
        flags: PathFlags,
        path: &[u8],
        new: HostDescriptor,
        new_path: &[u8],
    ) -> FileResult<()> {
        host::link_at(
            self.writable()?,
            flags.bits(),
            path,
            new.writable()?,
            new_path,
        )
    }

    /// Whether nothing may be changed through it.
    pub fn is_read_only(self) -> bool {
        self.read_only
    }

    /// Opens what may be changed. The application gets the host's own handle.
    pub fn open_writable(
        self,
        at: PathFlags,
        path: &[u8],
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FileResult<Own> {
        host::open_at(self.writable()?, at.bits(), path, open.bits(), flags.bits())
    }

    /// Opens as a read-only file system does: what would create, cut or write is refused after what
    /// a lookup finds, and the host is asked for nothing but reading. The adapter keeps the handle.
    pub fn open_read_only(
        self,
        at: PathFlags,
        path: &[u8],
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FileResult<HostDescriptor> {
        let new = OpenFlags::CREATE.and(OpenFlags::EXCLUSIVE);
        let changes = open.has_any(new.and(OpenFlags::TRUNCATE));
        if open.has_all(OpenFlags::DIRECTORY) && changes {
            return Err(ErrorCode::Invalid);
        }
        let is_new = open.has_all(new);
        let lookup = if is_new { PathFlags::none() } else { at };
        match self.stat_at(lookup, path) {
            Ok(_) if is_new => return Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) if open.has_all(OpenFlags::CREATE) => {
                return Err(ErrorCode::ReadOnly);
            }
            Err(error) => return Err(error),
            Ok(stat) => {
                let is_directory = stat.type_ == DescriptorType::Directory;
                let writes =
                    open.has_all(OpenFlags::TRUNCATE) || flags.has_all(DescriptorFlags::WRITE);
                if is_directory && (writes || open.has_all(OpenFlags::CREATE)) {
                    return Err(ErrorCode::IsDirectory);
                }
                if writes {
                    return Err(ErrorCode::ReadOnly);
                }
            }
        }
        let (open, flags) = (open.only(OpenFlags::DIRECTORY), flags.without(CHANGING));
        let Own(handle) = host::open_at(self.handle, at.bits(), path, open.bits(), flags.bits())?;
        hidden::hide(handle);
        Ok(HostDescriptor {
            handle,
            read_only: true,
        })
    }

    pub fn readlink_at(self, path: &[u8]) -> FileResult<Text> {
        host::readlink_at(self.handle, path)
    }

    pub fn remove_directory_at(self, path: &[u8]) -> FileResult<()> {
        host::remove_directory_at(self.writable()?, path)
    }

    pub fn rename_at(self, path: &[u8], new: HostDescriptor, new_path: &[u8]) -> FileResult<()> {
        host::rename_at(self.writable()?, path, new.writable()?, new_path)
    }

    pub fn symlink_at(self, target: &[u8], path: &[u8]) -> FileResult<()> {
        host::symlink_at(self.writable()?, target, path)
    }

    pub fn unlink_file_at(self, path: &[u8]) -> FileResult<()> {
        host::unlink_file_at(self.writable()?, path)
    }

    pub fn is_same_object(self, other: HostDescriptor) -> u32 {
        host::is_same_object(self.handle, other.handle)
    }

    pub fn metadata_hash(self) -> FileResult<MetadataHashValue> {
        host::metadata_hash(self.handle)
    }

    pub fn metadata_hash_at(self, flags: PathFlags, path: &[u8]) -> FileResult<MetadataHashValue> {
        host::metadata_hash_at(self.handle, flags.bits(), path)
    }
}

/// The flags of what changes something.
const CHANGING: DescriptorFlags = DescriptorFlags::WRITE.and(DescriptorFlags::MUTATE_DIRECTORY);
