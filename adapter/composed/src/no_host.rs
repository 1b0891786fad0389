//! The host's files in an adapter that serves none of them: what `host.rs` has, over types without values,
//! so that the compiler leaves out whatever handles them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::bindings::exports::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::host::io::error::Error;
use crate::bindings::host::io::streams::{InputStream, OutputStream};

/// A descriptor of the host's: there is none.
pub enum HostDescriptor {}

/// What is left to read of a directory of the host's: there is none.
pub enum HostEntries {}

/// The directories of the host's in the tree: there are none.
pub mod roots {
    use super::{ErrorCode, HostDescriptor, String, Vec};

    pub fn directory(_node: wasi_virt_vfs::NodeId) -> Result<&'static HostDescriptor, ErrorCode> {
        Err(ErrorCode::NoEntry)
    }

    pub fn file_name(_node: wasi_virt_vfs::NodeId) -> String {
        String::new()
    }

    pub fn preopened() -> Vec<(HostDescriptor, String)> {
        Vec::new()
    }
}

pub fn code_in(_error: &Error) -> Option<ErrorCode> {
    None
}

pub fn next_entry(stream: &HostEntries) -> Result<Option<DirectoryEntry>, ErrorCode> {
    match *stream {}
}

macro_rules! never {
    ($(fn $name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)+) => {
        impl HostDescriptor {
            $(
                pub fn $name(&self, $($arg: $ty),*) -> $result {
                    let _ = ($($arg,)*);
                    match *self {}
                }
            )+
        }
    };
}

never! {
        fn advise(offset: u64, len: u64, advice: Advice) -> Result<(), ErrorCode>;
        fn sync_data() -> Result<(), ErrorCode>;
        fn get_flags() -> Result<DescriptorFlags, ErrorCode>;
        fn get_type() -> Result<DescriptorType, ErrorCode>;
        fn set_size(size: u64) -> Result<(), ErrorCode>;
        fn set_times(access: NewTimestamp, modify: NewTimestamp) -> Result<(), ErrorCode>;
        fn read(len: u64, offset: u64) -> Result<(Vec<u8>, bool), ErrorCode>;
        fn write(buffer: &[u8], offset: u64) -> Result<u64, ErrorCode>;
        fn read_via_stream(offset: u64) -> Result<InputStream, ErrorCode>;
        fn write_via_stream(offset: u64) -> Result<OutputStream, ErrorCode>;
        fn append_via_stream() -> Result<OutputStream, ErrorCode>;
        fn read_directory() -> Result<HostEntries, ErrorCode>;
        fn sync() -> Result<(), ErrorCode>;
        fn create_directory_at(path: &str) -> Result<(), ErrorCode>;
        fn stat() -> Result<DescriptorStat, ErrorCode>;
        fn stat_at(flags: PathFlags, path: &str) -> Result<DescriptorStat, ErrorCode>;
        fn set_times_at(flags: PathFlags, path: &str, access: NewTimestamp, modify: NewTimestamp) -> Result<(), ErrorCode>;
        fn link_at(flags: PathFlags, old_path: &str, new: &HostDescriptor, new_path: &str) -> Result<(), ErrorCode>;
        fn open_at(at: PathFlags, path: &str, open: OpenFlags, flags: DescriptorFlags) -> Result<HostDescriptor, ErrorCode>;
        fn readlink_at(path: &str) -> Result<String, ErrorCode>;
        fn remove_directory_at(path: &str) -> Result<(), ErrorCode>;
        fn rename_at(old_path: &str, new: &HostDescriptor, new_path: &str) -> Result<(), ErrorCode>;
        fn symlink_at(target: &str, path: &str) -> Result<(), ErrorCode>;
        fn unlink_file_at(path: &str) -> Result<(), ErrorCode>;
        fn is_same_object(other: &HostDescriptor) -> bool;
        fn metadata_hash() -> Result<MetadataHashValue, ErrorCode>;
        fn metadata_hash_at(flags: PathFlags, path: &str) -> Result<MetadataHashValue, ErrorCode>;
}
