//! `wasi:config`: properties with fixed values, and those of the host's that the configuration lets
//! through. The host must be asked for nothing else: the engine leaves out the import otherwise.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::config::config;
use wasi_virt_adapter_core::exports;
use wasi_virt_layout::HostEnv;

use crate::imports;
use crate::types::ConfigError;

/// The fixed value of a property.
fn fixed(key: &[u8]) -> Option<Text> {
    let (_, value) = config().config().find(|(name, _)| *name == key)?;
    Some(value.into())
}

/// Whether a property of the host's is visible.
fn is_visible(key: &[u8]) -> bool {
    match config().host_config() {
        HostEnv::None => false,
        HostEnv::All => true,
        HostEnv::Only => config().is_named_in_host_config(key),
        HostEnv::Except => !config().is_named_in_host_config(key),
    }
}

type Properties = Result<Vec<(Text, Text)>, ConfigError>;

/// The fixed properties, and the visible ones of the host.
fn merged(of_host: impl FnOnce() -> Properties) -> Properties {
    let fixed = config()
        .config()
        .map(|(name, value)| (name.into(), value.into()));
    let mut properties: Vec<(Text, Text)> = fixed.collect();
    if config().host_config() == HostEnv::None {
        return Ok(properties);
    }
    for (key, value) in of_host()? {
        let is_fixed = config().config().any(|(name, _)| name == &*key.0);
        if !is_fixed && is_visible(&key.0) {
            properties.push((key, value));
        }
    }
    Ok(properties)
}

type Property = Result<Option<Text>, ConfigError>;

/// The value of a property.
fn get(key: &[u8], of_host: impl FnOnce(&[u8]) -> Property) -> Property {
    match fixed(key) {
        Some(value) => Ok(Some(value)),
        None if is_visible(key) => of_host(key),
        None => Ok(None),
    }
}

exports! {
    "wasi:config/store#get" fn store_get(app, key: [text]) => Property {
        get(&key, imports::store_get)
    }
    "wasi:config/store#get-all" fn store_get_all(app) => Properties {
        merged(imports::store_get_all)
    }
    "wasi:config/runtime#get" fn runtime_get(app, key: [text]) => Property {
        get(&key, imports::runtime_get)
    }
    "wasi:config/runtime#get-all" fn runtime_get_all(app) => Properties {
        merged(imports::runtime_get_all)
    }
}
