//! Packages from npm, exactly those that a `package-lock.json` pins. Nothing is installed globally.

use crate::run::run;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Installs what the `package-lock.json` of a folder pins, unless it is what was installed last.
pub fn install(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json")).context("read package-lock.json")?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut npm = Command::new(npm);
    // Not `npm ci`, which refuses a lock that npm itself wrote where optional packages are for
    // other machines.
    npm.args(["install", "--no-save", "--silent"])
        .args(["--no-audit", "--no-fund", "--prefix"])
        .arg(folder);
    run(&mut npm).context("it needs Node.js with npm and its registry")?;
    fs::write(installed, lock).context("remember what is installed")
}
