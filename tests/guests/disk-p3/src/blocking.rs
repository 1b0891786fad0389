//! Calls that are lowered without `async`: the task waits in them.

pub use crate::blocking_bindings::wasi::filesystem::types;

use std::mem::ManuallyDrop;
use types::Descriptor;

macro_rules! call {
    ($call:expr) => {
        $call
    };
}

/// A text that a call takes.
macro_rules! owned {
    ($text:expr) => {
        &$text
    };
}

#[path = "calls.rs"]
mod calls;
pub use calls::{on_descriptor, on_path, on_two, open};

/// The same descriptor for these calls, which do not own it.
pub fn lent(descriptor: &wasip3::filesystem::types::Descriptor) -> ManuallyDrop<Descriptor> {
    // SAFETY: the handle is one of `wasi:filesystem/types@0.3` in either module of bindings, and
    // what is made of it here is never dropped.
    ManuallyDrop::new(unsafe { Descriptor::from_handle(descriptor.handle()) })
}

/// A descriptor that one of these calls gave, for all others.
pub fn kept(descriptor: Descriptor) -> wasip3::filesystem::types::Descriptor {
    // SAFETY: as above; the handle is taken from its old owner.
    unsafe { wasip3::filesystem::types::Descriptor::from_handle(descriptor.take_handle()) }
}
