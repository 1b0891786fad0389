//! Node as a host: components as jco translates them, each run in a process of its own.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use wasi_virt_tests::paths;

/// How often each thing is timed in Node, where all takes longer.
pub const RUNS: usize = 5;

/// The first `node` of the path: `cargo xtask bench` puts Node 24 there.
pub struct Node {
    /// Its name and version.
    pub name: String,
}

/// A component as modules of JavaScript.
pub struct Translated(TempDir);

impl Node {
    /// # Errors
    ///
    /// When there is none.
    pub fn find() -> Result<Node> {
        let version = output(Command::new("node").arg("--version"))?;
        Ok(Node {
            name: format!("Node {}", version.trim().trim_start_matches('v')),
        })
    }

    /// Translates a component.
    ///
    /// # Errors
    ///
    /// When jco refuses it.
    pub fn translate(&self, component: &[u8]) -> Result<Translated> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("component.wasm");
        fs::write(&file, component)?;
        script("transpile", [file.as_os_str(), folder.path().as_os_str()])?;
        Ok(Translated(folder))
    }

    /// Nanoseconds per operation, as the component prints them; its `/bench` is a folder of the
    /// host's.
    ///
    /// # Errors
    ///
    /// When the component fails.
    pub fn run(
        &self,
        component: &Translated,
        args: &[String],
        preopen: Option<&Path>,
    ) -> Result<f64> {
        let host = preopen.map_or(OsStr::new("-"), Path::as_os_str);
        let args = args.iter().map(OsStr::new);
        script(
            "run",
            [component.0.path().as_os_str(), host]
                .into_iter()
                .chain(args),
        )
    }

    /// The median of `count` instantiations, in nanoseconds.
    ///
    /// # Errors
    ///
    /// When the component cannot be instantiated.
    pub fn instantiate(&self, component: &Translated, count: u32) -> Result<f64> {
        script(
            "instantiate",
            [
                component.0.path().as_os_str(),
                OsStr::new(&count.to_string()),
            ],
        )
    }
}

/// Runs the script that does all this, and takes the number that it prints first, if any.
fn script<'a>(command: &str, args: impl IntoIterator<Item = &'a OsStr>) -> Result<f64> {
    let mut node = Command::new("node");
    node.arg(paths::root().join("js/scripts/artifact.mjs"))
        .arg(command)
        .args(args);
    let printed = output(&mut node)?;
    match printed.split_whitespace().next() {
        Some(number) => Ok(number.parse()?),
        None => Ok(0.0),
    }
}

fn output(command: &mut Command) -> Result<String> {
    let out = command.output().context("starting node")?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        let line = said.lines().find(|line| line.contains("rror"));
        bail!("{}: {}", out.status, line.unwrap_or(&said).trim());
    }
    Ok(String::from_utf8(out.stdout)?)
}
