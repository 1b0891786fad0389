//! The resource `descriptor` of `wasi:filesystem/types`, as far as it is the same in all versions
//! of WASI: what is asked of a descriptor itself is here, what is asked of paths in `paths.rs`.
//! Where the host's files are, its rules are in `host_files`.

mod exports;
mod paths;
mod place;
mod preopens;
#[cfg(all(test, feature = "write"))]
mod tests;

use wasi_virt_vfs::{Error, Kind, NodeId};

use crate::files::{NewTime, Opened, Stat, with_tree};
use crate::host_files::HostDescriptor;
use crate::types::{Advice, DescriptorFlags, MetadataHashValue};
use crate::version::{FileResult, Version};

use place::any_side;

pub use place::side;
pub use preopens::directories;

/// A descriptor.
#[derive(Clone, Copy, Debug)]
pub enum Descriptor<V> {
    /// Of this node, or of the host's directory at this node.
    Node(Opened),
    /// The host's.
    Host(HostDescriptor<V>),
}

/// Whether a file is open.
pub fn is_file(opened: Opened) -> bool {
    with_tree(|tree| tree.kind(opened.node())) == Kind::File
}

fn hash(node: NodeId) -> MetadataHashValue {
    let (lower, upper) = with_tree(|tree| tree.identity(node));
    MetadataHashValue { lower, upper }
}

impl<V: Version> Descriptor<V> {
    /// Drops it.
    pub fn close(self) {
        match self {
            Descriptor::Node(opened) => opened.close(),
            Descriptor::Host(host) => host.close(),
        }
    }
}

/// What WASI names so, in the order of its functions. `this` is a handle.
#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "they are those of WIT"
)]
impl<V: Version> Descriptor<V> {
    pub fn advise(this: u32, offset: u64, len: u64, advice: Advice) -> FileResult<V, ()> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.advise(offset, len, advice),
            Descriptor::Node(file) if is_file(file) => Ok(()),
            Descriptor::Node(_) => Err(Error::BadDescriptor.into()),
        }
    }

    pub fn sync_data(this: u32) -> FileResult<V, ()> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.sync_data(),
            Descriptor::Node(_) => Ok(()),
        }
    }

    pub fn get_flags(this: u32) -> FileResult<V, DescriptorFlags> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.get_flags(),
            Descriptor::Node(opened) => Ok(DescriptorFlags::of(opened.access())),
        }
    }

    pub fn get_type(this: u32) -> FileResult<V, V::Type> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.get_type(),
            Descriptor::Node(opened) => Ok(with_tree(|tree| tree.kind(opened.node())).into()),
        }
    }

    pub fn set_size(this: u32, size: u64) -> FileResult<V, ()> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.set_size(size),
            Descriptor::Node(file) if is_file(file) => Ok(file.set_size(size)?),
            Descriptor::Node(_) => Err(Error::BadDescriptor.into()),
        }
    }

    pub fn set_times(this: u32, access: NewTime, modify: NewTime) -> FileResult<V, ()> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.set_times(access, modify),
            Descriptor::Node(opened) => {
                Ok(opened.set_times([access, modify], V::HAS_SIGNED_TIMES)?)
            }
        }
    }

    pub fn sync(this: u32) -> FileResult<V, ()> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.sync(),
            Descriptor::Node(_) => Ok(()),
        }
    }

    pub fn stat(this: u32) -> FileResult<V, V::Stat> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.stat(),
            Descriptor::Node(opened) => {
                Ok(Stat::from(with_tree(|tree| tree.stat(opened.node()))).into())
            }
        }
    }

    pub fn is_same_object(this: u32, other: u32) -> bool {
        match (any_side::<V>(this), any_side::<V>(other)) {
            (Ok(Descriptor::Node(one)), Ok(Descriptor::Node(other))) => one.node() == other.node(),
            (Ok(Descriptor::Host(one)), Ok(Descriptor::Host(other))) => one.is_same_object(other),
            _ => false,
        }
    }

    pub fn metadata_hash(this: u32) -> FileResult<V, MetadataHashValue> {
        match side::<V>(this)? {
            Descriptor::Host(host) => host.metadata_hash(),
            Descriptor::Node(opened) => Ok(hash(opened.node())),
        }
    }
}
