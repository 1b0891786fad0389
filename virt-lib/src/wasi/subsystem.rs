//! Which part of the policy governs an import, by its name alone: the one table of WASI interfaces.
//! A name this module does not know in a package it knows stays with that package's subsystem, so
//! that a later WASI version cannot open a hole. This module must never look at types.

use crate::problem::{Problem, ProblemKind, Setting};

/// The part of the policy that governs an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subsystem {
    Env,
    Exit,
    Stdin,
    Stdout,
    Stderr,
    /// `wasi:cli` interfaces that only `--allow-all` lets through, because nothing is known of them.
    UnknownCli,
    Fs,
    Clocks,
    Random,
    Sockets,
    Http,
    Config,
    /// `wasi:io` and resource-only interfaces: they open nothing by themselves and follow their users.
    Neutral,
    /// Interfaces of WASI that this release has no subsystem for: closed unless their names are let through.
    Unknown,
    /// Not WASI.
    Other,
}

impl Subsystem {
    /// The policy word, as reports and flags spell it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Subsystem::Env => "env",
            Subsystem::Exit => "exit",
            Subsystem::Stdin | Subsystem::Stdout | Subsystem::Stderr => "stdio",
            Subsystem::UnknownCli => "cli",
            Subsystem::Fs => "fs",
            Subsystem::Clocks => "clocks",
            Subsystem::Random => "random",
            Subsystem::Sockets => "sockets",
            Subsystem::Http => "http",
            Subsystem::Config => "config",
            Subsystem::Neutral => "io",
            Subsystem::Unknown => "wasi",
            Subsystem::Other => "other",
        }
    }

    /// The flag that allows the import `name` of it, not escaped.
    pub(crate) fn flag_for(self, name: &str) -> String {
        match self {
            Subsystem::Unknown | Subsystem::Other => format!("{} {name}", self.flag()),
            _ => self.flag().to_string(),
        }
    }

    /// What to do about a call that was denied, for the name of the function that traps. Whatever
    /// opens less comes first.
    pub(crate) fn hint(self, name: &str) -> String {
        let interface = InterfaceName::parse(name).map_or("", |name| name.interface);
        match (self, interface) {
            (Subsystem::Fs, _) => "serve files with --mount, or allow with --allow-fs".to_string(),
            (Subsystem::Neutral, "terminal-input" | "terminal-output" | "streams" | "error") => {
                "serve streams with --stdin, --stdout, --stderr or --mount".to_string()
            }
            (Subsystem::Neutral, _) => {
                "allow what is polled: a stream, a clock, a socket".to_string()
            }
            _ => format!("allow with {}", self.flag_for(name)),
        }
    }

    /// The setting that allows the import `name` of it; none where no key of its own does.
    pub(crate) fn setting(self, name: &str) -> Option<Setting> {
        Some(match self {
            Subsystem::Env => Setting::word("host-env", "all"),
            Subsystem::Exit => Setting::word("exit", "allow"),
            Subsystem::Stdin => Setting::word("stdin", "allow"),
            Subsystem::Stdout => Setting::word("stdout", "allow"),
            Subsystem::Stderr => Setting::word("stderr", "allow"),
            Subsystem::Fs => Setting::word("fs", "allow"),
            Subsystem::Clocks => Setting::word("clocks", "allow"),
            Subsystem::Random => Setting::word("random", "allow"),
            Subsystem::Sockets => Setting::word("sockets", "allow"),
            Subsystem::Http => Setting::word("http", "allow"),
            Subsystem::Config => Setting::word("host-config", "all"),
            Subsystem::Unknown | Subsystem::Other => Setting::item("allow-import", name),
            Subsystem::UnknownCli | Subsystem::Neutral => return None,
        })
    }

    /// The flag that allows it.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Subsystem::Env => "--allow-env",
            Subsystem::Exit => "--allow-exit",
            Subsystem::Stdin => "--stdin=allow",
            Subsystem::Stdout => "--stdout=allow",
            Subsystem::Stderr => "--stderr=allow",
            Subsystem::UnknownCli | Subsystem::Neutral => "--allow-all",
            Subsystem::Fs => "--allow-fs",
            Subsystem::Clocks => "--allow-clocks",
            Subsystem::Random => "--allow-random",
            Subsystem::Sockets => "--allow-sockets",
            Subsystem::Http => "--allow-http",
            Subsystem::Config => "--allow-config",
            Subsystem::Unknown | Subsystem::Other => "--allow-import",
        }
    }
}

/// A component-level name of the form `namespace:package/interface@version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InterfaceName<'a> {
    /// `namespace:package`.
    pub package: &'a str,
    pub interface: &'a str,
    pub version: Option<&'a str>,
}

impl<'a> InterfaceName<'a> {
    /// `None` for names that are not interface names.
    pub(crate) fn parse(name: &'a str) -> Option<Self> {
        let (path, version) = match name.split_once('@') {
            Some((path, version)) => (path, Some(version)),
            None => (name, None),
        };
        let (package, interface) = path.split_once('/')?;
        package.contains(':').then_some(InterfaceName {
            package,
            interface,
            version,
        })
    }
}

