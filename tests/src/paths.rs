//! Where things are: what `cargo xtask` built, asked for by name when it is missing.

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests lies in the workspace")
        .into()
}

/// What `cargo xtask` made in target/, or how to make it.
pub fn made(name: &str, task: &str) -> Result<PathBuf> {
    let path = root().join("target").join(name);
    if !path.is_file() {
        bail!(
            "{} is missing: `cargo xtask {task}` makes it",
            path.display()
        );
    }
    Ok(path)
}

/// A component to virtualize.
pub fn fixture(name: &str) -> Result<PathBuf> {
    if name == "hello-example" {
        return Ok(root().join("examples/hello.wasm"));
    }
    if let Some(generator) = name.strip_prefix("target/") {
        return made(generator, "build");
    }
    made(
        &format!("fixtures/{name}.wasm"),
        match name {
            "c" | "python" | "python-net" | "python-p3" | "ruby" | "javascript" => "test",
            _ => "guests",
        },
    )
}

/// A folder to mount.
pub fn folder(name: &str) -> Result<PathBuf> {
    let path = root().join("target/fixtures").join(name);
    if !path.is_dir() {
        bail!("{} is missing: `cargo xtask test` makes it", path.display());
    }
    Ok(path)
}

/// The two commands under test, which cargo puts beside each other.
#[derive(Clone)]
pub struct Commands {
    pub wasi_virt: PathBuf,
    pub wasmtime: PathBuf,
}

impl Commands {
    /// `wasmtime` is what cargo says it is, `wasi-virt` its neighbour.
    pub fn beside(wasmtime: &str) -> Result<Commands> {
        let wasmtime = PathBuf::from(wasmtime);
        let wasi_virt = wasmtime.with_file_name("wasi-virt");
        if !wasi_virt.is_file() {
            bail!(
                "{} is missing: `cargo build -p wasi-virt-cli` makes it",
                wasi_virt.display()
            );
        }
        Ok(Commands {
            wasi_virt,
            wasmtime,
        })
    }

    /// `virt-gen.wasm`, compiled for this machine once: Cranelift takes seconds for it.
    pub fn generator(&self) -> Result<PathBuf> {
        static COMPILED: OnceLock<PathBuf> = OnceLock::new();
        if let Some(path) = COMPILED.get() {
            return Ok(path.clone());
        }
        let path = self.compiled(&made("virt-gen.wasm", "build")?)?;
        Ok(COMPILED.get_or_init(|| path).clone())
    }

    /// A component compiled by `wasmtime compile`, kept under its digest.
    pub fn compiled(&self, component: &Path) -> Result<PathBuf> {
        let digest = sha256(&fs::read(component)?);
        let folder = root().join("target/compiled");
        fs::create_dir_all(&folder)?;
        let kept = folder.join(format!("{digest}.cwasm"));
        if !kept.is_file() {
            let fresh = tempfile::Builder::new()
                .suffix(".cwasm")
                .tempfile_in(&folder)?;
            let out = Command::new(&self.wasmtime)
                .args(["compile", "-o"])
                .arg(fresh.path())
                .arg(component)
                .output()
                .context("starting wasmtime")?;
            if !out.status.success() {
                bail!("wasmtime compile: {}", String::from_utf8_lossy(&out.stderr));
            }
            fresh.persist(&kept)?;
        }
        Ok(kept)
    }
}

/// A digest in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
