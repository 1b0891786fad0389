//! The file tree behind an adapter: path lookup, open rules, metadata and contents'
//! whereabouts, over the engine's table of nodes, and with the feature `write` a layer above it
//! that may be changed. It has no bindings, so that the adapters of every
//! WASI version share it and its tests run natively.
//!
//! It answers like a read-only directory of a POSIX host seen through WASI: a path is resolved
//! beneath the directory it is relative to, and never leaves it. Where a path enters a directory of
//! the host's, the answer is what is left of it: asking the host is the adapter's. This crate must
//! never panic, and without the feature `write` it changes and allocates nothing.

#![no_std]
#![deny(missing_docs)]

mod change;
mod error;
mod lookup;
mod open;
#[cfg(feature = "write")]
mod overlay;
mod tree;

pub use error::Error;
pub use lookup::{Follow, Place, Rest};
pub use open::Open;
#[cfg(feature = "write")]
pub use overlay::{Attributes, Backing, Lent, Missing, Overlay, Snapshot, Time};
pub use tree::{Children, Kind, Stat, Tree};
pub use wasi_virt_layout::NodeId;

#[cfg(any(test, feature = "write"))]
extern crate alloc;
#[cfg(test)]
mod tests;
