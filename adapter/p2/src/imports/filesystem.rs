//! The host's functions of `wasi:filesystem` that are not the same in all versions of WASI.

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::host_functions;

use crate::types::FileResult;

host_functions! {
    "wasi:filesystem/types#[method]descriptor.read-via-stream"
    fn read_via_stream(this: u32, offset: u64) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.write-via-stream"
    fn write_via_stream(this: u32, offset: u64) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.append-via-stream"
    fn append_via_stream(this: u32) => FileResult<Own>;
    "wasi:filesystem/types#[method]descriptor.read"
    fn read(this: u32, len: u64, offset: u64) => FileResult<(Text, bool)>;
    "wasi:filesystem/types#[method]descriptor.write"
    fn write(this: u32, contents: [u8], offset: u64) => FileResult<u64>;
    "wasi:filesystem/types#[method]descriptor.read-directory"
    fn read_directory(this: u32) => FileResult<Own>;
}
