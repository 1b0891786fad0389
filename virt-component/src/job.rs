//! What the command line asks a shell to do, as plain data: the protocol between [`cli`](crate::cli)
//! and every shell (native, command component, JS). No behaviour here.

use wasi_virt::Policy;

/// What a shell tells the command line about how it was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The arguments, without the program's name.
    pub args: Vec<String>,
    /// What standard output is.
    pub terminal: Terminal,
}

/// What standard output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether it is a terminal; a component is never written to one.
    pub is_terminal: bool,
    /// Its width in columns, where known; help is wrapped to it.
    pub columns: Option<u16>,
}

/// What a shell does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Print this and exit: help, version, a usage error.
    Exit(Exit),
    /// Virtualize a component.
    Virtualize(VirtualizeJob),
    /// Print what a component imports and exports.
    Inspect(InspectJob),
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
    /// The flags given that concern a subsystem, so that the report can say which had no effect.
    pub configured: Vec<Configured>,
}

/// A component to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectJob {
    /// The component.
    pub component: Input,
    /// Print JSON instead of text.
    pub json: bool,
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
}

/// What a shell prints after virtualizing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Print {
    /// The report as text, to standard error.
    Text,
    /// The report as JSON, to standard output.
    Json,
    /// Nothing.
    Nothing,
}

/// A flag that concerns one subsystem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// As typed, without its value: `--mount`.
    pub flag: String,
    /// The policy word of the subsystem: `fs`.
    pub subsystem: String,
}
