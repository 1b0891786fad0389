//! What the flags mean together: one [`Policy`], the mounts, and every contradiction at once. The
//! specific flag wins over the general one, in any order; it must never guess between two that
//! contradict each other.

use super::{Deny, Flags, Stdio};
use super::{files, values};
use crate::job::Configured;
use wasi_virt::{Access, DenyMode, HostEnv, Mount, Policy, Preopen, StdioMode};

/// The flags of a virtualization, checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub policy: Policy,
    pub configured: Vec<Configured>,
}

/// Checks `flags` against each other; `env` are the environment variables that stand in for some.
///
/// # Errors
///
/// One message for each problem found.
pub(crate) fn resolve(flags: &Flags, env: &[(String, String)]) -> Result<Resolved, Vec<String>> {
    let mut problems = Problems(Vec::new());
    let all = flags.allow_all.unwrap_or(false);
    let access = |flag: Option<bool>| {
        if flag.unwrap_or(all) {
            Access::Allow
        } else {
            Access::Deny
        }
    };

    let (host_env, env_implies_args) = host_env(flags, all, &mut problems);
    let mut fixed: Vec<(String, String)> = Vec::new();
    for text in &flags.env {
        if let Some((key, value)) = problems.take(values::variable(text)) {
            if fixed.iter().any(|(k, _)| *k == key) {
                problems.add(format!(
                    "--env: {} is set twice",
                    crate::escape::quote(&key)
                ));
            }
            fixed.push((key, value));
        }
    }

    for arg in &flags.arg {
        problems.take(values::no_nul("--arg", arg));
    }
    if !flags.arg.is_empty() && flags.allow_args == Some(true) {
        problems.add("--arg sets the exact arguments and --allow-args leaves them to the host; give one of them".into());
    }
    let host_args = if flags.allow_args.unwrap_or(all || env_implies_args) && flags.arg.is_empty() {
        Access::Allow
    } else {
        Access::Deny
    };

    let stdio = stdio(flags, all, &mut problems);
    let fs = access(flags.allow_fs);
    let mounts: Vec<Mount> = flags
        .mount
        .iter()
        .filter_map(|text| problems.take(values::mount(text)))
        .collect();
    let preopens: Vec<Preopen> = flags
        .preopen
        .iter()
        .filter_map(|text| problems.take(values::preopen(text)))
        .collect();

    if !flags.allow_import.is_empty() && !flags.deny_other {
        problems.add(
            "--allow-import has an effect only with --deny-other; add it, or leave both out".into(),
        );
    }
    for glob in &flags.allow_import {
        problems.take(values::non_empty("--allow-import", glob));
    }

    let mut policy = Policy {
        host_env,
        env: fixed,
        host_args,
        args: flags.arg.clone(),
        cwd: flags
            .cwd
            .as_deref()
            .and_then(|cwd| problems.take(values::non_empty("--cwd", cwd))),
        stdin: flags.stdin.map_or(stdio, mode),
        stdout: flags.stdout.map_or(stdio, mode),
        stderr: flags.stderr.map_or(stdio, mode),
        fs,
        mounts,
        preopens,
        clocks: access(flags.allow_clocks),
        random: access(flags.allow_random),
        exit: access(flags.allow_exit),
        sockets: access(flags.allow_sockets),
        http: access(flags.allow_http),
        config: access(flags.allow_config),
        deny: match flags.deny {
            Some(Deny::Error) => DenyMode::Error,
            Some(Deny::Trap) | None => DenyMode::Trap,
        },
        deny_other: flags.deny_other,
        allow_import: flags.allow_import.clone(),
        ..Policy::default()
    };
    files::apply(flags, env, &mut policy, &mut problems.0);
    if problems.0.is_empty() {
        Ok(Resolved {
            policy,
            configured: configured(flags),
        })
    } else {
        Err(problems.0)
    }
}

