//! `directory-entry-stream` and the free functions of `wasi:filesystem`.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;
#[cfg(feature = "write")]
use {
    alloc::{boxed::Box, vec::IntoIter},
    core::cell::RefCell,
    wasi_virt_vfs::Kind,
};

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
use crate::error::Error;
use crate::files;
use crate::host::{HostEntries, code_in, next_entry, roots};

/// The resource `directory-entry-stream`.
pub enum DirectoryEntryStream {
    /// The children not yet returned.
    Tree {
        /// The next.
        next: Cell<NodeId>,
        /// The one behind the last.
        end: NodeId,
    },
    /// What was in the directory when it was read.
    #[cfg(feature = "write")]
    Snapshot(RefCell<IntoIter<(Kind, Box<[u8]>)>>),
    /// The host's.
    Host(HostEntries),
}

impl DirectoryEntryStream {
    /// A stream of these nodes.
    pub fn of(children: Children) -> Self {
        DirectoryEntryStream::Tree {
            next: Cell::new(children.start),
            end: children.end,
        }
    }
}

impl GuestDirectoryEntryStream for DirectoryEntryStream {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        let (next, end) = match self {
            DirectoryEntryStream::Host(stream) => return next_entry(stream),
            #[cfg(feature = "write")]
            DirectoryEntryStream::Snapshot(entries) => {
                let entry = entries.borrow_mut().next();
                return Ok(entry.map(|(kind, name)| DirectoryEntry {
                    type_: descriptor_type(kind),
                    name: text(&name),
                }));
            }
            DirectoryEntryStream::Tree { next, end } => (next, *end),
        };
        let node = next.get();
        if node >= end {
            return Ok(None);
        }
        next.set(node + 1);
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

    /// Only streams of files fail with an error of a file system.
    fn filesystem_error_code(error: ErrorBorrow<'_>) -> Option<ErrorCode> {
        match error.get::<Error>() {
            Error::Host(error) => code_in(error),
            Error::Virtual(_) => None,
            #[cfg(feature = "write")]
            Error::File(code) => Some(*code),
        }
    }
}

impl preopens::Guest for Adapter {
    fn get_directories() -> Vec<(Resource, String)> {
        let preopens = tree().preopens();
        let mut directories = Vec::with_capacity(preopens.len());
        for (path, root) in preopens {
            directories.push((
                Resource::new(Descriptor::Node(files::preopened(root))),
                text(path),
            ));
        }
        if tree().host_preopens() {
            for (descriptor, path) in roots::preopened() {
                // What is mounted hides what the host has at the same path.
                if !tree().preopens().any(|(ours, _)| ours == path.as_bytes()) {
                    directories.push((Resource::new(Descriptor::Host(descriptor)), path));
                }
            }
        }
        directories
    }
}
