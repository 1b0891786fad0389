//! The hosts in which a case is generated, and which of them a run of the tests asks for.

use anyhow::{Result, ensure};

/// The variable that asks for some of them; unset it asks for all.
const VARIABLE: &str = "WASI_VIRT_TESTS_HOSTS";

/// The command as it is built for this machine. Every other host is compared with it.
pub const NATIVE: &str = "native";
/// `virt-gen.wasm` under wasmtime.
pub const WASMTIME: &str = "wasmtime";
/// The npm package in the Node of this machine.
pub const NODE: &str = "node";
/// The npm package in the Node that `tests/node` pins.
pub const NODE24: &str = "node24";
/// The npm package in a page in Chromium.
pub const PAGE: &str = "page";

/// Whether the tests generate in this host. The native command always does.
///
/// # Errors
///
/// When the variable names something else.
pub fn asked_for(host: &str) -> Result<bool> {
    let Ok(asked) = std::env::var(VARIABLE) else {
        return Ok(true);
    };
    let known = [NATIVE, WASMTIME, NODE, NODE24, PAGE];
    let asked: Vec<&str> = asked.split(',').collect();
    for name in &asked {
        ensure!(
            known.contains(name),
            "{VARIABLE}: `{name}` is not one of {}",
            known.join(", ")
        );
    }
    Ok(asked.contains(&host))
}
