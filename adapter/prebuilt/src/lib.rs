//! The prebuilt adapter modules of wasi-virt: WebAssembly that `cargo xtask adapter` builds from
//! the sources beside this crate, and `cargo xtask adapter --check` compares with them.
//!
//! This crate must hold nothing else.

#![no_std]
#![deny(missing_docs)]

/// The adapter that serves WASI 0.2 from inside of the component: a core module.
pub const P2: &[u8] = include_bytes!("../adapter-p2.wasm");

/// The same with directories of the host's in the file tree.
pub const P2_HOST: &[u8] = include_bytes!("../adapter-p2-host.wasm");

/// That, with a layer above the file tree that may be changed.
pub const P2_WRITE: &[u8] = include_bytes!("../adapter-p2-write.wasm");
