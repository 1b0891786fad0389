//! The engine's unit tests as WebAssembly: `wasm-pack test` in Node and in a page in Chromium. Its
//! tools are built below target/ from crates.io; nothing is installed outside, and nothing comes
//! from elsewhere.

use crate::js;
use crate::run::{Stages, cargo, root, run, rust_target, target, watch, without_cargo};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WASM_PACK: &str = "0.15.1";

/// What stands before a test that reads the repository's files.
const NATIVE: &str = r#"#[cfg(not(target_family = "wasm"))]"#;

/// The tests in Node and in a page.
pub fn run_stages() -> Result<()> {
    let mut stages = Stages::default();
    stages.stage("in Node", node)?;
    stages.stage("in a page", browser)?;
    stages.print();
    Ok(())
}

fn node() -> Result<()> {
    test(provision()?.args(["--node"]))
}

fn browser() -> Result<()> {
    let wanted = [
        (js::CHROMIUM, "chromium"),
        (js::CHROMEDRIVER, "chromium-driver"),
    ];
    js::provision(&wanted, "run `cargo xtask test` alone")?;
    let capabilities = target().join("tools/webdriver.json");
    let mut command = provision()?;
    fs::write(
        &capabilities,
        format!(
            r#"{{"goog:chromeOptions": {{"binary": "{}", "args": ["--headless", "--no-sandbox", "--disable-gpu"]}}}}"#,
            js::CHROMIUM
        ),
    )?;
    command
        .args(["--headless", "--chrome", "--chromedriver", js::CHROMEDRIVER])
        // Without it the runner takes tests for those of Node, skips them and succeeds.
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities)
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    test(&mut command)
}

/// `wasm-pack test` with all that it asks for: what it does not find it fetches from GitHub.
fn provision() -> Result<Command> {
    rust_target("wasm32-unknown-unknown")?;
    let tools = target().join("tools");
    install(&tools, "wasm-pack", WASM_PACK)?;
    install(&tools, "wasm-bindgen-cli", &locked("wasm-bindgen")?)?;
    let bin = tools.join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(
        [bin.clone()]
            .into_iter()
            .chain(std::env::split_paths(&path)),
    )?;
    let mut command = Command::new(bin.join("wasm-pack"));
    without_cargo(&mut command);
    command
        .current_dir(root())
        .env("PATH", path)
        .args(["test", "--mode", "no-install"]);
    Ok(command)
}

/// Builds a tool; cargo does nothing where this version is installed.
fn install(tools: &Path, name: &str, version: &str) -> Result<()> {
    let mut command = cargo();
    // Not `--locked`: what wasm-bindgen-cli was locked to need not be in every mirror of crates.io.
    command
        .args(["install", "--quiet", "--debug", "--root"])
        .arg(tools)
        .args([name, "--version", &format!("={version}")]);
    run(&mut command).with_context(|| format!("{name} {version} is built from crates.io"))
}

/// The version of a package in Cargo.lock.
fn locked(name: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let version = lock
        .split_once(&format!("name = \"{name}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'));
    let (version, _) = version.with_context(|| format!("Cargo.lock has no {name}"))?;
    Ok(version.to_string())
}

/// Runs the tests, and makes sure that these are all: the runner succeeds without any.
fn test(command: &mut Command) -> Result<()> {
    command.args(["virt-lib", "--locked", "--lib", "--no-default-features"]);
    let all = format!("test result: ok. {} passed; 0 failed", tests()?);
    let mut passed = false;
    watch(command, |line| passed |= line.contains(&all))?;
    if !passed {
        bail!(
            "`wasm-pack test` did not say `{all}`: does each module of tests `use crate::testing::test`?"
        );
    }
    Ok(())
}

/// How many unit tests the engine has, but for those that are native alone.
fn tests() -> Result<usize> {
    let mut count = 0;
    let mut folders: Vec<PathBuf> = vec![root().join("virt-lib/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(path)?;
            let mut before = "";
            for line in text.lines().map(str::trim) {
                count += usize::from(line == "#[test]" && before != NATIVE);
                before = line;
            }
        }
    }
    Ok(count)
}
