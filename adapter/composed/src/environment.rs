//! `wasi:cli/environment`. The host is asked only for what the configuration lets through, since
//! otherwise the engine leaves out that import.

use alloc::string::String;
use alloc::vec::Vec;

use wasi_virt_layout::{Cwd, HostEnv};

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::cli::environment::Guest;
use crate::bindings::host::cli::environment as host;
use crate::config::{config, text};

impl Guest for Adapter {
    fn get_environment() -> Vec<(String, String)> {
        let config = config();
        let mut variables = Vec::with_capacity(config.env().len());
        for (name, value) in config.env() {
            variables.push((text(name), text(value)));
        }
        let host_env = config.host_env();
        if host_env == HostEnv::None {
            return variables;
        }
        for (name, value) in host::get_environment() {
            let bytes = name.as_bytes();
            let visible = match host_env {
                HostEnv::None => false,
                HostEnv::All => true,
                HostEnv::Only => config.is_named_in_host_env(bytes),
                HostEnv::Except => !config.is_named_in_host_env(bytes),
            };
            if visible && !config.env().any(|(fixed, _)| fixed == bytes) {
                variables.push((name, value));
            }
        }
        variables
    }

    fn get_arguments() -> Vec<String> {
        let config = config();
        let fixed = config.args();
        if fixed.len() == 0 && config.host_args() {
            return host::get_arguments();
        }
        let mut arguments = Vec::with_capacity(fixed.len());
        for argument in fixed {
            arguments.push(text(argument));
        }
        arguments
    }

    fn initial_cwd() -> Option<String> {
        match config().cwd() {
            Cwd::None => None,
            Cwd::Host => host::initial_cwd(),
            Cwd::Fixed(path) => Some(text(path)),
        }
    }
}