/// The subsystem of the import `name`.
///
/// # Errors
///
/// A WASI version that is neither 0.2.z nor 0.3.z.
pub(crate) fn classify(name: &str) -> Result<Subsystem, Problem> {
    let Some(parsed) = InterfaceName::parse(name) else {
        return Ok(unknown(name));
    };
    let subsystem = match (parsed.package, parsed.interface) {
        ("wasi:io", _) => Subsystem::Neutral,
        ("wasi:cli", "environment") => Subsystem::Env,
        ("wasi:cli", "exit") => Subsystem::Exit,
        ("wasi:cli", "stdin" | "terminal-stdin") => Subsystem::Stdin,
        ("wasi:cli", "stdout" | "terminal-stdout") => Subsystem::Stdout,
        ("wasi:cli", "stderr" | "terminal-stderr") => Subsystem::Stderr,
        ("wasi:cli", "terminal-input" | "terminal-output") => Subsystem::Neutral,
        ("wasi:cli", _) => Subsystem::UnknownCli,
        ("wasi:filesystem", _) => Subsystem::Fs,
        ("wasi:clocks", _) => Subsystem::Clocks,
        ("wasi:random", _) => Subsystem::Random,
        ("wasi:sockets", _) => Subsystem::Sockets,
        ("wasi:http", _) => Subsystem::Http,
        ("wasi:config", _) => return Ok(Subsystem::Config),
        _ => return Ok(unknown(name)),
    };
    if supported(parsed.version) || is_newer(name) {
        return Ok(subsystem);
    }
    Err(Problem::text(
        ProblemKind::Unsupported,
        format!(
            "import `{name}` is of a version of WASI that this release does not know; build the \
             component for WASI 0.2.0 or later with current tools"
        ),
    ))
}

/// Whether `name` is of WASI 0.3, which can be denied or left to the host.
pub(crate) fn is_newer(name: &str) -> bool {
    let version = InterfaceName::parse(name).and_then(|name| name.version);
    name.starts_with("wasi:") && release(version, "0.3.")
}

/// What this table does not know: the namespace says whether it is WASI, in every version.
fn unknown(name: &str) -> Subsystem {
    if name.starts_with("wasi:") {
        Subsystem::Unknown
    } else {
        Subsystem::Other
    }
}

/// Every interface that `wasi:config` was published with. What has another name or version may mean something else.
const CONFIG: [&str; 3] = [
    "wasi:config/runtime@0.2.0-draft",
    "wasi:config/store@0.2.0-draft",
    "wasi:config/store@0.2.0-rc.1",
];

/// Whether `name` is an interface of clocks, random numbers or configuration properties that the adapter can serve by
/// itself. What is not is denied where the others are virtual.
pub(crate) fn can_be_virtual(name: &str) -> Option<Subsystem> {
    let subsystem = classify(name).ok()?;
    let interface = InterfaceName::parse(name)?.interface;
    let known = !is_newer(name)
        && match subsystem {
            Subsystem::Clocks => matches!(interface, "wall-clock" | "monotonic-clock"),
            Subsystem::Random => matches!(interface, "random" | "insecure" | "insecure-seed"),
            Subsystem::Config => CONFIG.contains(&name),
            _ => false,
        };
    known.then_some(subsystem)
}

fn supported(version: Option<&str>) -> bool {
    release(version, "0.2.")
}

/// Whether a version is a release of this minor version.
fn release(version: Option<&str>, minor: &str) -> bool {
    version
        .and_then(|version| version.strip_prefix(minor))
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    #[test]
    fn every_wasi_interface_has_its_subsystem() {
        for (name, subsystem) in [
            ("wasi:cli/environment@0.2.6", Subsystem::Env),
            ("wasi:cli/terminal-stdout@0.2.0", Subsystem::Stdout),
            ("wasi:cli/terminal-output@0.2.0", Subsystem::Neutral),
            ("wasi:cli/something-new@0.2.30", Subsystem::UnknownCli),
            ("wasi:io/poll@0.2.12", Subsystem::Neutral),
            ("wasi:sockets/something-new@0.2.30", Subsystem::Sockets),
            ("wasi:http/outgoing-handler@0.2.3", Subsystem::Http),
            ("wasi:config/store@0.2.0-rc.1", Subsystem::Config),
            ("wasi:keyvalue/store@0.2.0-draft", Subsystem::Unknown),
            ("wasi:logging/logging", Subsystem::Unknown),
            ("wasi:cli/stdin@0.3.0", Subsystem::Stdin),
            ("wasi:clocks/system-clock@0.3.2", Subsystem::Clocks),
            ("wasi:tls/types@0.3.0", Subsystem::Unknown),
            ("wasi:cli-more/environment@0.2.6", Subsystem::Unknown),
            ("wasi:odd", Subsystem::Unknown),
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
            "wasi:clocks/timezone@0.2.6",
            "wasi:clocks/wall-clock@0.3.0",
            "wasi:random/dice@0.2.6",
            "wasi:cli/environment@0.2.6",
        ] {
            assert_eq!(can_be_virtual(name), None, "{name}");
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
