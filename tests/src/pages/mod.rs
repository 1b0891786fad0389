//! The examples in pages of documentation, run as they stand there. docs/CONTRIBUTING.md describes
//! the shape of blocks and comments. It never decides what an example must print: the page does.

mod parse;
mod printed;
mod serving;

use crate::case::Run;
use crate::paths::{Commands, fixture, root};
use crate::{artifact, host, runs};
use anyhow::{Context, Result, ensure};
use parse::{Example, Section};
use printed::Edit;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use wildmatch::WildMatch;

/// Commands that a reader types and the tests replace: `cargo run … --` is the command under test,
/// and `npx … run` is a host.
const REPLACED: &str = "\
cargo() { while [ \"$1\" != -- ]; do shift; done; shift; wasi-virt \"$@\"; }
npx() { while [ \"$1\" != run ]; do shift; done; wasmtime \"$@\"; }
exec 2>&1
";

/// Runs the examples of a page, and returns how many there were. With `WASI_VIRT_BLESS=1` it
/// rewrites what they print.
pub fn check(page: &str, commands: &Commands) -> Result<usize> {
    let path = root().join(page);
    let text = fs::read_to_string(&path).with_context(|| page.to_string())?;
    let without = std::env::var("WASI_VIRT_TESTS_WITHOUT").unwrap_or_default();
    let tools = tools(commands)?;
    let (mut count, mut edits) = (0, Vec::new());
    for section in parse::sections(&text).with_context(|| page.to_string())? {
        if let Some(part) = left_out(&section, &without) {
            eprintln!("NOT PROVED: {page}, {}: it needs {part}", section.title);
            continue;
        }
        let folder = tempfile::tempdir()?;
        for example in &section.examples {
            let at = || format!("{page}:{}: {}", example.line, example.script);
            let edit = run(example, folder.path(), &tools, commands).with_context(at)?;
            edits.extend(edit);
        }
        count += section.examples.len();
    }
    if !edits.is_empty() {
        fs::write(path, printed::apply(&text, edits))?;
    }
    Ok(count)
}

/// What a section needs that the tests leave out.
fn left_out<'a>(section: &Section, without: &'a str) -> Option<&'a str> {
    let mut fixtures = section
        .examples
        .iter()
        .flat_map(|example| &example.components);
    let mut parts = without.split(',');
    parts.find(|part| fixtures.any(|(_, name)| name == part))
}

/// A folder with the commands that examples use.
fn tools(commands: &Commands) -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    symlink(&commands.wasi_virt, folder.path().join("wasi-virt"))?;
    let wasmtime = folder.path().join("wasmtime");
    // Winch compiles in a fraction of the time.
    let script = format!(
        "#!/bin/sh\ncommand=$1\nshift\nexec '{}' $command -C compiler=winch \"$@\"\n",
        commands.wasmtime.display()
    );
    fs::write(&wasmtime, script)?;
    fs::set_permissions(&wasmtime, fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// Runs an example in the folder of its section.
fn run(
    example: &Example,
    folder: &Path,
    tools: &TempDir,
    commands: &Commands,
) -> Result<Option<Edit>> {
    supply(example, folder)?;
    let (script, server) = example.server();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = [tools.path().to_owned()]
        .into_iter()
        .chain(std::env::split_paths(&path));
    let out = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("{REPLACED}{script}")])
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths)?)
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .context("start bash")?;
    let said = String::from_utf8_lossy(&out.stdout);
    let code = out.status.code();
    ensure!(
        code == Some(example.exit),
        "exit code {code:?}, not {}: {said}",
        example.exit
    );
    if let Some(left) = &example.left {
        imports(left, &fs::read(artifact_of(example, folder)?)?)?;
    }
    if let Some(script) = &example.run {
        probe(
            script,
            &example.answers,
            &artifact_of(example, folder)?,
            folder,
        )?;
    }
    if let Some(component) = server {
        serving::check(&commands.wasmtime, &folder.join(component), &example.get)?;
    }
    printed::compare(example.printed.as_ref(), &said)
}

/// Puts what an example needs into its folder.
fn supply(example: &Example, folder: &Path) -> Result<()> {
    let place = |path: &str| -> Result<PathBuf> {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        Ok(path)
    };
    for (path, name) in &example.components {
        fs::copy(fixture(name)?, place(path)?)?;
    }
    for (path, text) in &example.texts {
        fs::write(place(path)?, text)?;
    }
    Ok(())
}

/// The file after the last `-o` of an example.
fn artifact_of(example: &Example, folder: &Path) -> Result<PathBuf> {
    let (_, after) = example.script.rsplit_once(" -o ").context("no `-o`")?;
    let name = after
        .split_whitespace()
        .next()
        .context("no name after `-o`")?;
    Ok(folder.join(name))
}

/// Every import that is left matches a glob, and each glob matches an import.
fn imports(expected: &str, made: &[u8]) -> Result<()> {
    artifact::validate(made)?;
    let imports = artifact::imports(made)?;
    let globs: Vec<_> = expected.split_whitespace().map(WildMatch::new).collect();
    for import in &imports {
        let known = globs.iter().any(|glob| glob.matches(import));
        ensure!(known, "{import} is left");
    }
    for glob in &globs {
        let matched = imports.iter().any(|import| glob.matches(import));
        ensure!(matched, "nothing of {glob} is left: {imports:?}");
    }
    Ok(())
}

/// Calls the artifact's export `probe` with a script, under a host with much to give away.
fn probe(script: &str, answers: &str, artifact: &Path, folder: &Path) -> Result<()> {
    let run = Run {
        script: Some(script.to_string()),
        result: Some(answers.to_string()),
        ..Run::default()
    };
    runs::check(&run, &host::compile(&fs::read(artifact)?)?, None, folder)
}
