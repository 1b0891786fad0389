//! The host's files in an adapter that serves none of them: what `host.rs` has, over types without
//! values, so that the compiler leaves out whatever handles them.

use wasi_virt_adapter_core::abi::{Abi, Lower, Own, Text};
use wasi_virt_adapter_core::app::{App, Bytes};
use wasi_virt_adapter_core::files::NewTime;

use crate::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, FileResult,
    MetadataHashValue, OpenFlags, PathFlags,
};

/// A descriptor of the host's: there is none.
#[derive(Clone, Copy)]
pub enum HostDescriptor {}

/// What a read of a descriptor gives.
pub enum Read<T> {
    /// What the tree has.
    Tree(T),
}

impl<T: Abi> Abi for Read<T> {
    const SIZE: u32 = T::SIZE;
    const ALIGN: u32 = T::ALIGN;
}

impl<T: Lower> Lower for Read<T> {
    fn lower(self, app: App, at: u32) {
        let Read::Tree(contents) = self;
        contents.lower(app, at);
    }
}

/// A descriptor of the host's that the application has, which is of no use here.
pub fn foreign(_: u32) -> FileResult<HostDescriptor> {
    Err(ErrorCode::CrossDevice)
}

/// The directories of the host's in the tree: there are none.
pub mod roots {
    use wasi_virt_vfs::NodeId;

    use super::{ErrorCode, FileResult, HostDescriptor, Own, Text};

    pub fn directory(_: NodeId) -> FileResult<HostDescriptor> {
        Err(ErrorCode::NoEntry)
    }

    pub fn own(_: NodeId) -> Option<Own> {
        None
    }

    pub fn file_name(_: NodeId) -> &'static [u8] {
        b""
    }

    pub fn others(_: impl Fn(&[u8]) -> bool, _: impl FnMut((Own, Text))) {}
}

macro_rules! never {
    ($($name:ident($($arg:ident: $ty:ty),*) -> $result:ty;)+) => {
        impl HostDescriptor {
            $(
                pub fn $name(self, $($arg: $ty),*) -> $result {
                    let _ = ($($arg,)*);
                    match self {}
                }
            )+

            pub fn read<T>(self, _: u64, _: u64) -> FileResult<(Read<T>, bool)> {
                match self {}
            }
        }
    };
}

never! {
    close() -> ();
    advise(offset: u64, len: u64, advice: Advice) -> FileResult<()>;
    sync_data() -> FileResult<()>;
    get_flags() -> FileResult<DescriptorFlags>;
    get_type() -> FileResult<DescriptorType>;
    set_size(size: u64) -> FileResult<()>;
    set_times(access: NewTime, modify: NewTime) -> FileResult<()>;
    write(contents: Bytes, offset: u64) -> FileResult<u64>;
    read_via_stream(offset: u64) -> FileResult<Own>;
    write_via_stream(offset: u64) -> FileResult<Own>;
    append_via_stream() -> FileResult<Own>;
    read_directory() -> FileResult<Own>;
    sync() -> FileResult<()>;
    create_directory_at(path: &[u8]) -> FileResult<()>;
    stat() -> FileResult<DescriptorStat>;
    stat_at(flags: PathFlags, path: &[u8]) -> FileResult<DescriptorStat>;
    set_times_at(flags: PathFlags, path: &[u8], access: NewTime, modify: NewTime) -> FileResult<()>;
    link_at(flags: PathFlags, path: &[u8], new: HostDescriptor, new_path: &[u8]) -> FileResult<()>;
    is_read_only() -> bool;
    open_writable(
        at: PathFlags,
        path: &[u8],
        open: OpenFlags,
        flags: DescriptorFlags
    ) -> FileResult<Own>;
    open_read_only(
        at: PathFlags,
        path: &[u8],
        open: OpenFlags,
        flags: DescriptorFlags
    ) -> FileResult<HostDescriptor>;
    readlink_at(path: &[u8]) -> FileResult<Text>;
    remove_directory_at(path: &[u8]) -> FileResult<()>;
    rename_at(path: &[u8], new: HostDescriptor, new_path: &[u8]) -> FileResult<()>;
    symlink_at(target: &[u8], path: &[u8]) -> FileResult<()>;
    unlink_file_at(path: &[u8]) -> FileResult<()>;
    is_same_object(other: HostDescriptor) -> u32;
    metadata_hash() -> FileResult<MetadataHashValue>;
    metadata_hash_at(flags: PathFlags, path: &[u8]) -> FileResult<MetadataHashValue>;
}
