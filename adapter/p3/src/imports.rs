//! The host's functions that the adapter calls. The engine lowers them a second time, without
//! `async` and with the adapter's memory, and stubs those that an artifact cannot reach.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::host_functions;

host_functions! {
    "wasi:cli/environment@0.3#get-environment" fn get_environment() => Vec<(Text, Text)>;
    "wasi:cli/environment@0.3#get-arguments" fn get_arguments() => Vec<Text>;
    "wasi:cli/environment@0.3#get-initial-cwd" fn get_initial_cwd() => Option<Text>;
    "wasi:filesystem/types@0.3#[method]descriptor.read-via-stream"
    fn read_via_stream(this: u32, offset: u64) => (Own, Own);
    "wasi:filesystem/types@0.3#[method]descriptor.read-directory"
    fn read_directory(this: u32) => (Own, Own);
}
