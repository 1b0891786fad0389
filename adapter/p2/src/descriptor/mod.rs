//! `descriptor` of `wasi:filesystem/types`, what is asked of the descriptor itself. What is asked
//! of paths is in `descriptor/paths.rs`.

mod paths;

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::app::Bytes;
use wasi_virt_adapter_core::files::{Contents, MAX_READ, Opened, with_tree};
use wasi_virt_adapter_core::{exports, trap};
use wasi_virt_vfs::{Kind, NodeId};

use crate::convert::{descriptor_flags, descriptor_stat, descriptor_type, error_code};
use crate::host::Read;
use crate::place::{any, side};
use crate::table::{self, Descriptor, Input, Resource, add, room};
use crate::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, ErrorCode, FileResult,
    MetadataHashValue,
};

fn is_file(opened: Opened) -> bool {
    with_tree(|tree| tree.kind(opened.node())) == Kind::File
}

fn hash(node: NodeId) -> MetadataHashValue {
    let (lower, upper) = with_tree(|tree| tree.identity(node));
    MetadataHashValue { lower, upper }
}

/// A stream that writes to a file.
#[cfg(feature = "write")]
fn output(file: Opened, position: Option<u64>) -> FileResult<Own> {
    if !is_file(file) {
        return Err(ErrorCode::BadDescriptor);
    }
    room()?;
    let file = crate::file_output::FileOutput::new(file.again().map_err(error_code)?, position);
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
    file.write(offset, contents).map_err(error_code)
}

#[cfg(not(feature = "write"))]
fn write_file(_: Opened, _: Bytes, _: u64) -> FileResult<u64> {
    Err(ErrorCode::BadDescriptor)
}

