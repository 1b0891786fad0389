//! Spelling, by Debian's `codespell`: `.codespellrc` names the words that it must pass over. It
//! sees every text file but those that other tools write.

use crate::js;
use crate::run::root;
use anyhow::{Context, Result, ensure};
use std::io::Write;
use std::process::{Command, Stdio};

const CODESPELL: &str = "/usr/bin/codespell";

/// Files that are written by others or by tools.
fn foreign(path: &str) -> bool {
    path.ends_with(".wasm")
        || path.ends_with(".lock")
        || path.ends_with("package-lock.json")
        || path.starts_with("wit/deps/")
        || path == "LICENSE"
}

/// Fails if a word in one of these files is misspelled.
pub fn check(files: &[String]) -> Result<()> {
    js::provision(&[(CODESPELL, "codespell")], "put it there yourself")?;
    finds_mistakes()?;
    let files = files.iter().filter(|path| !foreign(path));
    let status = Command::new(CODESPELL)
        .current_dir(root())
        .args(files)
        .status()
        .context("start codespell")?;
    ensure!(
        status.success(),
        "words are misspelled: correct them, or add them to .codespellrc"
    );
    Ok(())
}

/// A check that cannot fail would prove nothing.
fn finds_mistakes() -> Result<()> {
    let mut child = Command::new(CODESPELL)
        .current_dir(root())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start codespell")?;
    let mut stdin = child.stdin.take().context("it is piped")?;
    // In two parts, so that this file is spelled well.
    stdin.write_all(concat!("We rec", "ieve it.\n").as_bytes())?;
    drop(stdin);
    let out = child.wait_with_output()?;
    let found = String::from_utf8_lossy(&out.stdout).contains("receive");
    ensure!(found, "codespell passes over a planted mistake");
    Ok(())
}
