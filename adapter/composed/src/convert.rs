//! Between the words of the bindings and those of `wasi-virt-vfs`.

#[cfg(not(feature = "write"))]
use wasi_virt_vfs::Stat;
use wasi_virt_vfs::{Error, Follow, Kind, Open};

use crate::bindings::exports::wasi::filesystem::types::{
    Datetime, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, OpenFlags, PathFlags,
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
pub fn descriptor_stat(stat: Stat) -> DescriptorStat {
    let time = Some(Datetime {
        seconds: stat.mtime_seconds,
        nanoseconds: 0,
    });
    DescriptorStat {
        type_: descriptor_type(stat.kind),
        link_count: 1,
        size: stat.size,
        data_access_timestamp: time,
        data_modification_timestamp: time,
        status_change_timestamp: time,
    }
}

/// Whether a link at the end of the path is followed.
pub fn follow(flags: PathFlags) -> Follow {
    if has(flags.bits(), PathFlags::SYMLINK_FOLLOW.bits()) {
        Follow::Yes
    } else {
        Follow::No
    }
}

/// What `open-at` is asked for.
pub fn open(open: OpenFlags, flags: DescriptorFlags) -> Open {
    let sync = DescriptorFlags::FILE_INTEGRITY_SYNC
        | DescriptorFlags::DATA_INTEGRITY_SYNC
        | DescriptorFlags::REQUESTED_WRITE_SYNC;
    Open {
        create: has(open.bits(), OpenFlags::CREATE.bits()),
        directory: has(open.bits(), OpenFlags::DIRECTORY.bits()),
        exclusive: has(open.bits(), OpenFlags::EXCLUSIVE.bits()),
        truncate: has(open.bits(), OpenFlags::TRUNCATE.bits()),
        write: has(flags.bits(), DescriptorFlags::WRITE.bits()),
        sync: has(flags.bits(), sync.bits()),
    }
}

fn has(bits: u8, any_of: u8) -> bool {
    bits & any_of != 0
}
