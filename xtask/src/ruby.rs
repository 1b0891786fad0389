//! The Ruby program that tests virtualize, and Ruby's standard library as a folder, which that
//! program lacks. npm's `ruby.wasm`, which a JavaScript host drives by exports, becomes a plain
//! command of WASI 0.1 that runs /app/main.rb. Nothing outside of target/ and node_modules is
//! touched.

use crate::binaryen;
use crate::guests;
use crate::npm;
use crate::run::{root, run, target};
use anyhow::{Context, Result, ensure};
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The program that Ruby evaluates.
const START: &str = include_str!("../../tests/ruby/start.rb");

/// What starts Ruby.
const START_MODULE: &str = include_str!("../../tests/ruby/start.wat");

/// What stands for Ruby's JavaScript host.
const HOST: &str = include_str!("../../tests/ruby/host.wat");

const COPY: &str = include_str!("../../tests/ruby/copy_library.rb");

/// Builds `target/fixtures/ruby.wasm` and the folder `ruby-library` unless what they are made from
/// is unchanged.
pub fn run_stage() -> Result<()> {
    let package = root().join("tests/ruby");
    let mark = guests::folder().join("ruby.made-from");
    let lock = fs::read_to_string(package.join("package-lock.json"))?;
    let made_from = format!(
        "{lock}{START}{START_MODULE}{HOST}{COPY}{}",
        include_str!("ruby.rs")
    );
    if fs::read_to_string(&mark).is_ok_and(|text| text == made_from) {
        return Ok(());
    }
    npm::install(&package)
        .context("Ruby cannot be had from npm: or leave it out with `--without=ruby`")?;
    let dist = package.join("node_modules/@ruby/3.4-wasm-wasi/dist");
    let ruby = guests::folder().join("ruby.wasm");
    command(&dist.join("ruby.wasm"), &ruby)?;
    library(&dist)?;
    fs::write(mark, made_from)?;
    Ok(())
}

/// Lets the module that has the library copy it out.
fn library(dist: &Path) -> Result<()> {
    let folder = guests::folder();
    let work = folder.join("ruby-library.part");
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    let whole = folder.join("ruby-library");
    if whole.exists() {
        fs::remove_dir_all(&whole)?;
    }
    fs::create_dir_all(work.join("app"))?;
    fs::create_dir_all(work.join("out"))?;
    fs::write(work.join("app/main.rb"), COPY)?;
    let module = work.join("ruby.wasm");
    command(&dist.join("ruby+stdlib.wasm"), &module)?;
    let wasmtime = target().join(format!("debug/wasmtime{EXE_SUFFIX}"));
    run(Command::new(wasmtime)
        .args(["run", "-C", "compiler=winch", "-C", "cache=n"])
        .args([
            "--dir",
            &mapped(&work, "app"),
            "--dir",
            &mapped(&work, "out"),
        ])
        .arg(&module))
    .context("copying Ruby's standard library")?;
    let files = count(&work.join("out"))?;
    ensure!(
        files > 500,
        "Ruby's standard library has {files} files only"
    );
    fs::rename(work.join("out"), whole)?;
    fs::remove_dir_all(work)?;
    Ok(())
}

fn mapped(work: &Path, name: &str) -> String {
    format!("{}::/{name}", work.join(name).display())
}

/// The files below a folder.
fn count(folder: &PathBuf) -> Result<usize> {
    let mut files = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files += match entry.file_type()?.is_dir() {
            true => count(&entry.path())?,
            false => 1,
        };
    }
    Ok(files)
}

/// Makes a command of WASI 0.1 of npm's module: merges it with what stands for its JavaScript host,
/// and with a `_start` that does what that host does. Nothing else stays exported.
fn command(module: &Path, to: &Path) -> Result<()> {
    let sources = root().join("tests/ruby");
    let host = sources.join("host.wat");
    let work = guests::folder().join("ruby-command.part");
    fs::create_dir_all(&work)?;
    let (start, merged) = (work.join("start.wat"), work.join("merged.wasm"));
    fs::write(&start, start_text())?;
    run(binaryen::tool("wasm-merge")?
        .arg(&host)
        .arg("rb-js-abi-host")
        .arg(&host)
        .arg("canonical_abi")
        .arg(module)
        .arg("ruby")
        .arg(&start)
        .arg("start")
        .args(["--rename-export-conflicts", "-o"])
        .arg(&merged))?;
    run(binaryen::tool("wasm-metadce")?
        .arg(&merged)
        .arg("--graph-file")
        .arg(sources.join("exports.json"))
        .arg("-o")
        .arg(to)
        .stdout(Stdio::null()))?;
    fs::remove_dir_all(work)?;
    Ok(())
}

/// The module with `_start`, which holds the program as escaped bytes.
fn start_text() -> String {
    let program: String = START.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let length = START.len() + "\0".len();
    START_MODULE
        .replace("{program}", &program)
        .replace("{length}", &length.to_string())
}
