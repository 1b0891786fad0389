//! `wasi:cli/stdin`, `stdout` and `stderr`, where they are not the host's.

use wasi_virt_adapter_core::config::config;
use wasi_virt_adapter_core::exports;
use wasi_virt_layout::Stdio;

use crate::table::{Denied, Input, Output, Resource, add};

/// What a standard output stream is.
fn output(stdio: Stdio, denied: Denied) -> u32 {
    add(Resource::Output(match stdio {
        Stdio::Ignore => Output::Ignored,
        Stdio::Deny => Output::Denied(denied),
    }))
    .0
}

exports! {
    "wasi:cli/stdin#get-stdin" fn stdin(app) -> u32 {
        add(Resource::Input(match config().stdin() {
            Stdio::Ignore => Input::Ignored,
            Stdio::Deny => Input::Denied,
        }))
        .0
    }
    "wasi:cli/stdout#get-stdout" fn stdout(app) -> u32 {
        output(config().stdout(), Denied::Stdout)
    }
    "wasi:cli/stderr#get-stderr" fn stderr(app) -> u32 {
        output(config().stderr(), Denied::Stderr)
    }
}
