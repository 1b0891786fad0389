//! What artifacts cost at run time and what making them costs, against the bare component, the
//! host's own files, `cp` and `tar`, in one run, interleaved, as ratios of medians, with the aim of
//! each. Prints tables; asserts nothing. Arguments name the parts to print; none means all.

mod artifact;
mod engine;
mod generation;
mod host;
mod host_p3;
mod hosts;
mod instantiation;
mod jobs;
mod jobs_p3;
mod memory;
mod network;
mod node;
mod node_p3;
mod page;
mod payload;
mod run;
mod size;
mod startup;
mod table;

use anyhow::{Context, Result, anyhow, bail};
use std::path::PathBuf;
use wasmtime::{Config, Engine};

const PARTS: [&str; 12] = [
    "run",
    "run-0.3",
    "memory-0.3",
    "network",
    "instantiation",
    "size",
    "engine",
    "hosts",
    "generation",
    "startup",
    "payload",
    "page",
];

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some((memory::PEAK, command)) = wanted.split_first().map(|(a, b)| (a.as_str(), b)) {
        return memory::print_peak(command);
    }
    if let Some(other) = wanted.iter().find(|part| !PARTS.contains(&part.as_str())) {
        bail!("no part `{other}`; there are {}", PARTS.join(", "));
    }
    let engine = Engine::new(&Config::new()).map_err(|error| anyhow!("{error:?}"))?;
    let node = node::Node::find()?;
    for part in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == part) {
            continue;
        }
        match part {
            "run" => run::table(&engine, &node, "0.2", &jobs::GROUPS)?,
            "run-0.3" => run::table(&engine, &node, jobs_p3::VERSION, &jobs_p3::GROUPS)?,
            "memory-0.3" => memory::table(&engine, &wasmtime()?)?,
            "network" => network::table(&engine)?,
            "instantiation" => instantiation::table(&engine, &node)?,
            "size" => size::table()?,
            "engine" => engine::table()?,
            "hosts" => hosts::table(&command()?, &wasmtime()?)?,
            "generation" => generation::table(&command()?)?,
            "startup" => startup::table(&engine)?,
            "payload" => payload::table(&wasmtime()?)?,
            _ => page::table()?,
        }
    }
    Ok(())
}

/// The command as it ships: of the profile `dist`, whose folder stands beside that of this program.
fn command() -> Result<PathBuf> {
    found(folder()?.with_file_name("dist"), "wasi-virt")
}

/// The host, of the profile of this program.
fn wasmtime() -> Result<PathBuf> {
    found(folder()?, "wasmtime")
}

/// The folder of this program.
fn folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("the folder of this program")?;
    Ok(folder.to_path_buf())
}

fn found(folder: PathBuf, name: &str) -> Result<PathBuf> {
    let program = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        bail!("there is no {}; run `cargo xtask bench`", program.display());
    }
    Ok(program)
}
