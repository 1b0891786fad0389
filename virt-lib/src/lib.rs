//! `wasi_virt` takes a WebAssembly component and a policy and returns a component that no longer
//! reaches its host for what the policy virtualizes.
//!
//! The engine is a pure planner: bytes and a list of entries in, [`Segment`]s and a [`Report`]
//! out. It has no clock, no randomness, no file access, no thread and no global state, and it
//! never sees the contents of mounted files; a shell reads the disk and writes the segments.
//! [`WasiVirt`] is such a shell, for programs with a disk: the feature `std-fs`, on by default.
//! What it does with the disk, other shells find in [`disk`].

#![deny(missing_docs)]

#[cfg(feature = "std-fs")]
mod builder;
pub mod disk;
mod error;
mod mounts;
mod plan;
mod policy;
mod read;
mod relink;
mod report;
mod specialize;
mod verify;
mod virtualize;
mod wasi;
mod wasm;

#[cfg(feature = "std-fs")]
pub use builder::{
    FsEntry, VirtClocks, VirtConfig, VirtEnv, VirtFs, VirtHttp, VirtRandom, VirtSockets, VirtStdio,
    VirtSwitch, WasiVirt,
};
pub use error::escape;
pub use error::{Error, Problem, ProblemKind, ProblemPart, Result, Setting, SettingValue, Stage};
pub use mounts::{Entry, EntryKind, Filter};
pub use policy::rows as keys;
pub use policy::{
    Access, AddressKind, Addresses, Clocks, DebugLog, DenyMode, FileMode, HeaderValue, HostNames,
    Http, HttpEntry, HttpRules, HttpTarget, KEYS, Mount, NetworkRules, Policy, Port, Preopen,
    Protocol, Random, Size, SocketEntry, SocketRules, SocketTarget, Sockets, StdioMode, Symlinks,
    Time, Tmpfs,
};
pub use read::inspect::{Import, Inspection, inspect};
pub use report::record::{
    Claim, ClaimContent, Record, RecordedClock, RecordedMount, RecordedPreopen, RecordedTmpfs,
};
pub use report::{
    Action, FileCounts, InterfaceReport, MountReport, Output, Report, Segment, Sizes,
};
pub use virtualize::{adapter, virtualize};
#[cfg(feature = "wit")]
#[doc(hidden)] // For `cargo xtask wit`.
pub use wasi::copies;
pub use wasi::release::DEFAULT_WASI_VERSION;
pub use wasi::subsystem::{Stream, Subsystem};

/// The examples of docs/library.md.
#[cfg(all(doctest, feature = "std-fs"))]
#[doc = include_str!("../../docs/library.md")]
struct LibraryPage;

#[cfg(test)]
mod testing {
    //! The attribute `#[test]`: Rust's own natively, and that of wasm-bindgen where the tests are
    //! WebAssembly. Every module of unit tests takes it from here, so that it runs in Node and in a
    //! browser as well.

    #[cfg(not(target_family = "wasm"))]
    pub(crate) use core::prelude::v1::test;
    #[cfg(target_family = "wasm")]
    pub(crate) use wasm_bindgen_test::wasm_bindgen_test as test;
}
