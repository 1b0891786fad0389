//! The work that the command line gives to a shell, as plain data: the protocol between
//! [`cli`](crate::cli) and every shell (native, command component, JS). It has no behaviour.

use wasi_virt::Policy;

/// The environment variables that the command line asks about.
pub const VARIABLES: [&str; 2] = ["NO_COLOR", "SOURCE_DATE_EPOCH"];

/// What a shell tells the command line about how it was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The arguments, without the program's name.
    pub args: Vec<String>,
    /// What the standard streams are.
    pub terminal: Terminal,
    /// Those of [`VARIABLES`] that are set, with their values.
    pub env: Vec<(String, String)>,
    /// The files that an earlier [`Step::Read`] asked for.
    pub files: Vec<FileContents>,
}

impl Invocation {
    /// A file that was asked for, if it was read.
    pub(crate) fn file(&self, path: &str) -> Option<&FileContents> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// A file that the command line asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileContents {
    /// Its path, as asked for.
    pub path: String,
    /// What is in it.
    pub contents: Vec<u8>,
}

/// What the standard streams are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether standard output is a terminal; a component is never written to one.
    pub is_terminal: bool,
    /// Its width in columns, where known; help is wrapped to it.
    pub columns: Option<u16>,
    /// Whether standard error is a terminal; messages to one are coloured.
    pub stderr_is_terminal: bool,
}

/// What a shell does next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // One is made, matched and gone.
pub enum Step {
    /// Print this and exit: help, version, a usage error.
    Exit(Exit),
    /// Read these files, of which `-` is standard input, and ask again with their contents in
    /// [`Invocation::files`].
    Read(Vec<String>),
    /// Virtualize a component.
    Virtualize(VirtualizeJob),
    /// Print what a component imports and exports.
    Inspect(InspectJob),
    /// Inspect a component and print a policy that lets it start, with `render_suggestion`.
    Suggest(SuggestJob),
}

/// Text to print, and the code to exit with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// 0 done, 1 error, 2 usage error, 70 internal error.
    pub code: u8,
}

/// A component to virtualize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualizeJob {
    /// The component; none to make the adapter alone.
    pub component: Option<Input>,
    /// The WASI release the adapter is for, where there is no component.
    pub wasi_version: String,
    /// Where the result goes.
    pub output: Output,
    /// What the result holds, and what it may still reach.
    pub policy: Policy,
    /// What to print when done.
    pub print: Print,
    /// Report every import with its functions, and every file.
    pub verbose: bool,
    /// Print errors and the report in colours.
    pub color: bool,
    /// End with `refuse_imports` before anything is written, if it refuses.
    pub assert_no_imports: bool,
    /// The policy keys given, so that errors and warnings name them as they were given.
    pub configured: Vec<Configured>,
}

/// A component to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectJob {
    /// The component.
    pub component: Input,
    /// Print JSON instead of text.
    pub json: bool,
    /// Print nothing.
    pub quiet: bool,
    /// End with `refuse_imported`, if it refuses.
    pub assert_no_imports: bool,
    /// Print errors in colours.
    pub color: bool,
}

/// A component to suggest a policy for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuggestJob {
    /// The component.
    pub component: Input,
    /// Print errors in colours.
    pub color: bool,
}

/// Where a component is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// This path.
    File(String),
}

/// Where the result is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// This path; it appears whole or not at all.
    File(String),
    /// Nowhere: all is done but writing.
    Nowhere,
}

/// What a shell prints after virtualizing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    /// The report as text, to standard error.
    Text,
    /// The report as JSON, to standard output.
    Json,
    /// Warnings alone, to standard error.
    Warnings,
}

/// A policy key that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// As typed, without its value: `--mount`, or the key and the file: `clocks in policy.toml`.
    pub flag: String,
    /// The name of the key: `mounts`.
    pub key: String,
}
