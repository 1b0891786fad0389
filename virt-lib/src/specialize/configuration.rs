//! The configuration: the policy and the file tree as the adapter reads them. The layout crate owns
//! the layout; this module must never know offsets.

use crate::mounts::Tree;
use crate::policy::{Access, Clocks, HostNames, Policy, Random, StdioMode, Time};
use wasi_virt_layout::{Clock, Now, Stdio, write};

/// The configuration of an adapter as it is placed in its memory.
pub(crate) fn encode(policy: &Policy, tree: &Tree, now: Now) -> Vec<u8> {
    write::encode(&write::Config {
        env: policy.env.clone(),
        host_env: host_env(&policy.host_env),
        host_args: policy.host_args == Access::Allow,
        args: policy.args.clone(),
        cwd: cwd(policy),
        stdin: stdio(policy.stdin),
        stdout: stdio(policy.stdout),
        stderr: stdio(policy.stderr),
        mtime_seconds: policy.mtime,
        preopens: tree.preopens.clone(),
        host_preopens: policy.host_preopens == Access::Allow,
        clock: match policy.clocks {
            Clocks::Deny | Clocks::Allow => None,
            Clocks::Fixed(time) => Some(clock(time, true)),
            Clocks::Start(time) => Some(clock(time, false)),
        },
        seed: match policy.random {
            Random::Deny | Random::Allow => None,
            Random::Seed(seed) => Some(seed),
        },
        config: policy.config.clone(),
        mounts: tree.layers.clone(),
        bytes: policy.write_size.map_or(u64::MAX, |size| size.0),
        nodes: policy.write_inodes.unwrap_or(u64::MAX),
        now,
        rules: rules(policy),
        host_config: match (&policy.config[..], &policy.host_config) {
            // The adapter does not serve what is the host's alone.
            ([], HostNames::All) => write::HostEnv::None,
            (_, host) => host_env(host),
        },
    })
}

/// The rules for the network. What is wrong with them is a problem already.
fn rules(policy: &Policy) -> Vec<u8> {
    let is_ruled = policy.sockets.rules().is_some() || policy.http.rules().is_some();
    let rules = policy.network().ok().filter(|_| is_ruled);
    rules.map_or_else(Vec::new, |rules| rules.encode())
}

fn host_env(host: &HostNames) -> write::HostEnv {
    match host {
        HostNames::None => write::HostEnv::None,
        HostNames::All => write::HostEnv::All,
        HostNames::Only(names) => write::HostEnv::Only(names.clone()),
        HostNames::Except(names) => write::HostEnv::Except(names.clone()),
    }
}

fn clock(time: Time, stands: bool) -> Clock {
    Clock {
        seconds: time.seconds,
        nanoseconds: time.nanoseconds,
        stands,
    }
}

fn cwd(policy: &Policy) -> write::Cwd {
    match &policy.cwd {
        Some(path) => write::Cwd::Fixed(path.clone()),
        None if policy.reads_host_cwd() => write::Cwd::Host,
        None => write::Cwd::None,
    }
}

/// Allowed streams are forwarded, so that the adapter never asks for their mode.
fn stdio(mode: StdioMode) -> Stdio {
    match mode {
        StdioMode::Ignore => Stdio::Ignore,
        StdioMode::Deny | StdioMode::Allow => Stdio::Deny,
    }
}
