//! What is true of the generators themselves, apart from what any case makes them do.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::process::{Command, Output, Stdio};
use wasi_virt_tests::artifact;
use wasi_virt_tests::paths::{Commands, fixture, made};

fn commands() -> Result<Commands> {
    Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))
}

fn run(command: &mut Command) -> Result<Output> {
    let out = command.stdin(Stdio::null()).output()?;
    ensure!(
        out.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    Ok(out)
}

#[test]
fn the_pure_generator_imports_nothing() -> Result<()> {
    let pure = fs::read(made("virt-gen-pure.wasm", "build")?)?;
    artifact::validate(&pure)?;
    assert_eq!(artifact::imports(&pure)?, Vec::<String>::new());
    let exports = artifact::exports(&pure)?;
    assert!(
        exports.iter().any(|name| name.contains("generator")),
        "{exports:?}"
    );
    Ok(())
}

#[test]
fn the_command_is_a_command_and_a_generator() -> Result<()> {
    let command = fs::read(made("virt-gen.wasm", "build")?)?;
    artifact::validate(&command)?;
    let exports = artifact::exports(&command)?;
    assert!(
        exports
            .iter()
            .any(|name| name.starts_with("wasi:cli/run@0.2.")),
        "{exports:?}"
    );
    assert!(
        exports.iter().any(|name| name.contains("generator")),
        "{exports:?}"
    );
    let imports = artifact::imports(&command)?;
    let outside = |name: &&String| !name.starts_with("wasi:");
    assert_eq!(imports.iter().find(outside), None, "nothing but WASI");
    for denied in ["wasi:sockets/", "wasi:http/"] {
        assert!(
            !imports.iter().any(|name| name.starts_with(denied)),
            "{imports:?}"
        );
    }
    Ok(())
}

/// The generator, virtualized by itself with its input mounted and its arguments fixed, sees no
/// host and still makes the same bytes.
#[test]
fn the_generator_virtualized_by_itself_still_virtualizes() -> Result<()> {
    let commands = commands()?;
    let dir = tempfile::tempdir()?;
    let work = dir.path().join("work");
    fs::create_dir(&work)?;
    fs::copy(fixture("library")?, work.join("app.wasm"))?;
    fs::copy(
        made("virt-gen.wasm", "build")?,
        dir.path().join("virt-gen.wasm"),
    )?;

    let policy = ["--deny=error", "-e", "A=1"];
    let expected = dir.path().join("expected.wasm");
    run(Command::new(&commands.wasi_virt)
        .arg(work.join("app.wasm"))
        .args(policy)
        .arg("-o")
        .arg(&expected))?;

    let mut virtualize = Command::new(&commands.wasmtime);
    virtualize.current_dir(dir.path()).args([
        "run",
        "-C",
        "cache=n",
        "--allow-precompiled",
        "--dir",
        ".",
    ]);
    virtualize.arg(commands.generator()?);
    virtualize.args([
        "virt-gen.wasm",
        "--mount",
        "/=work",
        "--stdout",
        "--stderr",
        "--allow-random",
        "--allow-exit",
    ]);
    virtualize.args(["--arg", "virt-gen", "--arg", "/app.wasm"]);
    for word in policy {
        virtualize.arg(format!("--arg={word}"));
    }
    run(virtualize.args(["--arg=-o", "--arg=-", "-o", "self.wasm"]))?;

    let own = dir.path().join("self.wasm");
    artifact::validate(&fs::read(&own)?)?;
    let left = artifact::imports(&fs::read(&own)?)?;
    assert!(
        !left.iter().any(|name| name.starts_with("wasi:filesystem/")),
        "{left:?}"
    );
    let out = run(Command::new(&commands.wasmtime)
        .args(["run", "-C", "cache=n", "--allow-precompiled"])
        .arg(commands.compiled(&own)?))?;
    let expected = fs::read(expected).context("the native artifact")?;
    assert!(
        out.stdout == expected,
        "{} bytes differ from {}",
        out.stdout.len(),
        expected.len()
    );
    Ok(())
}
