//! The prebuilt adapter modules of wasi-virt: WebAssembly that `cargo xtask adapter` builds from
//! the sources beside this crate, and `cargo xtask adapter --check` compares with them.
//!
//! This crate must hold nothing else.

#![no_std]
#![deny(missing_docs)]

/// The adapters for all versions of WASI, which serve from inside of the component: a core module.
pub const PLAIN: &[u8] = include_bytes!("../adapter.wasm");

/// The same with directories of the host's in the file tree.
pub const HOST: &[u8] = include_bytes!("../adapter-host.wasm");

/// That, with a layer above the file tree that may be changed.
pub const WRITE: &[u8] = include_bytes!("../adapter-write.wasm");
