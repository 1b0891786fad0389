//! The host's functions that the adapter calls. The engine lowers them a second time, with the
//! adapter's memory, and stubs those that an artifact cannot reach.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::host_functions;

use crate::types::{ConfigError, StreamResult};

pub mod filesystem;

host_functions! {
    "wasi:cli/environment#get-environment" fn get_environment() => Vec<(Text, Text)>;
    "wasi:cli/environment#get-arguments" fn get_arguments() => Vec<Text>;
    "wasi:cli/environment#initial-cwd" fn initial_cwd() => Option<Text>;
    "wasi:config/store#get" fn store_get(key: [u8]) => Result<Option<Text>, ConfigError>;
    "wasi:config/store#get-all" fn store_get_all() => Result<Vec<(Text, Text)>, ConfigError>;
    "wasi:config/runtime#get" fn runtime_get(key: [u8]) => Result<Option<Text>, ConfigError>;
    "wasi:config/runtime#get-all" fn runtime_get_all() => Result<Vec<(Text, Text)>, ConfigError>;
    "wasi:io/poll#[method]pollable.ready" fn pollable_ready(this: u32) -> u32;
    "wasi:io/poll#[method]pollable.block" fn pollable_block(this: u32) -> ();
    "wasi:io/poll#[resource-drop]pollable" fn pollable_drop(this: u32) -> ();
    "wasi:io/streams#[method]input-stream.read"
    fn input_read(this: u32, len: u64) => StreamResult<Text>;
    "wasi:io/streams#[method]input-stream.blocking-read"
    fn input_blocking_read(this: u32, len: u64) => StreamResult<Text>;
    "wasi:io/streams#[method]input-stream.skip"
    fn input_skip(this: u32, len: u64) => StreamResult<u64>;
    "wasi:io/streams#[method]input-stream.blocking-skip"
    fn input_blocking_skip(this: u32, len: u64) => StreamResult<u64>;
    "wasi:io/streams#[method]output-stream.check-write"
    fn output_check_write(this: u32) => StreamResult<u64>;
    "wasi:io/streams#[method]output-stream.write"
    fn output_write(this: u32, contents: [u8]) => StreamResult<()>;
    "wasi:io/streams#[method]output-stream.blocking-write-and-flush"
    fn output_blocking_write(this: u32, contents: [u8]) => StreamResult<()>;
    "wasi:io/streams#[method]output-stream.subscribe" fn output_subscribe(this: u32) -> u32;
}
