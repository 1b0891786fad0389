//! `cargo xtask check`: formatting and lints of every workspace in the repository, and the policy's schema.

use crate::run::{cargo, root, run as run_command};
use crate::schema;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

pub fn run() -> Result<()> {
    format()?;
    schema::run(true)?;
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

/// What clippy is to do about warnings, as `cargo clippy` says it to its driver.
const DENY: (&str, &str) = (
    "CLIPPY_ARGS",
    "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
);

/// The workspace of this folder. Clippy's driver compiles its crates as for the tests, so that what they depend on need not be
/// compiled again, which `cargo clippy` does and which takes longer than all else here.
fn workspace_lints() -> Result<()> {
    let sysroot = Command::new("rustc")
        .current_dir(root())
        .args(["--print", "sysroot"])
        .output()
        .context("rustc is missing: install rustup from https://rustup.rs")?;
    let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout)?.trim());
    let driver = sysroot.join("bin/clippy-driver");
    ensure!(
        driver
            .with_extension(std::env::consts::EXE_EXTENSION)
            .is_file(),
        "{} is missing: `rustup component add clippy`",
        driver.display()
    );
    // Nobody promises that variable: it has to make an error of a warning here before what follows means anything.
    let probe = root().join("target/warning.rs");
    fs::write(&probe, "pub fn answer() -> u8 { return 42; }\n")?;
    let probed = Command::new(&driver)
        .args(["--crate-type=lib", "--emit=metadata", "--out-dir"])
        .arg(root().join("target"))
        .arg(&probe)
        .env(DENY.0, DENY.1)
        .output()?;
    let told = String::from_utf8_lossy(&probed.stderr);
    ensure!(
        !probed.status.success() && told.contains("needless-return"),
        "clippy does not deny what it is told to deny: {told}"
    );
    run_command(
        cargo()
            .args(["test", "--locked", "--workspace", "--no-run"])
            .env("RUSTC_WORKSPACE_WRAPPER", &driver)
            .env(DENY.0, DENY.1),
    )
}

/// No workspace has a warning.
pub fn lints() -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    workspace_lints()?;
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