/// Which of the host's variables stay visible, and whether that says the same of its arguments.
fn host_env(flags: &Flags, all: bool, problems: &mut Problems) -> (HostEnv, bool) {
    let mut switch = None;
    let mut only: Vec<String> = Vec::new();
    for text in &flags.allow_env {
        match text.as_str() {
            "true" | "false" => {
                let on = text == "true";
                if switch.is_some_and(|earlier| earlier != on) {
                    problems.add("--allow-env and --allow-env=false contradict each other".into());
                }
                switch = Some(on);
            }
            list => only.extend(
                problems
                    .take(values::names("--allow-env", list))
                    .unwrap_or_default(),
            ),
        }
    }
    let except: Vec<String> = flags
        .deny_env
        .iter()
        .filter_map(|text| problems.take(values::names("--deny-env", text)))
        .flatten()
        .collect();

    let listed = flags
        .allow_env
        .iter()
        .any(|text| text != "true" && text != "false");
    if listed && let Some(on) = switch {
        let bare = if on {
            "--allow-env"
        } else {
            "--allow-env=false"
        };
        problems.add(format!(
            "{bare} and an --allow-env list contradict each other; give one of them"
        ));
    }
    if !flags.deny_env.is_empty() {
        if listed {
            problems.add("--deny-env means every variable but those named, and --allow-env=A,B only those named; give one of them".into());
        } else if switch == Some(false) {
            problems.add("--deny-env leaves the host's other variables visible, and --allow-env=false none; give one of them".into());
        }
        return (HostEnv::Except(except), switch == Some(true));
    }
    match (listed, switch) {
        (true, _) => (HostEnv::Only(only), false),
        (false, Some(true)) => (HostEnv::All, true),
        (false, Some(false)) => (HostEnv::None, false),
        (false, None) => (if all { HostEnv::All } else { HostEnv::None }, false),
    }
}

/// What all three standard streams are, where nothing is said of one of them.
fn stdio(flags: &Flags, all: bool, problems: &mut Problems) -> StdioMode {
    let allowed = flags.allow_stdio.map(|on| {
        if on {
            StdioMode::Allow
        } else {
            StdioMode::Deny
        }
    });
    match (flags.stdio.map(mode), allowed) {
        (Some(a), Some(b)) if a != b => {
            problems
                .add("--stdio and --allow-stdio contradict each other; give one of them".into());
            a
        }
        (Some(mode), _) | (None, Some(mode)) => mode,
        (None, None) if all => StdioMode::Allow,
        (None, None) => StdioMode::Deny,
    }
}

fn mode(stdio: Stdio) -> StdioMode {
    match stdio {
        Stdio::Allow => StdioMode::Allow,
        Stdio::Ignore => StdioMode::Ignore,
        Stdio::Deny => StdioMode::Deny,
    }
}

/// The flags given that ask for something of one subsystem; denying asks for nothing.
fn configured(flags: &Flags) -> Vec<Configured> {
    let opens = |flag: Option<Stdio>| flag.is_some_and(|mode| mode != Stdio::Deny);
    let given = [
        ("--mount", "fs", !flags.mount.is_empty()),
        ("--preopen", "fs", !flags.preopen.is_empty()),
        ("--env", "env", !flags.env.is_empty()),
        ("--arg", "env", !flags.arg.is_empty()),
        ("--cwd", "env", flags.cwd.is_some()),
        ("--stdio", "stdio", opens(flags.stdio)),
        ("--stdin", "stdio", opens(flags.stdin)),
        ("--stdout", "stdio", opens(flags.stdout)),
        ("--stderr", "stdio", opens(flags.stderr)),
        (
            "--allow-env",
            "env",
            flags.allow_env.iter().any(|text| text != "false"),
        ),
        ("--deny-env", "env", !flags.deny_env.is_empty()),
        ("--allow-args", "env", flags.allow_args == Some(true)),
        ("--allow-fs", "fs", flags.allow_fs == Some(true)),
        ("--allow-stdio", "stdio", flags.allow_stdio == Some(true)),
        ("--allow-clocks", "clocks", flags.allow_clocks == Some(true)),
        ("--allow-random", "random", flags.allow_random == Some(true)),
        ("--allow-exit", "exit", flags.allow_exit == Some(true)),
        ("--allow-http", "http", flags.allow_http == Some(true)),
        (
            "--allow-sockets",
            "sockets",
            flags.allow_sockets == Some(true),
        ),
        ("--allow-config", "config", flags.allow_config == Some(true)),
        ("--allow-import", "other", !flags.allow_import.is_empty()),
    ];
    given
        .into_iter()
        .filter(|(_, _, given)| *given)
        .map(|(flag, subsystem, _)| Configured {
            flag: flag.into(),
            subsystem: subsystem.into(),
        })
        .collect()
}

/// Every problem found so far.
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, problem: String) {
        self.0.push(problem);
    }

    fn take<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }
}
