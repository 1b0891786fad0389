//! Environment variables, arguments and the working directory: fixed ones, and the host's that the
//! configuration lets through. The host must be asked for nothing else: the engine leaves out the
//! import otherwise.

use alloc::vec::Vec;

use wasi_virt_layout::{Cwd, HostEnv};

use crate::abi::Text;
use crate::config::config;

/// The fixed variables, and the visible ones of the host's.
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
