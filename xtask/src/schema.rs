//! `cargo xtask schema`: the JSON Schema of the policy, from the rows of its keys.

use crate::run::{cargo, root, run as run_command, target};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Writes docs/policy.schema.json, or compares it with what the rows give.
pub fn run(check: bool) -> Result<()> {
    let schema = generate()?;
    let path = path();
    if !check {
        fs::write(&path, schema)?;
        println!("wrote {}", path.display());
        return Ok(());
    }
    let kept = fs::read(&path).with_context(|| path.display().to_string())?;
    if kept != schema {
        bail!(
            "{} is not what the rows of the keys give; run `cargo xtask schema`",
            path.display()
        );
    }
    Ok(())
}

fn path() -> PathBuf {
    root().join("docs/policy.schema.json")
}

fn generate() -> Result<Vec<u8>> {
    // The whole workspace, as for the tests: with fewer packages cargo compiles every dependency again.
    run_command(
        cargo()
            .args(["build", "--quiet", "--locked", "--workspace"])
            .args(["--example", "schema"]),
    )?;
    let out = Command::new(target().join("debug/examples/schema")).output()?;
    ensure!(
        out.status.success(),
        "the schema could not be printed: {}",
        out.status
    );
    Ok(out.stdout)
}
