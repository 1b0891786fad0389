//! Running other programs, timing stages, and naming what a machine lacks. No workflow of its own.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
        .to_path_buf()
}

/// Where the workspace's builds go.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// `cargo`, as this xtask was started with, in the workspace.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    without_cargo(&mut command);
    command
}

/// What cargo set for xtask must not reach the builds that xtask starts.
pub fn without_cargo(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
}

/// Runs a command to its end; a failure names the command.
pub fn run(command: &mut Command) -> Result<()> {
    ended(command, |_| Ok(()))
}

/// Runs a command to its end, and prints what it writes to its standard output, a line at a time,
/// for `look` to see.
pub fn watch(command: &mut Command, mut look: impl FnMut(&str)) -> Result<()> {
    ended(command.stdout(Stdio::piped()), |child| {
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            let line = line?;
            println!("{line}");
            look(&line);
        }
        Ok(())
    })
}

/// Starts a command, does something and awaits its end; a failure names the command.
fn ended(command: &mut Command, meanwhile: impl FnOnce(&mut Child) -> Result<()>) -> Result<()> {
    let shown = show(command);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start `{shown}`"))?;
    meanwhile(&mut child)?;
    let status = child.wait()?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// Whether a command can be started and succeeds, with nothing shown.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn show(command: &Command) -> String {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .map(|word| word.into_owned())
        .collect();
    words.join(" ")
}

/// Installs a rustup target when it is missing and can be had.
pub fn rust_target(name: &str) -> Result<()> {
    let libdir = Command::new("rustc")
        .current_dir(root())
        .args(["--print", "target-libdir", "--target", name])
        .output()
        .context("rustc is missing: install rustup from https://rustup.rs")?;
    let libdir = PathBuf::from(String::from_utf8(libdir.stdout)?.trim());
    if libdir.is_dir() {
        return Ok(());
    }
    run(Command::new("rustup")
        .current_dir(root())
        .args(["target", "add", name]))
    .with_context(|| format!("the Rust target {name} is missing: `rustup target add {name}`"))
}

/// Flags of rustc that keep the paths of this machine out of what it compiles.
pub fn remapped_paths() -> Result<Vec<String>> {
    let cargo_home = match std::env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir()
            .context("the home folder")?
            .join(".cargo"),
    };
    Ok(vec![
        format!("--remap-path-prefix={}=wasi-virt", root().display()),
        format!("--remap-path-prefix={}=cargo", cargo_home.display()),
    ])
}

/// The stages of a workflow, with the time each took.
#[derive(Default)]
pub struct Stages {
    done: Vec<(String, Duration)>,
}

impl Stages {
    /// Runs one stage.
    pub fn stage(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        eprintln!("== {name}");
        let start = Instant::now();
        let result = work().with_context(|| format!("stage `{name}`"));
        self.done.push((name.to_string(), start.elapsed()));
        if result.is_err() {
            self.print();
        }
        result
    }

    /// Prints what was done and how long it took.
    pub fn print(&self) {
        eprintln!("== time");
        for (name, took) in &self.done {
            eprintln!("{:8.1} s  {name}", took.as_secs_f64());
        }
    }
}
