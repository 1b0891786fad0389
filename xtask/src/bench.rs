//! `cargo xtask bench`: tables of what generation, adapters and artifacts cost. Nothing is asserted.

use crate::guests;
use crate::run::{cargo, run as run_command};
use anyhow::Result;

pub fn run() -> Result<()> {
    guests::run(false)?;
    run_command(cargo().args([
        "bench",
        "--locked",
        "-p",
        "wasi-virt",
        "--bench",
        "generate",
    ]))?;
    run_command(
        cargo()
            .args(["run", "--locked", "--profile", "bench-host"])
            .args(["-p", "wasi-virt-tests", "--bin", "bench"]),
    )
}
