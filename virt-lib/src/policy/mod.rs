//! The policy model: what a virtualized component may still reach. The command line, the WIT
//! record, and every later face of the policy are spellings of [`Policy`]; names are the same
//! kebab-case words in all of them. This module must never look at a component.

mod host;
#[cfg(feature = "schema")]
mod schema;
mod size;
mod text;
mod time;
mod variables;
pub(crate) mod wildcard;

use serde::{Deserialize, Serialize};

pub use size::Size;
pub use time::Time;

/// What a component may reach once virtualized. The default denies everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Policy {
    /// Which of the host's environment variables stay visible (`wasi:cli/environment`).
    pub host_env: HostEnv,
    /// Environment variables with fixed values, in order; they win over the host's.
    #[serde(with = "variables")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::variables"))]
    pub env: Vec<(String, String)>,
    /// Whether the host's arguments stay visible when [`Policy::args`] is empty.
    pub host_args: Access,
    /// The exact list `get-arguments` answers with; the first is the program's name by convention.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::texts"))]
    pub args: Vec<String>,
    /// What `initial-cwd` answers with. `None`: none, or the host's where the filesystem is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::path"))]
    pub cwd: Option<String>,
    /// Standard input.
    pub stdin: StdioMode,
    /// Standard output.
    pub stdout: StdioMode,
    /// Standard error.
    pub stderr: StdioMode,
    /// The host's own preopens (`wasi:filesystem`), as the host gives them.
    pub fs: Access,
    /// Files and directories to embed. A shell lists each as [`Entry`](crate::Entry)s, whose `mount` is
    /// the position in this list.
    pub mounts: Vec<Mount>,
    /// Directories that are empty when the artifact starts, and whose files are in memory.
    pub tmpfs: Vec<Tmpfs>,
    /// The most bytes that may be held in memory by all mounts and tmpfs together; `None`: as many as there is memory for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::size"))]
    pub write_size: Option<Size>,
    /// The most files, directories and links that may be made in all mounts and tmpfs together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::count"))]
    pub write_nodes: Option<u64>,
    /// The most memory that the adapter may have, in bytes; `None`: as much as the host gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::size"))]
    pub adapter_memory: Option<Size>,
    /// Directories of the host that the component sees under other names.
    pub preopens: Vec<Preopen>,
    /// Of every mounted directory, embed only the files that match one of these patterns; none means all.
    /// Patterns are those of `.gitignore`, relative to the mount's source.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::patterns"))]
    pub include: Vec<String>,
    /// Leave out what matches one of these patterns, files and directories alike.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::patterns"))]
    pub exclude: Vec<String>,
    /// What happens to symbolic links in a mounted directory.
    pub symlinks: Symlinks,
    /// The timestamp of every embedded file, in seconds since 1970-01-01T00:00:00Z. The default is
    /// 1980-01-01T00:00:00Z.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::seconds"))]
    pub mtime: u64,
    /// `wasi:clocks`.
    pub clocks: Clocks,
    /// `wasi:random`.
    pub random: Random,
    /// `wasi:cli/exit`.
    pub exit: Access,
    /// `wasi:sockets`.
    pub sockets: Access,
    /// `wasi:http`.
    pub http: Access,
    /// Which of the host's configuration properties stay visible (`wasi:config`).
    pub host_config: HostEnv,
    /// Configuration properties with fixed values, in order; they win over the host's.
    #[serde(with = "variables")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::variables"))]
    pub config: Vec<(String, String)>,
    /// How a denied function answers where it has a way to fail.
    pub deny: DenyMode,
    /// Close imports that are not WASI, too.
    pub deny_other: bool,
    /// Import names (globs, `*` and `?`) that stay open: of WASI that has no key of its own here, and of others with
    /// `deny_other`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::patterns"))]
    pub allow_import: Vec<String>,
    /// Log every call of an imported function to the host's standard error, for finding mistakes. The artifact imports
    /// `wasi:cli/stderr` for it, whatever is denied.
    pub debug: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            host_env: Default::default(),
            env: Default::default(),
            host_args: Default::default(),
            args: Default::default(),
            cwd: Default::default(),
            stdin: Default::default(),
            stdout: Default::default(),
            stderr: Default::default(),
            fs: Default::default(),
            mounts: Default::default(),
            tmpfs: Default::default(),
            write_size: Default::default(),
            write_nodes: Default::default(),
            adapter_memory: Default::default(),
            preopens: Default::default(),
            include: Default::default(),
            exclude: Default::default(),
            symlinks: Default::default(),
            mtime: Policy::DEFAULT_MTIME,
            clocks: Default::default(),
            random: Default::default(),
            exit: Default::default(),
            sockets: Default::default(),
            http: Default::default(),
            host_config: Default::default(),
            config: Default::default(),
            deny: Default::default(),
            deny_other: Default::default(),
            allow_import: Default::default(),
            debug: Default::default(),
        }
    }
}

