//! `descriptor` of `wasi:filesystem/types`: what is not the same in all versions of WASI. Failures
//! of streams are told by their futures alone.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::descriptor::{is_file, side};
use wasi_virt_adapter_core::files::{Entries, Opened};
use wasi_virt_adapter_core::{descriptor_exports, exports};

use crate::imports as host;
use crate::stream::{self, Reader, Sink};
use crate::table::{self, Descriptor};
use crate::types::{DescriptorStat, DescriptorType, ErrorCode, FileResult};
use crate::version::P3;

/// Makes room for one more stream.
fn room() -> FileResult<()> {
    stream::room().ok_or(ErrorCode::InsufficientMemory(()))
}

/// What reads a file from an offset on.
fn reader(file: Opened, offset: u64) -> FileResult<Reader> {
    if !is_file(file) {
        return Err(ErrorCode::IsDirectory(()));
    }
    room()?;
    Ok(Reader::File(file.again()?, Opened::start(offset)))
}

/// What writes to a file from a position on.
#[cfg(feature = "write")]
fn file(file: Opened, position: Option<u64>) -> FileResult<Sink<ErrorCode>> {
    if !is_file(file) {
        return Err(ErrorCode::BadDescriptor(()));
    }
    room()?;
    let file = file.again()?;
    Ok(Sink::File { file, position })
}

/// What writes to a file: there is none.
#[cfg(not(feature = "write"))]
fn file(_: Opened, _: Option<u64>) -> FileResult<Sink<ErrorCode>> {
    Err(ErrorCode::BadDescriptor(()))
}

/// What comes of writing the data of a stream. What the adapter has of the host's is a directory,
/// or open for reading only.
fn write(this: u32, data: u32, position: Option<u64>) -> u32 {
    let sink = match side::<P3>(this) {
        Ok(Descriptor::Node(opened)) => file(opened, position),
        Ok(Descriptor::Host(_)) => Err(ErrorCode::BadDescriptor(())),
        Err(code) => Err(code),
    };
    stream::consume_fs(data, sink.unwrap_or_else(Sink::Refuse))
}

/// What is in a directory.
fn entries(directory: Opened) -> FileResult<Entries> {
    room()?;
    Ok(directory.entries()?)
}

descriptor_exports! {
    "wasi:filesystem/types@0.3", P3, ErrorCode, DescriptorStat, DescriptorType
}

exports! {
    "wasi:filesystem/types@0.3#[method]descriptor.read-via-stream"
    fn read_via_stream(app, this: u32, offset: u64) => (Own, Own) {
        stream::read_fs(match side::<P3>(this) {
            Ok(Descriptor::Host(host)) => return host::read_via_stream(host.handle(), offset),
            Ok(Descriptor::Node(file)) => reader(file, offset),
            Err(code) => Err(code),
        })
    }
    "wasi:filesystem/types@0.3#[method]descriptor.write-via-stream"
    fn write_via_stream(app, this: u32, data: u32, offset: u64) -> u32 {
        write(this, data, Some(offset))
    }
    "wasi:filesystem/types@0.3#[method]descriptor.append-via-stream"
    fn append_via_stream(app, this: u32, data: u32) -> u32 {
        write(this, data, None)
    }
    "wasi:filesystem/types@0.3#[method]descriptor.read-directory"
    fn read_directory(app, this: u32) => (Own, Own) {
        stream::read_directory(match side::<P3>(this) {
            Ok(Descriptor::Host(host)) => return host::read_directory(host.handle()),
            Ok(Descriptor::Node(directory)) => entries(directory),
            Err(code) => Err(code),
        })
    }
    "wasi:filesystem/types@0.3#[resource-drop]descriptor" fn drop_descriptor(app, this: u32) -> () {
        table::remove(this).close();
    }
}
