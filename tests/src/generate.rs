//! Generates in every host and compares bytes, reports and errors: natively, by `virt-gen.wasm`
//! under wasmtime, with the npm package in Node, and in a page. Runs no artifact.

use crate::case::Case;
use crate::hosts;
use crate::js::{self, InPage, Node};
use crate::paths::{Commands, sha256};
use crate::texts::difference;
use crate::workdir::{COMPONENT, Workdir};
use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The name of the artifact in the folder.
const ARTIFACT: &str = "out.wasm";
/// The user without privileges.
const NOBODY: u32 = 65534;

/// What one generator did.
#[derive(Debug)]
pub struct Outcome {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
    pub artifact: Option<Vec<u8>>,
}

/// Generates in every host and compares; the native outcome stands for all.
pub fn generate(
    case: &Case,
    dir: &Workdir,
    commands: &Commands,
    args: &[String],
) -> Result<Outcome> {
    let here = match case.unprivileged {
        true => copies(commands, dir.path())?,
        false => commands.clone(),
    };
    let native = outcome(case, dir, patient(&here.wasi_virt).args(args))?;
    if hosts::asked_for(hosts::WASMTIME)? {
        let component = in_wasmtime(case, dir, &here, commands, args)?;
        same_in_wasmtime(case, &native, &component)?;
    }
    for node in Node::tested()? {
        // The pinned Node lies where a user without privileges need not get to.
        let reachable = node == Node::Machine || !case.unprivileged;
        if reachable && case.not_in_node.is_none() {
            let outcome = in_node(node, case, dir, args).with_context(|| node.name())?;
            same_in_node(node, case, &native, &outcome)?;
        }
    }
    if case.not_in_page.is_none() && js::with_page()? {
        same_in_page(&native, &js::in_page(dir.path(), args)?)?;
    }
    Ok(native)
}

/// `virt-gen.wasm` under wasmtime; `here` are the commands that the case's user may start.
fn in_wasmtime(
    case: &Case,
    dir: &Workdir,
    here: &Commands,
    commands: &Commands,
    args: &[String],
) -> Result<Outcome> {
    let mut generator = commands.generator()?;
    if case.unprivileged {
        generator = copy(&generator, &dir.path().join("bin"))?;
    }
    let mut wasmtime = patient(&here.wasmtime);
    wasmtime.args(["run", "-C", "cache=n", "--allow-precompiled"]);
    match &case.wasmtime_args {
        Some(given) => wasmtime.args(given),
        None => wasmtime.args(["--dir", "."]),
    };
    outcome(case, dir, wasmtime.arg(generator).args(args))
}

/// The npm package's command line. It is a process of its own where the process matters.
fn in_node(node: Node, case: &Case, dir: &Workdir, args: &[String]) -> Result<Outcome> {
    let to_stdout = args.iter().any(|arg| arg == "-");
    if !case.unprivileged && !to_stdout {
        let outcome = js::in_node(node, dir.path(), args)?;
        return Ok(Outcome {
            artifact: taken(dir.path())?,
            ..outcome
        });
    }
    let (mut package, command) = js::package()?;
    if case.unprivileged {
        let copy = dir.path().join("bin/js");
        fs::create_dir_all(&copy)?;
        let copied = Command::new("cp")
            .arg("-r")
            .args([package.join("package.json"), package.join("dist")])
            .arg(&copy)
            .status()?;
        ensure!(copied.success(), "the package cannot be copied");
        package = copy;
    }
    let mut node = patient(&node.program()?);
    outcome(case, dir, node.arg(package.join(command)).args(args))
}

/// The generator's arguments for a case.
pub fn arguments(case: &Case) -> Vec<String> {
    if let Some(all) = &case.command_line {
        return all.clone();
    }
    let mut args = vec![COMPONENT.to_string()];
    args.extend(case.args.iter().cloned());
    args.extend(["-o", ARTIFACT, "--json"].map(String::from));
    args
}

/// A command that is ended when it hangs, which no input may make it do.
pub fn patient(program: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg("120").arg(program);
    command
}

fn outcome(case: &Case, dir: &Workdir, command: &mut Command) -> Result<Outcome> {
    command.current_dir(dir.path()).stdin(Stdio::null());
    // The generator reads nothing of this; what it may not take up is planted.
    command
        .env("HOST_SECRET", "PLANTED-ENV")
        .env("NO_COLOR", "1")
        .env_remove("RUST_BACKTRACE");
    if case.unprivileged && is_root()? {
        command.uid(NOBODY).gid(NOBODY);
    }
    let out = command.output().context("starting the generator")?;
    let artifact = taken(dir.path())?;
    let outcome = Outcome {
        exit: out
            .status
            .code()
            .with_context(|| format!("killed: {:?}", out.status))?,
        stdout: String::from_utf8(out.stdout).context("standard output is not UTF-8")?,
        stderr: String::from_utf8(out.stderr).context("standard error is not UTF-8")?,
        artifact,
    };
    Ok(outcome)
}

