//! The flags that name the policy's file, choose another result than an artifact, and shape the
//! output. They never change what a flag of the policy means.

use super::PRINT;
use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use clap_complete::Shell;

const POLICY: &str = "The policy as a file";

#[derive(Debug, Args)]
pub(crate) struct Modes {
    /// Take the policy from this TOML file; flags given besides win over it
    ///
    /// Key by key: variables join those of the file by name, mounts, preopens and patterns are
    /// added to it, everything else is replaced. Sources of mounts in the file are relative to its
    /// folder. `-` reads standard input. docs/policy.md explains every key.
    #[arg(long, value_name = "FILE", value_parser = NonEmptyStringValueParser::new(), help_heading = POLICY)]
    pub policy: Option<String>,

    /// Print the policy that the flags and the file make, as such a file, and exit
    #[arg(long, help_heading = POLICY)]
    pub print_policy: bool,

    /// Print a policy that lets COMPONENT start, and nothing more, and exit
    #[arg(long, help_heading = POLICY)]
    pub suggest: bool,

    /// With --suggest, print a policy that allows what this log shows denied or refused
    ///
    /// The log is what an artifact made with `--debug=denied` writes to standard error. `-` reads
    /// standard input.
    #[arg(long, value_name = "FILE", requires = "suggest", value_parser = NonEmptyStringValueParser::new(), help_heading = POLICY)]
    pub from_log: Option<String>,

    /// Do everything but writing; needs no -o
    #[arg(long, help_heading = PRINT)]
    pub dry_run: bool,

    /// Fail, and write nothing, if any import is left
    #[arg(long, help_heading = PRINT)]
    pub assert_no_imports: bool,

    /// Also report every import with its functions, and every embedded file
    #[arg(long, conflicts_with = "quiet", help_heading = PRINT)]
    pub verbose: bool,

    /// Colour reports and errors: auto, always or never [default: auto]
    ///
    /// `auto` colours what goes to a terminal, unless the variable NO_COLOR is set.
    #[arg(long, value_name = "WHEN", require_equals = true, hide_possible_values = true, global = true, help_heading = PRINT)]
    pub color: Option<Color>,

    /// Print completions for a shell: bash, elvish, fish, powershell or zsh
    #[arg(long, value_name = "SHELL", exclusive = true, hide_possible_values = true, help_heading = PRINT)]
    pub completions: Option<Shell>,

    /// Print the manual page, for `man -l -`
    #[arg(long, exclusive = true, help_heading = PRINT)]
    pub man: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}
