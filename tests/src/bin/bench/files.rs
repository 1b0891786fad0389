//! What reading, listing and opening mounted files costs, against the host's own files on a RAM disk.

use crate::artifact::Mounted;
use crate::host::{RUNS, compile, median, run};
use anyhow::Result;
use std::fs;
use std::path::Path;
use wasmtime::Engine;

const BIG: usize = 10 << 20;

pub fn table(engine: &Engine, bare: &[u8]) -> Result<()> {
    let folder = ram_disk()?;
    for n in 0..1000 {
        fs::write(
            folder.path().join(format!("file-{n:04}.txt")),
            format!("{n}"),
        )?;
    }
    let component = compile(engine, bare)?;
    println!("\nfiles, ns per operation (median of {RUNS}, interleaved)");
    println!(
        "{:<42} {:>12} {:>12} {:>7}  {:<6} the peer's ratio",
        "operation", "host", "artifact", "ratio", "aim"
    );
    for (kib, place) in [(512, "in memory"), (10 << 10, "in a segment")] {
        let bytes: Vec<u8> = (0..kib << 10).map(|n| (n % 251) as u8).collect();
        fs::write(folder.path().join("big"), &bytes)?;
        let artifact = compile(
            engine,
            &Mounted::list("/bench", folder.path())?.artifact(bare)?,
        )?;
        let read = format!("read {kib} KiB in 64 KiB, {place}");
        let mut jobs = vec![(
            read.as_str(),
            ["bench", "read", "/bench/big", "65536"],
            "0.5",
            "1.05-1.18",
        )];
        if bytes.len() == BIG {
            jobs.push((
                "list 1,001 entries",
                ["bench", "list", "/bench", "20"],
                "0.1",
                "",
            ));
            jobs.push((
                "open and close 1,000 files",
                ["bench", "open", "/bench", "1000"],
                "0.04",
                "",
            ));
        }
        for (name, args, aim, peer) in jobs {
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..RUNS {
                times[0].push(run(engine, &component, &args, Some(folder.path()))?);
                times[1].push(run(engine, &artifact, &args, None)?);
            }
            let [host, virtual_] = times.map(median);
            println!(
                "{name:<42} {host:>12.0} {virtual_:>12.0} {:>7.3}  {aim:<6} {peer}",
                virtual_ / host
            );
        }
    }
    Ok(())
}

/// A folder on a RAM disk, so that the host's files cost what its calls cost.
pub fn ram_disk() -> Result<tempfile::TempDir> {
    let shm = Path::new("/dev/shm");
    Ok(if shm.is_dir() {
        tempfile::tempdir_in(shm)?
    } else {
        eprintln!("there is no /dev/shm: the host's files are on a disk");
        tempfile::tempdir()?
    })
}
