//! Makes the components that tests virtualize from what the guests' build gave: encodes core
//! modules, and retargets components to other WASI releases by renaming their imports.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use wit_component::ComponentEncoder;

/// Components that are taken as the compiler gave them.
const AS_BUILT: [&str; 14] = [
    "probe",
    "probe-mixed",
    "probe-latest",
    "kv",
    "config",
    "disk",
    "shapes",
    "blob",
    "http",
    "net",
    "traffic",
    "unpack",
    "server",
    "bench",
];

/// Fills `folder` from what the guests' builds left in `built`.
pub fn run(folder: &Path, built: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for name in AS_BUILT {
        let from = built.join(format!("wasm32-wasip2/release/{name}.wasm"));
        fs::copy(&from, folder.join(format!("{name}.wasm")))
            .with_context(|| from.display().to_string())?;
    }
    let hello = built.join("wasm32-wasip2/small/hello.wasm");
    fs::copy(&hello, folder.join("hello.wasm")).with_context(|| hello.display().to_string())?;

    // Core modules: of WASI 0.1 alone, the same with a world besides, and with a world alone.
    for (from, name) in [
        ("wasm32-wasip1/release/hello", "hello-core"),
        ("wasm32-wasip1/release/probe", "probe-core"),
        ("wasm32-unknown-unknown/release/library", "library-core"),
    ] {
        let from = built.join(format!("{from}.wasm"));
        fs::copy(&from, folder.join(format!("{name}.wasm")))
            .with_context(|| from.display().to_string())?;
    }

    let pure = built.join("wasm32-unknown-unknown/release");
    for (from, name) in [
        ("library", "library"),
        ("timezone", "timezone"),
        ("timezone_p3", "timezone-p3"),
        ("probe_p3", "probe-p3"),
        ("net_p3", "net-p3"),
        ("server_p3", "server-p3"),
        ("bench_p3", "bench-p3"),
    ] {
        let module = fs::read(pure.join(format!("{from}.wasm")))?;
        let component = ComponentEncoder::default()
            .validate(true)
            .module(&module)?
            .encode()?;
        fs::write(folder.join(format!("{name}.wasm")), component)?;
    }
    for (from, name) in [("probe_p3", "probe-p3-mixed"), ("disk_p3", "disk-p3")] {
        fs::copy(
            built.join(format!("wasm32-wasip2/release/{from}.wasm")),
            folder.join(format!("{name}.wasm")),
        )?;
    }

    let probe = wasmprinter::print_file(folder.join("probe.wasm"))?;
    for release in ["0.2.0", "0.2.3", "0.2.6"] {
        write(
            folder,
            &format!("probe-{release}"),
            &renamed(&probe, |_| release),
        )?;
    }
    let mixed = |name: &str| {
        if name.starts_with("wasi:io/") {
            "0.2.6"
        } else {
            "0.2.0"
        }
    };
    write(folder, "probe-io-newer", &renamed(&probe, mixed))
}

/// The text of a component with the releases of its imports changed. Its core modules, whose
/// imports have a second name before the type, keep theirs.
fn renamed(text: &str, release: impl Fn(&str) -> &'static str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let import = line.trim_start().strip_prefix("(import \"");
        match import.and_then(|import| import.split_once("@0.2.12\" (")) {
            Some((name, rest)) => {
                out += &format!("(import \"{name}@{}\" ({rest}", release(name));
            }
            None => out += line,
        }
        out.push('\n');
    }
    out
}

fn write(folder: &Path, name: &str, text: &str) -> Result<()> {
    let bytes = wat::parse_str(text).with_context(|| format!("assembling {name}"))?;
    fs::write(folder.join(format!("{name}.wasm")), bytes)?;
    Ok(())
}
