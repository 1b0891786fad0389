//! The adapter that serves WASI 0.2 inside a virtualized component, as a core module: environment,
//! standard streams, `wasi:io`, a file tree with directories of the host's in it, virtual clocks
//! and random numbers, and configuration properties.
//!
//! Its exports are what the engine's glue calls, named `wasi:package/interface#function`. The
//! engine removes what an artifact does not need, so that each stands on its own: no table of
//! functions, no `dyn`, no formatting. What the application passes is hostile: it ends in an answer
//! or a trap, and no reference into the adapter's state is held while the application or the host
//! runs.

#![no_std]
#![deny(missing_docs)]

extern crate alloc;

mod clocks;
mod convert;
mod descriptor;
mod directory;
mod environment;
mod error;
#[cfg(feature = "write")]
mod file_output;
#[cfg(not(feature = "write"))]
#[path = "no_file_output.rs"]
mod file_output;
mod imports;
mod input;
#[cfg(feature = "host")]
mod missing;
#[cfg(feature = "net")]
mod network;
mod output;
mod poll;
mod properties;
mod random;
mod splice;
mod stdio;
mod table;
mod trace;
mod types;
mod version;
