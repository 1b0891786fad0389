//! The disk for every shell in Rust. [`Listing`] lists mounts for the engine, and [`write()`]
//! copies their contents into the artifact. This module must never decide what a policy means,
//! print anything or hold the contents of a file.
//!
//! Both need the feature `std-fs`. Without it only the messages are left, which shells in other
//! languages use.

#[cfg(feature = "std-fs")]
mod listing;
#[cfg(feature = "std-fs")]
mod source;
mod unreadable;
#[cfg(feature = "std-fs")]
mod walk;
#[cfg(feature = "std-fs")]
mod write;

#[cfg(feature = "std-fs")]
pub(crate) use listing::Contents;
#[cfg(feature = "std-fs")]
pub use listing::Listing;
pub use unreadable::{Reason, Unreadable};
#[cfg(feature = "std-fs")]
pub(crate) use walk::{join, trim};
#[cfg(feature = "std-fs")]
pub use write::{Failure, write};
