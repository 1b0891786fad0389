//! Streams of files: opened at a position, and used step by step.

use crate::bindings::wasi::filesystem::types::{Descriptor, filesystem_error_code};
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::program::{CLOSED, brief};
use crate::script::{Command, code};
use crate::text::text;
use std::collections::BTreeMap;

/// A stream that is open.
pub enum Stream {
    In(InputStream),
    Out(OutputStream),
}

/// Carries out what is about streams; the first word of each is the stream's name.
pub fn perform(
    line: &Command,
    streams: &mut BTreeMap<String, Stream>,
    descriptors: &BTreeMap<String, Descriptor>,
) -> Option<String> {
    let name = line.word(0).to_string();
    let opened = match line.verb.as_str() {
        "in" | "out" | "append" => {
            let Some(file) = descriptors.get(line.word(1)) else {
                return Some(CLOSED.into());
            };
            match line.verb.as_str() {
                "in" => file.read_via_stream(line.number(2)).map(Stream::In),
                "out" => file.write_via_stream(line.number(2)).map(Stream::Out),
                _ => file.append_via_stream().map(Stream::Out),
            }
        }
        "drop" => {
            return Some(match streams.remove(&name) {
                Some(_) => "ok".into(),
                None => CLOSED.into(),
            });
        }
        _ => return step(line, streams.get(&name), descriptors),
    };
    Some(match opened {
        Ok(stream) => {
            streams.insert(name, stream);
            "ok".into()
        }
        Err(error) => code(&error),
    })
}

fn step(
    line: &Command,
    stream: Option<&Stream>,
    descriptors: &BTreeMap<String, Descriptor>,
) -> Option<String> {
    Some(match (line.verb.as_str(), stream) {
        ("get" | "skip" | "put" | "put-later" | "zeroes" | "flush" | "splice", None) => {
            CLOSED.into()
        }
        ("get", Some(Stream::In(stream))) => {
            said(stream.blocking_read(line.number(1)), |bytes| brief(&bytes))
        }
        ("skip", Some(Stream::In(stream))) => said(stream.blocking_skip(line.number(1)), |count| {
            count.to_string()
        }),
        ("put", Some(Stream::Out(stream))) => said(
            stream.blocking_write_and_flush(text(line, 1).as_bytes()),
            |()| String::new(),
        ),
        ("put-later", Some(Stream::Out(stream))) => {
            let written = stream
                .check_write()
                .and_then(|permit| {
                    let text = text(line, 1);
                    let len = text.len().min(permit as usize);
                    stream.write(&text.as_bytes()[..len])
                })
                .and_then(|()| stream.flush());
            stream.subscribe().block();
            let written = written.and_then(|()| stream.check_write());
            said(written, |permit| permit.to_string())
        }
        ("zeroes", Some(Stream::Out(stream))) => said(
            stream.blocking_write_zeroes_and_flush(line.number(1)),
            |()| String::new(),
        ),
        ("flush", Some(Stream::Out(stream))) => said(stream.blocking_flush(), |()| String::new()),
        ("splice", Some(Stream::Out(stream))) => {
            let Some(file) = descriptors.get(line.word(1)) else {
                return Some(CLOSED.into());
            };
            match file.read_via_stream(line.number(2)) {
                Ok(source) => {
                    let moved = stream.blocking_splice(&source, line.number(3));
                    let moved = moved.and_then(|count| stream.blocking_flush().map(|()| count));
                    said(moved, |count| count.to_string())
                }
                Err(error) => code(&error),
            }
        }
        ("get" | "skip" | "put" | "put-later" | "zeroes" | "flush" | "splice", Some(_)) => {
            "the other kind of stream".into()
        }
        _ => return None,
    })
}

fn said<T>(result: Result<T, StreamError>, tell: impl FnOnce(T) -> String) -> String {
    match result {
        Ok(value) => format!("ok {}", tell(value)).trim_end().to_string(),
        Err(StreamError::Closed) => "closed".into(),
        Err(StreamError::LastOperationFailed(error)) => match filesystem_error_code(&error) {
            Some(error) => format!("failed with {}", code(&error)),
            None => "failed without a code".into(),
        },
    }
}
