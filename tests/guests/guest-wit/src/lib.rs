//! Generates a guest's bindings from its `world.wit` and the project's vendored WASI packages,
//! at the WASI version the build asks for. It must never change anything but versions and gates.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator as _};
use wit_bindgen_rust::Opts;

/// The WASI release of a guest's own calls when it asks for no other: the functions that every
/// later one also has. std imports 0.2.12, and the linker makes one of both, the later.
const OWN_WASI: &str = "0.2.6";

/// The release of WASI 0.3 that is vendored.
const LATEST_WASI: &str = "0.3.2";

/// The vendored packages, dependencies first.
const PACKAGES: [&str; 7] = [
    "io",
    "clocks",
    "random",
    "filesystem",
    "sockets",
    "cli",
    "http",
];

/// The packages of WASI 0.3 that guests with bindings of their own import, dependencies first.
const PACKAGES_0_3: [&str; 2] = ["clocks", "filesystem"];

/// Bindings for world `guest` of a WIT file, without what only the latest WASI release has.
///
/// # Errors
///
/// When WIT cannot be read or does not resolve.
pub fn generate(world: &str) -> Result<()> {
    generate_at(world, OWN_WASI)
}

/// Writes `$OUT_DIR/bindings.rs` for world `guest` of a WIT file, in whose text `{wasi}` stands
/// for the version. To be called from a `build.rs`.
///
/// # Errors
///
/// When WIT cannot be read or does not resolve.
pub fn generate_at(world: &str, version: &str) -> Result<()> {
    of_0_2(world, version, None)
}

/// Bindings for world `guest` of a WIT file that imports what is unstable.
///
/// # Errors
///
/// When WIT cannot be read or does not resolve.
pub fn generate_unstable(world: &str, feature: &str) -> Result<()> {
    of_0_2(world, OWN_WASI, Some(feature))
}

/// The same of WASI 0.3.
///
/// # Errors
///
/// When WIT cannot be read or does not resolve.
pub fn generate_unstable_0_3(world: &str, feature: &str) -> Result<()> {
    of_0_3(world, Some(feature), Opts::default(), "bindings.rs")
}

/// Writes `$OUT_DIR/blocking_bindings.rs` for world `guest` of a WIT file that imports WASI 0.3:
/// the functions that are `async` are lowered without it.
///
/// # Errors
///
/// When WIT cannot be read or does not resolve.
pub fn generate_blocking(world: &str) -> Result<()> {
    let mut opts = Opts {
        // The guest has other bindings of the same functions.
        type_section_suffix: Some("blocking".into()),
        ..Default::default()
    };
    opts.async_.push("all");
    of_0_3(world, None, opts, "blocking_bindings.rs")
}

fn of_0_2(world: &str, version: &str, feature: Option<&str>) -> Result<()> {
    println!("cargo:rustc-check-cfg=cfg(exit_with_code)");
    if version == "0.2.12" {
        println!("cargo:rustc-cfg=exit_with_code");
    }
    let edit = |text: String| retarget(&text, version);
    let resolve = vendored("deps", &PACKAGES, feature, edit)?;
    write(resolve, world, version, Opts::default(), "bindings.rs")
}

fn of_0_3(world: &str, feature: Option<&str>, opts: Opts, name: &str) -> Result<()> {
    let resolve = vendored("p3", &PACKAGES_0_3, feature, |text| text)?;
    write(resolve, world, LATEST_WASI, opts, name)
}

/// Vendored packages of a folder, each as `edit` changes it.
fn vendored(
    folder: &str,
    packages: &[&str],
    feature: Option<&str>,
    edit: impl Fn(String) -> String,
) -> Result<Resolve> {
    let folder = root()?.join("../../../wit").join(folder);
    let mut resolve = Resolve::default();
    resolve.features.extend(feature.map(str::to_string));
    for package in packages {
        let path = folder.join(format!("{package}.wit"));
        println!("cargo:rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        resolve
            .push_str(&path, &edit(text))
            .context("vendored WIT")?;
    }
    Ok(resolve)
}

/// The folder of the guest.
fn root() -> Result<PathBuf> {
    Ok(PathBuf::from(env::var("CARGO_MANIFEST_DIR")?))
}

/// Writes the bindings of the world, in whose text `{wasi}` stands for the version.
fn write(mut resolve: Resolve, world: &str, version: &str, opts: Opts, name: &str) -> Result<()> {
    println!("cargo:rerun-if-changed={world}");
    let own = fs::read_to_string(root()?.join(world))?.replace("{wasi}", version);
    let package = resolve.push_str(world, &own)?;
    let world = resolve.select_world(&[package], Some("guest"))?;
    let opts = Opts {
        generate_all: true,
        pub_export_macro: true,
        ..opts
    };
    let mut files = Files::default();
    opts.build().generate(&mut resolve, world, &mut files)?;
    let (_, contents) = files.iter().next().context("no bindings were generated")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join(name), contents)?;
    Ok(())
}

/// Vendored WIT as it would have been in another 0.2 release: what came later is left out.
fn retarget(text: &str, version: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let gate = line.trim();
        if gate == "@since(version = 0.2.12)" && version != "0.2.12" {
            // The gated item, which in the stable surface is one function on one line.
            lines.next();
        } else if !gate.starts_with("@since") && !gate.starts_with("@deprecated") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.replace("@0.2.12", &format!("@{version}"))
}
