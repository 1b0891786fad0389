//! What WASI 0.2 has of its own.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::host_files;
use wasi_virt_adapter_core::version::Version;

use crate::table::{self, Descriptor, Resource};
use crate::types::{DescriptorStat, DescriptorType, ErrorCode, FileResult};

/// WASI 0.2.
#[derive(Clone, Copy)]
pub struct P2;

host_files! {
    P2, "wasi:filesystem/preopens", "wasi:filesystem/types",
    ErrorCode, DescriptorStat, DescriptorType
}

impl Version for P2 {
    const HAS_SIGNED_TIMES: bool = false;

    fn descriptor(handle: u32) -> Descriptor {
        table::descriptor(handle)
    }

    fn add(descriptor: Descriptor) -> Own {
        table::add(Resource::Descriptor(descriptor))
    }

    fn room() -> FileResult<()> {
        table::room()
    }

    fn is_no_entry(error: &ErrorCode) -> bool {
        *error == ErrorCode::NoEntry
    }

    fn is_directory(stat: &DescriptorStat) -> bool {
        stat.type_ == DescriptorType::Directory
    }
}
