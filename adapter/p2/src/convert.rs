//! From the words of files to those of WASI 0.2.

use alloc::borrow::Cow;

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::files::Stat;
use wasi_virt_vfs::{Error, Kind};

use crate::types::{Datetime, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode};

impl From<Error> for ErrorCode {
    fn from(error: Error) -> Self {
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
}

impl From<Kind> for DescriptorType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Directory | Kind::HostDirectory => DescriptorType::Directory,
            Kind::File | Kind::HostFile => DescriptorType::RegularFile,
            Kind::Symlink => DescriptorType::SymbolicLink,
        }
    }
}

impl From<Stat> for DescriptorStat {
    fn from(stat: Stat) -> Self {
        let [accessed, modified, created] = stat.times.map(|(seconds, nanoseconds)| {
            // Before 1970 there is no time, as in wasmtime.
            let seconds = u64::try_from(seconds).ok()?;
            Some(Datetime {
                seconds,
                nanoseconds,
            })
        });
        DescriptorStat {
            type_: stat.kind.into(),
            link_count: stat.links,
            size: stat.size,
            data_access_timestamp: accessed,
            data_modification_timestamp: modified,
            status_change_timestamp: created,
        }
    }
}

/// An entry of a directory as WASI gives it.
pub fn directory_entry((kind, name): (Kind, Cow<'static, [u8]>)) -> DirectoryEntry {
    DirectoryEntry {
        type_: kind.into(),
        name: Text(name),
    }
}
