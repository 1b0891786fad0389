//! What the core modules of the adapters share, whichever version of WASI they serve: memory and
//! its reserve, the configuration, the application's memory, values of the canonical ABI, handles,
//! files and descriptors, streams and futures, the virtual clock and random numbers.
//!
//! An adapter runs inside the component that it serves, and everything the application passes is
//! hostile. What the canonical ABI refuses ends in a trap. There must be no table of functions, no
//! `dyn` and no formatting here, and no name of a version of WASI.
//!
//! Natively the imports are played by `simulated`, so that tests need no WebAssembly.

#![no_std]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

pub mod abi;
pub mod app;
#[cfg(feature = "net")]
pub mod begun;
mod canonical;
pub mod clock;
pub mod config;
pub mod descriptor;
pub mod environment;
pub mod exports;
pub mod files;
pub mod host;
pub mod host_files;
pub mod memory;
#[cfg(feature = "net")]
pub mod network;
pub mod payload;
pub mod places;
pub mod random;
mod shared;
#[cfg(not(target_arch = "wasm32"))]
pub mod simulated;
mod sink;
pub mod streams;
pub mod table;
pub mod trace;
pub mod types;
pub mod utf8;
pub mod version;

pub use app::App;
pub use shared::Shared;

/// Ends the instance, as the canonical ABI does with what it refuses.
#[cfg(target_arch = "wasm32")]
pub fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

/// Ends the test.
#[cfg(not(target_arch = "wasm32"))]
pub fn trap() -> ! {
    panic!("trap")
}

/// Whatever panics traps, without a word.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    trap()
}
