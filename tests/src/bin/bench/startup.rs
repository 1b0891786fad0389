//! What mounted files cost before a program runs: compiling and instantiating.

use crate::artifact::Mounted;
use crate::host::{RUNS, compile, median, run};
use anyhow::Result;
use std::fs;
use std::time::Instant;
use wasmtime::Engine;

pub fn table(engine: &Engine, bare: &[u8]) -> Result<()> {
    println!("\nstart, by number of mounted files of 100 bytes (median of {RUNS})");
    println!(
        "{:<10} {:>12} {:>7} {:>14} {:>12}  aim: compile 1.1, start + 20 us; the peer 18 x",
        "files", "compile, ms", "ratio", "start, us", "more than 1"
    );
    let mut first = None;
    for count in [1, 1000, 25_600] {
        let folder = tempfile::tempdir()?;
        for n in 0..count {
            fs::write(folder.path().join(format!("{n:06}")), [b'x'; 100])?;
        }
        let artifact = Mounted::list("/bench", folder.path())?.artifact(bare)?;
        let (mut compiling, mut starting) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let start = Instant::now();
            let component = compile(engine, &artifact)?;
            compiling.push(start.elapsed().as_secs_f64() * 1e3);
            // Once to map the code, once to time.
            run(engine, &component, &["bench", "nothing"], None)?;
            let start = Instant::now();
            run(engine, &component, &["bench", "nothing"], None)?;
            starting.push(start.elapsed().as_secs_f64() * 1e6);
        }
        let now = (median(compiling), median(starting));
        let base = *first.get_or_insert(now);
        println!(
            "{count:<10} {:>12.1} {:>7.3} {:>14.0} {:>12.0}",
            now.0,
            now.0 / base.0,
            now.1,
            now.1 - base.1
        );
    }
    Ok(())
}
