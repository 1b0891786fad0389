//! What was done to a component: the facts a shell renders for people or as JSON.

pub(crate) mod record;
mod segment;

pub use segment::Segment;

use crate::error::Problem;
use crate::policy::{FileMode, NetworkRules, Preopen, Size, Tmpfs};
use serde::{Deserialize, Serialize};

/// What a run of the engine produces: the artifact as segments, and what was done.
#[derive(Clone, Debug)]
pub struct Output {
    /// The artifact, to be written in order.
    pub segments: Vec<Segment>,
    /// What was virtualized, denied and left to the host.
    pub report: Report,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Every interface the component imports, in the order of its imports; of an adapter alone,
    /// every interface it serves.
    pub interfaces: Vec<InterfaceReport>,
    /// Import names of the component given; of an adapter alone, those of a component that imports
    /// all of WASI.
    pub imports_before: Vec<String>,
    /// Import names of the artifact.
    pub imports_after: Vec<String>,
    /// What was mounted, all mounts together.
    pub files: FileCounts,
    /// Each mount.
    #[serde(default)]
    pub mounts: Vec<MountReport>,
    /// The directories that are empty when the artifact starts.
    #[serde(default)]
    pub tmpfs: Vec<Tmpfs>,
    /// The directories of the host that the component sees under other names.
    #[serde(default)]
    pub preopens: Vec<Preopen>,
    /// The most bytes that may be held in memory by all mounts and tmpfs together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_size: Option<Size>,
    /// The most files, directories and links that may be created in all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_inodes: Option<u64>,
    /// The most memory that the adapter may have, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter_memory: Option<Size>,
    /// The rules for the network.
    #[serde(default, skip_serializing_if = "NetworkRules::is_empty")]
    pub network: NetworkRules,
    /// Sizes in bytes.
    pub sizes: Sizes,
    /// Name and version of the adapter that translates WASI 0.1, where a core module that needs it
    /// was given.
    #[serde(default)]
    pub preview1_adapter: Option<String>,
    /// Functions that a core module exports and the component made of it does not, so that they
    /// cannot be called.
    #[serde(default)]
    pub lost_exports: Vec<String>,
    /// The WASI release that an adapter alone is for; none where a component was given.
    #[serde(default)]
    pub wasi_version: Option<String>,
    /// What the policy allows and nothing needs, and what it allows beyond what may be expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Problem>,
}

/// One mount and what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MountReport {
    /// The path that the component sees.
    pub guest: String,
    /// Whether the component may change it in memory.
    pub mode: FileMode,
    /// The most bytes that may be written to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// The most files, directories and links that may be created in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inodes: Option<u64>,
    /// Embedded files.
    pub files: u64,
    /// Directories.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Bytes of the embedded files.
    pub bytes: u64,
}

/// What happened to one import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct InterfaceReport {
    /// The import's name, with its version.
    pub name: String,
    /// What was done.
    pub action: Action,
    /// The functions the component names, as WIT spells them.
    pub functions: Vec<String>,
}

/// What was done to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A WASI interface left to the host by the policy.
    Host,
    /// Not WASI, and left open.
    Open,
    /// Partly the host's: the adapter asks the host, or handles of both are in use. Of an adapter
    /// alone, also what is handed on to the host.
    Forwarded,
    /// Denied.
    Denied,
    /// Served by the adapter.
    Virtual,
}

/// What was mounted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileCounts {
    /// Regular files.
    pub files: u64,
    /// Directories.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Bytes of their contents in the artifact, where equal ones are stored once.
    pub stored: u64,
}

/// Sizes in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sizes {
    /// The component or core module given.
    pub input: u64,
    /// The adapter's component, without file contents.
    pub adapter: u64,
    /// The artifact.
    pub output: u64,
}
