//! The Python programs that tests virtualize, two for WASI 0.2 and one for 0.3: `componentize-py`
//! from PyPI in a venv under target/, and the components it makes. Nothing outside target/ is
//! touched.

use crate::run::{root, run, succeeds};
use crate::{guests, wit};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies the parts of this machine's Python library that are written in Python, for a component to
/// have mounted: componentize-py leaves out what a program does not import when it is made.
fn library() -> Result<()> {
    let copy = guests::folder().join("python-library");
    if copy.is_dir() {
        return Ok(());
    }
    let script = "import shutil, sys, sysconfig\n\
        out = shutil.ignore_patterns('__pycache__', 'site-packages', 'test', 'tests', 'lib-dynload', 'config-*', 'idlelib', 'ensurepip', '*.a', '*.so')\n\
        shutil.copytree(sysconfig.get_path('stdlib'), sys.argv[1], ignore=out)\n";
    let whole = copy.with_extension("part");
    if whole.exists() {
        fs::remove_dir_all(&whole)?;
    }
    run(Command::new("python3").args(["-c", script]).arg(&whole))?;
    fs::rename(whole, copy)?;
    Ok(())
}

/// Makes a database for a component to have mounted.
fn database() -> Result<()> {
    let folder = guests::folder().join("python-data");
    let file = folder.join("words.db");
    if file.is_file() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let script = "import sqlite3, sys\n\
        connection = sqlite3.connect(sys.argv[1])\n\
        connection.execute('create table words (word text primary key, length integer)')\n\
        connection.executemany('insert into words values (?, ?)', [(f'old {number}', 7) for number in range(3000)])\n\
        connection.commit()\n";
    run(Command::new("python3").args(["-c", script]).arg(&file))
}

/// Builds `python.wasm`, `python-net.wasm` and `python-p3.wasm` in `target/fixtures`, unless what
/// they are made from is unchanged.
pub fn run_stage() -> Result<()> {
    library()?;
    database()?;
    let cli = fs::read_to_string(root().join("wit/deps/cli.wit"))?;
    component(
        "python",
        "cp",
        &format!("{}{cli}", wit::WORLD),
        wit::command,
    )?;
    component(
        "python-net",
        "net",
        &format!("{}{cli}", wit::WORLD),
        wit::command,
    )?;
    component(
        "python-p3",
        "copies",
        &wit::async_text()?,
        wit::async_command,
    )
}

/// Makes a component of a module of tests/python, in a world whose text and folder are given.
fn component(
    name: &str,
    module: &str,
    text: &str,
    wit: impl FnOnce() -> Result<PathBuf>,
) -> Result<()> {
    let source = root().join("tests/python");
    let component = guests::folder().join(format!("{name}.wasm"));
    let mark = guests::folder().join(format!("{name}.made-from"));
    let made_from = format!(
        "{}{}{text}",
        fs::read_to_string(source.join("requirements.txt"))?,
        fs::read_to_string(source.join(format!("{module}.py")))?,
    );
    if component.is_file() && fs::read_to_string(&mark).is_ok_and(|text| text == made_from) {
        return Ok(());
    }
    let componentize = provision()?;
    run(Command::new(componentize)
        .current_dir(&source)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("-d")
        .arg(wit()?)
        .args(["-w", "app", "componentize", module, "-o"])
        .arg(&component))?;
    fs::write(mark, made_from)?;
    Ok(())
}

/// The path of `componentize-py`, installed when it is not.
fn provision() -> Result<PathBuf> {
    let otherwise = "or leave Python out with `--without=python`";
    let venv = venv(otherwise)?;
    install(&root().join("tests/python/requirements.txt"), otherwise)?;
    Ok(venv.join("bin/componentize-py"))
}

/// The venv under target/, made when there is none.
pub fn venv(otherwise: &str) -> Result<PathBuf> {
    if !succeeds(Command::new("python3").arg("--version")) {
        bail!("python3 is missing: install it, {otherwise}");
    }
    let venv = root().join("target/venv");
    if !venv.join("bin/pip").is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).with_context(|| {
            format!(
                "python3 cannot make a venv: on Debian, `apt-get install python3-venv`, {otherwise}"
            )
        })?;
    }
    Ok(venv)
}

/// Installs packages from PyPI into the venv.
pub fn install(requirements: &Path, otherwise: &str) -> Result<()> {
    run(Command::new(root().join("target/venv/bin/pip"))
        .args(["install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements))
    .with_context(|| {
        format!(
            "PyPI does not give what `{}` names; {otherwise}",
            requirements.display()
        )
    })
}
