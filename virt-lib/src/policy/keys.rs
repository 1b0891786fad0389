//! Every key of the policy, one row each: the field with its docs, its default, its kind and words
//! for people, and its flags. A plain key is added here and nowhere else but in its behaviour and
//! its test. This module must never decide anything.

use super::key::{Flag, Key, Kind};
use super::{
    Access, Clocks, DebugLog, DenyMode, HostNames, Http, Mount, Preopen, Random, Size, Sockets,
    StdioMode, Symlinks, Tmpfs, variables,
};
use crate::wasi::subsystem::Subsystem;
use heading::{ACCESS, DENY, FILES, SIMULATED, STDIO, TRACE, VALUES};

/// The sections of the help, for the rows of flags.
pub mod heading {
    /// What is embedded, and files in memory.
    pub const FILES: &str = "Files";
    /// Fixed values.
    pub const VALUES: &str = "Environment, arguments, configuration";
    /// What replaces the host's clock and random numbers.
    pub const SIMULATED: &str = "Virtual clocks and random numbers";
    /// Standard streams.
    pub const STDIO: &str = "Standard streams";
    /// What is left to the host.
    pub const ACCESS: &str = "Access to the host";
    /// How denied calls answer, and what is denied besides.
    pub const DENY: &str = "Denied calls";
    /// Finding mistakes.
    pub const TRACE: &str = "Tracing";
}

/// The sections of the help, in order.
pub const HEADINGS: [&str; 7] = [FILES, VALUES, SIMULATED, STDIO, ACCESS, DENY, TRACE];

