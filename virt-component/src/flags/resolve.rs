//! What the flags mean together: one [`Policy`], the mounts, and every contradiction at once. The
//! specific flag wins over the general one, in any order; it must never guess between two that
//! contradict each other.

use super::{Deny, Flags, Stdio};
use super::{files, places, simulated, values};
use crate::job::{Configured, Invocation};
use crate::policy_file::PolicyFile;
use wasi_virt::{Access, DenyMode, HostEnv, Policy, StdioMode};

/// The flags of a virtualization, checked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub policy: Policy,
    pub configured: Vec<Configured>,
}

/// Checks `flags` against each other and puts them over the policy `file`, which is empty where there is
/// none; variables of the environment stand in for some flags.
///
/// # Errors
///
/// One message for each problem found.
pub(crate) fn resolve(
    flags: &Flags,
    file: &PolicyFile,
    invocation: &Invocation,
) -> Result<Resolved, Vec<String>> {
    let mut problems = Problems(Vec::new());
    let base = &file.policy;
    let all = flags.allow_all;
    let access = |flag: Option<bool>, base: Access| match flag.or(all) {
        Some(true) => Access::Allow,
        Some(false) => Access::Deny,
        None => base,
    };

    let (host_env, env_implies_args) = host_env(flags, file, &mut problems);
    let env = fixed("--env", &flags.env, &base.env, &mut problems);
    let config = fixed("--config", &flags.config, &base.config, &mut problems);

    for arg in &flags.arg {
        problems.take(values::no_nul("--arg", arg));
    }
    if !flags.arg.is_empty() && flags.allow_args == Some(true) {
        problems.add("--arg sets the exact arguments and --allow-args leaves them to the host; give one of them".into());
    }
    let args = match (&flags.arg[..], flags.allow_args) {
        ([], Some(true)) => Vec::new(),
        ([], _) => base.args.clone(),
        (given, _) => given.to_vec(),
    };
    let host_args = match flags.allow_args {
        _ if !args.is_empty() => Access::Deny,
        None if env_implies_args => Access::Allow,
        flag => access(flag, base.host_args),
    };

    let stdio = stdio(flags, &mut problems);
    let fs = access(flags.allow_fs, base.fs);
    let mut mounts = base.mounts.clone();
    let given = flags.mount.iter();
    mounts.extend(given.filter_map(|text| problems.take(places::mount(text))));
    let mut tmpfs = base.tmpfs.clone();
    let given = flags.tmpfs.iter();
    tmpfs.extend(given.filter_map(|text| problems.take(places::tmpfs(text))));
    let mut preopens = base.preopens.clone();
    let given = flags.preopen.iter();
    preopens.extend(given.filter_map(|text| problems.take(places::preopen(text))));

    let deny_other = flags.deny_other || base.deny_other;
    for glob in &flags.allow_import {
        problems.take(values::non_empty("--allow-import", glob));
    }

    let mut policy = Policy {
        host_env,
        env,
        host_args,
        args,
        cwd: match &flags.cwd {
            Some(cwd) => problems.take(values::non_empty("--cwd", cwd)),
            None => base.cwd.clone(),
        },
        stdin: flags.stdin.map(mode).or(stdio).unwrap_or(base.stdin),
        stdout: flags.stdout.map(mode).or(stdio).unwrap_or(base.stdout),
        stderr: flags.stderr.map(mode).or(stdio).unwrap_or(base.stderr),
        fs,
        mounts,
        tmpfs,
        write_size: match &flags.write_size {
            Some(text) => problems.take(values::size("--write-size", text)),
            None => base.write_size,
        },
        write_nodes: match &flags.write_nodes {
            Some(text) => problems.take(values::number("--write-nodes", text)),
            None => base.write_nodes,
        },
        adapter_memory: match &flags.adapter_memory {
            Some(text) => problems.take(values::size("--adapter-memory", text)),
            None => base.adapter_memory,
        },
        preopens,
        clocks: simulated::clocks(flags, base, &mut problems.0),
        random: simulated::random(flags, base, &mut problems.0),
        exit: access(flags.allow_exit, base.exit),
        sockets: access(flags.allow_sockets, base.sockets),
        http: access(flags.allow_http, base.http),
        host_config: simulated::host_config(flags, base, &mut problems.0),
        config,
        deny: match flags.deny {
            Some(Deny::Error) => DenyMode::Error,
            Some(Deny::Trap) => DenyMode::Trap,
            None => base.deny,
        },
        deny_other,
        debug: flags.debug || base.debug,
        allow_import: [&base.allow_import[..], &flags.allow_import].concat(),
        ..base.clone()
    };
    files::apply(flags, invocation, &mut policy, &mut problems.0);
    if problems.0.is_empty() {
        Ok(Resolved {
            policy,
            configured: configured(flags, file),
        })
    } else {
        Err(problems.0)
    }
}

