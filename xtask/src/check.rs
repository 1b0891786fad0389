//! `cargo xtask check`: formatting and lints of every workspace in the repository and of the
//! scripts, the repository's text, and the files that are generated.

use crate::run::{cargo, root, run as run_command};
use crate::{docs, npm, schema, wit};
use anyhow::Result;
use std::env::consts::EXE_SUFFIX;
use std::path::Path;
use std::process::Command;

pub fn run() -> Result<()> {
    format()?;
    docs::check()?;
    schema::run(true)?;
    wit::run(true)?;
    lints(false)
}

/// Every workspace is formatted.
pub fn format() -> Result<()> {
    for folder in [".", "adapter", "tests/guests"] {
        run_command(
            cargo()
                .current_dir(root().join(folder))
                .args(["fmt", "--all", "--check"]),
        )?;
    }
    Ok(())
}

/// No workspace and no script has a warning. Where the main workspace's tests are `compiled`, it
/// shares their dependencies, which `cargo clippy` would look through once more for minutes.
pub fn lints(compiled: bool) -> Result<()> {
    scripts()?;
    let deny = ["--", "-D", "warnings"];
    let all = ["--locked", "--workspace", "--all-targets"];
    let mut workspace = cargo();
    match (compiled, std::env::var_os("CARGO")) {
        (true, Some(cargo)) => {
            // What `cargo clippy` sets for `cargo check`.
            let driver = Path::new(&cargo).with_file_name(format!("clippy-driver{EXE_SUFFIX}"));
            workspace
                .arg("build")
                .args(all)
                .env("RUSTC_WORKSPACE_WRAPPER", driver)
                .env("CLIPPY_ARGS", "-Dwarnings");
        }
        _ => {
            workspace.arg("clippy").args(all).args(deny);
        }
    }
    run_command(&mut workspace)?;
    for (triple, feature) in [
        ("wasm32-wasip2", "command"),
        ("wasm32-unknown-unknown", "pure"),
    ] {
        run_command(
            cargo()
                .args([
                    "clippy",
                    "--locked",
                    "-p",
                    "wasi-virt-cli",
                    "--lib",
                    "--profile",
                    "generator",
                ])
                .args(["--target", triple, "--features", feature])
                .args(deny),
        )?;
    }
    let (adapter, guests) = ("wasm32-unknown-unknown", "wasm32-wasip2");
    for (folder, target, triple, features) in [
        ("adapter", "target/adapter", adapter, ""),
        ("adapter", "target/adapter", adapter, "host"),
        ("adapter", "target/adapter", adapter, "write,net"),
        ("tests/guests", "target/guests", guests, ""),
    ] {
        run_command(
            cargo()
                .current_dir(root().join(folder))
                .env("CARGO_TARGET_DIR", root().join(target))
                .args([
                    "clippy",
                    "--locked",
                    "--workspace",
                    "--release",
                    "--target",
                    triple,
                    "--features",
                    features,
                ])
                .args(deny),
        )?;
    }
    Ok(())
}

/// TypeScript and JavaScript are formatted and have no warning; `biome.jsonc` says which.
fn scripts() -> Result<()> {
    let js = root().join("js");
    npm::install(&js)?;
    run_command(
        Command::new("node")
            .current_dir(root())
            .arg(js.join("node_modules/@biomejs/biome/bin/biome"))
            .args(["ci", "--error-on-warnings"]),
    )
}
