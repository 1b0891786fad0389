//! `input-stream` of `wasi:io/streams`: the virtual standard input, and files.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::files::{Contents, End, Opened};
use wasi_virt_adapter_core::{exports, trap};

use crate::error::{denied, ended};
use crate::table::{self, Denied, Input, Pollable, Resource, add_child};
use crate::types::{StreamError, StreamResult};

/// Does something with a stream of a file. Other streams give nothing.
fn operate<T>(this: u32, act: impl FnOnce(Opened, &mut u64) -> Result<T, End>) -> StreamResult<T> {
    match table::input(this) {
        Input::Ignored => Err(StreamError::Closed(())),
        Input::Denied => Err(denied(Denied::Stdin)),
        Input::File(file, mut position) => {
            let result = act(file, &mut position);
            table::set_input(this, Input::File(file, position));
            result.map_err(ended)
        }
    }
}

/// Reads from a stream, and never waits.
pub fn next(this: u32, len: u64) -> StreamResult<Contents> {
    operate(this, |file, position| file.next(position, len))
}

/// Passes over bytes of a stream, and never waits.
pub fn pass(this: u32, len: u64) -> StreamResult<u64> {
    operate(this, |file, position| file.skip(position, len))
}

exports! {
    "wasi:io/streams#[method]input-stream.read"
    fn read(app, this: u32, len: u64) => StreamResult<Contents> {
        next(this, len)
    }
    "wasi:io/streams#[method]input-stream.blocking-read"
    fn blocking_read(app, this: u32, len: u64) => StreamResult<Contents> {
        next(this, len)
    }
    "wasi:io/streams#[method]input-stream.skip"
    fn skip(app, this: u32, len: u64) => StreamResult<u64> {
        pass(this, len)
    }
    "wasi:io/streams#[method]input-stream.blocking-skip"
    fn blocking_skip(app, this: u32, len: u64) => StreamResult<u64> {
        pass(this, len)
    }
    "wasi:io/streams#[method]input-stream.subscribe" fn subscribe(app, this: u32) -> u32 {
        table::input(this);
        let Own(pollable) = add_child(Resource::Pollable(Pollable::Ready), this);
        pollable
    }
    "wasi:io/streams#[resource-drop]input-stream" fn drop_input(app, this: u32) -> () {
        match table::remove(this) {
            Resource::Input(Input::File(file, _)) => file.close(),
            Resource::Input(_) => {}
            _ => trap(),
        }
    }
}
