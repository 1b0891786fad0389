//! `wasi_virt` takes a WebAssembly component and a policy and returns a component that no longer
//! reaches its host for what the policy virtualizes.
//!
//! The engine is a pure planner: bytes and a list of entries in, [`Segment`]s and a [`Report`]
//! out. It has no clock, no randomness, no file access, no thread and no global state, and it
//! never sees the contents of mounted files; a shell reads the disk and writes the segments.
//! [`WasiVirt`] is such a shell, for programs with a disk: the feature `std-fs`, on by default.

#![deny(missing_docs)]

#[cfg(feature = "std-fs")]
mod builder;
mod compose;
mod config;
mod core_module;
mod decodable;
mod encode;
mod entry;
mod error;
mod externs;
mod filter;
mod inspect;
mod limits;
mod module;
mod plan;
mod policy;
mod record;
mod relink;
mod rename;
mod report;
mod sections;
mod segment;
mod signature;
mod skeleton;
mod specialize;
mod splice;
mod subsystem;
mod synth;
#[cfg(test)]
mod testing;
mod tree;
mod types;
mod verify;
mod virtualize;
mod wasi;
mod wasm;
mod world;

#[cfg(feature = "std-fs")]
pub use builder::{
    FsEntry, VirtClocks, VirtConfig, VirtEnv, VirtFs, VirtRandom, VirtStdio, VirtSwitch, WasiVirt,
};
pub use entry::{Entry, EntryKind};
pub use error::{Error, Result, Stage};
pub use filter::Filter;
pub use inspect::{Import, Inspection, inspect, subsystem};
pub use policy::{
    Access, Clocks, DenyMode, FileMode, HostEnv, Mount, Policy, Preopen, Random, Size, StdioMode,
    Symlinks, Time, Tmpfs,
};
pub use record::{
    Claim, ClaimContent, Record, RecordedClock, RecordedMount, RecordedPreopen, RecordedTmpfs,
};
pub use report::{Action, FileCounts, InterfaceReport, Report, Sizes};
pub use segment::Segment;
pub use virtualize::{adapter, plan};
pub use wasi::DEFAULT_WASI_VERSION;

/// What a run of the engine produces: the artifact as segments, and what was done.
#[derive(Clone, Debug)]
pub struct Output {
    /// The artifact, to be written in order.
    pub segments: Vec<Segment>,
    /// What was virtualized, denied and left to the host.
    pub report: Report,
}
