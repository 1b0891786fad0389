//! The JavaScript program that tests virtualize: the component that npm's componentize-js makes of
//! it. Nothing outside target/ and tests/javascript/node_modules is touched.

use crate::run::{root, run};
use crate::{guests, npm, wit};
use anyhow::{Context, Result};
use std::fs;
use std::process::Command;

/// Builds `target/fixtures/javascript.wasm` unless what it is made from is unchanged.
pub fn run_stage() -> Result<()> {
    let source = root().join("tests/javascript");
    let component = guests::folder().join("javascript.wasm");
    let mark = guests::folder().join("javascript.made-from");
    let mut made_from = wit::WORLD.to_string();
    for file in ["package-lock.json", "build.mjs", "app.js"] {
        made_from += &fs::read_to_string(source.join(file))?;
    }
    if component.is_file() && fs::read_to_string(&mark).is_ok_and(|text| text == made_from) {
        return Ok(());
    }
    npm::install(&source).context(
        "componentize-js cannot be had from npm: or leave it out with `--without=javascript`",
    )?;
    run(Command::new("node")
        .current_dir(&source)
        .arg("build.mjs")
        .arg(wit::command()?)
        .arg(&component))?;
    fs::write(mark, made_from)?;
    Ok(())
}
