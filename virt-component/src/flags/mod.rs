//! The flags as clap sees them: those of the keys from their rows, the others here. What they mean
//! together is [`resolve`]'s; this module never checks one flag against another.

mod args;
mod examples;
mod files;
mod ignore_file;
mod modes;
mod mounts;
mod names;
mod resolve;
mod rules;
mod simulated;
mod values;

pub(crate) use args::{Given, sets};
pub(crate) use modes::Color;
#[cfg(test)]
pub(crate) use resolve::over;
pub(crate) use resolve::resolve;

use clap::{Args, Parser, Subcommand, builder::NonEmptyStringValueParser};
use wasi_virt::{DEFAULT_WASI_VERSION, Policy, keys::Key};

const PRINT: &str = "Output";

/// The command with the flags of all keys.
pub(crate) fn command() -> clap::Command {
    command_with(Policy::KEYS)
}

/// The command with the flags of these keys, which come first in its help.
pub(crate) fn command_with(keys: &[Key]) -> clap::Command {
    Flags::augment_args(args::add(clap::Command::new("wasi-virt"), keys))
}

/// Virtualize a WebAssembly component: compile a policy into it.
///
/// The result no longer imports what the policy closes or replaces, so the policy holds in every
/// host. Without flags everything WASI offers is denied.
#[derive(Debug, Parser)]
#[command(
    name = "wasi-virt",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    override_usage = "wasi-virt [FLAGS] COMPONENT -o OUT\n       wasi-virt [FLAGS] -o OUT\n       wasi-virt inspect COMPONENT",
    after_help = examples::SHORT,
    after_long_help = examples::LONG
)]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The component to virtualize; `-` reads standard input
    ///
    /// A core module of WASI 0.1 is made a component first. Without a component, the result is the
    /// adapter alone: composed with a component, it virtualizes that. A file named like a
    /// subcommand is written `./inspect`.
    #[arg(value_name = "COMPONENT", value_parser = NonEmptyStringValueParser::new())]
    pub component: Option<String>,

    /// Where to write the result; `-` is standard output
    ///
    /// The file appears whole or not at all, and may be the component itself.
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["print_policy", "suggest", "dry_run"], value_parser = NonEmptyStringValueParser::new(), help_heading = PRINT)]
    pub output: Option<String>,

    #[command(flatten)]
    pub modes: modes::Modes,

    #[arg(long, value_name = "VERSION", value_parser = NonEmptyStringValueParser::new(), help_heading = PRINT, help = release(), long_help = release_at_length())]
    pub wasi_version: Option<String>,

    /// Print the report as JSON on standard output
    #[arg(long, conflicts_with = "quiet", help_heading = PRINT)]
    pub json: bool,

    /// Print no report, only warnings and errors
    #[arg(short, long, help_heading = PRINT)]
    pub quiet: bool,
}

/// The help of `--wasi-version`.
fn release() -> String {
    format!(
        "Without a component: the WASI release the adapter is for [default: {DEFAULT_WASI_VERSION}]"
    )
}

fn release_at_length() -> String {
    let help = release();
    format!(
        "{help}\n\nIt must be the one that the component it is composed with imports: 0.2.Z or 0.3.Z. \
         At WASI 0.3, the adapter has only what the policy closes or replaces."
    )
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print what a component imports and exports
    #[command(arg_required_else_help = true)]
    Inspect {
        /// The component; `-` reads standard input
        #[arg(value_name = "COMPONENT", value_parser = NonEmptyStringValueParser::new())]
        component: String,

        /// Print JSON
        #[arg(long, conflicts_with = "quiet")]
        json: bool,

        /// Print nothing but errors
        #[arg(short, long)]
        quiet: bool,

        /// Fail if the component has any import
        #[arg(long)]
        assert_no_imports: bool,
    },
}
