//! Between the words of WASI 0.2 and those of `wasi-virt-vfs`.

use wasi_virt_adapter_core::files::Access;
use wasi_virt_vfs::{Error, Follow, Kind, Open};

use crate::types::{
    Datetime, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode,
    OpenFlags, PathFlags,
};

/// The error code for an error of the tree.
pub fn error_code(error: Error) -> ErrorCode {
    match error {
        Error::BadDescriptor => ErrorCode::BadDescriptor,
        Error::CrossDevice => ErrorCode::CrossDevice,
        Error::Exist => ErrorCode::Exist,
        Error::Invalid => ErrorCode::Invalid,
        Error::IsDirectory => ErrorCode::IsDirectory,
        Error::Loop => ErrorCode::Loop,
        Error::NoEntry => ErrorCode::NoEntry,
        Error::NotDirectory => ErrorCode::NotDirectory,
        Error::NotPermitted => ErrorCode::NotPermitted,
        Error::ReadOnly => ErrorCode::ReadOnly,
        Error::Unsupported => ErrorCode::Unsupported,
        #[cfg(feature = "write")]
        Error::Busy => ErrorCode::Busy,
        #[cfg(feature = "write")]
        Error::FileTooLarge => ErrorCode::FileTooLarge,
        #[cfg(feature = "write")]
        Error::InsufficientMemory => ErrorCode::InsufficientMemory,
        #[cfg(feature = "write")]
        Error::InsufficientSpace => ErrorCode::InsufficientSpace,
        #[cfg(feature = "write")]
        Error::NameTooLong => ErrorCode::NameTooLong,
        #[cfg(feature = "write")]
        Error::NotEmpty => ErrorCode::NotEmpty,
        #[cfg(feature = "write")]
        Error::Overflow => ErrorCode::Overflow,
        #[cfg(feature = "write")]
        Error::Quota => ErrorCode::Quota,
    }
}

/// The descriptor type for a kind of node.
pub fn descriptor_type(kind: Kind) -> DescriptorType {
    match kind {
        Kind::Directory | Kind::HostDirectory => DescriptorType::Directory,
        Kind::File | Kind::HostFile => DescriptorType::RegularFile,
        Kind::Symlink => DescriptorType::SymbolicLink,
    }
}

/// An entry of a directory as WASI gives it.
pub fn directory_entry((kind, name): (Kind, alloc::borrow::Cow<'static, [u8]>)) -> DirectoryEntry {
    DirectoryEntry {
        type_: descriptor_type(kind),
        name: wasi_virt_adapter_core::abi::Text(name),
    }
}

/// The metadata as WASI gives it.
#[cfg(feature = "write")]
pub fn descriptor_stat(stat: wasi_virt_vfs::Attributes) -> DescriptorStat {
    let time = |time: wasi_virt_vfs::Time| {
        Some(Datetime {
            seconds: time.seconds,
            nanoseconds: time.nanoseconds,
        })
    };
    DescriptorStat {
        type_: descriptor_type(stat.kind),
        link_count: stat.links,
        size: stat.size,
        data_access_timestamp: time(stat.accessed),
        data_modification_timestamp: time(stat.modified),
        status_change_timestamp: time(stat.created),
    }
}

/// The metadata as WASI gives it.
#[cfg(not(feature = "write"))]
pub fn descriptor_stat(stat: wasi_virt_vfs::Stat) -> DescriptorStat {
    let time = || {
        Some(Datetime {
            seconds: stat.mtime_seconds,
            nanoseconds: 0,
        })
    };
    DescriptorStat {
        type_: descriptor_type(stat.kind),
        link_count: 1,
        size: stat.size,
        data_access_timestamp: time(),
        data_modification_timestamp: time(),
        status_change_timestamp: time(),
    }
}

/// The flags of a descriptor that is open for this.
pub fn descriptor_flags(access: Access) -> DescriptorFlags {
    let flag = |is_set, flag| {
        if is_set {
            flag
        } else {
            DescriptorFlags::none()
        }
    };
    flag(access.read, DescriptorFlags::READ)
        .and(flag(access.write, DescriptorFlags::WRITE))
        .and(flag(access.mutate, DescriptorFlags::MUTATE_DIRECTORY))
}

/// Whether a link at the end of the path is followed.
pub fn follow(flags: PathFlags) -> Follow {
    if flags.has_any(PathFlags::SYMLINK_FOLLOW) {
        Follow::Yes
    } else {
        Follow::No
    }
}

/// What `open-at` is asked for.
pub fn open(open: OpenFlags, flags: DescriptorFlags) -> Open {
    let sync = DescriptorFlags::FILE_INTEGRITY_SYNC
        .and(DescriptorFlags::DATA_INTEGRITY_SYNC)
        .and(DescriptorFlags::REQUESTED_WRITE_SYNC);
    Open {
        create: open.has_any(OpenFlags::CREATE),
        directory: open.has_any(OpenFlags::DIRECTORY),
        exclusive: open.has_any(OpenFlags::EXCLUSIVE),
        truncate: open.has_any(OpenFlags::TRUNCATE),
        write: flags.has_any(DescriptorFlags::WRITE),
        sync: flags.has_any(sync),
    }
}

/// What `open-at` asks the descriptor to be open for.
pub fn access(flags: DescriptorFlags) -> Access {
    Access {
        read: flags.has_any(DescriptorFlags::READ),
        write: flags.has_any(DescriptorFlags::WRITE),
        mutate: flags.has_any(DescriptorFlags::MUTATE_DIRECTORY),
    }
}
