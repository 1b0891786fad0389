//! How a policy filters the host: which values an adapter asks for, and which imports patterns
//! name. This module must never know how an adapter asks.

use super::{Access, HostNames, Policy, wildcard};

impl Policy {
    /// Whether the adapter asks the host for configuration properties.
    pub(crate) fn reads_host_config(&self) -> bool {
        self.host_config != HostNames::None
    }

    /// Whether the adapter asks the host for environment, arguments or working directory.
    pub(crate) fn reads_host_environment(&self) -> bool {
        self.host_env != HostNames::None
            || (self.host_args == Access::Allow && self.args.is_empty())
            || self.reads_host_cwd()
    }

    /// Whether the adapter asks the host for the working directory.
    pub(crate) fn reads_host_cwd(&self) -> bool {
        self.cwd.is_none() && self.host_preopens == Access::Allow
    }

    /// Whether the component sees a variable of the host.
    pub(crate) fn shows_variable(&self, name: &str) -> bool {
        match &self.host_env {
            HostNames::None => false,
            HostNames::All => true,
            HostNames::Only(names) => names.iter().any(|shown| shown == name),
            HostNames::Except(names) => names.iter().all(|hidden| hidden != name),
        }
    }

    /// Whether an `allow-import` pattern names this import.
    pub(crate) fn lets_through(&self, name: &str) -> bool {
        let mut globs = self.allow_import.iter();
        globs.any(|glob| wildcard::matches(glob, name))
    }
}
