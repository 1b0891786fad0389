//! Node 24 from npm, in which the npm package is tested beside the machine's own Node. Nothing
//! outside tests/node is touched.

use crate::npm;
use crate::run::{root, run};
use anyhow::{Context, Result, ensure};
use std::env::consts::{ARCH, OS};
use std::path::PathBuf;
use std::process::Command;

/// The folder of the program `node`, installed when it is not.
pub fn provision() -> Result<PathBuf> {
    let otherwise = "or leave it out with `--without=node24`";
    let package = root().join("tests/node");
    npm::install(&package)
        .with_context(|| format!("Node 24 cannot be had from npm: {otherwise}"))?;
    let arch = match ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let folder = package.join(format!("node_modules/node-{OS}-{arch}/bin"));
    ensure!(
        folder.join("node").is_file(),
        "tests/node/package.json names no Node 24 for {OS} on {arch}: {otherwise}"
    );
    Ok(folder)
}

/// Installs it, and says which Nodes the tests run in.
pub fn run_stage() -> Result<()> {
    run(Command::new("node").arg("--version"))?;
    run(Command::new(provision()?.join("node")).arg("--version"))
}
