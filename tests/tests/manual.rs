//! The examples of the documentation, run as they stand there: what they print, which imports are
//! left, and what the artifacts do.

use anyhow::{Result, ensure};
use wasi_virt_tests::pages;
use wasi_virt_tests::paths::Commands;

/// Runs a page that has at least so many examples.
fn page(path: &str, at_least: usize) -> Result<()> {
    let commands = Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))?;
    let count = pages::check(path, &commands)?;
    ensure!(count >= at_least, "{count} examples");
    Ok(())
}

#[test]
fn the_readme_does_what_it_says() -> Result<()> {
    page("README.md", 2)
}

#[test]
fn every_example_of_the_manual_does_what_it_says() -> Result<()> {
    page("docs/manual.md", 26)
}

#[test]
fn every_recipe_does_what_it_says() -> Result<()> {
    page("docs/recipes.md", 8)
}
