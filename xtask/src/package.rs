//! `cargo xtask package`: packs every publishable crate, as crates.io would get it, and installs
//! the command line from the packed files alone; and packs the npm package, whose own tests install
//! it. Publishes nothing.

use crate::js;
use crate::run::{cargo, root, run as run_command, target};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The publishable crates, dependencies first.
const CRATES: [&str; 6] = [
    "wasi-virt-layout",
    "wasi-virt-net",
    "wasi-virt-vfs",
    "wasi-virt-adapter",
    "wasi-virt",
    "wasi-virt-cli",
];

pub fn run() -> Result<()> {
    let mut pack = cargo();
    // A crate that no registry has yet can only be built together with the others: not here, but
    // below, from the packed files.
    pack.args(["package", "--locked", "--allow-dirty", "--no-verify"]);
    for name in CRATES {
        pack.args(["-p", name]);
    }
    run_command(&mut pack)?;
    let folder = root().join("target/packed");
    unpack(&folder)?;
    install(&folder)?;
    js::pack(&target().join("package"))
}

/// Unpacks every archive that was just made.
fn unpack(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for name in CRATES {
        let archive = target().join(format!("package/{}.crate", versioned(name)));
        run_command(
            Command::new("tar")
                // Not with the times in the archive: cargo would take changed files for those it
                // built before.
                .arg("-xzmf")
                .arg(&archive)
                .arg("-C")
                .arg(folder),
        )
        .with_context(|| archive.display().to_string())?;
    }
    Ok(())
}

/// Installs the command line with the packed crates in place of a registry, and runs it.
fn install(folder: &Path) -> Result<()> {
    // A workspace of their own, or they would be taken for members of this one.
    let members: Vec<String> = CRATES
        .iter()
        .map(|name| format!("{:?}", versioned(name)))
        .collect();
    let mut manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
        members.join(", ")
    );
    manifest += "\n[patch.crates-io]\n";
    for name in CRATES {
        manifest += &format!("{name} = {{ path = {:?} }}\n", versioned(name));
    }
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;

    let mut install = cargo();
    install
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", root().join("target/installed"));
    install
        .args(["install", "--debug", "--force", "--root"])
        .arg(folder.join("root"));
    install
        .arg("--path")
        .arg(folder.join(versioned("wasi-virt-cli")));
    run_command(&mut install)?;
    let out = Command::new(folder.join("root/bin/wasi-virt"))
        .arg("--version")
        .output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    if !text.contains(env!("CARGO_PKG_VERSION")) {
        bail!("the installed wasi-virt says its version is {text:?}");
    }
    Ok(())
}

fn versioned(name: &str) -> String {
    format!("{name}-{}", env!("CARGO_PKG_VERSION"))
}
