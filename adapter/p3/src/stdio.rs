//! `wasi:cli/stdin`, `stdout` and `stderr`, where they are not the host's.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::config::config;
use wasi_virt_adapter_core::exports;
use wasi_virt_layout::Stdio;

use crate::stream::{self, Reader, Sink};
use crate::types::CliErrorCode;

/// Takes what is written to a standard stream. One that is denied reads none of it.
fn output(stdio: Stdio, data: u32) -> u32 {
    stream::consume_cli(
        data,
        match stdio {
            Stdio::Ignore => Sink::Swallow,
            Stdio::Deny => Sink::Refuse(CliErrorCode::Pipe),
        },
    )
}

exports! {
    "wasi:cli/stdin@0.3#read-via-stream" fn stdin(app) => (Own, Own) {
        stream::read_cli(match config().stdin() {
            Stdio::Ignore => stream::room().map(|()| Reader::Ended).ok_or(CliErrorCode::Io),
            Stdio::Deny => Err(CliErrorCode::Io),
        })
    }
    "wasi:cli/stdout@0.3#write-via-stream" fn stdout(app, data: u32) -> u32 {
        output(config().stdout(), data)
    }
    "wasi:cli/stderr@0.3#write-via-stream" fn stderr(app, data: u32) -> u32 {
        output(config().stderr(), data)
    }
}