/// Which of the host's variables stay visible, and whether that says the same of its arguments.
fn host_env(flags: &Flags, file: &PolicyFile, problems: &mut Problems) -> (HostEnv, bool) {
    let (switch, only) =
        simulated::switch_or_names("--allow-env", &flags.allow_env, &mut problems.0);
    let except: Vec<String> = flags
        .deny_env
        .iter()
        .filter_map(|text| problems.take(values::names("--deny-env", text)))
        .flatten()
        .collect();

    if !flags.deny_env.is_empty() {
        if only.is_some() {
            problems.add("--deny-env means every variable but those named, and --allow-env=A,B only those named; give one of them".into());
        } else if switch == Some(false) {
            problems.add("--deny-env leaves the host's other variables visible, and --allow-env=false none; give one of them".into());
        }
        let except = match (&file.policy.host_env, switch.or(flags.allow_all)) {
            (HostEnv::Except(names), None) => [&names[..], &except].concat(),
            (HostEnv::None | HostEnv::Only(_), None) if file.keys.contains("host-env") => {
                problems.add(format!(
                    "--deny-env leaves the host's other variables visible, and `host-env` in {} does not; add --allow-env, \
                     or change the file",
                    crate::escape::quote(&file.name)
                ));
                except
            }
            _ => except,
        };
        return (HostEnv::Except(except), switch == Some(true));
    }
    match (only, switch) {
        (Some(only), _) => (HostEnv::Only(only), false),
        (None, Some(true)) => (HostEnv::All, true),
        (None, Some(false)) => (HostEnv::None, false),
        (None, None) => match flags.allow_all {
            Some(true) => (HostEnv::All, false),
            Some(false) => (HostEnv::None, false),
            None => (file.policy.host_env.clone(), false),
        },
    }
}

/// What all three standard streams are, where nothing is said of one of them.
fn stdio(flags: &Flags, problems: &mut Problems) -> Option<StdioMode> {
    let switch = |on| {
        if on {
            StdioMode::Allow
        } else {
            StdioMode::Deny
        }
    };
    match (flags.stdio.map(mode), flags.allow_stdio.map(switch)) {
        (Some(a), Some(b)) if a != b => {
            problems
                .add("--stdio and --allow-stdio contradict each other; give one of them".into());
            Some(a)
        }
        (Some(mode), _) | (None, Some(mode)) => Some(mode),
        (None, None) => flags.allow_all.map(switch),
    }
}

fn mode(stdio: Stdio) -> StdioMode {
    match stdio {
        Stdio::Allow => StdioMode::Allow,
        Stdio::Ignore => StdioMode::Ignore,
        Stdio::Deny => StdioMode::Deny,
    }
}

