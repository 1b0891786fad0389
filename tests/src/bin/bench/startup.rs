//! What the number of mounted files costs before a program runs: compiling and instantiating.

use crate::artifact::Mounted;
use crate::host::{RUNS, compile, run};
use crate::table::{aim, median};
use anyhow::Result;
use std::fs;
use std::time::Instant;
use wasi_virt_tests::paths;
use wasmtime::Engine;

pub fn table(engine: &Engine) -> Result<()> {
    let bare = fs::read(paths::fixture("bench")?)?;
    println!("\nstart, by number of mounted files of 100 bytes (median of {RUNS})");
    println!(
        "{:<10} {:>12} {:>7}   {:<10} {:>12} {:>12}   aim",
        "files", "compile, ms", "ratio", "aim", "start, us", "more than 1"
    );
    let mut first = None;
    for count in [1, 1000, 25_600] {
        let folder = tempfile::tempdir()?;
        for n in 0..count {
            fs::write(folder.path().join(format!("{n:06}")), [b'x'; 100])?;
        }
        let artifact = Mounted::list("/bench", folder.path())?.artifact(&bare)?;
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
            "{count:<10} {:>12.1} {:>7.3}   {:<10} {:>12.0} {:>12.0}   {}",
            now.0,
            now.0 / base.0,
            aim(now.0 / base.0, Some(1.1)),
            now.1,
            now.1 - base.1,
            aim(now.1 - base.1, Some(20.0))
        );
    }
    Ok(())
}
