//! Where in its memory a guest finds what to do, and notes what it did. This module must hold
//! nothing but addresses and sizes.

/// What it does: one of [`super::guest::Realloc`].
pub const MODE: usize = 64;
/// The address that it gives, or the pages that it grows by.
pub const VALUE: usize = 68;
/// The function that it calls back, by its number.
pub const NUMBER: usize = 72;
/// Where what it allocates next goes.
pub const HEAP: usize = 76;
/// How often it was called.
pub const COUNT: usize = 80;
/// The old address and the alignment that it was last asked for.
pub const ASKED: usize = 84;
/// The arguments that it calls back with.
pub const ARGUMENTS: usize = 96;
/// The addresses and lengths that it gave.
pub const LOG: usize = 4096;
/// How many of them are kept, less one.
pub const LOG_MASK: usize = 1023;
/// The steps of tasks: zero with a function's number, its arguments and its result; or one
/// with a code that the task returns to the host.
pub const PROGRAM: usize = 20480;
/// The size of a step.
pub const STEP: usize = 8 + 8 * super::world::ARGUMENTS + 8;
/// How many events tasks had, and, from 16 bytes on, what they were, 16 bytes for each.
pub const EVENTS: usize = 28672;
/// How many of them are kept, less one.
pub const EVENTS_MASK: usize = 63;
