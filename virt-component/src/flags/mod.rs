//! The flags as clap sees them, with their help. What they mean together is [`resolve`]'s; this
//! module never checks one flag against another.

mod examples;
mod files;
mod ignore_file;
mod modes;
mod places;
mod resolve;
mod simulated;
mod values;

pub(crate) use modes::Color;
pub(crate) use resolve::resolve;

use clap::{Parser, Subcommand, ValueEnum, builder::NonEmptyStringValueParser};

const FILES: &str = "Files";
const VALUES: &str = "Environment, arguments, configuration";
const SIMULATED: &str = "Virtual clocks and random numbers";
const STDIO: &str = "Standard streams";
const ACCESS: &str = "What stays open to the host";
const DENY: &str = "What is closed, and how";
const PRINT: &str = "Output";

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
    /// A core module of WASI 0.1 is made a component first. Without a component, the result is the adapter
    /// alone: composed with a component, it virtualizes that. A file named like a subcommand is written
    /// `./inspect`.
    #[arg(value_name = "COMPONENT", value_parser = NonEmptyStringValueParser::new())]
    pub component: Option<String>,

    /// Where to write the result; `-` is standard output
    ///
    /// The file appears whole or not at all, and may be the component itself.
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["print_policy", "suggest", "dry_run"], value_parser = NonEmptyStringValueParser::new(), help_heading = PRINT)]
    pub output: Option<String>,

    #[command(flatten)]
    pub modes: modes::Modes,

    /// Without a component: the WASI release the adapter is for [default: 0.2.12]
    ///
    /// It must be the one that the component it is composed with imports.
    #[arg(long, value_name = "0.2.Z", value_parser = NonEmptyStringValueParser::new(), help_heading = PRINT)]
    pub wasi_version: Option<String>,

    /// Print the report as JSON on standard output
    #[arg(long, conflicts_with = "quiet", help_heading = PRINT)]
    pub json: bool,

    /// Print no report
    #[arg(short, long, help_heading = PRINT)]
    pub quiet: bool,

    /// Embed a file or directory at this guest path
    ///
    /// A directory is embedded with everything below it, symbolic links as links. With `:rw` the component
    /// may change what is there: in memory, for itself, until it ends; `:ro` is the default. The text is split
    /// at its first `=`. The long form is `guest=/data,source=folder,mode=rw`, and with `,size=64M` behind it limits the bytes that
    /// what is written may hold, with `,nodes=1000` how many files, directories and links may be made. A relative guest
    /// path, such as `.` or `data`, is preopened by just that name, as by `wasmtime run --dir .`. May be repeated.
    #[arg(long, value_name = "GUEST=SOURCE[:ro|:rw]", help_heading = FILES)]
    pub mount: Vec<String>,

    /// Give the component an empty directory to write to, in memory, at this guest path
    ///
    /// What it writes is gone when it ends. `:size=64M` limits the bytes that its files may hold, `:nodes=1000` how
    /// many files, directories and links there may be, `:size=64M,nodes=1000` both. May be repeated.
    #[arg(long, value_name = "GUEST[:size=SIZE]", help_heading = FILES)]
    pub tmpfs: Vec<String>,

    /// Limit the bytes that all files together may hold in memory
    ///
    /// Counts what is written to mounts with `:rw` and to tmpfs, which may have limits of their own besides. A write
    /// beyond it is refused with `quota`. SIZE is a number of bytes, or one with `K`, `M` or `G` behind it.
    #[arg(long, value_name = "SIZE", help_heading = FILES)]
    pub write_size: Option<String>,

    /// Limit how many files, directories and links may be made in memory, all together
    #[arg(long, value_name = "COUNT", help_heading = FILES)]
    pub write_nodes: Option<String>,

    /// Limit the memory of the adapter
    ///
    /// The artifact declares it, so that no host gives more. Files that need more are refused with
    /// `insufficient-memory`. The component's own memory is not limited. SIZE is written as for --write-size.
    #[arg(long, value_name = "SIZE", help_heading = FILES)]
    pub adapter_memory: Option<String>,

    /// Show a directory of the host's at this guest path
    ///
    /// HOST is a path as the host preopens it when the component runs (`wasmtime run --dir`), or one
    /// inside of that; nothing else of the host's is reached. `:ro` lets nothing be changed, `:rw` is the
    /// default. The long form is `guest=/data,host=/srv/data,mode=ro`. May be repeated.
    #[arg(long, value_name = "GUEST=HOST[:ro|:rw]", help_heading = FILES)]
    pub preopen: Vec<String>,

    /// Of a mounted folder, embed only the files that match this pattern
    ///
    /// Patterns are those of `.gitignore`, relative to the mount's source: `*.html` matches at any depth,
    /// `/docs/` one folder and all below it. Folders left empty are left out. May be repeated; with
    /// `!` in front a pattern takes away from what those before it include.
    #[arg(long, value_name = "GLOB", allow_hyphen_values = true, help_heading = FILES)]
    pub include: Vec<String>,

    /// Leave out files and folders that match this pattern
    ///
    /// Patterns are those of `.gitignore`, relative to the mount's source; nothing in a folder that is left
    /// out is even read. Wins over --include. May be repeated.
    #[arg(long, value_name = "GLOB", allow_hyphen_values = true, help_heading = FILES)]
    pub exclude: Vec<String>,

    /// Leave out what the patterns in this file match
    ///
    /// The file is written like a `.gitignore`; its patterns count after those of --exclude, relative to
    /// the mount's source, wherever the file is. May be repeated.
    #[arg(long, value_name = "FILE", help_heading = FILES)]
    pub ignore_file: Vec<String>,

    /// Symbolic links in mounted folders: keep or skip [default: keep]
    ///
    /// With `keep` they stay links, and an absolute one is an error; with `skip` they are left out.
    #[arg(long, value_name = "HOW", hide_possible_values = true, help_heading = FILES)]
    pub symlinks: Option<Links>,

    /// The timestamp of every embedded file [default: 1980-01-01T00:00:00Z]
    ///
    /// Seconds since 1970, or a date in UTC such as `2024-01-01T00:00:00Z`. Without it the environment variable
    /// SOURCE_DATE_EPOCH is used, if set.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = FILES)]
    pub mtime: Option<String>,

    /// Set an environment variable
    ///
    /// The value is everything after the first `=`. Wins over a variable of the host. May be
    /// repeated.
    #[arg(short, long, value_name = "K=V", help_heading = VALUES)]
    pub env: Vec<String>,

    /// Pass an argument; the first is the program's name
    ///
    /// Together these are the exact list that the component sees. May be repeated.
    #[arg(long, value_name = "V", allow_hyphen_values = true, help_heading = VALUES)]
    pub arg: Vec<String>,

    /// Set the initial working directory
    #[arg(long, value_name = "PATH", help_heading = VALUES)]
    pub cwd: Option<String>,

    /// Set a configuration property (`wasi:config`)
    ///
    /// The value is everything after the first `=`. Wins over a property of the host. May be repeated.
    #[arg(short, long, value_name = "K=V", help_heading = VALUES)]
    pub config: Vec<String>,

    /// A virtual clock: `fixed=TIME` stands still, `start=TIME` goes on from there
    ///
    /// TIME is a date in UTC such as `2024-01-01T00:00:00Z`, or seconds since 1970. `start` goes on by a
    /// microsecond with every reading. Sleeping returns at once: with `start`, it then is as late as if it had
    /// been slept.
    #[arg(long, value_name = "KIND=TIME", help_heading = SIMULATED)]
    pub clock: Option<String>,

    /// Random numbers that are the same in every run: `seed=N`
    ///
    /// They are not fit for secrets: anybody can compute them.
    #[arg(long, value_name = "seed=N", help_heading = SIMULATED)]
    pub random: Option<String>,

    /// All three standard streams; a flag for one of them wins [bare: allow]
    ///
    /// `allow` leaves them to the host, with `ignore` input is at its end and output is swallowed,
    /// with `deny` operations fail.
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "allow", hide_possible_values = true, help_heading = STDIO)]
    pub stdio: Option<Stdio>,

    /// Standard input: allow, ignore or deny
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "allow", hide_possible_values = true, help_heading = STDIO)]
    pub stdin: Option<Stdio>,

    /// Standard output: allow, ignore or deny
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "allow", hide_possible_values = true, help_heading = STDIO)]
    pub stdout: Option<Stdio>,

    /// Standard error: allow, ignore or deny
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_missing_value = "allow", hide_possible_values = true, help_heading = STDIO)]
    pub stderr: Option<Stdio>,

    /// Everything below, unless another flag says otherwise
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_all: Option<bool>,

    /// The host's environment and arguments, or only the variables named
    ///
    /// With names, the host's arguments need --allow-args.
    #[arg(long, value_name = "A,B", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = ACCESS)]
    pub allow_env: Vec<String>,

    /// The host's arguments
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_args: Option<bool>,

    /// The host's files, beside what is mounted
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_fs: Option<bool>,

    /// The host's standard streams, as `--stdio=allow`
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_stdio: Option<bool>,

    /// Clocks and timers
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_clocks: Option<bool>,

    /// Random numbers
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_random: Option<bool>,

    /// Ending the program early
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_exit: Option<bool>,

    /// HTTP requests
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_http: Option<bool>,

    /// TCP, UDP and name lookup
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true, help_heading = ACCESS)]
    pub allow_sockets: Option<bool>,

    /// The host's configuration properties (`wasi:config`), or only those named
    #[arg(long, value_name = "A,B", num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = ACCESS)]
    pub allow_config: Vec<String>,

    /// The host's environment without these variables
    #[arg(long, value_name = "A,B", help_heading = DENY)]
    pub deny_env: Vec<String>,

    /// How a denied function answers: trap or error [default: trap]
    ///
    /// `trap` stops the component, and the backtrace names what was denied; `error` answers with the
    /// interface's own error where it has one, and traps where it has none (clocks, random, exit).
    #[arg(long, value_name = "HOW", hide_possible_values = true, help_heading = DENY)]
    pub deny: Option<Deny>,

    /// Log every call to the host's standard error, for finding mistakes
    ///
    /// The log has each call of an imported function with its arguments and its result, in the notation of WIT values, and
    /// who answers: the adapter, the host or nobody. The artifact imports `wasi:cli/stderr` for it, even where the
    /// component's own standard error is denied.
    #[arg(long, help_heading = DENY)]
    pub debug: bool,

    /// Close imports that are not WASI, too
    #[arg(long, help_heading = DENY)]
    pub deny_other: bool,

    /// Leave imports matching this pattern open
    ///
    /// It opens what WASI offers without a flag of its own here, such as `wasi:keyvalue/*`, and with --deny-other
    /// what is not WASI. `*` stands for any text and `?` for one character. May be repeated.
    #[arg(long, value_name = "GLOB", help_heading = DENY)]
    pub allow_import: Vec<String>,
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
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stdio {
    Allow,
    Ignore,
    Deny,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Links {
    Keep,
    Skip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Trap,
    Error,
}
