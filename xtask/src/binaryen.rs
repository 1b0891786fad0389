//! Binaryen's tools, from npm, as `adapter/package-lock.json` pins them.

use crate::npm;
use crate::run::root;
use anyhow::{Context, Result};
use std::process::Command;

/// Features of WebAssembly that compilers use for modules here.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// A tool such as `wasm-opt`, without arguments but for [`FEATURES`].
pub fn tool(name: &str) -> Result<Command> {
    let adapter = root().join("adapter");
    npm::install(&adapter).context("binaryen is missing")?;
    let mut node = Command::new("node");
    node.arg(adapter.join("node_modules/binaryen/bin").join(name));
    node.args(FEATURES);
    Ok(node)
}
