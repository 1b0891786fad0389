//! Calls that are lowered with `async`, each waited for.

pub use wasip3::filesystem::types;

macro_rules! call {
    ($call:expr) => {
        $call.await
    };
}

/// A text that a call takes.
macro_rules! owned {
    ($text:expr) => {
        $text
    };
}

#[path = "calls.rs"]
mod calls;
pub use calls::{on_descriptor, on_path, on_two, open};
