//! The standard streams and the terminals behind them.

use crate::bindings::wasi::cli::{
    stderr, stdin, stdout, terminal_stderr, terminal_stdin, terminal_stdout,
};
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::script::Command;
use std::io::{Read, Write};

pub fn perform(command: &Command) -> Option<String> {
    Some(match command.verb.as_str() {
        "stdin" => match read_to_end(&stdin::get_stdin()) {
            Ok(bytes) => format!("ok {:?}", String::from_utf8_lossy(&bytes)),
            Err(error) => error,
        },
        "stdin-skip" => match stdin::get_stdin().blocking_skip(command.number(0)) {
            Ok(count) => format!("ok {count}"),
            Err(error) => stream_error(error),
        },
        "stdin-read" => match stdin::get_stdin().read(command.number(0)) {
            Ok(bytes) => format!("ok {:?}", String::from_utf8_lossy(&bytes)),
            Err(error) => stream_error(error),
        },
        "stdin-poll" => {
            stdin::get_stdin().subscribe().block();
            "ready".into()
        }
        "stdout" => write(&stdout::get_stdout(), command.word(0)),
        "stderr" => write(&stderr::get_stderr(), command.word(0)),
        "stdout-check" => match stdout::get_stdout().check_write() {
            Ok(0) => "ok none".into(),
            Ok(_) => "ok some".into(),
            Err(error) => stream_error(error),
        },
        "stdout-zeroes" => {
            match stdout::get_stdout().blocking_write_zeroes_and_flush(command.number(0)) {
                Ok(()) => "ok".into(),
                Err(error) => stream_error(error),
            }
        }
        "stdout-splice" => {
            match stdout::get_stdout().blocking_splice(&stdin::get_stdin(), command.number(0)) {
                Ok(count) => format!("ok {count}"),
                Err(error) => stream_error(error),
            }
        }
        "std-stdout" => match writeln!(std::io::stdout(), "{}", command.word(0))
            .and_then(|()| std::io::stdout().flush())
        {
            Ok(()) => "ok".into(),
            Err(error) => format!("error {}", error.kind()),
        },
        "std-stdin" => {
            let mut text = String::new();
            match std::io::stdin().read_to_string(&mut text) {
                Ok(_) => format!("ok {text:?}"),
                Err(error) => format!("error {}", error.kind()),
            }
        }
        "terminals" => format!(
            "stdin {}, stdout {}, stderr {}",
            if terminal_stdin::get_terminal_stdin().is_some() {
                "yes"
            } else {
                "no"
            },
            if terminal_stdout::get_terminal_stdout().is_some() {
                "yes"
            } else {
                "no"
            },
            if terminal_stderr::get_terminal_stderr().is_some() {
                "yes"
            } else {
                "no"
            },
        ),
        _ => return None,
    })
}

/// Everything up to the end of a stream, or how it failed.
pub fn read_to_end(stream: &InputStream) -> Result<Vec<u8>, String> {
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(4096) {
            Ok(bytes) => all.extend(bytes),
            Err(StreamError::Closed) => return Ok(all),
            Err(error) => return Err(stream_error(error)),
        }
    }
}

fn write(stream: &OutputStream, text: &str) -> String {
    match stream.blocking_write_and_flush(text.as_bytes()) {
        Ok(()) => "ok".into(),
        Err(error) => stream_error(error),
    }
}

/// A stream's error as WIT names it. The text behind a failed operation is the host's own and is
/// only checked to be there.
pub fn stream_error(error: StreamError) -> String {
    match error {
        StreamError::Closed => "error closed".into(),
        StreamError::LastOperationFailed(cause) => {
            assert!(
                !cause.to_debug_string().is_empty(),
                "an error says something"
            );
            "error last-operation-failed".into()
        }
    }
}
