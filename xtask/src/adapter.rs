//! Builds the prebuilt adapters: compiles `adapter/module`, optimizes it with the pinned binaryen,
//! and writes the modules of `adapter/prebuilt`, or compares with them.
//!
//! The result must depend on nothing but the sources and the pinned tools: not on the folder of the
//! checkout, the user's settings, or the machine.

use crate::binaryen;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::remapped_paths;
use anyhow::{Context, Result, bail, ensure};

const TARGET: &str = "wasm32-unknown-unknown";

/// The builds: what the file's name has at its end, and the features.
const BUILDS: [(&str, &str); 3] = [("", ""), ("-host", "host"), ("-write", "write,net")];

/// Builds the adapters; with `check`, into `target/` only, failing when the committed files differ.
pub fn run(check: bool) -> Result<()> {
    let root = root()?;
    for (build, features) in BUILDS {
        module(&root, build, features, check)?;
    }
    Ok(())
}

fn module(root: &Path, build: &str, features: &str, check: bool) -> Result<()> {
    let compiled = compile(root, features)?;
    let file = &format!("adapter{build}.wasm");
    let optimized = optimize(root, &compiled, file)?;

    let built = fs::read(&optimized).with_context(|| format!("read {}", optimized.display()))?;
    let committed = root.join("adapter/prebuilt").join(file);
    if !check {
        fs::write(&committed, &built).with_context(|| format!("write {}", committed.display()))?;
        println!("adapter/prebuilt/{file}: {} bytes", built.len());
    } else if cfg!(not(all(target_arch = "x86_64", target_os = "linux"))) {
        println!("{file} builds; not compared: only rustc on x86_64 Linux gives the same bytes");
    } else {
        let expected =
            fs::read(&committed).with_context(|| format!("read {}", committed.display()))?;
        ensure!(
            built == expected,
            "{} is not what its sources give ({} bytes, built {}): run `cargo xtask adapter` and \
             commit it",
            committed.display(),
            expected.len(),
            built.len(),
        );
        println!("adapter/prebuilt/{file} is what its sources give");
    }
    Ok(())
}

fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().context("the folder above xtask")?.to_owned())
}

fn compile(root: &Path, features: &str) -> Result<PathBuf> {
    ensure_target()?;
    let target_dir = root.join("target/adapter");
    let mut flags = remapped_paths()?;
    flags.push("-Clink-arg=-zstack-size=16384".to_owned());
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args([
            "build",
            "--quiet",
            "--locked",
            "--release",
            "--package",
            "wasi-virt-adapter-module",
            "--features",
            features,
        ])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&target_dir)
        .current_dir(root.join("adapter"))
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env_remove("RUSTFLAGS");
    execute(&mut cargo)?;
    Ok(target_dir
        .join(TARGET)
        .join("release/wasi_virt_adapter_module.wasm"))
}

fn ensure_target() -> Result<()> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .context("run rustc")?;
    let libraries = String::from_utf8(output.stdout).context("rustc's answer")?;
    if output.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    execute(Command::new("rustup").args(["target", "add", TARGET])).with_context(|| {
        format!("Rust's target {TARGET} is missing: run `rustup target add {TARGET}`")
    })
}

fn optimize(root: &Path, compiled: &Path, file: &str) -> Result<PathBuf> {
    let optimized = root.join("target/adapter").join(file);
    execute(
        binaryen::tool("wasm-opt")?
            .args(["-Oz", "--strip-producers", "--strip-target-features"])
            .arg(compiled)
            .arg("-o")
            .arg(&optimized),
    )?;
    Ok(optimized)
}

fn execute(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("run {program}"))?;
    if !status.success() {
        bail!("{program} failed: {status}");
    }
    Ok(())
}
