//! `output-stream` of `wasi:io/streams`: the virtual standard output and error, and files.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::files::End;
use wasi_virt_adapter_core::{exports, trap};

use crate::error::{denied, ended};
use crate::file_output::FileOutput;
use crate::table::{self, Output, Pollable, Resource, add_child};
use crate::types::StreamResult;

/// How many bytes an ignored stream takes at once.
///
/// It would take any number, but a program may allocate as many.
const PERMIT: u64 = 1024 * 1024;

/// Does something with a stream of a file. One that is ignored answers with `idle`.
fn operate<T>(
    this: u32,
    idle: T,
    act: impl FnOnce(&mut FileOutput) -> Result<T, End>,
) -> StreamResult<T> {
    match table::output(this) {
        Output::Ignored => Ok(idle),
        Output::Denied(stream) => Err(denied(stream)),
        #[cfg(feature = "write")]
        Output::File(mut file) => {
            let result = act(&mut file);
            table::set_output(this, Output::File(file));
            result.map_err(ended)
        }
        #[cfg(not(feature = "write"))]
        Output::File(mut file) => act(&mut file).map_err(ended),
    }
}

/// How many bytes a stream takes now.
pub fn permit(this: u32) -> StreamResult<u64> {
    operate(this, PERMIT, |file| file.check_write())
}

exports! {
    "wasi:io/streams#[method]output-stream.check-write"
    fn check_write(app, this: u32) => StreamResult<u64> {
        permit(this)
    }
    "wasi:io/streams#[method]output-stream.write"
    fn write(app, this: u32, contents: [bytes]) => StreamResult<()> {
        operate(this, (), |file| file.write_app(contents))
    }
    "wasi:io/streams#[method]output-stream.blocking-write-and-flush"
    fn blocking_write(app, this: u32, contents: [bytes]) => StreamResult<()> {
        operate(this, (), |file| file.blocking_write(contents))
    }
    "wasi:io/streams#[method]output-stream.flush" fn flush(app, this: u32) => StreamResult<()> {
        operate(this, (), |file| file.flush())
    }
    "wasi:io/streams#[method]output-stream.blocking-flush"
    fn blocking_flush(app, this: u32) => StreamResult<()> {
        operate(this, (), |file| file.flush())
    }
    "wasi:io/streams#[method]output-stream.subscribe" fn subscribe(app, this: u32) -> u32 {
        table::output(this);
        let Own(pollable) = add_child(Resource::Pollable(Pollable::Ready), this);
        pollable
    }
    "wasi:io/streams#[method]output-stream.write-zeroes"
    fn write_zeroes(app, this: u32, len: u64) => StreamResult<()> {
        operate(this, (), |file| file.write_zeroes(len))
    }
    "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush"
    fn blocking_write_zeroes(app, this: u32, len: u64) => StreamResult<()> {
        operate(this, (), |file| file.blocking_write_zeroes(len))
    }
    "wasi:io/streams#[resource-drop]output-stream" fn drop_output(app, this: u32) -> () {
        match table::remove(this) {
            Resource::Output(Output::File(file)) => file.close(),
            Resource::Output(_) => {}
            _ => trap(),
        }
    }
}