keys! {
    /// What a component may reach once virtualized. The default denies everything.
    pub struct Policy {
        /// Which of the host's environment variables stay visible (`wasi:cli/environment`).
        host_env: HostNames = HostNames::None,
            Key::new(Kind::HostNames).label("Variables of the host").asks_for(Subsystem::Env),
            [
                Flag::names(ACCESS, "allow-env").help(
                    "Allow the host's environment and arguments, or only the variables named",
                    "With names, the host's arguments need --allow-args.",
                ),
                Flag::many(ACCESS, "deny-env", "A,B").help(
                    "Allow the host's environment without these variables",
                    "",
                ),
            ];

        /// Environment variables with fixed values, in order. They win over the host's.
        #[serde(with = "variables")]
        env: Vec<(String, String)> = Vec::new(),
            Key::new(Kind::Variables).label("Fixed variables").asks_for(Subsystem::Env),
            [Flag::many(VALUES, "env", "K=V").short('e').help(
                "Set an environment variable",
                "The value is everything after the first `=`. It wins over a variable of the host. \
                 May be repeated.",
            )];

        /// Whether the host's arguments stay visible. It cannot stand beside `args`.
        host_args: Access = Access::Deny,
            Key::new(Kind::Access).label("Arguments of the host").asks_for(Subsystem::Env),
            [Flag::on_off(ACCESS, "allow-args").help("Allow the host's arguments", "")];

        /// The exact arguments that the component sees. The first is the program's name by
        /// convention.
        args: Vec<String> = Vec::new(),
            Key::new(Kind::Texts).label("Fixed arguments").asks_for(Subsystem::Env),
            [Flag::many(VALUES, "arg", "V").help(
                "Pass an argument; the first is the program's name",
                "Together these are the exact arguments that the component sees. May be repeated.",
            )];

        /// The initial working directory. By default there is none, or the host's where the host's
        /// preopens are allowed.
        #[serde(skip_serializing_if = "Option::is_none")]
        cwd: Option<String> = None,
            Key::new(Kind::Text).label("Working directory").asks_for(Subsystem::Env),
            [Flag::one(VALUES, "cwd", "PATH").help("Set the initial working directory", "")];

        /// Standard input.
        stdin: StdioMode = StdioMode::Deny,
            Key::new(Kind::Stream).label("Input").asks_for(Subsystem::Stdio),
            [Flag::word(STDIO, "stdin").help("Standard input: allow, ignore or deny", "")];

        /// Standard output.
        stdout: StdioMode = StdioMode::Deny,
            Key::new(Kind::Stream).label("Output").asks_for(Subsystem::Stdio),
            [Flag::word(STDIO, "stdout").help("Standard output: allow, ignore or deny", "")];

        /// Standard error.
        stderr: StdioMode = StdioMode::Deny,
            Key::new(Kind::Stream).label("Error output").asks_for(Subsystem::Stdio),
            [Flag::word(STDIO, "stderr").help("Standard error: allow, ignore or deny", "")];

        /// The host's own preopens (`wasi:filesystem`), as the host gives them.
        host_preopens: Access = Access::Deny,
            Key::new(Kind::Access)
                .label("Files of the host")
                .asks_for(Subsystem::Fs)
                .also(&["fs", "files", "filesystem"]),
            [Flag::on_off(ACCESS, "allow-fs").help(
                "Allow the files that the host preopens, beside mounted ones",
                "",
            )];

        /// Files and directories to embed.
        mounts: Vec<Mount> = Vec::new(),
            Key::new(Kind::Mounts).label("Embedded files and folders").asks_for(Subsystem::Fs),
            [Flag::many(FILES, "mount", "GUEST=SOURCE[:ro|:rw]").help(
                "Embed a file or directory at this guest path",
                "A directory is embedded with everything below it, symbolic links as links. With \
                 `:rw` the component may change it in memory, for itself, until it ends; `:ro` is \
                 the default. The text is split at its first `=`. The long form is \
                 `guest=/data,source=folder,mode=rw`. There, `size=64M` limits the bytes that may \
                 be written, and `inodes=1000` the files, directories and links that may be created. \
                 A relative guest path, such as `.` or `data`, is preopened by just that name, as \
                 with `wasmtime run --dir .`. May be repeated.",
            )];

        /// Directories in memory that are empty when the artifact starts.
        tmpfs: Vec<Tmpfs> = Vec::new(),
            Key::new(Kind::Tmpfs).label("Empty folders to write to").asks_for(Subsystem::Fs),
            [Flag::many(FILES, "tmpfs", "GUEST[:size=SIZE,inodes=COUNT]").help(
                "Give the component an empty directory in memory at this guest path",
                "Its files are gone when the component ends. `:size=64M` limits the bytes that they \
                 may hold, `:inodes=1000` the number of files, directories and links, and \
                 `:size=64M,inodes=1000` both. May be repeated.",
            )];

        /// The most bytes that files changed in memory may hold, all mounts and tmpfs together. By
        /// default only available memory limits them.
        #[serde(skip_serializing_if = "Option::is_none")]
        write_size: Option<Size> = None,
            Key::new(Kind::Size).label("Most bytes written").narrows(Subsystem::Fs),
            [Flag::one(FILES, "write-size", "SIZE").help(
                "Limit the bytes that all files together may hold in memory",
                "Counts writes to mounts with `:rw` and to tmpfs, which may also have limits of their \
                 own. A write beyond the limit fails with `quota`. SIZE is a number \
                 of bytes, or a number followed by `K`, `M` or `G`.",
            )];

        /// The most files, directories and links that may be created in memory, all mounts and
        /// tmpfs together. By default only available memory limits them.
        #[serde(skip_serializing_if = "Option::is_none")]
        write_inodes: Option<u64> = None,
            Key::new(Kind::Count)
                .label("Most files and folders made")
                .narrows(Subsystem::Fs)
                .also(&["nodes"]),
            [Flag::one(FILES, "write-inodes", "COUNT").help(
                "Limit the files, directories and links that may be created in memory",
                "",
            )];

        /// The most memory that the adapter may use, in bytes. By default the host decides.
        #[serde(skip_serializing_if = "Option::is_none")]
        adapter_memory: Option<Size> = None,
            Key::new(Kind::Size).label("Memory for virtual files"),
            [Flag::one(FILES, "adapter-memory", "SIZE").help(
                "Limit the memory of the adapter",
                "The artifact declares the limit, so that every host enforces it. Operations that \
                 need more fail with `insufficient-memory`. The component's own memory is not \
                 limited. SIZE is written as for --write-size.",
            )];

        /// Directories of the host that the component sees under other names.
        preopens: Vec<Preopen> = Vec::new(),
            Key::new(Kind::Preopens)
                .label("Folders of the host under other names")
                .asks_for(Subsystem::Fs),
            [Flag::many(FILES, "preopen", "GUEST=HOST[:ro|:rw]").help(
                "Show a directory of the host at this guest path",
                "HOST is a path as the host preopens it when the component runs (`wasmtime run \
                 --dir`), or a path inside one; the component reaches nothing else of the host. `:ro` \
                 refuses changes, `:rw` is the default. The long form is \
                 `guest=/data,host=/srv/data,mode=ro`. May be repeated.",
            )];

        /// Embed only the files of mounted directories that match one of these patterns. An empty
        /// list embeds all. Patterns are those of `.gitignore`, relative to the mount's source.
        include: Vec<String> = Vec::new(),
            Key::new(Kind::Patterns).label("Embed only").narrows(Subsystem::Fs),
            [Flag::many(FILES, "include", "GLOB").help(
                "Embed only the files of mounted directories that match this pattern",
                "Patterns are those of `.gitignore`, relative to the mount's source: `*.html` \
                 matches at any depth, `/docs/` one directory and all below it. Directories left \
                 empty are left out. May be repeated; with `!` in front a pattern takes away from \
                 what those before it include.",
            )];

        /// Leave out the files and directories that match one of these patterns. Patterns are those
        /// of `.gitignore`, relative to the mount's source.
        exclude: Vec<String> = Vec::new(),
            Key::new(Kind::Patterns).label("Leave out").narrows(Subsystem::Fs),
            [Flag::many(FILES, "exclude", "GLOB").help(
                "Leave out files and directories that match this pattern",
                "Patterns are those of `.gitignore`, relative to the mount's source. Nothing in a \
                 directory that is left out is read. Wins over --include. May be repeated.",
            )];

        /// Leave out what matches one of these patterns, after those of `exclude`. Unlike those,
        /// they may match nothing, as the lines of a `.gitignore` may.
        ignore: Vec<String> = Vec::new(),
            Key::new(Kind::Patterns).label("Leave out if there").narrows(Subsystem::Fs),
            [];

        /// What happens to symbolic links in a mounted directory.
        symlinks: Symlinks = Symlinks::Keep,
            Key::new(Kind::Word(&Symlinks::CHOICE))
                .label("Symbolic links")
                .narrows(Subsystem::Fs),
            [Flag::one(FILES, "symlinks", "HOW").help(
                "Symbolic links in mounted directories: keep or skip [default: keep]",
                "With `keep` they stay links, and an absolute one is an error; with `skip` they are \
                 left out.",
            )];

        /// The timestamp of every embedded file, in seconds since 1970-01-01T00:00:00Z. The default
        /// is 1980-01-01T00:00:00Z.
        mtime: u64 = Policy::DEFAULT_MTIME,
            Key::new(Kind::Seconds).label("Time of files").narrows(Subsystem::Fs),
            [Flag::one(FILES, "mtime", "TIME").help(
                "Set the timestamp of every embedded file [default: 1980-01-01T00:00:00Z]",
                "Seconds since 1970, or a date in UTC such as `2024-01-01T00:00:00Z`. Without the \
                 flag, the environment variable SOURCE_DATE_EPOCH sets it.",
            )];

        /// Clocks and timers (`wasi:clocks`).
        clocks: Clocks = Clocks::Deny,
            Key::new(Kind::Clocks).label("Clocks").asks_for(Subsystem::Clocks),
            [
                Flag::on_off(ACCESS, "allow-clocks").help("Allow the host's clocks and timers", ""),
                Flag::one(SIMULATED, "clock", "KIND=TIME").help(
                    "Use a virtual clock: `fixed=TIME` stands still, `start=TIME` runs from there",
                    "TIME is a date in UTC such as `2024-01-01T00:00:00Z`, or seconds since 1970. \
                     With `start`, every reading moves the clock on by a microsecond. Sleeping \
                     returns at once; with `start`, it also moves the clock by the time slept.",
                ),
            ];

        /// Random numbers (`wasi:random`).
        random: Random = Random::Deny,
            Key::new(Kind::Random).label("Random numbers").asks_for(Subsystem::Random),
            [
                Flag::on_off(ACCESS, "allow-random").help("Allow the host's random numbers", ""),
                Flag::one(SIMULATED, "random", "seed=N").help(
                    "Use random numbers that are the same in every run: `seed=N`",
                    "Never use them for secrets: anyone can compute them.",
                ),
            ];

        /// Ending the program with a status (`wasi:cli/exit`).
        exit: Access = Access::Deny,
            Key::new(Kind::Access).label("Ending early").asks_for(Subsystem::Exit),
            [Flag::on_off(ACCESS, "allow-exit").help("Allow the component to exit", "")];

        /// TCP, UDP and name lookup (`wasi:sockets`): all, none, or what rules allow.
        sockets: Sockets = Sockets::All(Access::Deny),
            Key::new(Kind::Sockets)
                .label("Connections and listening")
                .asks_for(Subsystem::Sockets),
            [
                Flag::rules(ACCESS, "allow-sockets", "RULE,…").list("allow").help(
                    "Allow TCP, UDP and name lookup, or only the connections named",
                    "A rule is `[tcp://|udp://]HOST:PORTS`. HOST is a name, `*.example.com`, `*`, an \
                     address, a block such as `10.0.0.0/8`, or IPv6 in brackets. PORTS is a number, \
                     a range such as `8000-8099`, or `*`. The long form is \
                     `host=db,port=5432,addresses=10.1.0.0/16`; `addresses` says which \
                     addresses the name may have, by default only public ones. May be repeated.",
                ),
                Flag::many(ACCESS, "deny-sockets", "RULE,…").list("deny").help(
                    "Refuse these addresses although --allow-sockets allows them",
                    "A rule without a protocol is for TCP and UDP. May be repeated.",
                ),
                Flag::many(ACCESS, "allow-listen", "RULE,…").list("listen").help(
                    "Allow listening on these addresses and ports",
                    "A rule is `[tcp://|udp://][ADDRESS]:PORTS`. Without an address, it is for every \
                     address of the machine. Port 0 stands for any free port. May be repeated.",
                ),
                Flag::many(ACCESS, "allow-resolve", "NAME,…").list("resolve").help(
                    "Allow looking these names up, besides those of --allow-sockets",
                    "A name, `*.example.com` or `*`. May be repeated.",
                ),
            ];

        /// HTTP requests (`wasi:http`): all, none, or what rules allow.
        http: Http = Http::All(Access::Deny),
            Key::new(Kind::Http).label("HTTP requests").asks_for(Subsystem::Http),
            [
                Flag::rules(ACCESS, "allow-http", "RULE").list("allow").help(
                    "Allow HTTP requests, or only those named",
                    "A rule is `[METHODS ][SCHEME://]HOST[:PORTS][PATH]`, such as `GET,HEAD \
                     https://api.example.com/v1`. SCHEME is `https`, `http` or `*`, by default \
                     `https`; without PORTS a rule is for the port of the scheme. PATH stands for everything below it. \
                     The long form is `url=https://a.example,headers.x-key.env=KEY`: the \
                     requests get the header `x-key` with the value that the host's variable \
                     KEY has when the artifact runs, and the component does not see it. \
                     May be repeated.",
                ),
                Flag::many(ACCESS, "deny-http", "RULE").list("deny").help(
                    "Refuse these requests although --allow-http allows them",
                    "A rule is written as for --allow-http. May be repeated.",
                ),
            ];

        /// Which of the host's configuration properties stay visible (`wasi:config`).
        host_config: HostNames = HostNames::None,
            Key::new(Kind::HostNames).label("Properties of the host").asks_for(Subsystem::Config),
            [Flag::names(ACCESS, "allow-config").help(
                "Allow the host's configuration properties (`wasi:config`), or only those named",
                "",
            )];

        /// Configuration properties with fixed values, in order. They win over the host's.
        #[serde(with = "variables")]
        config: Vec<(String, String)> = Vec::new(),
            Key::new(Kind::Variables).label("Fixed properties").asks_for(Subsystem::Config),
            [Flag::many(VALUES, "config", "K=V").short('c').help(
                "Set a configuration property (`wasi:config`)",
                "The value is everything after the first `=`. It wins over a property of the host. \
                 May be repeated.",
            )];

        /// How a denied function answers where its interface has an error to return.
        deny_mode: DenyMode = DenyMode::Trap,
            Key::new(Kind::Word(&DenyMode::CHOICE)).label("When something denied is called"),
            [Flag::one(DENY, "deny", "HOW").help(
                "What a denied function does: trap or error [default: trap]",
                "`trap` stops the component, and the backtrace names what was denied. `error` \
                 returns the interface's own error, and traps if the interface has none (clocks, \
                 random, exit).",
            )];

        /// Deny imports that are not WASI as well.
        deny_other: bool = false,
            Key::new(Kind::Switch).label("Deny imports that are not WASI").narrows(Subsystem::Other),
            [Flag::switch(DENY, "deny-other").help(
                "Deny imports that are not WASI as well",
                "",
            )];

        /// Names of imports (globs, `*` and `?`) that stay open: interfaces of WASI that have no
        /// key here and, with `deny-other`, imports that are not WASI.
        allow_import: Vec<String> = Vec::new(),
            Key::new(Kind::Globs)
                .label("Imports that stay open")
                .asks_for(Subsystem::Other)
                .also(&["open"]),
            [Flag::many(DENY, "allow-import", "GLOB").help(
                "Leave imports that match this pattern open",
                "Opens interfaces of WASI that have no flag here, such as `wasi:keyvalue/*`, and \
                 with --deny-other imports that are not WASI. `*` stands for any text and `?` for \
                 one character. May be repeated.",
            )];

        /// Which calls of imported functions are logged to the host's standard error, for finding
        /// mistakes. The artifact imports `wasi:cli/stderr` for it, whatever is denied.
        debug: DebugLog = DebugLog::Off,
            Key::new(Kind::Word(&DebugLog::CHOICE)).label("Log calls"),
            [Flag::word(TRACE, "debug").help(
                "Log calls to the host's standard error: all, denied or off [bare: all]",
                "The log has each call of an imported function with its arguments and its result, \
                 in the notation of WIT values, and says who answers: the adapter, the host or \
                 none. With `denied` it has only calls that the policy denies. Both have a line for \
                 a host directory that is missing. The artifact imports `wasi:cli/stderr` for it, \
                 even if the component's own standard error is denied.",
            )];
    }
}

