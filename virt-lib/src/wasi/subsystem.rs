//! Which part of the policy governs an import, by its name alone: the one table of WASI interfaces.
//! A name this module does not know in a package it knows stays with that package's subsystem, so
//! that a later WASI version cannot open a hole. This module must never look at types.

use crate::error::{Problem, ProblemKind};
use crate::wasi::name::{self, InterfaceName, is_wasi};
use crate::wasi::release::{is_newer, is_supported};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One row for each subsystem: its variant, its word and what it is for people.
macro_rules! subsystems {
    ($($(#[doc = $doc:literal])+ $variant:ident = $word:literal, $about:literal;)+) => {
        /// The part of a policy that governs an import. Reports list subsystems in this order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "&'static str", try_from = "String")]
        #[non_exhaustive]
        pub enum Subsystem {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Subsystem {
            /// Every subsystem, in the order in which reports list them.
            pub const ALL: &[Subsystem] = &[$(Subsystem::$variant),+];

            /// The word that reports, JSON and WIT use: `fs`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Subsystem::$variant => $word,)+
                }
            }

            /// What it covers, in a few words: `files and directories`.
            pub fn about(self) -> &'static str {
                match self {
                    $(Subsystem::$variant => $about,)+
                }
            }
        }
    };
}

subsystems! {
    /// Environment variables, arguments and the working directory.
    Env = "env", "environment variables, arguments, working directory";
    /// `wasi:filesystem`.
    Fs = "fs", "files and directories";
    /// Standard input, output and error, and their terminals; see [`Stream`].
    Stdio = "stdio", "standard input, output, error, terminal";
    /// `wasi:io` and interfaces of types alone. They open nothing by themselves and follow
    /// their users.
    Io = "io", "streams and waiting, shared by the others";
    /// Interfaces of `wasi:cli` that this release does not know. Only a policy that allows
    /// everything leaves them to the host.
    Cli = "cli", "parts of wasi:cli that have no flag of their own";
    /// `wasi:clocks`.
    Clocks = "clocks", "time and timers";
    /// `wasi:random`.
    Random = "random", "random numbers";
    /// Ending the program early.
    Exit = "exit", "ending the program early";
    /// `wasi:sockets`.
    Sockets = "sockets", "network: TCP, UDP, name lookup";
    /// `wasi:http`.
    Http = "http", "HTTP requests";
    /// `wasi:config`.
    Config = "config", "configuration properties";
    /// Packages of WASI that this release does not know. They are closed unless a policy allows
    /// them by name.
    Wasi = "wasi", "parts of WASI that only --allow-import opens, by name";
    /// Not WASI.
    Other = "other", "not WASI: interfaces of its own";
}

impl Subsystem {
    /// The subsystem of the import `name`, in every version of WASI.
    pub fn of(name: &str) -> Self {
        let Some(parsed) = InterfaceName::parse(name) else {
            return unknown(name);
        };
        match (parsed.package, parsed.interface) {
            (name::IO, _) | (name::CLI, "terminal-input" | "terminal-output") => Subsystem::Io,
            // Types alone, of WASI 0.3.
            (name::CLI | name::CLOCKS, "types") => Subsystem::Io,
            (name::CLI, "environment") => Subsystem::Env,
            (name::CLI, "exit") => Subsystem::Exit,
            (name::CLI, _) if Stream::of(name).is_some() => Subsystem::Stdio,
            (name::CLI, _) => Subsystem::Cli,
            (name::FILESYSTEM, _) => Subsystem::Fs,
            (name::CLOCKS, _) => Subsystem::Clocks,
            (name::RANDOM, _) => Subsystem::Random,
            (name::SOCKETS, _) => Subsystem::Sockets,
            (name::HTTP, _) => Subsystem::Http,
            (name::CONFIG, _) => Subsystem::Config,
            _ => unknown(name),
        }
    }

    /// The flag that allows the import `name` of it, not escaped.
    pub(crate) fn flag_for(self, name: &str) -> String {
        match self {
            Subsystem::Wasi | Subsystem::Other => format!("--allow-import {name}"),
            Subsystem::Stdio => match Stream::of(name) {
                Some(stream) => format!("--{}=allow", stream.name()),
                None => "--allow-stdio".to_string(),
            },
            Subsystem::Env => "--allow-env".to_string(),
            Subsystem::Exit => "--allow-exit".to_string(),
            Subsystem::Cli | Subsystem::Io => "--allow-all".to_string(),
            Subsystem::Fs => "--allow-fs".to_string(),
            Subsystem::Clocks => "--allow-clocks".to_string(),
            Subsystem::Random => "--allow-random".to_string(),
            Subsystem::Sockets => "--allow-sockets".to_string(),
            Subsystem::Http => "--allow-http".to_string(),
            Subsystem::Config => "--allow-config".to_string(),
        }
    }

