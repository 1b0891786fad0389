//! Deno and Bun from npm, in which the npm package is tested beside Node. Nothing outside
//! tests/runtimes is touched.

use crate::npm;
use crate::run::{root, run};
use anyhow::{Context, Result, ensure};
use std::env::consts::{ARCH, OS};
use std::process::Command;

/// Installs both where they are not, and says which the tests run in.
pub fn run_stage() -> Result<()> {
    let otherwise = "or leave them out with `--without=runtimes`";
    let package = root().join("tests/runtimes");
    npm::install(&package)
        .with_context(|| format!("Deno and Bun cannot be had from npm: {otherwise}"))?;
    let modules = package.join("node_modules");
    let (deno, bun) = match ARCH {
        "x86_64" => ("x64", "x64"),
        "aarch64" => ("arm64", "aarch64"),
        other => (other, other),
    };
    for path in [
        format!("@deno/{OS}-{deno}-glibc/deno"),
        format!("@oven/bun-{OS}-{bun}/bin/bun"),
    ] {
        let program = modules.join(&path);
        ensure!(
            program.is_file(),
            "tests/runtimes/package.json names no package that holds {path}: {otherwise}"
        );
        run(Command::new(program).arg("--version"))?;
    }
    Ok(())
}
