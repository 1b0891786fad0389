//! `directory-entry-stream`, the free function of `wasi:filesystem/types`, and the preopens.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::config::config;
use wasi_virt_adapter_core::table::is_virtual;
use wasi_virt_adapter_core::{exports, files, trap};
use wasi_virt_vfs::{NodeId, Tree};

use crate::host::roots;
use crate::table::{self, Descriptor, Error, Resource, add};
use crate::types::{DirectoryEntry, ErrorCode, FileResult};

/// A descriptor of a directory that is there from the start. One of the host's that may be changed
/// is the host's own.
fn preopened(root: NodeId) -> Own {
    roots::own(root).unwrap_or_else(|| {
        add(Resource::Descriptor(Descriptor::Node(files::preopened(
            root,
        ))))
    })
}

exports! {
    "wasi:filesystem/types#[method]directory-entry-stream.read-directory-entry"
    fn read_directory_entry(app, this: u32) => FileResult<Option<DirectoryEntry>> {
        Ok(table::next_entry(this))
    }
    "wasi:filesystem/types#[resource-drop]directory-entry-stream"
    fn drop_entries(app, this: u32) -> () {
        let Resource::Entries(_) = table::remove(this) else {
            trap()
        };
    }
    // Only streams of files fail with an error of a file system.
    "wasi:filesystem/types#filesystem-error-code"
    fn filesystem_error_code(app, error: u32) => Option<ErrorCode> {
        if !is_virtual(error) {
            return None;
        }
        match table::error(error) {
            Error::Denied(_) => None,
            Error::File(code) => Some(code),
        }
    }
    "wasi:filesystem/preopens#get-directories" fn directories(app) => Vec<(Own, Text)> {
        let tree = Tree::new(config());
        let preopens = tree.preopens();
        let mut directories = Vec::with_capacity(preopens.len());
        for (path, root) in preopens {
            directories.push((preopened(root), path.into()));
        }
        if tree.host_preopens() {
            // What is mounted hides what the host has at the same path.
            roots::others(
                |path| tree.preopens().any(|(ours, _)| ours == path),
                |directory| directories.push(directory),
            );
        }
        directories
    }
}
