//! The directories of the host's in the tree, in an adapter that serves none of them: what
//! `roots.rs` has.

use wasi_virt_vfs::{Error, NodeId};

use super::HostDescriptor;
use crate::abi::{Own, Text};
use crate::version::{FileResult, Version};

/// The host's directory at a node: there is none.
pub(crate) fn directory<V: Version>(_: NodeId) -> FileResult<V, HostDescriptor<V>> {
    Err(Error::NoEntry.into())
}

/// The host's own descriptor: there is none.
pub(crate) fn own<V: Version>(_: NodeId) -> Option<Own> {
    None
}

/// The name of the host's file at a node: there is none.
pub(crate) fn file_name(_: NodeId) -> &'static [u8] {
    b""
}

/// The host's own preopened directories, which nothing shows.
pub(crate) fn others<V: Version>(_: impl Fn(&[u8]) -> bool, _: impl FnMut((Own, Text))) {}
