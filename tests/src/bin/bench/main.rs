//! What artifacts cost at run time and what making them costs, against the bare component, the host's own files, `cp` and
//! `tar`, in one run, interleaved, as ratios of medians, with the aim of each. Prints tables; asserts nothing. Arguments
//! name the parts to print; none means all.

mod artifact;
mod engine;
mod generation;
mod host;
mod hosts;
mod instantiation;
mod jobs;
mod node;
mod payload;
mod run;
mod size;
mod startup;
mod table;

use anyhow::{Context, Result, anyhow, bail};
use std::path::PathBuf;
use wasmtime::{Config, Engine};

const PARTS: [&str; 8] = [
    "run",
    "instantiation",
    "size",
    "engine",
    "hosts",
    "generation",
    "startup",
    "payload",
];

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
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
            "run" => run::table(&engine, &node)?,
            "instantiation" => instantiation::table(&engine, &node)?,
            "size" => size::table()?,
            "engine" => engine::table()?,
            "hosts" => hosts::table(&command()?)?,
            "generation" => generation::table(&command()?)?,
            "startup" => startup::table(&engine)?,
            _ => payload::table(&command()?)?,
        }
    }
    Ok(())
}

/// The command of the same profile, which stands beside this program.
fn command() -> Result<PathBuf> {
    Ok(std::env::current_exe()?
        .parent()
        .context("the folder of this program")?
        .join(format!("wasi-virt{}", std::env::consts::EXE_SUFFIX)))
}
