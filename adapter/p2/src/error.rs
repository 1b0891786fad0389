//! `wasi:io/error`: why operations on virtual streams fail.

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::files::End;
use wasi_virt_adapter_core::{exports, trap};

use crate::table::{self, Denied, Error, Resource, add};
use crate::types::StreamError;

/// The failure of every operation on a denied stream.
pub fn denied(stream: Denied) -> StreamError {
    failed(Error::Denied(stream))
}

/// The failure of an operation on a stream of a file.
pub fn ended(end: End) -> StreamError {
    match end {
        End::Closed => StreamError::Closed(()),
        #[cfg(feature = "write")]
        End::Failed(error) => failed(Error::File(error.into())),
        #[cfg(not(feature = "write"))]
        End::Failed(_) => StreamError::Closed(()),
    }
}

fn failed(error: Error) -> StreamError {
    StreamError::LastOperationFailed(add(Resource::Error(error)))
}

exports! {
    "wasi:io/error#[method]error.to-debug-string" fn to_debug_string(app, this: u32) => Text {
        let text: &'static [u8] = match table::error(this) {
            Error::Denied(Denied::Stdin) => {
                b"stdin is denied by wasi-virt (allow with --stdin=allow)"
            }
            Error::Denied(Denied::Stdout) => {
                b"stdout is denied by wasi-virt (allow with --stdout=allow)"
            }
            Error::Denied(Denied::Stderr) => {
                b"stderr is denied by wasi-virt (allow with --stderr=allow)"
            }
            #[cfg(feature = "write")]
            Error::File(_) => b"an operation on a virtual file failed",
            #[cfg(not(feature = "write"))]
            Error::File(_) => b"",
        };
        text.into()
    }
    "wasi:io/error#[resource-drop]error" fn drop_error(app, this: u32) -> () {
        let Resource::Error(_) = table::remove(this) else {
            trap()
        };
    }
}
