//! What WASI 0.3 has of its own.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::host_files;
use wasi_virt_adapter_core::version::Version;

use crate::table::{self, Descriptor};
use crate::types::{DescriptorStat, DescriptorType, ErrorCode, FileResult};

/// WASI 0.3.
#[derive(Clone, Copy)]
pub struct P3;

host_files! {
    P3, "wasi:filesystem/preopens@0.3", "wasi:filesystem/types@0.3",
    ErrorCode, DescriptorStat, DescriptorType
}

impl Version for P3 {
    const HAS_SIGNED_TIMES: bool = true;

    fn descriptor(handle: u32) -> Descriptor {
        table::descriptor(handle)
    }

    fn add(descriptor: Descriptor) -> Own {
        Own(table::add(descriptor))
    }

    fn room() -> FileResult<()> {
        table::room()
    }

    fn is_no_entry(error: &ErrorCode) -> bool {
        matches!(error, ErrorCode::NoEntry(()))
    }

    fn is_directory(stat: &DescriptorStat) -> bool {
        matches!(stat.type_, DescriptorType::Directory(()))
    }
}
