//! A hostile guest of WASI 0.3, and its attacks on streams, futures, waits and tasks.

pub mod buffers;
pub mod end;
pub mod ground;
pub mod held;
pub mod params;
pub mod sets;
pub mod tasks;
pub mod twice;
