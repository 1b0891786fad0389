//! `wasi:config`: properties with fixed values, and those of the host's that the configuration lets through.
//! The host is asked for nothing else, since otherwise the engine leaves out that import.

use alloc::string::String;
use alloc::vec::Vec;

use wasi_virt_layout::HostEnv;

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::config::{runtime, store};
use crate::bindings::host::config::{runtime as host_runtime, store as host_store};
use crate::config::{config, text};

/// The fixed value of a property.
fn fixed(key: &str) -> Option<String> {
    config()
        .config()
        .find(|(name, _)| *name == key.as_bytes())
        .map(|(_, value)| text(value))
}

/// Whether a property of the host's is visible.
fn is_visible(key: &str) -> bool {
    match config().host_config() {
        HostEnv::None => false,
        HostEnv::All => true,
        HostEnv::Only => config().is_named_in_host_config(key.as_bytes()),
        HostEnv::Except => !config().is_named_in_host_config(key.as_bytes()),
    }
}

/// The fixed properties, and the visible ones of the host's.
fn merged(of_host: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut properties = Vec::with_capacity(config().config().len());
    for (name, value) in config().config() {
        properties.push((text(name), text(value)));
    }
    for (key, value) in of_host {
        let is_fixed = config().config().any(|(name, _)| name == key.as_bytes());
        if !is_fixed && is_visible(&key) {
            properties.push((key, value));
        }
    }
    properties
}

/// Both interfaces are the same but for the names of their types.
macro_rules! serve {
    ($ours:ident, $host:ident, $error:ident) => {
        impl $ours::Guest for Adapter {
            fn get(key: String) -> Result<Option<String>, $ours::$error> {
                if let Some(value) = fixed(&key) {
                    return Ok(Some(value));
                }
                if is_visible(&key) {
                    return $host::get(&key).map_err(|error| match error {
                        $host::$error::Upstream(text) => $ours::$error::Upstream(text),
                        $host::$error::Io(text) => $ours::$error::Io(text),
                    });
                }
                Ok(None)
            }

            fn get_all() -> Result<Vec<(String, String)>, $ours::$error> {
                if config().host_config() == HostEnv::None {
                    return Ok(merged(Vec::new()));
                }
                $host::get_all().map(merged).map_err(|error| match error {
                    $host::$error::Upstream(text) => $ours::$error::Upstream(text),
                    $host::$error::Io(text) => $ours::$error::Io(text),
                })
            }
        }
    };
}

serve!(store, host_store, Error);
serve!(runtime, host_runtime, ConfigError);