exports! {
    "wasi:filesystem/types#[method]descriptor.read-via-stream"
    fn read_via_stream(app, this: u32, offset: u64) => FileResult<Own> {
        match side(this)? {
            Descriptor::Host(host) => host.read_via_stream(offset),
            Descriptor::Node(file) if is_file(file) => {
                room()?;
                let file = file.again().map_err(error_code)?;
                Ok(add(Resource::Input(Input::File(file, Opened::start(offset)))))
            }
            Descriptor::Node(_) => Err(ErrorCode::IsDirectory),
        }
    }
    "wasi:filesystem/types#[method]descriptor.write-via-stream"
    fn write_via_stream(app, this: u32, offset: u64) => FileResult<Own> {
        match side(this)? {
            Descriptor::Host(host) => host.write_via_stream(offset),
            Descriptor::Node(file) => output(file, Some(offset)),
        }
    }
    "wasi:filesystem/types#[method]descriptor.append-via-stream"
    fn append_via_stream(app, this: u32) => FileResult<Own> {
        match side(this)? {
            Descriptor::Host(host) => host.append_via_stream(),
            Descriptor::Node(file) => output(file, None),
        }
    }
    "wasi:filesystem/types#[method]descriptor.advise"
    fn advise(app, this: u32, offset: u64, len: u64, advice: Advice) => FileResult<()> {
        match side(this)? {
            Descriptor::Host(host) => host.advise(offset, len, advice),
            Descriptor::Node(file) if is_file(file) => Ok(()),
            Descriptor::Node(_) => Err(ErrorCode::BadDescriptor),
        }
    }
    "wasi:filesystem/types#[method]descriptor.sync-data"
    fn sync_data(app, this: u32) => FileResult<()> {
        match side(this)? {
            Descriptor::Host(host) => host.sync_data(),
            Descriptor::Node(_) => Ok(()),
        }
    }
    "wasi:filesystem/types#[method]descriptor.get-flags"
    fn get_flags(app, this: u32) => FileResult<DescriptorFlags> {
        match side(this)? {
            Descriptor::Host(host) => host.get_flags(),
            Descriptor::Node(opened) => Ok(descriptor_flags(opened.access())),
        }
    }
    "wasi:filesystem/types#[method]descriptor.get-type"
    fn get_type(app, this: u32) => FileResult<DescriptorType> {
        match side(this)? {
            Descriptor::Host(host) => host.get_type(),
            Descriptor::Node(opened) => {
                Ok(descriptor_type(with_tree(|tree| tree.kind(opened.node()))))
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.set-size"
    fn set_size(app, this: u32, size: u64) => FileResult<()> {
        match side(this)? {
            Descriptor::Host(host) => host.set_size(size),
            Descriptor::Node(file) if is_file(file) => file.set_size(size).map_err(error_code),
            Descriptor::Node(_) => Err(ErrorCode::BadDescriptor),
        }
    }
    "wasi:filesystem/types#[method]descriptor.set-times"
    fn set_times(
        app,
        this: u32,
        access: [time],
        modify: [time]
    ) => FileResult<()> {
        match side(this)? {
            Descriptor::Host(host) => host.set_times(access, modify),
            Descriptor::Node(opened) => opened.set_times(access, modify).map_err(error_code),
        }
    }
    "wasi:filesystem/types#[method]descriptor.read"
    fn read(app, this: u32, len: u64, offset: u64) => FileResult<(Read<Contents>, bool)> {
        match side(this)? {
            Descriptor::Host(host) => host.read(len, offset),
            Descriptor::Node(file) => {
                let contents = file.contents(offset, len.min(MAX_READ)).map_err(error_code)?;
                Ok((Read::Tree(contents), contents.is_empty()))
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.write"
    fn write(app, this: u32, contents: [bytes], offset: u64) => FileResult<u64> {
        match side(this)? {
            Descriptor::Host(host) => host.write(contents, offset),
            Descriptor::Node(file) => write_file(file, contents, offset),
        }
    }
    "wasi:filesystem/types#[method]descriptor.read-directory"
    fn read_directory(app, this: u32) => FileResult<Own> {
        match side(this)? {
            Descriptor::Host(host) => host.read_directory(),
            Descriptor::Node(directory) => {
                let entries = directory.entries().map_err(error_code)?;
                room()?;
                Ok(add(Resource::Entries(entries)))
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.sync" fn sync(app, this: u32) => FileResult<()> {
        match side(this)? {
            Descriptor::Host(host) => host.sync(),
            Descriptor::Node(_) => Ok(()),
        }
    }
    "wasi:filesystem/types#[method]descriptor.stat"
    fn stat(app, this: u32) => FileResult<DescriptorStat> {
        match side(this)? {
            Descriptor::Host(host) => host.stat(),
            Descriptor::Node(opened) => {
                Ok(descriptor_stat(with_tree(|tree| tree.stat(opened.node()))))
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.is-same-object"
    fn is_same_object(app, this: u32, other: u32) -> u32 {
        let side = |handle| any(handle).and_then(Descriptor::side);
        match (side(this), side(other)) {
            (Ok(Descriptor::Node(one)), Ok(Descriptor::Node(other))) => {
                (one.node() == other.node()).into()
            }
            (Ok(Descriptor::Host(one)), Ok(Descriptor::Host(other))) => one.is_same_object(other),
            _ => 0,
        }
    }
    "wasi:filesystem/types#[method]descriptor.metadata-hash"
    fn metadata_hash(app, this: u32) => FileResult<MetadataHashValue> {
        match side(this)? {
            Descriptor::Host(host) => host.metadata_hash(),
            Descriptor::Node(opened) => Ok(hash(opened.node())),
        }
    }
    "wasi:filesystem/types#[resource-drop]descriptor" fn drop_descriptor(app, this: u32) -> () {
        match table::remove(this) {
            Resource::Descriptor(Descriptor::Node(opened)) => opened.close(),
            Resource::Descriptor(Descriptor::Host(host)) => host.close(),
            _ => trap(),
        }
    }
}
