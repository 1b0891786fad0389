//! `cargo xtask build`: the command line for this machine, the two generator components and the npm
//! package.

use crate::run::{cargo, remapped_paths, root, run as run_command, rust_target, target};
use crate::{binaryen, js};
use anyhow::{Context, Result};
use std::fs;
use wit_component::ComponentEncoder;

pub fn run() -> Result<()> {
    native()?;
    generators()?;
    js::build()
}

/// `target/debug/wasi-virt`, which the tests run.
pub fn native() -> Result<()> {
    run_command(cargo().args([
        "build",
        "--locked",
        "-p",
        "wasi-virt-cli",
        "--bin",
        "wasi-virt",
    ]))
}

/// `target/virt-gen.wasm` and `target/virt-gen-pure.wasm`.
pub fn generators() -> Result<()> {
    let command = generator("wasm32-wasip2", "command")?;
    fs::copy(&command, root().join("target/virt-gen.wasm"))
        .with_context(|| command.display().to_string())?;

    let pure = generator("wasm32-unknown-unknown", "pure")?;
    let smaller = root().join("target/virt-gen-pure.core.wasm");
    // Other levels make a smaller file, and a larger one once it is compressed for the page.
    run_command(
        binaryen::tool("wasm-opt")?
            .args(["-O1", "--shrink-level=1"])
            .arg(&pure)
            .arg("-o")
            .arg(&smaller),
    )?;
    let module = fs::read(&smaller).with_context(|| smaller.display().to_string())?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(wit_component::ComponentEncoder::encode)
        .context("encoding the pure generator as a component")?;
    fs::write(root().join("target/virt-gen-pure.wasm"), component)?;
    Ok(())
}

fn generator(triple: &str, feature: &str) -> Result<std::path::PathBuf> {
    rust_target(triple)?;
    run_command(
        cargo()
            .args([
                "build",
                "--locked",
                "-p",
                "wasi-virt-cli",
                "--lib",
                "--profile",
                "generator",
            ])
            .args(["--target", triple, "--features", feature])
            .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths()?.join("\u{1f}"))
            .env_remove("RUSTFLAGS"),
    )?;
    Ok(target().join(triple).join("generator/virt_component.wasm"))
}
