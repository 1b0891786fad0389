//! The host's functions of `wasi:filesystem`, for the build that has the host's directories.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::host_functions;

use crate::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, FileResult, MetadataHashValue,
};

host_functions! {
    "wasi:filesystem/preopens#get-directories" fn get_directories() => Vec<(Own, Text)>;
    "wasi:filesystem/types#[resource-drop]descriptor" fn drop(this: u32) -> ();
    "wasi:filesystem/types#[method]descriptor.read-via-stream"
    fn read_via_stream(this: u32, offset: u64) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.write-via-stream"
    fn write_via_stream(this: u32, offset: u64) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.append-via-stream"
    fn append_via_stream(this: u32) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.advise"
    fn advise(this: u32, offset: u64, len: u64, advice: u32) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.sync-data" fn sync_data(this: u32) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.get-flags"
    fn get_flags(this: u32) => FileResult<DescriptorFlags>;
    "wasi:filesystem/types#[method]descriptor.get-type"
    fn get_type(this: u32) => FileResult<DescriptorType>;
    "wasi:filesystem/types#[method]descriptor.set-size"
    fn set_size(this: u32, size: u64) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.set-times"
    fn set_times(
        this: u32,
        access: [time],
        modify: [time]
    ) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.read"
    fn read(this: u32, len: u64, offset: u64) => FileResult<(Text, bool)>;
    "wasi:filesystem/types#[method]descriptor.write"
    fn write(this: u32, contents: [u8], offset: u64) => FileResult<u64>;
    "wasi:filesystem/types#[method]descriptor.read-directory"
    fn read_directory(this: u32) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.sync" fn sync(this: u32) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.create-directory-at"
    fn create_directory_at(this: u32, path: [u8]) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.stat"
    fn stat(this: u32) => FileResult<DescriptorStat>;
    "wasi:filesystem/types#[method]descriptor.stat-at"
    fn stat_at(this: u32, at: u32, path: [u8]) => FileResult<DescriptorStat>;
    "wasi:filesystem/types#[method]descriptor.set-times-at"
    fn set_times_at(
        this: u32,
        at: u32,
        path: [u8],
        access: [time],
        modify: [time]
    ) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.link-at"
    fn link_at(this: u32, at: u32, path: [u8], new: u32, new_path: [u8]) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.open-at"
    fn open_at(this: u32, at: u32, path: [u8], open: u32, flags: u32) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.readlink-at"
    fn readlink_at(this: u32, path: [u8]) => FileResult<Text>;
    "wasi:filesystem/types#[method]descriptor.remove-directory-at"
    fn remove_directory_at(this: u32, path: [u8]) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.rename-at"
    fn rename_at(this: u32, path: [u8], new: u32, new_path: [u8]) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.symlink-at"
    fn symlink_at(this: u32, target: [u8], path: [u8]) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.unlink-file-at"
    fn unlink_file_at(this: u32, path: [u8]) => FileResult<()>;
    "wasi:filesystem/types#[method]descriptor.is-same-object"
    fn is_same_object(this: u32, other: u32) -> u32;
    "wasi:filesystem/types#[method]descriptor.metadata-hash"
    fn metadata_hash(this: u32) => FileResult<MetadataHashValue>;
    "wasi:filesystem/types#[method]descriptor.metadata-hash-at"
    fn metadata_hash_at(this: u32, at: u32, path: [u8]) => FileResult<MetadataHashValue>;
}
