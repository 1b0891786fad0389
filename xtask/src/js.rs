//! The npm package: its tools, its build and its own tests. What it does beside the other hosts is tested with the cases.

use crate::npm;
use crate::run::{root, run, succeeds};
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Where Debian puts Chromium; the tests start it from there.
const CHROMIUM: &str = "/usr/bin/chromium";

/// `js/dist`, from `target/virt-gen-pure.wasm`.
pub fn build() -> Result<()> {
    npm::install(&root().join("js"))?;
    run(node(&root().join("js")).arg("scripts/build.mjs"))
}

/// The package's own tests.
pub fn test() -> Result<()> {
    let folder = root().join("js");
    // Which folders and patterns Node searches by itself depends on its version.
    let mut tests = Vec::new();
    for entry in fs::read_dir(folder.join("tests"))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            tests.push(path);
        }
    }
    tests.sort();
    run(node(&folder).arg("--test").args(tests))
}

/// The tarball that npm would publish, in this folder.
pub fn pack(into: &Path) -> Result<()> {
    fs::create_dir_all(into)?;
    run(Command::new("npm")
        .current_dir(root().join("js"))
        .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
        .arg(into))
}

/// Sees to Chromium, which the tests of pages start.
pub fn browser() -> Result<()> {
    if Path::new(CHROMIUM).exists() {
        return Ok(());
    }
    eprintln!("installing {CHROMIUM}");
    if succeeds(Command::new("apt-get").args(["update", "-qq"])) {
        // What it says matters only when it fails, and then the file is missing.
        succeeds(Command::new("apt-get").args(["install", "-y", "-qq", "chromium"]));
    }
    if !Path::new(CHROMIUM).exists() {
        bail!(
            "{CHROMIUM} is missing: `apt-get install chromium`, or leave pages out with `--without=browser`"
        );
    }
    Ok(())
}

/// `node` in this folder.
pub fn node(folder: &Path) -> Command {
    let mut command = Command::new("node");
    command.current_dir(folder);
    command
}
