//! The format of a case: its input, its policy and its expectations. An unknown key is an error, so
//! that no expectation goes unread. `tests/cases/README.md` documents every key.

use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    /// What it shows, in a sentence.
    pub description: String,
    /// The component: one of target/fixtures.
    pub guest: Option<String>,
    /// The component as WebAssembly text.
    pub wat: Option<String>,
    /// The component as any text.
    pub text: Option<String>,
    /// Keep this many bytes of the component only.
    pub truncate: Option<usize>,
    /// What is given to `wasi-virt` between the component and `-o out.wasm --json`.
    #[serde(default)]
    pub args: Vec<String>,
    /// All that is given to `wasi-virt`, instead.
    pub command_line: Option<Vec<String>>,
    /// What is given to `wasmtime run` before the generator.
    pub wasmtime_args: Option<Vec<String>>,
    #[serde(default, rename = "file")]
    pub files: Vec<File>,
    #[serde(default, rename = "folder")]
    pub folders: Vec<Folder>,
    #[serde(default, rename = "link")]
    pub links: Vec<Link>,
    #[serde(default, rename = "special")]
    pub specials: Vec<Special>,
    /// Why Node is not asked for the same.
    pub not_in_node: Option<String>,
    /// Why a page is not asked for the same.
    pub not_in_page: Option<String>,
    /// Generate as a user without privileges, whoever runs the tests.
    #[serde(default)]
    pub unprivileged: bool,
    #[serde(default)]
    pub generate: Generate,
    #[serde(default, rename = "run")]
    pub runs: Vec<Run>,
}

/// A file below the folder where the generator runs.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    pub path: String,
    #[serde(default)]
    pub text: String,
    /// As many bytes of a fixed pattern instead.
    pub size: Option<u64>,
    /// One of target/fixtures instead.
    pub fixture: Option<String>,
    /// Makes this many files. In path and text `{n}` counts them from 0, and `{n/10}` their tens.
    pub repeat: Option<u64>,
}

/// A copy of a folder in target/fixtures.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Folder {
    pub path: String,
    pub fixture: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Link {
    pub path: String,
    pub target: String,
}

/// What no data file can hold.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Special {
    pub path: String,
    pub kind: SpecialKind,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpecialKind {
    Directory,
    Fifo,
    Socket,
    /// A file in the folder `path` whose name is not UTF-8.
    NotUtf8,
    /// A file that its owner may not read.
    Unreadable,
    /// A file that its owner may not write.
    ReadOnly,
    /// A folder that nothing can be made in.
    Unwritable,
}

/// What generation must give, in every host alike.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Generate {
    pub exit: i32,
    /// All of standard error.
    pub stderr: Option<String>,
    /// Parts of standard error.
    pub stderr_has: Vec<String>,
    /// Parts of standard error under wasmtime, where the message differs for a reason.
    pub stderr_has_in_wasmtime: Option<Vec<String>>,
    /// Parts of standard error in Node, where the message differs for a reason.
    pub stderr_has_in_node: Option<Vec<String>>,
    /// Parts of standard output.
    pub stdout_has: Vec<String>,
    /// Globs: every import that is left matches one, and each matches one that is left.
    pub open: Option<Vec<String>>,
    /// What the report says of imports (globs), every match alike.
    pub actions: BTreeMap<String, String>,
    /// `files, directories, links, bytes` of the report.
    pub counts: Option<[u64; 4]>,
    /// No file is expected to be written, though generation succeeds.
    pub no_output: bool,
}

/// One run of the artifact, in an instance of its own.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Run {
    /// Given to the export `test:probe/api#probe`.
    pub script: Option<String>,
    /// Call `wasi:cli/run` instead.
    pub command: bool,
    /// A host that provides nothing at all.
    pub closed: bool,
    /// What the script answers: all of it.
    pub result: Option<String>,
    /// The same script must get the same answers from the component as it was, where the host has
    /// these folders as preopens: guest path to folder.
    pub as_on_host: Option<BTreeMap<String, String>>,
    /// Folders that the host preopens besides the planted ones: path there to folder. Each run has a
    /// copy of its own. With `as-on-host` both runs must leave the same files behind.
    pub preopens: BTreeMap<String, String>,
    /// Files of those folders after the run, and what is in them.
    pub holds: BTreeMap<String, String>,
    /// Paths in those folders at which there is nothing after the run.
    pub gone: Vec<String>,
    /// Parts of the trap's message and backtrace.
    pub trap_has: Vec<String>,
    /// The exit code that the program asked for; `run` returning an error is 1.
    pub exit: Option<i32>,
    /// All that reached the host's standard output and error.
    pub stdout: String,
    pub stderr: String,
    /// What the host holds planted may be seen.
    pub sees_host: bool,
    /// Connections and datagrams that reached the planted servers.
    pub reached: u64,
    /// The host's standard input, when it is not the planted one.
    pub stdin: Option<String>,
}

impl Case {
    /// The part that it needs and `cargo xtask test --without=…` can leave out.
    pub fn needs(&self) -> Option<&str> {
        let guest = self.guest.as_deref();
        guest.filter(|guest| ["c", "go", "python", "ruby", "javascript"].contains(guest))
    }
}
