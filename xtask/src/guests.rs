//! `cargo xtask guests`: builds the programs of tests/guests and the Python program's WIT.

use crate::fixtures;
use crate::run::{cargo, root, run as run_command, rust_target};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

/// Where the components that tests virtualize are put.
pub fn folder() -> PathBuf {
    root().join("target/fixtures")
}

pub fn run(examples: bool) -> Result<()> {
    rust()?;
    fixtures::run(&folder(), &target())?;
    kept("hello", examples)?;
    kept("nosy", examples)
}

/// Where the guests' own builds go: apart, so that neither build waits for the other's lock.
fn target() -> PathBuf {
    root().join("target/guests")
}

fn rust() -> Result<()> {
    let guests = |triple: &str| {
        let mut command = cargo();
        command
            .current_dir(root().join("tests/guests"))
            .env("CARGO_TARGET_DIR", target())
            .args(["build", "--locked", "--target", triple]);
        command
    };
    rust_target("wasm32-wasip2")?;
    rust_target("wasm32-unknown-unknown")?;
    run_command(
        guests("wasm32-wasip2")
            .args(["--release", "--workspace"])
            .args([
                "--exclude",
                "guest-wit",
                "--exclude",
                "library",
                "--exclude",
                "timezone",
                "--exclude",
                "timezone-p3",
                "--exclude",
                "hello",
                "--exclude",
                "nosy",
                "--exclude",
                "probe-p3",
                "--exclude",
                "disk-p3",
                "--exclude",
                "net-p3",
                "--exclude",
                "server-p3",
                "--exclude",
                "bench-p3",
            ]),
    )?;
    run_command(guests("wasm32-unknown-unknown").args([
        "--release",
        "-p",
        "library",
        "-p",
        "timezone",
        "-p",
        "timezone-p3",
    ]))?;
    run_command(guests("wasm32-wasip2").args(["--profile", "small", "-p", "hello", "-p", "nosy"]))?;
    // On their own, since what they ask of wit-bindgen is more than the others ask. Once without
    // WASI 0.2, and what reaches it once beside std, which has it.
    run_command(guests("wasm32-unknown-unknown").args([
        "--release",
        "-p",
        "probe-p3",
        "-p",
        "net-p3",
        "-p",
        "server-p3",
        "-p",
        "bench-p3",
    ]))?;
    run_command(guests("wasm32-wasip2").args(["--release", "-p", "probe-p3", "-p", "disk-p3"]))?;
    rust_target("wasm32-wasip1")?;
    run_command(guests("wasm32-wasip1").args(["--release", "-p", "hello", "-p", "probe"]))
}

/// The README's first command and the page's samples need components without anything built, so
/// they are kept in the repository: they must have been built from the sources.
fn kept(name: &str, write: bool) -> Result<()> {
    let file = format!("{name}.wasm");
    let built = target().join("wasm32-wasip2/small").join(&file);
    let kept = root().join("examples").join(&file);
    if write {
        fs::copy(&built, &kept)?;
        return Ok(());
    }
    let same = fs::read(&kept).with_context(|| kept.display().to_string())? == fs::read(&built)?;
    if !same && cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        bail!("examples/{file} is not what its source gives: `cargo xtask guests --examples`");
    }
    if !same {
        eprintln!("examples/{file} is compared on x86_64 Linux only: not compared here");
    }
    Ok(())
}
