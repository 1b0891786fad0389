//! The command line of wasi-virt as a library, and the shells around it that are written in Rust.
//!
//! The core has no input or output: arguments become a [`Step`], results become text. Around it
//! stand the native binary and the command component `virt-gen.wasm`, which share one shell with a
//! disk, and JS around the pure build, which has none.

#![deny(missing_docs)]

#[cfg(all(target_family = "wasm", any(feature = "command", feature = "pure")))]
mod bindings;
mod cli;
mod command_line;
mod documents;
mod escape;
mod exit;
mod flags;
mod job;
#[cfg(test)]
mod made_up_key;
mod meant;
mod paint;
mod policy_file;
mod problem;
mod render;
#[cfg(any(not(target_family = "wasm"), feature = "command"))]
mod shell;
mod wording;

pub use cli::cli;
pub use command_line::command_line;
pub use escape::{escape, escape_lines, quote};
pub use exit::{ERROR, INTERNAL, USAGE, failure, refuse_imported, refuse_imports};
pub use job::{
    Configured, Exit, FileContents, Input, InspectJob, Invocation, Output, Print, Step, SuggestJob,
    Terminal, VARIABLES, VirtualizeJob,
};
pub use paint::paint_exit;
pub use policy_file::{
    PolicyProblem, parse_policy, parse_policy_json, policy_as_json, policy_reference,
    policy_schema, print_policy, render_suggestion,
};
pub use problem::{Problem, Reason, Task, render_problem};
pub use render::{Context, render_inspection, render_report, render_warnings, report_schema};
#[cfg(any(not(target_family = "wasm"), feature = "command"))]
pub use shell::run;
