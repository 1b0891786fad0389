//! `cargo xtask schema`: what docs/ has of the policy's keys, from their rows: the JSON Schema, and the
//! table in policy.md.

use crate::run::{cargo, root, run as run_command, target};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::process::Command;

/// The lines in docs/policy.md that the table stands between.
const MARKERS: [&str; 2] = ["<!-- keys: cargo xtask schema -->\n\n", "\n<!-- /keys -->"];

/// Writes docs/policy.schema.json and the table in docs/policy.md, or compares them with what the rows
/// give.
pub fn run(check: bool) -> Result<()> {
    build()?;
    keep("docs/policy.schema.json", &printed("schema")?, check)?;
    let path = root().join("docs/policy.md");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let table = printed("table")?;
    let [start, end] = MARKERS;
    let around = text.split_once(start).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(end)?;
        Some(format!("{before}{start}{table}{end}{after}"))
    });
    let whole = around.context("docs/policy.md lacks the markers of the table")?;
    keep("docs/policy.md", &whole, check)
}

fn keep(name: &str, text: &str, check: bool) -> Result<()> {
    let path = root().join(name);
    if !check {
        fs::write(&path, text)?;
        println!("wrote {}", path.display());
    } else if fs::read_to_string(&path).with_context(|| name.to_string())? != text {
        bail!("{name} is not what the rows of the keys give; run `cargo xtask schema`");
    }
    Ok(())
}

fn build() -> Result<()> {
    // The whole workspace, as for the tests: with fewer packages cargo compiles every dependency again.
    run_command(
        cargo()
            .args(["build", "--quiet", "--locked", "--workspace"])
            .args(["--example", "keys"]),
    )
}

fn printed(what: &str) -> Result<String> {
    let out = Command::new(target().join("debug/examples/keys"))
        .arg(what)
        .output()?;
    ensure!(
        out.status.success(),
        "the {what} could not be printed: {}",
        out.status
    );
    Ok(String::from_utf8(out.stdout)?)
}
