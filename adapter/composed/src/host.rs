//! A descriptor of the host's, and its words in ours. What may not be changed is refused here, so that
//! the host is never asked; this module must never look at the virtual tree.

pub mod roots;

use alloc::string::String;
use alloc::vec::Vec;

use crate::bindings::exports::wasi::filesystem::types::{
    Advice, Datetime, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::host::clocks::wall_clock::Datetime as HostDatetime;
use crate::bindings::host::filesystem::types as host;

/// What is left to read of a directory of the host's.
pub type HostEntries = host::DirectoryEntryStream;

/// A descriptor of the host's.
pub struct HostDescriptor {
    /// The host's handle.
    pub descriptor: host::Descriptor,
    /// Whether nothing may be changed through it.
    pub read_only: bool,
}

/// The same cases on both sides.
macro_rules! same {
    ($name:ident: $from:ty => $to:ty: $($case:ident)+) => {
        fn $name(value: $from) -> $to {
            match value {
                $(<$from>::$case => <$to>::$case,)+
            }
        }
    };
}

same!(code: host::ErrorCode => ErrorCode:
    Access WouldBlock Already BadDescriptor Busy Deadlock Quota Exist FileTooLarge
    IllegalByteSequence InProgress Interrupted Invalid Io IsDirectory Loop TooManyLinks MessageSize
    NameTooLong NoDevice NoEntry NoLock InsufficientMemory InsufficientSpace NotDirectory NotEmpty
    NotRecoverable Unsupported NoTty NoSuchDevice Overflow NotPermitted Pipe ReadOnly InvalidSeek
    TextFileBusy CrossDevice);
same!(type_of: host::DescriptorType => DescriptorType:
    Unknown BlockDevice CharacterDevice Directory Fifo SymbolicLink RegularFile Socket);
same!(advice_of: Advice => host::Advice: Normal Sequential Random WillNeed DontNeed NoReuse);

fn time(time: HostDatetime) -> Datetime {
    Datetime {
        seconds: time.seconds,
        nanoseconds: time.nanoseconds,
    }
}

fn new_time(time: NewTimestamp) -> host::NewTimestamp {
    match time {
        NewTimestamp::NoChange => host::NewTimestamp::NoChange,
        NewTimestamp::Now => host::NewTimestamp::Now,
        NewTimestamp::Timestamp(time) => host::NewTimestamp::Timestamp(HostDatetime {
            seconds: time.seconds,
            nanoseconds: time.nanoseconds,
        }),
    }
}

fn stat(stat: host::DescriptorStat) -> DescriptorStat {
    DescriptorStat {
        type_: type_of(stat.type_),
        link_count: stat.link_count,
        size: stat.size,
        data_access_timestamp: stat.data_access_timestamp.map(time),
        data_modification_timestamp: stat.data_modification_timestamp.map(time),
        status_change_timestamp: stat.status_change_timestamp.map(time),
    }
}

fn hash(value: host::MetadataHashValue) -> MetadataHashValue {
    MetadataHashValue {
        lower: value.lower,
        upper: value.upper,
    }
}

fn path_flags(flags: PathFlags) -> host::PathFlags {
    host::PathFlags::from_bits_truncate(flags.bits())
}

/// The code in an error of the host's streams, if it is one of its files.
pub fn code_in(error: &crate::bindings::host::io::error::Error) -> Option<ErrorCode> {
    host::filesystem_error_code(error).map(code)
}

/// The next entry of a directory of the host's.
pub fn next_entry(stream: &HostEntries) -> Result<Option<DirectoryEntry>, ErrorCode> {
    let entry = stream.read_directory_entry().map_err(code)?;
    Ok(entry.map(|entry| DirectoryEntry {
        type_: type_of(entry.type_),
        name: entry.name,
    }))
}

impl HostDescriptor {
    /// Refuses what would change a file or directory that must not be.
    fn writable(&self) -> Result<&host::Descriptor, ErrorCode> {
        if self.read_only {
            Err(ErrorCode::ReadOnly)
        } else {
            Ok(&self.descriptor)
        }
    }

    pub fn advise(&self, offset: u64, len: u64, advice: Advice) -> Result<(), ErrorCode> {
        self.descriptor
            .advise(offset, len, advice_of(advice))
            .map_err(code)
    }

    pub fn sync_data(&self) -> Result<(), ErrorCode> {
        self.descriptor.sync_data().map_err(code)
    }

    pub fn get_flags(&self) -> Result<DescriptorFlags, ErrorCode> {
        let flags = self.descriptor.get_flags().map_err(code)?;
        let flags = DescriptorFlags::from_bits_truncate(flags.bits());
        let changing = DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY;
        Ok(if self.read_only {
            flags.difference(changing)
        } else {
            flags
        })
    }

    pub fn get_type(&self) -> Result<DescriptorType, ErrorCode> {
        self.descriptor.get_type().map(type_of).map_err(code)
    }

    pub fn set_size(&self, size: u64) -> Result<(), ErrorCode> {
        self.writable()?.set_size(size).map_err(code)
    }

    pub fn set_times(&self, access: NewTimestamp, modify: NewTimestamp) -> Result<(), ErrorCode> {
        self.writable()?
            .set_times(new_time(access), new_time(modify))
            .map_err(code)
    }

    pub fn read(&self, len: u64, offset: u64) -> Result<(Vec<u8>, bool), ErrorCode> {
        self.descriptor.read(len, offset).map_err(code)
    }

    pub fn write(&self, buffer: &[u8], offset: u64) -> Result<u64, ErrorCode> {
        if self.read_only {
            return Err(ErrorCode::BadDescriptor);
        }
        self.descriptor.write(buffer, offset).map_err(code)
    }

    pub fn read_via_stream(
        &self,
        offset: u64,
    ) -> Result<crate::bindings::host::io::streams::InputStream, ErrorCode> {
        self.descriptor.read_via_stream(offset).map_err(code)
    }

    pub fn write_via_stream(
        &self,
        offset: u64,
    ) -> Result<crate::bindings::host::io::streams::OutputStream, ErrorCode> {
        if self.read_only {
            return Err(ErrorCode::BadDescriptor);
        }
        self.descriptor.write_via_stream(offset).map_err(code)
    }

    pub fn append_via_stream(
        &self,
    ) -> Result<crate::bindings::host::io::streams::OutputStream, ErrorCode> {
        if self.read_only {
            return Err(ErrorCode::BadDescriptor);
        }
        self.descriptor.append_via_stream().map_err(code)
    }

    pub fn read_directory(&self) -> Result<HostEntries, ErrorCode> {
        self.descriptor.read_directory().map_err(code)
    }

    pub fn sync(&self) -> Result<(), ErrorCode> {
        self.descriptor.sync().map_err(code)
    }

    pub fn create_directory_at(&self, path: &str) -> Result<(), ErrorCode> {
        self.writable()?.create_directory_at(path).map_err(code)
    }

    pub fn stat(&self) -> Result<DescriptorStat, ErrorCode> {
        self.descriptor.stat().map(stat).map_err(code)
    }

    pub fn stat_at(&self, flags: PathFlags, path: &str) -> Result<DescriptorStat, ErrorCode> {
        self.descriptor
            .stat_at(path_flags(flags), path)
            .map(stat)
            .map_err(code)
    }

    pub fn set_times_at(
        &self,
        flags: PathFlags,
        path: &str,
        access: NewTimestamp,
        modify: NewTimestamp,
    ) -> Result<(), ErrorCode> {
        self.writable()?
            .set_times_at(path_flags(flags), path, new_time(access), new_time(modify))
            .map_err(code)
    }

    pub fn link_at(
        &self,
        flags: PathFlags,
        old_path: &str,
        new: &HostDescriptor,
        new_path: &str,
    ) -> Result<(), ErrorCode> {
        self.writable()?
            .link_at(path_flags(flags), old_path, new.writable()?, new_path)
            .map_err(code)
    }

    pub fn open_at(
        &self,
        at: PathFlags,
        path: &str,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<HostDescriptor, ErrorCode> {
        if self.read_only {
            return self.open_read_only(at, path, open, flags);
        }
        self.open(at, path, open, flags)
    }

    fn open(
        &self,
        at: PathFlags,
        path: &str,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<HostDescriptor, ErrorCode> {
        let open = host::OpenFlags::from_bits_truncate(open.bits());
        let flags = host::DescriptorFlags::from_bits_truncate(flags.bits());
        let opened = self.descriptor.open_at(path_flags(at), path, open, flags);
        Ok(HostDescriptor {
            descriptor: opened.map_err(code)?,
            read_only: self.read_only,
        })
    }

    /// Opens as a read-only file system does: what would create, cut or write is refused after what a
    /// lookup finds, and the host is asked for nothing but reading.
    fn open_read_only(
        &self,
        at: PathFlags,
        path: &str,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<HostDescriptor, ErrorCode> {
        let new = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
        let changing = DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY;
        if open.contains(OpenFlags::DIRECTORY) && open.intersects(new.union(OpenFlags::TRUNCATE)) {
            return Err(ErrorCode::Invalid);
        }
        let lookup = if open.contains(new) {
            PathFlags::empty()
        } else {
            at
        };
        match self.stat_at(lookup, path) {
            Ok(_) if open.contains(new) => return Err(ErrorCode::Exist),
            Err(ErrorCode::NoEntry) if open.contains(OpenFlags::CREATE) => {
                return Err(ErrorCode::ReadOnly);
            }
            Err(error) => return Err(error),
            Ok(stat) => {
                let directory = stat.type_ == DescriptorType::Directory;
                let writes =
                    open.contains(OpenFlags::TRUNCATE) || flags.contains(DescriptorFlags::WRITE);
                if directory && (writes || open.contains(OpenFlags::CREATE)) {
                    return Err(ErrorCode::IsDirectory);
                }
                if writes {
                    return Err(ErrorCode::ReadOnly);
                }
            }
        }
        self.open(
            at,
            path,
            open & OpenFlags::DIRECTORY,
            flags.difference(changing),
        )
    }

    pub fn readlink_at(&self, path: &str) -> Result<String, ErrorCode> {
        self.descriptor.readlink_at(path).map_err(code)
    }

    pub fn remove_directory_at(&self, path: &str) -> Result<(), ErrorCode> {
        self.writable()?.remove_directory_at(path).map_err(code)
    }

    pub fn rename_at(
        &self,
        old_path: &str,
        new: &HostDescriptor,
        new_path: &str,
    ) -> Result<(), ErrorCode> {
        self.writable()?
            .rename_at(old_path, new.writable()?, new_path)
            .map_err(code)
    }

    pub fn symlink_at(&self, target: &str, path: &str) -> Result<(), ErrorCode> {
        self.writable()?.symlink_at(target, path).map_err(code)
    }

    pub fn unlink_file_at(&self, path: &str) -> Result<(), ErrorCode> {
        self.writable()?.unlink_file_at(path).map_err(code)
    }

    pub fn is_same_object(&self, other: &HostDescriptor) -> bool {
        self.descriptor.is_same_object(&other.descriptor)
    }

    pub fn metadata_hash(&self) -> Result<MetadataHashValue, ErrorCode> {
        self.descriptor.metadata_hash().map(hash).map_err(code)
    }

    pub fn metadata_hash_at(
        &self,
        flags: PathFlags,
        path: &str,
    ) -> Result<MetadataHashValue, ErrorCode> {
        self.descriptor
            .metadata_hash_at(path_flags(flags), path)
            .map(hash)
            .map_err(code)
    }
}