/// The values of the file, with those of the flags in their places or behind them.
fn fixed(
    flag: &str,
    texts: &[String],
    base: &[(String, String)],
    problems: &mut Problems,
) -> Vec<(String, String)> {
    let mut given: Vec<(String, String)> = Vec::new();
    for text in texts {
        if let Some((key, value)) = problems.take(values::variable(flag, text)) {
            if given.iter().any(|(k, _)| *k == key) {
                problems.add(format!(
                    "{flag}: {} is set twice",
                    crate::escape::quote(&key)
                ));
            }
            given.push((key, value));
        }
    }
    let mut all = base.to_vec();
    for (key, value) in given {
        match all.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => all.push((key, value)),
        }
    }
    all
}

/// Every policy key that the file or a flag gives, as it is given.
fn configured(flags: &Flags, file: &PolicyFile) -> Vec<Configured> {
    let given = [
        ("--mount", "mounts", !flags.mount.is_empty()),
        ("--tmpfs", "tmpfs", !flags.tmpfs.is_empty()),
        ("--preopen", "preopens", !flags.preopen.is_empty()),
        ("--include", "include", !flags.include.is_empty()),
        ("--exclude", "exclude", !flags.exclude.is_empty()),
        ("--ignore-file", "exclude", !flags.ignore_file.is_empty()),
        ("--symlinks", "symlinks", flags.symlinks.is_some()),
        ("--mtime", "mtime", flags.mtime.is_some()),
        ("--write-size", "write-size", flags.write_size.is_some()),
        ("--write-nodes", "write-nodes", flags.write_nodes.is_some()),
        (
            "--adapter-memory",
            "adapter-memory",
            flags.adapter_memory.is_some(),
        ),
        ("--env", "env", !flags.env.is_empty()),
        ("--arg", "args", !flags.arg.is_empty()),
        ("--cwd", "cwd", flags.cwd.is_some()),
        ("--stdio", "stdin", flags.stdio.is_some()),
        ("--stdio", "stdout", flags.stdio.is_some()),
        ("--stdio", "stderr", flags.stdio.is_some()),
        ("--allow-stdio", "stdin", flags.allow_stdio.is_some()),
        ("--allow-stdio", "stdout", flags.allow_stdio.is_some()),
        ("--allow-stdio", "stderr", flags.allow_stdio.is_some()),
        ("--stdin", "stdin", flags.stdin.is_some()),
        ("--stdout", "stdout", flags.stdout.is_some()),
        ("--stderr", "stderr", flags.stderr.is_some()),
        ("--allow-env", "host-env", !flags.allow_env.is_empty()),
        ("--deny-env", "host-env", !flags.deny_env.is_empty()),
        ("--allow-args", "host-args", flags.allow_args.is_some()),
        ("--allow-fs", "fs", flags.allow_fs.is_some()),
        ("--allow-clocks", "clocks", flags.allow_clocks.is_some()),
        ("--clock", "clocks", flags.clock.is_some()),
        ("--allow-random", "random", flags.allow_random.is_some()),
        ("--random", "random", flags.random.is_some()),
        ("--allow-exit", "exit", flags.allow_exit.is_some()),
        ("--allow-http", "http", flags.allow_http.is_some()),
        ("--allow-sockets", "sockets", flags.allow_sockets.is_some()),
        (
            "--allow-config",
            "host-config",
            !flags.allow_config.is_empty(),
        ),
        ("--config", "config", !flags.config.is_empty()),
        ("--deny-other", "deny-other", flags.deny_other),
        (
            "--allow-import",
            "allow-import",
            !flags.allow_import.is_empty(),
        ),
        ("--debug", "debug", flags.debug),
    ];
    let flags = given.into_iter().filter(|(.., given)| *given);
    let flags = flags.map(|(flag, key, _)| Configured {
        flag: flag.to_string(),
        key: key.to_string(),
    });
    let keys = file.keys.iter().map(|key| Configured {
        flag: format!("`{key}` in {}", crate::escape::escape(&file.name)),
        key: key.clone(),
    });
    keys.chain(flags).collect()
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