impl Policy {
    /// The default timestamp of embedded files, 1980-01-01T00:00:00Z: the earliest that every
    /// archive format can hold.
    pub const DEFAULT_MTIME: u64 = 315_532_800;

    /// The policy with these changes.
    ///
    /// ```
    /// use wasi_virt::{DenyMode, Policy};
    ///
    /// let policy = Policy::default().with(|policy| policy.deny_mode = DenyMode::Error);
    /// assert_eq!(policy.deny_mode, DenyMode::Error);
    /// ```
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The policy that leaves everything to the host.
    pub fn allow_all() -> Self {
        Policy {
            host_env: HostNames::All,
            host_args: Access::Allow,
            stdin: StdioMode::Allow,
            stdout: StdioMode::Allow,
            stderr: StdioMode::Allow,
            host_preopens: Access::Allow,
            clocks: Clocks::Allow,
            random: Random::Allow,
            exit: Access::Allow,
            sockets: Sockets::All(Access::Allow),
            http: Http::All(Access::Allow),
            host_config: HostNames::All,
            ..Policy::default()
        }
    }
}

/// Every key of a [`Policy`], in the order in which it is printed.
pub const KEYS: &[Key] = Policy::KEYS;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_is_whole_and_names_its_field() {
        let policy = serde_json::to_value(Policy::allow_all()).unwrap();
        let closed = serde_json::to_value(Policy::default()).unwrap();
        let mut flags = BTreeSet::new();
        for key in KEYS {
            assert!(!key.about.is_empty() && !key.label.is_empty(), "{key:?}");
            for flag in key.flags {
                assert!(!flag.help.is_empty() && flags.insert(flag.name), "{flag:?}");
            }
            let opened = key.kind.open().map(serde_json::Value::from);
            let expected = opened.as_ref().or(closed.get(key.name));
            assert_eq!(policy.get(key.name), expected, "{}", key.name);
        }
        let names: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
        let fields = policy.as_object().unwrap();
        assert!(fields.keys().all(|field| names.contains(field.as_str())));
        assert_eq!(KEYS.len(), names.len());
    }
}
