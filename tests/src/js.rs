//! Generation in JS: the npm package's command line in Node, and its API in a page in Chromium. One process takes the
//! jobs of all cases, one after the other. What comes of a job is compared elsewhere.

use crate::generate::Outcome;
use crate::paths;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The hosts, once started.
static DRIVER: Mutex<Option<Driver>> = Mutex::new(None);

struct Driver {
    process: Child,
    jobs: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What the command line did in Node.
#[derive(Deserialize)]
struct Exit {
    stdout: String,
    stderr: String,
    code: i32,
}

/// What the API did in a page.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum InPage {
    /// The digest of the artifact.
    Made { sha256: String },
    /// The code and the message of the error.
    Refused { code: String, message: String },
    /// Why a page cannot be given this job.
    Unsuppliable { unsuppliable: String },
}

/// Whether pages are tested.
pub fn with_page() -> bool {
    let without = std::env::var("WASI_VIRT_TESTS_WITHOUT").unwrap_or_default();
    !without.split(',').any(|part| part == "browser")
}

/// Runs a command line in Node, in this folder; the artifact is left there.
///
/// # Errors
///
/// When Node or the package is missing, or breaks.
pub fn in_node(folder: &Path, args: &[String]) -> Result<Outcome> {
    let exit: Exit = ask("node", folder, args)?;
    Ok(Outcome {
        exit: exit.code,
        stdout: exit.stdout,
        stderr: exit.stderr,
        artifact: None,
    })
}

/// Virtualizes in a page what this command line says.
///
/// # Errors
///
/// When Node, the package or Chromium is missing, or breaks.
pub fn in_page(folder: &Path, args: &[String]) -> Result<InPage> {
    ask("page", folder, args)
}

/// The files of the package, and where its command is below them.
///
/// # Errors
///
/// When the package was not built.
pub fn package() -> Result<(PathBuf, &'static str)> {
    let folder = paths::root().join("js");
    if !folder.join("dist/bin.js").is_file() {
        bail!("js/dist is missing: `cargo xtask build` makes it");
    }
    Ok((folder, "dist/bin.js"))
}

fn ask<T: DeserializeOwned>(host: &str, folder: &Path, args: &[String]) -> Result<T> {
    let mut driver = DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
    let driver = match &mut *driver {
        Some(driver) => driver,
        none => none.insert(start()?),
    };
    let job = json!({ "host": host, "folder": folder, "args": args });
    writeln!(driver.jobs, "{job}").context("the JS hosts are gone")?;
    let mut line = String::new();
    driver.answers.read_line(&mut line)?;
    if line.is_empty() {
        let status = driver.process.wait()?;
        bail!("the JS hosts ended ({status}); their last words are on standard error");
    }
    serde_json::from_str(&line).with_context(|| format!("an answer of the JS hosts: {line}"))
}

fn start() -> Result<Driver> {
    let (package, _) = package()?;
    let mut command = Command::new("node");
    command.arg(package.join("tests/hosts/driver.mjs"));
    if with_page() {
        command.arg("--browser");
    }
    let mut process = command
        .env("HOST_SECRET", "PLANTED-ENV")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("starting node: install Node 20 or newer")?;
    let jobs = process.stdin.take().context("it was piped")?;
    let answers = BufReader::new(process.stdout.take().context("it was piped")?);
    Ok(Driver {
        process,
        jobs,
        answers,
    })
}
