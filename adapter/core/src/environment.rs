//! Environment variables, arguments and the working directory: fixed ones, and the host's that the
//! configuration lets through. The host must be asked for nothing else: the engine leaves out the
//! import otherwise.

use alloc::vec::Vec;

use wasi_virt_layout::{Cwd, HostEnv};

use crate::abi::Text;
use crate::config::config;

/// The fixed variables, and the visible ones of the host.
pub fn variables(of_host: impl FnOnce() -> Vec<(Text, Text)>) -> Vec<(Text, Text)> {
    let config = config();
    let fixed = config
        .env()
        .map(|(name, value)| (name.into(), value.into()));
    let mut variables: Vec<(Text, Text)> = fixed.collect();
    let host_env = config.host_env();
    if host_env == HostEnv::None {
        return variables;
    }
    for (name, value) in of_host() {
        let is_visible = match host_env {
            HostEnv::None => false,
            HostEnv::All => true,
            HostEnv::Only => config.is_named_in_host_env(&name.0),
            HostEnv::Except => !config.is_named_in_host_env(&name.0),
        };
        if is_visible && !config.env().any(|(fixed, _)| fixed == &*name.0) {
            variables.push((name, value));
        }
    }
    variables
}

/// The arguments.
pub fn arguments(of_host: impl FnOnce() -> Vec<Text>) -> Vec<Text> {
    let fixed = config().args();
    if fixed.len() == 0 && config().host_args() {
        return of_host();
    }
    fixed.map(Text::from).collect()
}

/// The working directory.
pub fn cwd(of_host: impl FnOnce() -> Option<Text>) -> Option<Text> {
    match config().cwd() {
        Cwd::None => None,
        Cwd::Host => of_host(),
        Cwd::Fixed(path) => Some(path.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use wasi_virt_layout::write;

    use super::*;
    use crate::simulated;

    fn texts(names: &[(&'static str, &'static str)]) -> Vec<(Text, Text)> {
        let text = |text: &'static str| Text::from(text.as_bytes());
        let pair = |(name, value): &(&'static str, &'static str)| (text(name), text(value));
        names.iter().map(pair).collect()
    }

    /// The variables where the host has `A`, `B` and `C`.
    fn visible(host_env: write::HostEnv) -> Vec<(Text, Text)> {
        simulated::configure(write::encode(&write::Config {
            env: Vec::from([(String::from("B"), String::from("ours"))]),
            host_env,
            ..write::Config::default()
        }));
        variables(|| texts(&[("A", "1"), ("B", "2"), ("C", "3")]))
    }

    #[test]
    fn fixed_variables_hide_the_hosts() {
        let names = || Vec::from([String::from("A"), String::from("B")]);
        let ours = ("B", "ours");
        assert_eq!(visible(write::HostEnv::None), texts(&[ours]));
        let all = texts(&[ours, ("A", "1"), ("C", "3")]);
        assert_eq!(visible(write::HostEnv::All), all);
        let only = texts(&[ours, ("A", "1")]);
        assert_eq!(visible(write::HostEnv::Only(names())), only);
        let except = texts(&[ours, ("C", "3")]);
        assert_eq!(visible(write::HostEnv::Except(names())), except);
    }

    #[test]
    fn the_host_is_asked_only_where_nothing_is_fixed() {
        let configured = |config| simulated::configure(write::encode(&config));
        let asked = || texts(&[("a", "b")]).remove(0).0;
        configured(write::Config::default());
        assert!(arguments(|| panic!()).is_empty());
        assert_eq!(cwd(|| panic!()), None);
        configured(write::Config {
            args: Vec::from([String::from("x")]),
            host_args: true,
            cwd: write::Cwd::Fixed(String::from("/x")),
            ..write::Config::default()
        });
        assert_eq!(arguments(|| panic!()).len(), 1);
        assert_eq!(cwd(|| panic!()), Some(Text::from(b"/x".as_slice())));
        configured(write::Config {
            host_args: true,
            cwd: write::Cwd::Host,
            ..write::Config::default()
        });
        assert_eq!(arguments(|| Vec::from([asked()])), [asked()]);
        assert_eq!(cwd(|| Some(asked())), Some(asked()));
    }
}
