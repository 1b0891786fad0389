//! `cargo xtask check`: formatting and lints of every workspace in the repository, and the files
//! that are generated.

use crate::run::{cargo, root, run as run_command};
use crate::{schema, wit};
use anyhow::Result;

pub fn run() -> Result<()> {
    format()?;
    schema::run(true)?;
    wit::run(true)?;
    lints()
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

/// No workspace has a warning.
pub fn lints() -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    run_command(
        cargo()
            .args(["clippy", "--locked", "--workspace", "--all-targets"])
            .args(deny),
    )?;
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
        ("adapter", "target/adapter", adapter, "write"),
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
