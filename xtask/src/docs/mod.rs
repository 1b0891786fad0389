//! `cargo xtask docs`: checks the text of the repository: spelling, width of lines, links between
//! pages, length of sentences, and the tables of the builder's methods. Each check lists every
//! problem it finds. It never asks the network, and writes only with `--write`.

mod links;
mod markdown;
mod methods;
mod sentences;
mod spelling;
mod width;

use crate::run::root;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::fs;
use std::process::Command;

/// A text file of the repository: its path from the root, and its contents.
struct Page {
    path: String,
    text: String,
}

/// A problem: where it is, and what it is.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    path: String,
    line: usize,
    what: String,
}

impl Problem {
    fn new(page: &Page, line: usize, what: impl Into<String>) -> Problem {
        Problem {
            path: page.path.clone(),
            line,
            what: what.into(),
        }
    }
}

#[derive(Args)]
pub struct Options {
    /// Write what can be written: the tables of the builder's methods
    #[arg(long)]
    write: bool,
}

/// Every check, with nothing written.
pub fn check() -> Result<()> {
    run(&Options { write: false })
}

/// Runs every check, and fails after the last if any of them found something.
pub fn run(options: &Options) -> Result<()> {
    methods::run(options.write)?;
    spelling::check(&files(&[])?)?;
    let pages = pages(&["*.md"])?;
    let code = pages_of_code()?;
    let mut problems: Vec<Problem> = pages.iter().flat_map(width::prose).collect();
    problems.extend(links::check(&pages, |path| root().join(path).exists()));
    problems.extend(pages.iter().flat_map(sentences::long));
    problems.extend(code.iter().flat_map(width::comments));
    for problem in &problems {
        eprintln!("{}:{}: {}", problem.path, problem.line, problem.what);
    }
    if !problems.is_empty() {
        bail!("{} problems in the text of the repository", problems.len());
    }
    Ok(())
}

/// The files that git has or would take, chosen by patterns of its own.
fn files(patterns: &[&str]) -> Result<Vec<String>> {
    let out = Command::new("git")
        .current_dir(root())
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ])
        .args(patterns)
        .output()
        .context("git lists the files of the repository: install it")?;
    ensure!(
        out.status.success(),
        "git cannot list files: this needs a checkout"
    );
    let listed = String::from_utf8(out.stdout)?;
    let mut files: Vec<String> = listed.split_terminator('\0').map(str::to_string).collect();
    // What was deleted is listed until that is committed.
    files.retain(|path| root().join(path).is_file());
    ensure!(!files.is_empty(), "there are no files like {patterns:?}");
    Ok(files)
}

fn pages(patterns: &[&str]) -> Result<Vec<Page>> {
    let read = |path: String| {
        let text = fs::read_to_string(root().join(&path)).with_context(|| path.clone())?;
        Ok(Page { path, text })
    };
    files(patterns)?.into_iter().map(read).collect()
}

fn pages_of_code() -> Result<Vec<Page>> {
    pages(&["*.rs", "*.ts", "*.tsx", "*.mjs", "*.js"])
}

#[cfg(test)]
fn page(path: &str, text: &str) -> Page {
    Page {
        path: path.to_string(),
        text: text.to_string(),
    }
}
