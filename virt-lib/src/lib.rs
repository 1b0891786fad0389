//! `wasi_virt` takes a WebAssembly component and a policy and returns a component that no longer
//! reaches its host for what the policy virtualizes.
//!
//! The engine is a pure planner: bytes and a list of entries in, [`Segment`]s and a [`Report`]
//! out. It has no clock, no randomness, no file access, no thread and no global state, and it
//! never sees the contents of mounted files; a shell reads the disk and writes the segments.
//! [`WasiVirt`] is such a shell, for programs with a disk: the feature `std-fs`, on by default.

#![deny(missing_docs)]

mod alone;
#[cfg(feature = "std-fs")]
mod builder;
mod entry;
mod error;
mod filter;
mod passthrough;
mod plan;
mod policy;
mod problem;
mod read;
mod record;
mod relink;
mod report;
mod segment;
mod specialize;
mod splice;
#[cfg(test)]
mod testing;
mod tree;
mod verify;
mod virtualize;
mod wasi;
mod wasm;

pub use alone::adapter;
#[cfg(feature = "std-fs")]
pub use builder::{
    FsEntry, VirtClocks, VirtConfig, VirtEnv, VirtFs, VirtRandom, VirtStdio, VirtSwitch, WasiVirt,
};
pub use entry::{Entry, EntryKind};
pub use error::{Error, Result, Stage};
pub use filter::Filter;
pub use policy::{
    Access, Clocks, DenyMode, FileMode, HostEnv, Mount, Policy, Preopen, Random, Size, StdioMode,
    Symlinks, Time, Tmpfs,
};
pub use problem::{Problem, ProblemKind, ProblemPart, Setting, SettingValue};
pub use read::inspect::{Import, Inspection, inspect, subsystem};
pub use record::{
    Claim, ClaimContent, Record, RecordedClock, RecordedMount, RecordedPreopen, RecordedTmpfs,
};
pub use report::{Action, FileCounts, InterfaceReport, Report, Sizes};
pub use segment::Segment;
pub use virtualize::plan;
pub use wasi::DEFAULT_WASI_VERSION;

/// What a run of the engine produces: the artifact as segments, and what was done.
#[derive(Clone, Debug)]
pub struct Output {
    /// The artifact, to be written in order.
    pub segments: Vec<Segment>,
    /// What was virtualized, denied and left to the host.
    pub report: Report,
}
