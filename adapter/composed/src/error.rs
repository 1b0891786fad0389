//! `wasi:io/error`: the host's errors, and those of denied streams.

use alloc::string::String;

use crate::bindings::Adapter;
#[cfg(feature = "write")]
use crate::bindings::exports::wasi::filesystem::types::ErrorCode;
use crate::bindings::exports::wasi::io::error::{Guest, GuestError};
use crate::bindings::exports::wasi::io::streams::StreamError;
use crate::bindings::host::io::{error as host, streams as host_streams};

/// The resource `error`.
pub enum Error {
    /// The host's.
    Host(host::Error),
    /// One with this text.
    Virtual(&'static str),
    /// One of a virtual file.
    #[cfg(feature = "write")]
    File(ErrorCode),
}

/// The result of an operation on a stream.
pub type StreamResult<T> = Result<T, StreamError>;

impl Guest for Adapter {
    type Error = Error;
}

impl GuestError for Error {
    fn to_debug_string(&self) -> String {
        match self {
            Error::Host(error) => error.to_debug_string(),
            Error::Virtual(text) => String::from(*text),
            #[cfg(feature = "write")]
            Error::File(_) => String::from("an operation on a virtual file failed"),
        }
    }
}

/// The failure of every operation on a denied stream.
pub fn denied<T>(text: &'static str) -> StreamResult<T> {
    failed(Error::Virtual(text))
}

/// A result of the host's streams as one of ours.
pub fn from_host<T>(result: Result<T, host_streams::StreamError>) -> StreamResult<T> {
    match result {
        Ok(value) => Ok(value),
        Err(host_streams::StreamError::Closed) => Err(StreamError::Closed),
        Err(host_streams::StreamError::LastOperationFailed(error)) => failed(Error::Host(error)),
    }
}

/// The failure of an operation on a stream of a virtual file.
#[cfg(feature = "write")]
pub fn file_failed<T>(code: ErrorCode) -> StreamResult<T> {
    failed(Error::File(code))
}

fn failed<T>(error: Error) -> StreamResult<T> {
    use crate::bindings::exports::wasi::io::error::Error as Resource;
    Err(StreamError::LastOperationFailed(Resource::new(error)))
}
