//! The adapter that serves WASI 0.2 beside a virtualized component, composed with it: environment, standard streams,
//! `wasi:io`, a file tree with directories of the host's in it, virtual clocks and random
//! numbers, and configuration properties, from the configuration that the engine placed in memory. And what writes
//! the trace of `--debug`.
//!
//! It reaches the host only through its `host:*` imports. The engine removes what an artifact does
//! not need, so every export must stand on its own: no table of functions, no `dyn`, no formatting.
//! It must keep no state beyond its resources, the directories of the host's that it opened, what was written
//! to files, how far the virtual clock is, the state of the virtual random numbers, the memory it keeps in reserve, and the
//! line that is traced.

#![no_std]

extern crate alloc;

mod bindings {
    #![allow(clippy::all, unsafe_op_in_unsafe_fn)]

    wit_bindgen::generate!({
        path: [
            "../../wit/deps/io.wit",
            "../../wit/deps/clocks.wit",
            "../../wit/deps/random.wit",
            "../../wit/deps/filesystem.wit",
            "../../wit/deps/sockets.wit",
            "../../wit/deps/cli.wit",
            "../../wit/deps/config.wit",
            "../../wit/host/io.wit",
            "../../wit/host/clocks.wit",
            "../../wit/host/random.wit",
            "../../wit/host/filesystem.wit",
            "../../wit/host/sockets.wit",
            "../../wit/host/cli.wit",
            "../../wit/host/config.wit",
            "../../wit/adapter/composed.wit",
        ],
        world: "wasi-virt:adapter/composed",
        generate_all,
    });

    export!(Adapter with_types_in self);

    pub struct Adapter;
}

mod bridge;
mod clocks;
mod config;
mod convert;
mod decimal;
mod descriptor;
mod directory;
mod environment;
mod error;
mod fast;
#[cfg(feature = "write")]
mod file_output;
#[cfg(feature = "write")]
mod file_time;
#[cfg(not(feature = "write"))]
#[path = "read_only.rs"]
mod files;
#[cfg(feature = "write")]
#[path = "writable.rs"]
mod files;
#[cfg(feature = "host")]
mod host;
#[cfg(not(feature = "host"))]
#[path = "no_host.rs"]
mod host;
mod input;
mod memory;
mod output;
mod payload;
mod poll;
mod properties;
mod random;
mod runtime;
mod splice;
mod stdio;
mod trace;
