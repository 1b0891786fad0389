//! Files that are made of the policy's rows or of WASI's text: examples print them, and they are
//! committed. Nothing else may write them.

use crate::run::{cargo, root, run, target};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::process::Command;

/// What an example prints.
pub fn example(name: &str, args: &[&str]) -> Result<Vec<u8>> {
    // The whole workspace, as for the tests: with fewer packages cargo compiles every dependency
    // again. Both examples at once, so that the engine is compiled with its feature once.
    run(cargo()
        .args(["build", "--quiet", "--locked", "--workspace"])
        .args(["--features", "wasi-virt/wit"])
        .args(["--example", "keys", "--example", "wit"]))?;
    let program = target().join("debug/examples").join(name);
    let out = Command::new(program).args(args).output()?;
    ensure!(
        out.status.success(),
        "the example `{name}` failed: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    Ok(out.stdout)
}

/// Writes a committed file; with `check`, compares it, and names the task that writes it.
pub fn keep(path: &str, made: &[u8], task: &str, check: bool) -> Result<()> {
    let full = root().join(path);
    if !check {
        fs::write(&full, made).with_context(|| path.to_string())?;
        println!("wrote {path}");
        return Ok(());
    }
    let kept = fs::read(&full).with_context(|| path.to_string())?;
    if kept != made {
        bail!("{path} is not what its source gives; run `cargo xtask {task}`");
    }
    Ok(())
}
