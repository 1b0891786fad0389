//! `cargo xtask bench`: tables of what generation, adapters and artifacts cost. Nothing is asserted.

use crate::run::{cargo, run as run_command, target};
use crate::{build, guests, js};
use anyhow::Result;
use std::env::consts::EXE_SUFFIX;
use std::process::Command;

pub fn run() -> Result<()> {
    build::generators()?;
    js::build()?;
    guests::run(false)?;
    run_command(cargo().args([
        "bench",
        "--locked",
        "-p",
        "wasi-virt",
        "--bench",
        "generate",
    ]))?;
    let host = ["--locked", "--profile", "bench-host", "--workspace"];
    run_command(cargo().arg("build").args(host).args([
        "--bin",
        "bench",
        "--bin",
        "wasi-virt",
        "--bin",
        "wasmtime",
    ]))?;
    run_command(&mut Command::new(
        target()
            .join("bench-host")
            .join(format!("bench{EXE_SUFFIX}")),
    ))
}
