//! `descriptor` of `wasi:filesystem/types`: what is not the same in all versions of WASI.

use wasi_virt_adapter_core::abi::{Abi, Lower, Own, Text};
use wasi_virt_adapter_core::app::{App, Bytes};
use wasi_virt_adapter_core::descriptor::{is_file, side};
use wasi_virt_adapter_core::files::{Contents, MAX_READ, Opened};
use wasi_virt_adapter_core::{descriptor_exports, exports, trap};

use crate::imports::filesystem as host;
use crate::table::{self, Descriptor, Input, Resource, add, room};
use crate::types::{DescriptorStat, DescriptorType, ErrorCode, FileResult};
use crate::version::P2;

/// What a read gives.
enum Read {
    /// What the tree has.
    Tree(Contents),
    /// What the host gave.
    Host(Text),
}

impl Abi for Read {
    const SIZE: u32 = Text::SIZE;
    const ALIGN: u32 = Text::ALIGN;
}

impl Lower for Read {
    fn lower(self, app: App, at: u32) {
        match self {
            Read::Tree(contents) => contents.lower(app, at),
            Read::Host(contents) => contents.lower(app, at),
        }
    }
}

/// A stream that writes to a file.
#[cfg(feature = "write")]
fn output(file: Opened, position: Option<u64>) -> FileResult<Own> {
    if !is_file(file) {
        return Err(ErrorCode::BadDescriptor);
    }
    room()?;
    let file = crate::file_output::FileOutput::new(file.again()?, position);
    Ok(add(Resource::Output(table::Output::File(file))))
}

/// A stream that writes to a file: there is none.
#[cfg(not(feature = "write"))]
fn output(_: Opened, _: Option<u64>) -> FileResult<Own> {
    Err(ErrorCode::BadDescriptor)
}

#[cfg(feature = "write")]
fn write_file(file: Opened, contents: Bytes, offset: u64) -> FileResult<u64> {
    let contents = wasi_virt_adapter_core::files::Source::App(contents);
    Ok(file.write(offset, contents)?)
}

#[cfg(not(feature = "write"))]
fn write_file(_: Opened, _: Bytes, _: u64) -> FileResult<u64> {
    Err(ErrorCode::BadDescriptor)
}

descriptor_exports! {
    "wasi:filesystem/types", P2, ErrorCode, DescriptorStat, DescriptorType
}

exports! {
    "wasi:filesystem/types#[method]descriptor.read-via-stream"
    fn read_via_stream(app, this: u32, offset: u64) => FileResult<Own> {
        match side::<P2>(this)? {
            Descriptor::Host(host) => host::read_via_stream(host.handle(), offset),
            Descriptor::Node(file) if is_file(file) => {
                room()?;
                let file = file.again()?;
                Ok(add(Resource::Input(Input::File(file, Opened::start(offset)))))
            }
            Descriptor::Node(_) => Err(ErrorCode::IsDirectory),
        }
    }
    "wasi:filesystem/types#[method]descriptor.write-via-stream"
    fn write_via_stream(app, this: u32, offset: u64) => FileResult<Own> {
        match side::<P2>(this)? {
            Descriptor::Host(host) => host::write_via_stream(host.open_to_write()?, offset),
            Descriptor::Node(file) => output(file, Some(offset)),
        }
    }
    "wasi:filesystem/types#[method]descriptor.append-via-stream"
    fn append_via_stream(app, this: u32) => FileResult<Own> {
        match side::<P2>(this)? {
            Descriptor::Host(host) => host::append_via_stream(host.open_to_write()?),
            Descriptor::Node(file) => output(file, None),
        }
    }
    "wasi:filesystem/types#[method]descriptor.read"
    fn read(app, this: u32, len: u64, offset: u64) => FileResult<(Read, bool)> {
        match side::<P2>(this)? {
            Descriptor::Host(host) => {
                let (contents, end) = host::read(host.handle(), len, offset)?;
                Ok((Read::Host(contents), end))
            }
            Descriptor::Node(file) => {
                let contents = file.contents(offset, len.min(MAX_READ))?;
                Ok((Read::Tree(contents), contents.is_empty()))
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.write"
    fn write(app, this: u32, contents: [bytes], offset: u64) => FileResult<u64> {
        match side::<P2>(this)? {
            Descriptor::Host(host) => {
                host::write(host.open_to_write()?, &contents.to_vec(), offset)
            }
            Descriptor::Node(file) => write_file(file, contents, offset),
        }
    }
    "wasi:filesystem/types#[method]descriptor.read-directory"
    fn read_directory(app, this: u32) => FileResult<Own> {
        match side::<P2>(this)? {
            Descriptor::Host(host) => host::read_directory(host.handle()),
            Descriptor::Node(directory) => {
                let entries = directory.entries()?;
                room()?;
                Ok(add(Resource::Entries(entries)))
            }
        }
    }
    "wasi:filesystem/types#[resource-drop]descriptor" fn drop_descriptor(app, this: u32) -> () {
        match table::remove(this) {
            Resource::Descriptor(descriptor) => descriptor.close(),
            _ => trap(),
        }
    }
}
