//! `directory-entry-stream`, the free function of `wasi:filesystem/types`, and the preopens.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::table::is_virtual;
use wasi_virt_adapter_core::{descriptor, exports, trap};

use crate::table::{self, Error, Resource};
use crate::types::{DirectoryEntry, ErrorCode, FileResult};
use crate::version::P2;

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
        descriptor::directories::<P2>()
    }
}
