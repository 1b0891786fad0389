//! `wasi:cli/environment`. The host must be asked only for what the configuration lets through: the
//! engine leaves out the import otherwise.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::config::config;
use wasi_virt_adapter_core::exports;
use wasi_virt_layout::{Cwd, HostEnv};

use crate::imports;

exports! {
    "wasi:cli/environment#get-environment" fn environment(app) => Vec<(Text, Text)> {
        let config = config();
        let fixed = config.env().map(|(name, value)| (name.into(), value.into()));
        let mut variables: Vec<(Text, Text)> = fixed.collect();
        let host_env = config.host_env();
        if host_env == HostEnv::None {
            return variables;
        }
        for (name, value) in imports::get_environment() {
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
    "wasi:cli/environment#get-arguments" fn arguments(app) => Vec<Text> {
        let fixed = config().args();
        if fixed.len() == 0 && config().host_args() {
            return imports::get_arguments();
        }
        fixed.map(Text::from).collect()
    }
    "wasi:cli/environment#initial-cwd" fn initial_cwd(app) => Option<Text> {
        match config().cwd() {
            Cwd::None => None,
            Cwd::Host => imports::initial_cwd(),
            Cwd::Fixed(path) => Some(path.into()),
        }
    }
}
