//! What artifacts cost at run time and what making them costs, against the bare component, the host's own
//! files, `cp` and `tar`, in one run, interleaved, as ratios of medians. Prints tables; asserts nothing.

mod artifact;
mod crossing;
mod files;
mod generation;
mod host;
mod hosts;
mod pass_through;
mod startup;
mod writes;

use anyhow::{Context, Result, anyhow};
use wasi_virt_tests::paths;
use wasmtime::{Config, Engine};

fn main() -> Result<()> {
    let bare = std::fs::read(paths::fixture("bench")?)?;
    let engine = Engine::new(&Config::new()).map_err(|error| anyhow!("{error:?}"))?;
    // The command of the same profile stands beside this program.
    let command = std::env::current_exe()?
        .parent()
        .context("the folder of this program")?
        .join(format!("wasi-virt{}", std::env::consts::EXE_SUFFIX));
    hosts::table(&command)?;
    generation::table(&command)?;
    startup::table(&engine, &bare)?;
    files::table(&engine, &bare)?;
    writes::table(&engine, &bare)?;
    crossing::table(&engine, &bare, "wasmtime as it is by default")?;
    // What a call between components costs there is mostly the bookkeeping for the asynchronous functions of WASI 0.3.
    let mut plain = Config::new();
    plain.concurrency_support(false);
    let plain = Engine::new(&plain).map_err(|error| anyhow!("{error:?}"))?;
    println!("\nthe same in wasmtime without support for concurrency:");
    files::table(&plain, &bare)?;
    crossing::table(&plain, &bare, "wasmtime without support for concurrency")
}
