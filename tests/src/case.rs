//! The format of a case: its input, its policy and its expectations. An unknown key is an error, so
//! that no expectation goes unread. `tests/cases/README.md` documents every key.

use crate::servers::Servers;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    /// What the case shows, in a sentence.
    pub description: String,
    /// The component: a file of target/fixtures, without `.wasm`.
    pub guest: Option<String>,
    /// The component as WebAssembly text, instead.
    pub wat: Option<String>,
    /// The component as any text, instead.
    pub text: Option<String>,
    /// Keep this many bytes of the component only.
    pub truncate: Option<usize>,
    /// Arguments between the component and `-o out.wasm --json`.
    #[serde(default)]
    pub args: Vec<String>,
    /// All arguments, instead.
    pub command_line: Option<Vec<String>>,
    /// Arguments of `wasmtime run` before the generator.
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
    /// Generate as a user without privileges, even where root runs the tests.
    #[serde(default)]
    pub unprivileged: bool,
    /// Names that the host of the runs resolves, with their addresses.
    #[serde(default)]
    pub names: BTreeMap<String, Answers>,
    #[serde(default)]
    pub generate: Generate,
    #[serde(default, rename = "run")]
    pub runs: Vec<Run>,
}

/// A file below the folder where the generator runs.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    pub path: String,
    #[serde(default)]
    pub text: String,
    /// Hold as many bytes of a fixed pattern, instead.
    pub size: Option<u64>,
    /// Hold what a file of target/fixtures holds, instead.
    pub fixture: Option<String>,
    /// Makes this many files. In path and text `{n}` counts them from 0, and `{n/10}` their tens.
    pub repeat: Option<u64>,
}

/// A copy of a folder in target/fixtures.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Folder {
    pub path: String,
    pub fixture: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Link {
    pub path: String,
    pub target: String,
}

/// An entry of a folder that no data file can be.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Special {
    pub path: String,
    pub kind: SpecialKind,
}

#[derive(Clone, Deserialize)]
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

/// The addresses that a name resolves to.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Answers {
    Always(Vec<IpAddr>),
    /// Those of the first lookup, of the second, and so on; the last stay.
    InTurn(Vec<Vec<IpAddr>>),
}

/// What every host must do alike.
#[derive(Clone, Default, Deserialize)]
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
    /// Globs of the imports that remain: each import matches one, and each glob an import.
    pub open: Option<Vec<String>>,
    /// Glob of imports to the action that the report shows for every match.
    pub actions: BTreeMap<String, String>,
    /// Files, directories, links and bytes that the report says are embedded.
    pub counts: Option<[u64; 4]>,
    /// Generation succeeds and writes no file.
    pub no_output: bool,
}

/// One run of the artifact, in an instance of its own.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Run {
    /// The argument of the export `test:probe/api#probe`.
    pub script: Option<String>,
    /// Call `wasi:cli/run`, instead.
    pub command: bool,
    /// The host offers nothing at all.
    pub closed: bool,
    /// All that the script answers.
    pub result: Option<String>,
    /// The original component gives the same result on a host that preopens these folders: guest
    /// path to folder.
    pub as_on_host: Option<BTreeMap<String, String>>,
    /// Folders that the host preopens beside the planted ones: path there to folder. Each run has
    /// copies of its own. With `as-on-host` both runs must leave the same files behind.
    pub preopens: BTreeMap<String, String>,
    /// Files of those folders after the run, with their text.
    pub holds: BTreeMap<String, String>,
    /// Paths in those folders that do not exist after the run.
    pub gone: Vec<String>,
    /// Parts of the message and backtrace of the trap in which the run ends.
    pub trap_has: Vec<String>,
    /// The exit code that the program asks for; 1 where `run` returns an error.
    pub exit: Option<i32>,
    /// All that reaches the standard output and error of the host.
    pub stdout: String,
    pub stderr: String,
    /// The run may see what is planted.
    pub sees_host: bool,
    /// Connections, requests and datagrams that reach the planted servers.
    pub reached: u64,
    /// All that the host's network is asked for, in order: lookups, connections, datagrams and
    /// requests.
    pub asked: Vec<String>,
    /// The standard input of the host, instead of the planted one.
    pub stdin: Option<String>,
    /// Where the artifact does other in Node than in wasmtime.
    pub in_node: Difference,
    /// Where the original component, on the host's own files, does other in Node than in wasmtime.
    pub on_host_in_node: Difference,
}

/// Where one host does other than wasmtime, a program of WASI 0.3.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Difference {
    /// Why the run is not made there.
    pub not_run: Option<String>,
    /// Lines of the script to what is answered there.
    pub answers: BTreeMap<String, String>,
    /// Parts of the error in which the run ends there.
    pub error_has: Vec<String>,
}

impl Difference {
    /// Whether anything differs.
    pub fn differs(&self) -> bool {
        self.not_run.is_some() || !self.answers.is_empty() || !self.error_has.is_empty()
    }
}

impl Case {
    /// The case with the addresses of servers in its arguments and files.
    pub fn filled(&self, servers: &Servers) -> Case {
        let mut case = self.clone();
        let all = case.command_line.iter_mut().flatten();
        for text in all.chain(&mut case.args) {
            *text = servers.fill(text);
        }
        for file in &mut case.files {
            file.text = servers.fill(&file.text);
        }
        case
    }

    /// The part that it needs and `cargo xtask test --without=…` can leave out.
    pub fn needs(&self) -> Option<&str> {
        let guest = self.guest.as_deref();
        let guest = guest.and_then(|guest| guest.split('-').next());
        guest.filter(|guest| ["c", "go", "python", "ruby", "javascript"].contains(guest))
    }
}