impl Policy {
    /// The timestamp of embedded files, if not said: 1980-01-01T00:00:00Z, the first that every archive can hold.
    pub const DEFAULT_MTIME: u64 = 315_532_800;

    /// The policy that leaves everything to the host.
    pub fn allow_all() -> Self {
        Policy {
            host_env: HostEnv::All,
            host_args: Access::Allow,
            stdin: StdioMode::Allow,
            stdout: StdioMode::Allow,
            stderr: StdioMode::Allow,
            fs: Access::Allow,
            clocks: Clocks::Allow,
            random: Random::Allow,
            exit: Access::Allow,
            sockets: Access::Allow,
            http: Access::Allow,
            host_config: HostEnv::All,
            ..Policy::default()
        }
    }
}

/// A file or directory to embed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mount {
    /// The path that the component sees; a relative one is preopened by just that name, such as `.` or `data`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::path"))]
    pub guest: String,
    /// The file or directory, as the shell finds it. Never recorded in the artifact.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::path"))]
    pub source: String,
    /// Whether the component may change it: in memory, for itself, until it ends.
    #[serde(default = "read_only", skip_serializing_if = "is_read_only")]
    pub mode: FileMode,
    /// Where it may be changed: the most bytes that what is written may hold; `None`: as many as there is memory for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::size"))]
    pub size: Option<Size>,
    /// Where it may be changed: the most files, directories and links that may be made; `None`: as many as there is
    /// memory for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::count"))]
    pub nodes: Option<u64>,
}

fn read_only() -> FileMode {
    FileMode::Ro
}

fn is_read_only(mode: &FileMode) -> bool {
    *mode == FileMode::Ro
}

/// An empty directory to write to. What is written is in memory, and gone when the artifact ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Tmpfs {
    /// The path that the component sees; a relative one is preopened by just that name, such as `.` or `data`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::path"))]
    pub guest: String,
    /// The most bytes that its files may hold; `None`: as many as there is memory for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::size"))]
    pub size: Option<Size>,
    /// The most files, directories and links there may be in it; `None`: as many as there is memory for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::count"))]
    pub nodes: Option<u64>,
}

/// A directory of the host's, opened when the artifact runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Preopen {
    /// The path that the component sees; a relative one is preopened by just that name, such as `.` or `data`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::path"))]
    pub guest: String,
    /// The path by which the host preopens it, or a path inside of one that it preopens.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::path"))]
    pub host: String,
    /// Whether the component may change it.
    #[serde(default)]
    pub mode: FileMode,
}

/// Whether files may be changed through the artifact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FileMode {
    /// Reading and writing; of the host's, as far as it allows that.
    #[default]
    Rw,
    /// Reading only.
    Ro,
}

/// What happens to symbolic links in a mounted directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Symlinks {
    /// They stay links, and lead where they lead inside the virtual tree. An absolute one is an error.
    #[default]
    Keep,
    /// They are left out.
    Skip,
}

/// Whether a subsystem is left to the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Every call is denied.
    #[default]
    Deny,
    /// Every call reaches the host.
    Allow,
}

/// What clocks a component sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Clocks {
    /// None: every call is denied.
    #[default]
    Deny,
    /// The host's.
    Allow,
    /// One that stands still at this time. The monotonic clock stands at 0. Nothing waits.
    Fixed(#[cfg_attr(feature = "schema", schemars(schema_with = "schema::time"))] Time),
    /// One that starts at this time, and goes on by a microsecond with every reading, and at once to the end of
    /// whatever is waited for. The monotonic clock starts at 0.
    Start(#[cfg_attr(feature = "schema", schemars(schema_with = "schema::time"))] Time),
}

/// What random numbers a component sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Random {
    /// None: every call is denied.
    #[default]
    Deny,
    /// The host's.
    Allow,
    /// Those that come from this number, at most [`Random::LAST_SEED`]: the same in every run, and no secret.
    Seed(#[cfg_attr(feature = "schema", schemars(schema_with = "schema::seed"))] u64),
}

impl Random {
    /// The largest seed, which is the largest number that a TOML file can hold.
    pub const LAST_SEED: u64 = i64::MAX as u64;
}

/// Which of the host's environment variables, or of its configuration properties, a component sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HostEnv {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// Only those named.
    Only(#[cfg_attr(feature = "schema", schemars(schema_with = "schema::names"))] Vec<String>),
    /// All but those named.
    Except(#[cfg_attr(feature = "schema", schemars(schema_with = "schema::names"))] Vec<String>),
}

/// What happens to one of the standard streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StdioMode {
    /// Operations fail with `last-operation-failed`.
    #[default]
    Deny,
    /// Input is at its end, output is swallowed.
    Ignore,
    /// The host's stream.
    Allow,
}

/// How a denied function answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DenyMode {
    /// It traps, in a function whose name says what was denied.
    #[default]
    Trap,
    /// It answers with the interface's own error where it has one, and traps where it has none.
    Error,
}
