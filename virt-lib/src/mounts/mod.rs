//! What is mounted: the entries that a shell lists, the filter over them, and the tree they make.
//! This module must never see the contents of a file.

mod entry;
mod filter;
mod gather;
mod item;
mod pattern;
mod places;
mod tree;

pub use entry::{Entry, EntryKind};
pub use filter::Filter;
pub(crate) use filter::Unmatched;
pub(crate) use tree::{Tree, place_in_payload};