    /// What to do about a call that was denied, for the name of the function that traps. Whatever
    /// opens less comes first.
    pub(crate) fn hint(self, name: &str) -> String {
        let interface = InterfaceName::parse(name).map_or("", |name| name.interface);
        match (self, interface) {
            (Subsystem::Fs, _) => "serve files with --mount, or allow with --allow-fs".to_string(),
            (Subsystem::Io, "terminal-input" | "terminal-output" | "streams" | "error") => {
                "serve streams with --stdin, --stdout, --stderr or --mount".to_string()
            }
            (Subsystem::Io, _) => "allow what is polled: a stream, a clock, a socket".to_string(),
            _ => format!("allow with {}", self.flag_for(name)),
        }
    }
}

impl fmt::Display for Subsystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Subsystem> for &'static str {
    fn from(subsystem: Subsystem) -> Self {
        subsystem.name()
    }
}

impl TryFrom<String> for Subsystem {
    type Error = String;

    fn try_from(name: String) -> std::result::Result<Self, String> {
        let mut all = Subsystem::ALL.iter().copied();
        all.find(|subsystem| subsystem.name() == name)
            .ok_or_else(|| format!("unknown subsystem `{}`", name.escape_debug()))
    }
}

/// A standard stream. A policy has a mode for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard input.
    Stdin,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// Every standard stream.
    pub const ALL: [Stream; 3] = [Stream::Stdin, Stream::Stdout, Stream::Stderr];

    /// The key of its mode in a policy: `stdin`.
    pub fn name(self) -> &'static str {
        match self {
            Stream::Stdin => "stdin",
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        }
    }

    /// The stream that the import `name` opens, such as `wasi:cli/terminal-stdin@0.2.6`.
    pub fn of(name: &str) -> Option<Self> {
        let parsed = InterfaceName::parse(name)?;
        let stream = parsed.interface.strip_prefix("terminal-");
        let stream = stream.unwrap_or(parsed.interface);
        let mut all = Stream::ALL.into_iter();
        all.find(|one| parsed.package == name::CLI && one.name() == stream)
    }
}

/// The subsystem of the import `name`, of a version that this release knows.
///
/// # Errors
///
/// A WASI version that is neither 0.2.z nor 0.3.z.
pub(crate) fn classify(name: &str) -> Result<Subsystem, Problem> {
    let subsystem = Subsystem::of(name);
    match subsystem {
        // These have versions of their own.
        Subsystem::Config | Subsystem::Wasi | Subsystem::Other => Ok(subsystem),
        _ if is_supported(name) || is_newer(name) => Ok(subsystem),
        _ => Err(Problem::text(
            ProblemKind::Unsupported,
            format!(
                "import `{name}` is of a version of WASI that this release does not know; build \
                 the component for WASI 0.2.0 or later with current tools"
            ),
        )),
    }
}

/// What this table does not know: the namespace says whether it is WASI, in every version.
fn unknown(name: &str) -> Subsystem {
    if is_wasi(name) {
        Subsystem::Wasi
    } else {
        Subsystem::Other
    }
}

/// Every interface that `wasi:config` was published with. What has another name or version may mean
/// something else.
const CONFIG: [&str; 3] = [
    "wasi:config/runtime@0.2.0-draft",
    "wasi:config/store@0.2.0-draft",
    "wasi:config/store@0.2.0-rc.1",
];

/// Who uses the types of an interface that opens nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Users {
    /// Standard streams.
    Stdio,
    /// Clocks and HTTP.
    Clocks,
    /// More than a name says.
    Several,
}

/// Who uses the types of the import `name`, which is of [`Subsystem::Io`].
pub(crate) fn users(name: &str) -> Users {
    match InterfaceName::parse(name) {
        Some(InterfaceName {
            package: name::CLI,
            interface: "types",
            ..
        }) => Users::Stdio,
        Some(InterfaceName {
            package: name::CLOCKS,
            interface: "types",
            ..
        }) => Users::Clocks,
        _ => Users::Several,
    }
}

/// Whether the import `name` says that a standard stream is a terminal.
pub(crate) fn is_terminal(name: &str) -> bool {
    InterfaceName::parse(name).is_some_and(|name| name.interface.starts_with("terminal-"))
}

