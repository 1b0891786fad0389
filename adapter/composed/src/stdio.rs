//! `wasi:cli/stdin`, `stdout` and `stderr`, where they are not the host's.

use wasi_virt_layout::Stdio;

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::cli::{stderr, stdin, stdout};
use crate::bindings::exports::wasi::io::streams;
use crate::config::config;
use crate::input::InputStream;
use crate::output::OutputStream;

impl stdin::Guest for Adapter {
    fn get_stdin() -> streams::InputStream {
        streams::InputStream::new(match config().stdin() {
            Stdio::Ignore => InputStream::Ignored,
            Stdio::Deny => InputStream::Denied,
        })
    }
}

impl stdout::Guest for Adapter {
    fn get_stdout() -> streams::OutputStream {
        let denied = "stdout is denied by wasi-virt (allow with --stdout=allow)";
        output(config().stdout(), denied)
    }
}

impl stderr::Guest for Adapter {
    fn get_stderr() -> streams::OutputStream {
        let denied = "stderr is denied by wasi-virt (allow with --stderr=allow)";
        output(config().stderr(), denied)
    }
}

fn output(stdio: Stdio, denied: &'static str) -> streams::OutputStream {
    streams::OutputStream::new(match stdio {
        Stdio::Ignore => OutputStream::Ignored,
        Stdio::Deny => OutputStream::Denied(denied),
    })
}
