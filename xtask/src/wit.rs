//! `cargo xtask wit`: every copy of WASI's text, made from `wit/deps` and `wit/p3`. Besides those
//! that are committed, this is a folder as tools for other languages take it, with the world `app`,
//! of the release of WASI that their own libraries are made for.

use crate::generated::{example, keep};
use crate::run::root;
use anyhow::{Result, ensure};
use std::fs;
use std::path::PathBuf;

/// The packages of `wasi:cli`'s world.
const PACKAGES: [&str; 6] = ["io", "clocks", "random", "filesystem", "sockets", "cli"];

const RELEASE: &str = "0.2.9";

/// The release that `wit/deps` has.
const VENDORED: &str = "0.2.12";

/// The world that is implemented.
pub const WORLD: &str = "package test:app;\n\nworld app {\n  include wasi:cli/command@0.2.9;\n}\n";

/// The committed copies, which the engine compiles in.
const COPIES: [&str; 4] = [
    "wasi.wit",
    "wasi_0_3.wit",
    "adapter_types.txt",
    "network_functions.txt",
];

/// Where files spell the vendored release, because they cannot read it: what stands before it and
/// behind it.
const SPELLED: [(&str, &str, &str); 3] = [
    (
        "virt-lib/src/wasi/release.rs",
        "DEFAULT_WASI_VERSION: &str = \"",
        "\";",
    ),
    (
        "js/src/virtualize.ts",
        "The WASI release, `",
        "` by default.",
    ),
    ("js/src/virtualize.ts", "options.wasiVersion ?? '", "'"),
];

/// Writes the committed copies; with `check`, compares them, and the releases that files spell.
pub fn run(check: bool) -> Result<()> {
    for (file, before, behind) in SPELLED {
        let text = fs::read_to_string(root().join(file))?;
        let spelled = format!("{before}{VENDORED}{behind}");
        ensure!(text.contains(&spelled), "{file} lacks {spelled:?}");
    }
    for copy in COPIES {
        let made = example("wit", &[copy])?;
        keep(&format!("virt-lib/src/wasi/{copy}"), &made, "wit", check)?;
    }
    Ok(())
}

/// Writes the folder.
pub fn command() -> Result<PathBuf> {
    let folder = root().join("target/wit");
    for package in PACKAGES {
        let own = folder.join("deps").join(package);
        fs::create_dir_all(&own)?;
        let file = format!("{package}.wit");
        let text = fs::read_to_string(root().join("wit/deps").join(&file))?;
        fs::write(own.join(&file), retarget(&text))?;
    }
    fs::write(folder.join("app.wit"), WORLD)?;
    Ok(folder)
}

/// The world of a program of WASI 0.3 that reads, writes and copies.
const ASYNC_WORLD: &str = "package test:app;

world app {
  import wasi:cli/environment@0.3.2;
  import wasi:cli/stdin@0.3.2;
  import wasi:cli/stdout@0.3.2;
  import wasi:filesystem/preopens@0.3.2;
  import wasi:filesystem/types@0.3.2;
  export wasi:cli/run@0.3.2;
}
";

/// Its packages.
const ASYNC_PACKAGES: [&str; 5] = ["clocks", "filesystem", "cli", "random", "sockets"];

/// All that a program of WASI 0.3 is made from.
pub fn async_text() -> Result<String> {
    let mut text = ASYNC_WORLD.to_string();
    for package in ASYNC_PACKAGES {
        text += &fs::read_to_string(root().join(format!("wit/p3/{package}.wit")))?;
    }
    Ok(text)
}

/// Writes the folder for it.
pub fn async_command() -> Result<PathBuf> {
    let folder = root().join("target/wit-p3");
    for package in ASYNC_PACKAGES {
        let own = folder.join("deps").join(package);
        fs::create_dir_all(&own)?;
        let file = format!("{package}.wit");
        fs::copy(root().join("wit/p3").join(&file), own.join(file))?;
    }
    fs::write(folder.join("app.wit"), ASYNC_WORLD)?;
    Ok(folder)
}

/// WIT as it was in the release: without what came with the vendored one, which is one function on
/// one line.
fn retarget(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("@since(version = {VENDORED})") {
            lines.next();
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.replace(VENDORED, RELEASE)
}
