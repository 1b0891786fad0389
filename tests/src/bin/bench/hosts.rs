//! One job in every host of the generator: from the start of a process to the written output, and
//! where the generator stays loaded, its first call and later ones.

use crate::table::{aim, median};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use wasi_virt_tests::js;
use wasi_virt_tests::paths::{Commands, root};

const RUNS: usize = 7;
/// Milliseconds that a whole run in Node may take, and a later call where the generator stays
/// loaded.
const START: f64 = 400.0;
const WARM: f64 = 10.0;

/// Milliseconds of one host that stays loaded.
#[derive(Deserialize)]
struct Calls {
    load: f64,
    first: f64,
    warm: f64,
}

#[derive(Deserialize)]
struct Loaded {
    node: Calls,
    page: Option<Calls>,
}

pub fn table(command: &Path, wasmtime: &Path) -> Result<()> {
    println!(
        "\none job in every host of the generator, ms (median of {RUNS}): aim in Node {START} from start to output"
    );
    println!(
        "{:<10}{:>17}{:>10}{:>12}{:>11}   aim",
        "host", "start to output", "load", "first call", "warm call"
    );
    let commands = Commands {
        wasi_virt: command.into(),
        wasmtime: wasmtime.into(),
    };
    let generator = commands.generator()?;
    let (package, bin) = js::package()?;
    let native = process(&mut Command::new(command))?;
    println!("{:<10}{native:>17.0}", "native");
    let mut component = Command::new(wasmtime);
    component
        .args(["run", "-C", "cache=n", "--allow-precompiled", "--dir", "/"])
        .arg(generator);
    println!("{:<10}{:>17.0}", "wasmtime", process(&mut component)?);
    let node = process(Command::new("node").arg(package.join(bin)))?;
    let out = Command::new("node")
        .arg(package.join("scripts/bench.mjs"))
        .stderr(Stdio::inherit())
        .output()
        .context("starting node")?;
    let loaded: Loaded =
        serde_json::from_slice(&out.stdout).context("what js/scripts/bench.mjs says")?;
    print(&format!("{node:.0}"), "Node", &loaded.node, Some(WARM));
    println!("{:<10}{:>17}", "", aim(node, Some(START)));
    match loaded.page {
        Some(page) => print("", "Chromium", &page, None),
        None => println!("Chromium is not installed"),
    }
    Ok(())
}

fn print(start: &str, host: &str, Calls { load, first, warm }: &Calls, most: Option<f64>) {
    println!(
        "{host:<10}{start:>17}{load:>10.0}{first:>12.0}{warm:>11.1}   {}",
        aim(*warm, most)
    );
}

/// The median time of a whole run of this command line, in milliseconds.
fn process(command: &mut Command) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let output = folder.path().join("out.wasm");
    command
        .arg(root().join("examples/hello.wasm"))
        .args(["-q", "-e", "A=b", "--stdout", "-o"])
        .arg(&output);
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let status = command.status()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
        ensure!(status.success() && output.is_file(), "{command:?} failed");
    }
    Ok(median(times))
}
