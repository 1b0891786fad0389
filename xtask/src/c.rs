//! The C program that tests virtualize: what Debian's clang and wasi-libc make of it, a core module
//! of WASI 0.1. Nothing outside target/ is touched but for packages of Debian.

use crate::run::{root, run};
use crate::{guests, js};
use anyhow::{Context, Result};
use std::fs;
use std::process::Command;

const CLANG: &str = "/usr/bin/clang";

/// Builds `target/fixtures/c.wasm`.
pub fn run_stage() -> Result<()> {
    js::provision(
        &[
            (CLANG, "clang"),
            ("/usr/bin/wasm-ld", "lld"),
            ("/usr/include/wasm32-wasi/stdio.h", "wasi-libc"),
            (
                "/usr/share/doc/libclang-rt-dev-wasm32",
                "libclang-rt-dev-wasm32",
            ),
        ],
        "leave C out with `--without=c`",
    )?;
    fs::create_dir_all(guests::folder())?;
    run(Command::new(CLANG)
        .args(["--target=wasm32-wasi", "-O1", "-o"])
        .arg(guests::folder().join("c.wasm"))
        .arg(root().join("tests/c/files.c")))
    .context("the C program cannot be built; or leave it out with `--without=c`")
}