/// Takes the artifact out of the folder, if there is one.
fn taken(folder: &Path) -> Result<Option<Vec<u8>>> {
    let path = folder.join(ARTIFACT);
    let artifact = fs::read(&path).ok();
    if artifact.is_some() {
        fs::remove_file(&path)?;
    }
    left_over(folder)?;
    Ok(artifact)
}

/// An artifact appears whole or not at all: no temporary file of it stays behind.
fn left_over(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        ensure!(!name.contains(ARTIFACT), "generation left {name} behind");
    }
    Ok(())
}

fn same_in_wasmtime(case: &Case, native: &Outcome, component: &Outcome) -> Result<()> {
    // `wasi:cli/exit` knows success and failure only: a usage error is a failure there.
    let exit = if native.exit == 2 { 1 } else { native.exit };
    let parts = case.generate.stderr_has_in_wasmtime.as_deref();
    same("under wasmtime", native, component, exit, parts)
}

fn same_in_node(node: Node, case: &Case, native: &Outcome, outcome: &Outcome) -> Result<()> {
    let parts = case.generate.stderr_has_in_node.as_deref();
    same(node.name(), native, outcome, native.exit, parts)
}

/// Compares the outcome of a host with the native one. Where its standard error may differ, `parts`
/// are in it.
fn same(
    host: &str,
    native: &Outcome,
    other: &Outcome,
    exit: i32,
    parts: Option<&[String]>,
) -> Result<()> {
    let differs = |what: &str| {
        format!(
            "{what} differs\nnatively: {}\n{host}: {}\n{}{}",
            shown(native),
            shown(other),
            difference(&native.stdout, &other.stdout),
            difference(&native.stderr, &other.stderr)
        )
    };
    ensure!(other.exit == exit, differs("the exit code"));
    match parts {
        Some(parts) => {
            for part in parts {
                ensure!(
                    other.stderr.contains(part.as_str()),
                    "{host} standard error lacks {part:?}: {}",
                    other.stderr
                );
            }
        }
        None => ensure!(native.stderr == other.stderr, differs("standard error")),
    }
    ensure!(native.stdout == other.stdout, differs("standard output"));
    match (&native.artifact, &other.artifact) {
        (Some(a), Some(b)) if sha256(a) == sha256(b) => Ok(()),
        (None, None) => Ok(()),
        _ => bail!(differs("the artifact")),
    }
}

/// Compares the outcome of the API in a page. The API has no exit codes, and words errors itself.
fn same_in_page(native: &Outcome, page: &InPage) -> Result<()> {
    match (page, &native.artifact) {
        (InPage::Made { sha256: digest }, Some(artifact)) if *digest == sha256(artifact) => Ok(()),
        (InPage::Refused { code, .. }, None) if code != "internal" && code != "bug" => Ok(()),
        // What is printed instead of written is the command line's matter.
        (InPage::Made { .. }, None) if native.exit == 0 => Ok(()),
        (InPage::Unsuppliable { .. }, _) => Ok(()),
        _ => bail!(
            "the page differs\nnatively: {}\nin a page: {page:?}",
            shown(native)
        ),
    }
}

fn shown(outcome: &Outcome) -> String {
    match &outcome.artifact {
        Some(bytes) => {
            format!(
                "exit {}, {} bytes, sha256 {}",
                outcome.exit,
                bytes.len(),
                sha256(bytes)
            )
        }
        None => format!("exit {}, no artifact", outcome.exit),
    }
}

/// The commands where everybody may start them.
fn copies(commands: &Commands, folder: &Path) -> Result<Commands> {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin)?;
    Ok(Commands {
        wasi_virt: copy(&commands.wasi_virt, &bin)?,
        wasmtime: copy(&commands.wasmtime, &bin)?,
    })
}

/// A copy of a file in a folder, for everybody to read and start.
fn copy(file: &Path, folder: &Path) -> Result<PathBuf> {
    let copy = folder.join(file.file_name().context("a file has a name")?);
    fs::copy(file, &copy)?;
    fs::set_permissions(&copy, Permissions::from_mode(0o755))?;
    Ok(copy)
}

fn is_root() -> Result<bool> {
    let out = Command::new("id")
        .arg("-u")
        .output()
        .context("starting id")?;
    Ok(out.stdout.trim_ascii() == b"0")
}
