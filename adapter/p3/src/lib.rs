//! The adapter that serves WASI 0.3 inside a virtualized component: environment, standard streams,
//! a file tree with directories of the host's in it, virtual clocks and random numbers.
//!
//! Its exports are what the engine's glue calls, named `wasi:package/interface@0.3#function`. They
//! have the core signatures of functions that are lowered without `async`, and none ever waits. The
//! rules are those of the adapter for WASI 0.2.

#![no_std]
#![deny(missing_docs)]

extern crate alloc;

/// Declares exports that take and return nothing but numbers.
macro_rules! raw_exports {
    ($($link:literal fn $name:ident($($arg:ident: $ty:ty),*) $(-> $result:ty)? $body:block)+) => {$(
        // SAFETY: the name is unlike any other symbol's.
        #[unsafe(export_name = $link)]
        extern "C" fn $name($($arg: $ty),*) $(-> $result)? $body
    )+};
}

mod clocks;
mod convert;
mod descriptor;
mod environment;
mod imports;
#[cfg(feature = "net")]
mod network;
mod preopens;
mod random;
mod stdio;
mod stream;
mod table;
mod types;
mod version;
