//! `cargo xtask bench`: tables of what generation, adapters and artifacts cost, each with its aims.
//! Nothing is asserted.

use crate::run::{cargo, run as run_command, target};
use crate::{build, guests, js, node24, python};
use anyhow::Result;
use std::env::consts::EXE_SUFFIX;
use std::process::Command;

/// Builds all that is timed, and prints these parts of the tables, or all.
pub fn run(parts: &[String]) -> Result<()> {
    build::generators()?;
    js::build()?;
    guests::run(false)?;
    if let Err(error) = python::run_stage() {
        eprintln!("SQLite is left out: {error:#}");
    }
    node24::run_stage()?;
    js::browser()?;
    // The command as it ships; the hosts in a profile that takes less time to build.
    run_command(cargo().args([
        "build",
        "--locked",
        "--profile",
        "dist",
        "-p",
        "wasi-virt-cli",
    ]))?;
    let host = ["--locked", "--profile", "release", "--workspace"];
    let programs = ["--bin", "bench", "--bin", "wasmtime"];
    run_command(cargo().arg("build").args(host).args(programs))?;
    let program = target().join("release").join(format!("bench{EXE_SUFFIX}"));
    // Every `node` that it starts is Node 24.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [node24::provision()?];
    let path = std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&path)))?;
    run_command(Command::new(program).env("PATH", path).args(parts))?;
    if !parts.is_empty() {
        return Ok(());
    }
    // With the whole workspace again, so that dependencies are those that were compiled.
    run_command(cargo().arg("bench").args(host).args(["--bench", "sizes"]))
}
