//! `wasi_virt` takes a WebAssembly component and a policy and returns a component that no longer
//! reaches its host for what the policy virtualizes.
//!
//! The engine is a pure planner: bytes and a list of entries in, [`Segment`]s and a [`Report`]
//! out. It has no clock, no randomness, no file access, no thread and no global state, and it
//! never sees the contents of mounted files; a shell reads the disk and writes the segments.

#![deny(missing_docs)]

mod entry;
mod error;
mod policy;
mod report;
mod segment;

pub use entry::{Entry, EntryKind};
pub use error::{Error, Result, Stage};
pub use policy::{Access, DenyMode, HostEnv, Policy, StdioMode};
pub use report::{Action, FileCounts, InterfaceReport, Report, Sizes};
pub use segment::Segment;

/// What a run of the engine produces: the artifact as segments, and what was done.
#[derive(Clone, Debug)]
pub struct Output {
    /// The artifact, to be written in order.
    pub segments: Vec<Segment>,
    /// What was virtualized, denied and left to the host.
    pub report: Report,
}

/// Plans the virtualization of `component` under `policy` with these entries mounted.
///
/// # Errors
///
/// [`Error::Invalid`] for input or policy that cannot be served, [`Error::Internal`] for a bug.
pub fn plan(component: &[u8], policy: &Policy, entries: &[Entry]) -> Result<Output> {
    let _ = (component, policy, entries);
    Err(Error::internal(Stage::Plan, "not written yet"))
}

/// What a component imports and exports, read from its component-level sections.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// Every import, in order.
    pub imports: Vec<Import>,
    /// Names of the exports, in order.
    pub exports: Vec<String>,
}

/// One import of a component.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Import {
    /// Its name, with its version.
    pub name: String,
    /// The policy word that governs it (`env`, `fs`, `stdio`, `clocks`, `random`, `exit`, `sockets`,
    /// `http`, `config`), `io` for `wasi:io`, `other` for what is not WASI.
    pub subsystem: String,
    /// The functions it names, `interface`-local (`[method]descriptor.stat`).
    pub functions: Vec<String>,
}

/// Reads what a component imports and exports.
///
/// # Errors
///
/// [`Error::Invalid`] when `component` is not a readable component.
pub fn inspect(component: &[u8]) -> Result<Inspection> {
    let _ = component;
    Err(Error::internal(Stage::Inspect, "not written yet"))
}
