//! `directory-entry-stream` and the free functions of `wasi:filesystem`.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use wasi_virt_vfs::{Children, NodeId};

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::filesystem::preopens;
use crate::bindings::exports::wasi::filesystem::types::{
    Descriptor as Resource, DirectoryEntry, ErrorBorrow, ErrorCode, Guest,
    GuestDirectoryEntryStream,
};
use crate::config::{text, tree};
use crate::convert::descriptor_type;
use crate::descriptor::Descriptor;

/// The resource `directory-entry-stream`: the children not yet returned.
pub struct DirectoryEntryStream {
    next: Cell<NodeId>,
    end: NodeId,
}

impl DirectoryEntryStream {
    /// A stream of these nodes.
    pub fn new(children: Children) -> Self {
        DirectoryEntryStream {
            next: Cell::new(children.start),
            end: children.end,
        }
    }
}

impl GuestDirectoryEntryStream for DirectoryEntryStream {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        let node = self.next.get();
        if node >= self.end {
            return Ok(None);
        }
        self.next.set(node + 1);
        let type_ = descriptor_type(tree().kind(node));
        Ok(Some(DirectoryEntry {
            type_,
            name: text(tree().name(node)),
        }))
    }
}

impl Guest for Adapter {
    type Descriptor = Descriptor;
    type DirectoryEntryStream = DirectoryEntryStream;

    /// None of the streams that the adapter serves fails with an error of a file system.
    fn filesystem_error_code(_error: ErrorBorrow<'_>) -> Option<ErrorCode> {
        None
    }
}

impl preopens::Guest for Adapter {
    fn get_directories() -> Vec<(Resource, String)> {
        let preopens = tree().preopens();
        let mut directories = Vec::with_capacity(preopens.len());
        for (path, root) in preopens {
            directories.push((Resource::new(Descriptor::new(root)), text(path)));
        }
        directories
    }
}
