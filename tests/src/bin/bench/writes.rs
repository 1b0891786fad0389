//! What writing into a `--tmpfs` costs, against the host's directory on a RAM disk.

use crate::artifact::tmpfs;
use crate::files::ram_disk;
use crate::host::{RUNS, compile, median, run};
use anyhow::Result;
use std::fs;
use wasi_virt_tests::paths;
use wasmtime::Engine;

pub fn table(engine: &Engine, bare: &[u8]) -> Result<()> {
    println!(
        "\nwriting, ns per operation (median, interleaved): aim faster than the host everywhere"
    );
    println!(
        "{:<42} {:>12} {:>12} {:>7}",
        "operation", "host", "tmpfs", "ratio"
    );
    let jobs: [(&str, &[&str]); 7] = [
        ("write 10 MiB in 64 KiB", &["write", "/bench", "65536"]),
        ("write 10 MiB in 4 KiB", &["write", "/bench", "4096"]),
        ("overwrite 4 KiB, scattered", &["scatter", "/bench", "4096"]),
        (
            "overwrite 100 bytes, scattered",
            &["scatter", "/bench", "100"],
        ),
        (
            "append 100 bytes, 10,000 times",
            &["append", "/bench", "10000"],
        ),
        (
            "create and remove 10,000 files",
            &["create", "/bench", "10000"],
        ),
        ("rename, 10,000 times", &["rename", "/bench", "10000"]),
    ];
    rows(engine, bare, "bench", &jobs, RUNS)?;
    match paths::fixture("python") {
        Ok(python) => rows(
            engine,
            &fs::read(python)?,
            "cp",
            &[(
                "SQLite inserts in tens, from Python",
                &["timed", "/bench/words.db", "3000"],
            )],
            3,
        ),
        Err(missing) => {
            println!("SQLite: {missing}");
            Ok(())
        }
    }
}

fn rows(
    engine: &Engine,
    bare: &[u8],
    program: &str,
    jobs: &[(&str, &[&str])],
    runs: usize,
) -> Result<()> {
    let host = compile(engine, bare)?;
    let artifact = compile(engine, &tmpfs(bare, "/bench")?)?;
    for (name, words) in jobs {
        let args = [&[program], *words].concat();
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..runs {
            let folder = ram_disk()?;
            times[0].push(run(engine, &host, &args, Some(folder.path()))?);
            times[1].push(run(engine, &artifact, &args, None)?);
        }
        let [host, virtual_] = times.map(median);
        println!(
            "{name:<42} {host:>12.0} {virtual_:>12.0} {:>7.3}",
            virtual_ / host
        );
    }
    Ok(())
}
