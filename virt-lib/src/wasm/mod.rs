//! WebAssembly itself: what every step needs to read and write binaries. This module must never
//! know WASI, WIT or a policy.

pub(crate) mod component;
