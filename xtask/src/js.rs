//! The npm package and the page: their tools, their builds and their own tests. What the package
//! does beside the other hosts is tested with the cases.

use crate::run::{root, run, succeeds};
use crate::{node24, npm};
use anyhow::{Result, bail};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
/// The variable that tells tests what they leave out.
const WITHOUT: &str = "WASI_VIRT_TESTS_WITHOUT";
/// Where Debian puts Chromium; the tests start it from there.
pub const CHROMIUM: &str = "/usr/bin/chromium";
/// Where Debian puts what wasm-pack drives it with.
pub const CHROMEDRIVER: &str = "/usr/bin/chromedriver";

/// `js/dist`, from `target/virt-gen-pure.wasm`, and `web-demo/dist` with it.
pub fn build() -> Result<()> {
    let js = root().join("js");
    npm::install(&js)?;
    run(node(&js).arg("scripts/build.mjs"))?;
    let page = root().join("web-demo");
    npm::install(&page)?;
    run(Command::new(NPM)
        .current_dir(&page)
        .args(["run", "--silent", "build"]))
}

/// The package's own tests in the machine's Node, without those of some parts.
pub fn test(without: &str) -> Result<()> {
    let variables = [(WITHOUT, OsStr::new(without))];
    tests(&root().join("js"), "tests", &variables)
}

/// The same in Node 24: its folder comes first where programs are looked for, so that npm
/// also runs in it.
pub fn test_in_node24(without: &str) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [node24::provision()?];
    let path = std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&path)))?;
    let variables = [("PATH", path.as_os_str()), (WITHOUT, OsStr::new(without))];
    tests(&root().join("js"), "tests", &variables)
}

/// The page's tests, without those of some parts.
pub fn test_page(without: &str) -> Result<()> {
    let variables = [(WITHOUT, OsStr::new(without))];
    tests(&root().join("web-demo"), "test", &variables)
}

fn tests(folder: &Path, below: &str, variables: &[(&str, &OsStr)]) -> Result<()> {
    // Which folders and patterns Node searches by itself depends on its version.
    let mut tests = Vec::new();
    for entry in fs::read_dir(folder.join(below))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            tests.push(path);
        }
    }
    tests.sort();
    let mut command = node(folder);
    // With a variable PATH the program is also looked for there.
    command.envs(variables.iter().copied());
    run(command.arg("--test").args(tests))
}

/// The tarball that npm would publish, in this folder.
pub fn pack(into: &Path) -> Result<()> {
    fs::create_dir_all(into)?;
    run(Command::new(NPM)
        .current_dir(root().join("js"))
        .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
        .arg(into))
}

/// Sees to Chromium, which the tests of pages start.
pub fn browser() -> Result<()> {
    provision(
        &[(CHROMIUM, "chromium")],
        "leave pages out with `--without=browser`",
    )
}

/// Sees to programs that are in these packages of Debian.
pub fn provision(wanted: &[(&str, &str)], otherwise: &str) -> Result<()> {
    if wanted.iter().all(|(path, _)| Path::new(path).exists()) {
        return Ok(());
    }
    let packages: Vec<_> = wanted.iter().map(|(_, package)| *package).collect();
    eprintln!("installing {}", packages.join(" and "));
    if succeeds(Command::new("apt-get").args(["update", "-qq"])) {
        // What it says matters only when it fails, and then a file is missing.
        succeeds(
            Command::new("apt-get")
                .args(["install", "-y", "-qq"])
                .args(packages),
        );
    }
    for (path, package) in wanted {
        if !Path::new(path).exists() {
            bail!("{path} is missing: `apt-get install {package}`, or {otherwise}");
        }
    }
    Ok(())
}

fn node(folder: &Path) -> Command {
    let mut command = Command::new("node");
    command.current_dir(folder);
    command
}
