//! Node as a host of WASI 0.3: components as jco translates them, each run in a process of its own
//! by the script that also runs the tests.

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use wasi_virt_tests::paths;

/// A component, with what jco makes of it at its first run.
pub struct Program(TempDir);

impl Program {
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn new(component: &[u8]) -> Result<Program> {
        // Below the package, so that the output of jco finds its shims.
        let folder = tempfile::tempdir_in(paths::root().join("tests/node/node_modules"))?;
        fs::write(folder.path().join("app.wasm"), component)?;
        Ok(Program(folder))
    }

    /// Nanoseconds per operation, as the component prints them; its `/bench` is a folder of the
    /// host's. Standard input has `len` bytes, and standard output goes nowhere.
    ///
    /// # Errors
    ///
    /// When the component fails.
    pub fn run(&self, args: &[String], preopen: Option<&Path>, len: usize) -> Result<f64> {
        let preopens: BTreeMap<_, _> = preopen
            .map(|folder| ("/bench", folder))
            .into_iter()
            .collect();
        let job = json!({ "env": {}, "args": args, "preopens": preopens, "script": null });
        let [component, translation, answer] =
            ["app.wasm", "translation", "answer"].map(|name| self.0.path().join(name));
        let mut node = Command::new("node")
            // Node warns of the shim's own listeners on standard error.
            .arg("--no-warnings")
            .arg(paths::root().join("tests/node/run.mjs"))
            .args([&component, &translation])
            .arg(job.to_string())
            .arg(&answer)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting node")?;
        let mut stdin = node.stdin.take().context("it was piped")?;
        let writing = std::thread::spawn(move || stdin.write_all(&vec![7; len]));
        let out = node.wait_with_output()?;
        // A program may end without reading it.
        drop(writing.join());
        let said = String::from_utf8_lossy(&out.stderr);
        ensure!(out.status.success(), "{}: {said}", out.status);
        let came = fs::read_to_string(answer)?;
        match said.trim().parse() {
            Ok(time) => Ok(time),
            Err(_) => bail!("no time printed: {said}{came}"),
        }
    }
}
