//! The configuration blob: written by the engine, read by the adapter inside the artifact. Both
//! use this crate, so that the layout exists once.
//!
//! The blob is a [`Header`], an [`Extension`] where one is needed, tables of fixed-size records,
//! the bytes of all strings, and a [`Footer`] where files may be written; every reference is an
//! offset from its start. Integers are little-endian and nothing needs alignment. An empty blob is
//! a valid configuration: no environment, no files, standard streams denied.
//!
//! This crate must never hold file contents (those are in the payload, at offsets recorded here),
//! and its reading half must never panic, whatever the bytes.

#![no_std]
#![deny(missing_docs)]

#[cfg(feature = "write")]
extern crate alloc;

pub mod abi;
mod read;
mod records;
pub mod trace;
#[cfg(feature = "write")]
pub mod write;

pub use read::{Clock, Cwd, HostEnv, Mount, Node, NodeId, Now, View};
pub use records::Stdio;
