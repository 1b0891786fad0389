//! The part an interface plays, and the part the policy gives it before types are looked at.

use super::files::Files;
use crate::policy::{Access, Clocks, HostNames, Policy, Random, StdioMode};
use crate::report::Action;
use crate::wasi::name;
use crate::wasi::subsystem::{Stream, Subsystem, Users, can_be_virtual, is_terminal, users};

/// The part an imported interface plays in the artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Left to the host.
    Host,
    /// Closed: its functions refuse.
    Denied,
    /// Served by the adapter.
    Virtual,
    /// Decided function by function, by the handles that each takes.
    Undecided,
}

impl Role {
    pub(crate) fn is_host(self) -> bool {
        self == Role::Host
    }

    /// What the report calls it.
    pub(crate) fn action(self, name: &str, policy: &Policy, files: Files) -> Action {
        let subsystem = Subsystem::of(name);
        match self {
            Role::Host if subsystem == Subsystem::Other => Action::Open,
            Role::Host | Role::Undecided => Action::Host,
            Role::Denied => Action::Denied,
            // Some of the host's variables or its arguments pass.
            Role::Virtual if subsystem == Subsystem::Env && policy.reads_host_environment() => {
                Action::Forwarded
            }
            Role::Virtual if subsystem == Subsystem::Config => match policy.config[..] {
                _ if policy.reads_host_config() => Action::Forwarded,
                [] => Action::Denied,
                _ => Action::Virtual,
            },
            Role::Virtual if subsystem == Subsystem::Fs && files.host => Action::Forwarded,
            Role::Virtual => match stdio(policy, name) {
                Some(StdioMode::Deny) => Action::Denied,
                _ => Action::Virtual,
            },
        }
    }
}

/// The mode of the standard stream that the interface `name` opens.
pub(crate) fn stdio(policy: &Policy, name: &str) -> Option<StdioMode> {
    Stream::of(name).map(|stream| mode(policy, stream))
}

fn mode(policy: &Policy, stream: Stream) -> StdioMode {
    match stream {
        Stream::Stdin => policy.stdin,
        Stream::Stdout => policy.stdout,
        Stream::Stderr => policy.stderr,
    }
}

/// What the policy alone says of an interface.
pub(crate) fn decided(subsystem: Subsystem, name: &str, policy: &Policy, files: Files) -> Role {
    let all = |is_allowed: bool| match is_allowed {
        true => Role::Host,
        false => Role::Denied,
    };
    let access = |access: Access| all(access == Access::Allow);
    // What the adapter does not know of a subsystem that it serves is denied.
    let served = || match can_be_virtual(name) {
        Some(_) => Role::Virtual,
        None => Role::Denied,
    };
    match subsystem {
        Subsystem::Env => env(policy),
        Subsystem::Stdio => match (stdio(policy, name), is_terminal(name)) {
            (Some(StdioMode::Allow), _) => Role::Host,
            (_, true) => Role::Denied,
            (_, false) => Role::Virtual,
        },
        Subsystem::Fs if files.served && is_files(name) => Role::Virtual,
        Subsystem::Fs if files.served => Role::Denied,
        Subsystem::Fs => access(policy.host_preopens),
        Subsystem::Exit => access(policy.exit),
        Subsystem::Clocks => match policy.clocks {
            Clocks::Deny => Role::Denied,
            Clocks::Allow => Role::Host,
            Clocks::Fixed(_) | Clocks::Start(_) => served(),
        },
        Subsystem::Random => match policy.random {
            Random::Deny => Role::Denied,
            Random::Allow => Role::Host,
            Random::Seed(_) => served(),
        },
        Subsystem::Sockets if files.network.sockets => files.network.role(name),
        Subsystem::Http if files.network.http => files.network.role(name),
        Subsystem::Sockets => all(policy.sockets.is_allowed()),
        Subsystem::Http => all(policy.http.is_allowed()),
        Subsystem::Config => match (&policy.config[..], &policy.host_config) {
            ([], HostNames::All) => Role::Host,
            _ => served(),
        },
        Subsystem::Cli => access(everything(policy)),
        Subsystem::Io => match users(name) {
            Users::Several => Role::Undecided,
            // What gives nothing itself is what its users are.
            Users::Stdio => {
                let modes = Stream::ALL.map(|stream| mode(policy, stream));
                if modes.contains(&StdioMode::Allow) {
                    Role::Host
                } else if modes.contains(&StdioMode::Ignore) {
                    Role::Virtual
                } else {
                    Role::Denied
                }
            }
            Users::Clocks if policy.http.is_allowed() || files.network.http => Role::Host,
            Users::Clocks => match policy.clocks {
                Clocks::Deny => Role::Denied,
                Clocks::Allow => Role::Host,
                Clocks::Fixed(_) | Clocks::Start(_) => Role::Virtual,
            },
        },
        Subsystem::Wasi if policy.lets_through(name) => Role::Host,
        Subsystem::Wasi => access(everything(policy)),
        Subsystem::Other if policy.deny_other && !policy.lets_through(name) => Role::Denied,
        Subsystem::Other => Role::Host,
    }
}

/// Whether the adapter serves this interface of files.
fn is_files(name: &str) -> bool {
    matches!(name::path(name), name::FILES | name::PREOPENS)
}

/// Whether the policy leaves all of WASI to the host.
pub(crate) fn opens_everything(policy: &Policy) -> bool {
    everything(policy) == Access::Allow
}

/// Allowed where every subsystem with a plain switch is.
fn everything(policy: &Policy) -> Access {
    let all = [policy.host_preopens, policy.exit, policy.host_args];
    if all.iter().all(|access| *access == Access::Allow)
        && policy.sockets.is_allowed()
        && policy.http.is_allowed()
        && policy.clocks == Clocks::Allow
        && policy.random == Random::Allow
        && policy.host_config == HostNames::All
    {
        Access::Allow
    } else {
        Access::Deny
    }
}

fn env(policy: &Policy) -> Role {
    let fixed = !policy.env.is_empty() || !policy.args.is_empty() || policy.cwd.is_some();
    let host = policy.host_env == HostNames::All
        && policy.host_args == Access::Allow
        && policy.host_preopens == Access::Allow;
    let none = policy.host_env == HostNames::None
        && policy.host_args == Access::Deny
        && policy.host_preopens == Access::Deny;
    match (fixed, host, none) {
        (false, true, _) => Role::Host,
        (false, _, true) => Role::Denied,
        _ => Role::Virtual,
    }
}
