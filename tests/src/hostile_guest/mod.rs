//! A guest that is hostile to the adapter inside of its component: it passes what no compiler
//! would, and its `realloc` does what it likes.

pub mod attacks;
pub mod control;
pub mod ground;
pub mod guest;
pub mod memory;
pub mod p3;
pub mod parts;
pub mod random;
pub mod task;
pub mod ways;
pub mod world;