/// Whether `name` is an interface of clocks, random numbers or configuration properties that the
/// adapter can serve by itself. What is not is denied where the others are virtual.
pub(crate) fn can_be_virtual(name: &str) -> Option<Subsystem> {
    let subsystem = classify(name).ok()?;
    let interface = InterfaceName::parse(name)?.interface;
    let clock = match is_newer(name) {
        true => name::SYSTEM_CLOCK,
        false => name::WALL_CLOCK,
    };
    let known = match subsystem {
        Subsystem::Clocks => {
            [clock, name::MONOTONIC_CLOCK, name::TIMEZONE].contains(&name::path(name))
        }
        Subsystem::Random => matches!(interface, "random" | "insecure" | "insecure-seed"),
        Subsystem::Config => CONFIG.contains(&name),
        _ => false,
    };
    known.then_some(subsystem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn every_wasi_interface_has_its_subsystem() {
        for (name, subsystem) in [
            ("wasi:cli/environment@0.2.6", Subsystem::Env),
            ("wasi:cli/terminal-stdout@0.2.0", Subsystem::Stdio),
            ("wasi:cli/terminal-output@0.2.0", Subsystem::Io),
            ("wasi:cli/something-new@0.2.30", Subsystem::Cli),
            ("wasi:io/poll@0.2.12", Subsystem::Io),
            ("wasi:sockets/something-new@0.2.30", Subsystem::Sockets),
            ("wasi:http/outgoing-handler@0.2.3", Subsystem::Http),
            ("wasi:config/store@0.2.0-rc.1", Subsystem::Config),
            ("wasi:keyvalue/store@0.2.0-draft", Subsystem::Wasi),
            ("wasi:logging/logging", Subsystem::Wasi),
            ("wasi:cli/stdin@0.3.0", Subsystem::Stdio),
            ("wasi:clocks/system-clock@0.3.2", Subsystem::Clocks),
            ("wasi:clocks/types@0.3.2", Subsystem::Io),
            ("wasi:cli/types@0.3.0", Subsystem::Io),
            ("wasi:sockets/types@0.3.0", Subsystem::Sockets),
            ("wasi:tls/types@0.3.0", Subsystem::Wasi),
            ("wasi:cli-more/environment@0.2.6", Subsystem::Wasi),
            ("wasi:odd", Subsystem::Wasi),
            ("test:kv/store", Subsystem::Other),
            ("wasi/keyvalue", Subsystem::Other),
            ("wasi-virt:a/b@0.3.0", Subsystem::Other),
            ("plain", Subsystem::Other),
        ] {
            assert_eq!(classify(name).unwrap(), subsystem, "{name}");
        }
    }

    #[test]
    fn a_hint_opens_no_more_than_was_asked_for() {
        for (name, hint) in [
            (
                "wasi:filesystem/types@0.2.6",
                "serve files with --mount, or allow with --allow-fs",
            ),
            (
                "wasi:io/streams@0.2.6",
                "serve streams with --stdin, --stdout, --stderr or --mount",
            ),
            (
                "wasi:io/poll@0.2.6",
                "allow what is polled: a stream, a clock, a socket",
            ),
            ("wasi:cli/stdout@0.3.0", "allow with --stdout=allow"),
            (
                "wasi:logging/logging",
                "allow with --allow-import wasi:logging/logging",
            ),
        ] {
            assert_eq!(classify(name).unwrap().hint(name), hint, "{name}");
        }
    }

    #[test]
    fn the_adapter_knows_every_published_config() {
        for name in CONFIG {
            assert_eq!(can_be_virtual(name), Some(Subsystem::Config));
        }
        for name in [
            "wasi:config/store@0.3.0",
            "wasi:config/store",
            "wasi:config/watch@0.2.0-rc.1",
            "wasi:clocks/sundial@0.2.6",
            "wasi:clocks/wall-clock@0.3.0",
            "wasi:clocks/system-clock@0.2.6",
            "wasi:random/dice@0.2.6",
            "wasi:cli/environment@0.2.6",
        ] {
            assert_eq!(can_be_virtual(name), None, "{name}");
        }
    }

    #[test]
    fn clocks_and_random_numbers_of_both_versions_can_be_virtual() {
        for (name, subsystem) in [
            ("wasi:clocks/wall-clock@0.2.0", Subsystem::Clocks),
            ("wasi:clocks/timezone@0.2.6", Subsystem::Clocks),
            ("wasi:clocks/timezone@0.3.2", Subsystem::Clocks),
            ("wasi:clocks/system-clock@0.3.0", Subsystem::Clocks),
            ("wasi:clocks/monotonic-clock@0.3.2", Subsystem::Clocks),
            ("wasi:random/insecure-seed@0.3.2", Subsystem::Random),
        ] {
            assert_eq!(can_be_virtual(name), Some(subsystem), "{name}");
        }
    }

    #[test]
    fn other_versions_are_refused_by_name() {
        for name in [
            "wasi:cli/environment@0.3.0-rc-2026-02-09",
            "wasi:cli/environment@0.2.0-rc-2023-12-05",
            "wasi:io/streams",
            "wasi:filesystem/types@1.0.0",
        ] {
            let error = classify(name).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
