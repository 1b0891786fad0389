//! The examples of docs/manual.md, run as they stand there. What must come of one is in the comments behind it: the imports
//! that are left (globs; every import matches one, and each matches one), and what a script answers.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;
use std::process::Command;
use wasi_virt_tests::case::Run;
use wasi_virt_tests::paths::{Commands, fixture, root};
use wasi_virt_tests::{artifact, host, runs};
use wildmatch::WildMatch;

/// A block of the manual.
#[derive(Default)]
struct Example {
    command: String,
    component: String,
    left: Option<String>,
    script: Option<String>,
    answers: Option<String>,
}

fn examples(manual: &str) -> Result<Vec<Example>> {
    let mut found: Vec<Example> = Vec::new();
    let mut inside = false;
    for line in manual.lines() {
        if line == "```sh" {
            inside = true;
            found.push(Example {
                component: "probe".to_string(),
                ..Example::default()
            });
        } else if line == "```" {
            inside = false;
        } else if inside && !line.starts_with('#') {
            let example = found.last_mut().context("it was just begun")?;
            ensure!(example.command.is_empty(), "one command a block: {line}");
            example.command = line.to_string();
        } else if let Some(comment) = line.strip_prefix("<!-- ") {
            let example = found.last_mut().context("a comment behind no example")?;
            let comment = comment
                .strip_suffix("-->")
                .context("a comment of one line")?;
            let (key, value) = comment.split_once(':').context("a key in a comment")?;
            let value = value.trim().to_string();
            match key {
                "component" => example.component = value,
                "left" => example.left = Some(value),
                "run" => example.script = Some(value),
                "answers" => example.answers = Some(value + "\n"),
                other => anyhow::bail!("no comment `{other}`"),
            }
        }
    }
    Ok(found)
}

fn check(example: &Example, commands: &Commands) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    fs::copy(fixture(&example.component)?, at.join("component.wasm"))?;
    for name in ["local-dir", "local"] {
        fs::create_dir(at.join(name))?;
        fs::write(at.join(name).join("a.txt"), "a mounted file")?;
    }
    let args = example.command.strip_prefix("wasi-virt ");
    let args = args.context("an example begins with `wasi-virt`")?;
    let out = Command::new(&commands.wasi_virt)
        .args(args.split(' ').map(|arg| arg.trim_matches('\'')))
        .current_dir(at)
        .output()?;
    ensure!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let made = fs::read(at.join("virt.wasm"))?;
    artifact::validate(&made)?;
    left(example.left.as_deref().context("no `left`")?, &made)?;
    run(example, &made, at)
}

fn left(expected: &str, made: &[u8]) -> Result<()> {
    let imports = artifact::imports(made)?;
    let globs: Vec<_> = expected.split_whitespace().map(WildMatch::new).collect();
    for import in &imports {
        ensure!(
            globs.iter().any(|glob| glob.matches(import)),
            "{import} is left"
        );
    }
    for glob in &globs {
        let matched = imports.iter().any(|import| glob.matches(import));
        ensure!(matched, "nothing of {glob} is left: {imports:?}");
    }
    Ok(())
}

fn run(example: &Example, made: &[u8], folder: &Path) -> Result<()> {
    let Some(script) = &example.script else {
        return Ok(());
    };
    let run = Run {
        script: Some(script.clone()),
        result: Some(example.answers.clone().context("no `answers`")?),
        ..Run::default()
    };
    runs::check(&run, &host::compile(made)?, None, folder)
}

#[test]
fn every_example_does_what_it_says() -> Result<()> {
    let commands = Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))?;
    let manual = fs::read_to_string(root().join("docs/manual.md"))?;
    let examples = examples(&manual)?;
    ensure!(examples.len() > 25, "{} examples", examples.len());
    for example in examples {
        check(&example, &commands).with_context(|| example.command.clone())?;
    }
    Ok(())
}
