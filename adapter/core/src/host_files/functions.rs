//! The host's functions on files that are alike in all versions of WASI.

use alloc::vec::Vec;

use super::Roots;
use crate::Shared;
use crate::abi::{Own, Text};
use crate::files::NewTime;
use crate::types::{DescriptorFlags, MetadataHashValue};

/// The host's functions of `wasi:filesystem` in one version. [`host_files!`](crate::host_files)
/// implements it.
#[allow(missing_docs, reason = "the functions are those of WIT")]
pub trait HostFiles {
    /// `error-code`.
    type Error;
    /// `descriptor-stat`.
    type Stat;
    /// `descriptor-type`.
    type Type;

    /// The directories of the host's that are open.
    fn roots() -> &'static Shared<Roots>;

    fn get_directories() -> Vec<(Own, Text)>;
    fn drop(this: u32);
    fn advise(this: u32, offset: u64, len: u64, advice: u32) -> Result<(), Self::Error>;
    fn sync_data(this: u32) -> Result<(), Self::Error>;
    fn get_flags(this: u32) -> Result<DescriptorFlags, Self::Error>;
    fn get_type(this: u32) -> Result<Self::Type, Self::Error>;
    fn set_size(this: u32, size: u64) -> Result<(), Self::Error>;
    fn set_times(this: u32, access: NewTime, modify: NewTime) -> Result<(), Self::Error>;
    fn sync(this: u32) -> Result<(), Self::Error>;
    fn create_directory_at(this: u32, path: &[u8]) -> Result<(), Self::Error>;
    fn stat(this: u32) -> Result<Self::Stat, Self::Error>;
    fn stat_at(this: u32, at: u32, path: &[u8]) -> Result<Self::Stat, Self::Error>;
    fn set_times_at(
        this: u32,
        at: u32,
        path: &[u8],
        access: NewTime,
        modify: NewTime,
    ) -> Result<(), Self::Error>;
    fn link_at(
        this: u32,
        at: u32,
        path: &[u8],
        new: u32,
        new_path: &[u8],
    ) -> Result<(), Self::Error>;
    fn open_at(this: u32, at: u32, path: &[u8], open: u32, flags: u32) -> Result<Own, Self::Error>;
    fn readlink_at(this: u32, path: &[u8]) -> Result<Text, Self::Error>;
    fn remove_directory_at(this: u32, path: &[u8]) -> Result<(), Self::Error>;
    fn rename_at(this: u32, path: &[u8], new: u32, new_path: &[u8]) -> Result<(), Self::Error>;
    fn symlink_at(this: u32, target: &[u8], path: &[u8]) -> Result<(), Self::Error>;
    fn unlink_file_at(this: u32, path: &[u8]) -> Result<(), Self::Error>;
    fn is_same_object(this: u32, other: u32) -> u32;
    fn metadata_hash(this: u32) -> Result<MetadataHashValue, Self::Error>;
    fn metadata_hash_at(this: u32, at: u32, path: &[u8]) -> Result<MetadataHashValue, Self::Error>;
}

/// Implements [`HostFiles`] for a version: the names of its interfaces, and its types.
#[macro_export]
macro_rules! host_files {
    (
        $version:ident, $preopens:literal, $types:literal,
        $error:ident, $stat:ident, $type_:ident
    ) => {
        impl $crate::host_files::HostFiles for $version {
            type Error = $error;
            type Stat = $stat;
            type Type = $type_;

            fn roots() -> &'static $crate::Shared<$crate::host_files::Roots> {
                static ROOTS: $crate::Shared<$crate::host_files::Roots> =
                    $crate::Shared::new($crate::host_files::Roots::new());
                &ROOTS
            }

            $crate::host_functions! { impl
                [$preopens "#get-directories"]
                fn get_directories() => alloc::vec::Vec<($crate::abi::Own, $crate::abi::Text)>;
                [$types "#[resource-drop]descriptor"] fn drop(this: u32) -> ();
                [$types "#[method]descriptor.advise"]
                fn advise(this: u32, offset: u64, len: u64, advice: u32) => Result<(), $error>;
                [$types "#[method]descriptor.sync-data"]
                fn sync_data(this: u32) => Result<(), $error>;
                [$types "#[method]descriptor.get-flags"]
                fn get_flags(this: u32) => Result<$crate::types::DescriptorFlags, $error>;
                [$types "#[method]descriptor.get-type"]
                fn get_type(this: u32) => Result<$type_, $error>;
                [$types "#[method]descriptor.set-size"]
                fn set_size(this: u32, size: u64) => Result<(), $error>;
                [$types "#[method]descriptor.set-times"]
                fn set_times(this: u32, access: [time], modify: [time]) => Result<(), $error>;
                [$types "#[method]descriptor.sync"] fn sync(this: u32) => Result<(), $error>;
                [$types "#[method]descriptor.create-directory-at"]
                fn create_directory_at(this: u32, path: [u8]) => Result<(), $error>;
                [$types "#[method]descriptor.stat"] fn stat(this: u32) => Result<$stat, $error>;
                [$types "#[method]descriptor.stat-at"]
                fn stat_at(this: u32, at: u32, path: [u8]) => Result<$stat, $error>;
                [$types "#[method]descriptor.set-times-at"]
                fn set_times_at(
                    this: u32,
                    at: u32,
                    path: [u8],
                    access: [time],
                    modify: [time]
                ) => Result<(), $error>;
                [$types "#[method]descriptor.link-at"]
                fn link_at(
                    this: u32,
                    at: u32,
                    path: [u8],
                    new: u32,
                    new_path: [u8]
                ) => Result<(), $error>;
                [$types "#[method]descriptor.open-at"]
                fn open_at(
                    this: u32,
                    at: u32,
                    path: [u8],
                    open: u32,
                    flags: u32
                ) => Result<$crate::abi::Own, $error>;
                [$types "#[method]descriptor.readlink-at"]
                fn readlink_at(this: u32, path: [u8]) => Result<$crate::abi::Text, $error>;
                [$types "#[method]descriptor.remove-directory-at"]
                fn remove_directory_at(this: u32, path: [u8]) => Result<(), $error>;
                [$types "#[method]descriptor.rename-at"]
                fn rename_at(
                    this: u32,
                    path: [u8],
                    new: u32,
                    new_path: [u8]
                ) => Result<(), $error>;
                [$types "#[method]descriptor.symlink-at"]
                fn symlink_at(this: u32, target: [u8], path: [u8]) => Result<(), $error>;
                [$types "#[method]descriptor.unlink-file-at"]
                fn unlink_file_at(this: u32, path: [u8]) => Result<(), $error>;
                [$types "#[method]descriptor.is-same-object"]
                fn is_same_object(this: u32, other: u32) -> u32;
                [$types "#[method]descriptor.metadata-hash"]
                fn metadata_hash(this: u32) => Result<$crate::types::MetadataHashValue, $error>;
                [$types "#[method]descriptor.metadata-hash-at"]
                fn metadata_hash_at(
                    this: u32,
                    at: u32,
                    path: [u8]
                ) => Result<$crate::types::MetadataHashValue, $error>;
            }
        }
    };
}
