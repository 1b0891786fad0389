//! Generation, natively and through `virt-gen.wasm`, and that both give the same: bytes, report and
//! errors. What the artifact does is not judged here.

use crate::case::Case;
use crate::paths::{Commands, sha256};
use crate::workdir::{COMPONENT, Workdir};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
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

/// Generates in both hosts and compares; the native outcome stands for both.
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
    let native = outcome(case, dir, Command::new(&here.wasi_virt).args(args))?;
    let generator = commands.generator()?;
    let mut wasmtime = Command::new(&here.wasmtime);
    wasmtime.args(["run", "--allow-precompiled"]);
    match &case.wasmtime_args {
        Some(given) => wasmtime.args(given),
        None => wasmtime.args(["--dir", "."]),
    };
    let component = outcome(case, dir, wasmtime.arg(generator).args(args))?;
    same(case, &native, &component)?;
    Ok(native)
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
    let path = dir.path().join(ARTIFACT);
    let artifact = match fs::read(&path) {
        Ok(bytes) => {
            fs::remove_file(&path)?;
            Some(bytes)
        }
        Err(_) => None,
    };
    let outcome = Outcome {
        exit: out
            .status
            .code()
            .with_context(|| format!("killed: {:?}", out.status))?,
        stdout: String::from_utf8(out.stdout).context("standard output is not UTF-8")?,
        stderr: String::from_utf8(out.stderr).context("standard error is not UTF-8")?,
        artifact,
    };
    left_over(dir.path())?;
    Ok(outcome)
}

/// An artifact appears whole or not at all: no temporary file of it stays behind.
fn left_over(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        ensure!(!name.contains(ARTIFACT), "generation left {name} behind");
    }
    Ok(())
}

fn same(case: &Case, native: &Outcome, component: &Outcome) -> Result<()> {
    let differs = |what: &str| {
        format!(
            "{what} differs\nnatively: {}\nunder wasmtime: {}",
            shown(native),
            shown(component)
        )
    };
    ensure!(native.exit == component.exit, differs("the exit code"));
    if let Some(parts) = &case.generate.stderr_has_in_wasmtime {
        for part in parts {
            ensure!(
                component.stderr.contains(part.as_str()),
                "under wasmtime standard error lacks {part:?}: {}",
                component.stderr
            );
        }
    } else {
        ensure!(native.stderr == component.stderr, differs("standard error"));
    }
    ensure!(
        native.stdout == component.stdout,
        differs("standard output")
    );
    match (&native.artifact, &component.artifact) {
        (Some(a), Some(b)) if sha256(a) == sha256(b) => Ok(()),
        (None, None) => Ok(()),
        _ => bail!(differs("the artifact")),
    }
}

fn shown(outcome: &Outcome) -> String {
    let artifact = outcome
        .artifact
        .as_ref()
        .map_or("no artifact".into(), |bytes| {
            format!("{} bytes, sha256 {}", bytes.len(), sha256(bytes))
        });
    format!(
        "exit {}, {artifact}\n{}{}",
        outcome.exit, outcome.stdout, outcome.stderr
    )
}

/// The commands where everybody may start them.
fn copies(commands: &Commands, folder: &Path) -> Result<Commands> {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin)?;
    let copies = Commands {
        wasi_virt: bin.join("wasi-virt"),
        wasmtime: bin.join("wasmtime"),
    };
    fs::copy(&commands.wasi_virt, &copies.wasi_virt)?;
    fs::copy(&commands.wasmtime, &copies.wasmtime)?;
    Ok(copies)
}

fn is_root() -> Result<bool> {
    let out = Command::new("id")
        .arg("-u")
        .output()
        .context("starting id")?;
    Ok(out.stdout.trim_ascii() == b"0")
}
