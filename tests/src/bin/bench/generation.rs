//! What mounting files costs the command, against `cp` and `tar` of the same files, with its memory.

use crate::host::median;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use wait4::Wait4;
use wasi_virt_tests::paths;

const RUNS: usize = 3;
const MIB: u64 = 1 << 20;

/// Name, number of files, bytes each, and what the peer does with it.
const JOBS: [(&str, u64, u64, &str); 5] = [
    ("1,000 x 4 KiB", 1000, 4096, ""),
    ("10,000 x 4 KiB", 10_000, 4096, "fails"),
    ("100,000 x 100 B", 100_000, 100, "fails"),
    ("1 x 100 MiB", 1, 100 * MIB, "2.3 s, 419 MiB"),
    ("1 x 900 MiB", 1, 900 * MIB, "fails"),
];

pub fn table(command: &Path) -> Result<()> {
    println!(
        "\ngeneration with files (median of {RUNS}): aim 1.5 x cp for 900 MiB, under 100 MiB of memory"
    );
    println!(
        "{:<18} {:>10} {:>10} {:>12} {:>9} {:>9} {:>12}  the peer",
        "files", "cp, ms", "tar, ms", "wasi-virt, ms", "/ cp", "/ tar", "memory, MiB"
    );
    for (name, count, size, peer) in JOBS {
        let folder = tempfile::tempdir()?;
        let site = folder.path().join("site");
        fs::create_dir(&site)?;
        fill(&site, count, size)?;
        let output = folder.path().join("out.wasm");
        let jobs: [(&str, Vec<PathBuf>); 3] = [
            (
                "cp",
                vec!["-r".into(), site.clone(), folder.path().join("copy")],
            ),
            (
                "tar",
                vec!["-cf".into(), folder.path().join("site.tar"), site.clone()],
            ),
            (
                command.to_str().context("a path in UTF-8")?,
                vec![
                    paths::fixture("bench")?,
                    "--quiet".into(),
                    "--mount".into(),
                    format!("/={}", site.display()).into(),
                    "-o".into(),
                    output.clone(),
                ],
            ),
        ];
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        let mut memory = 0;
        for _ in 0..RUNS {
            for (times, (program, args)) in times.iter_mut().zip(&jobs) {
                for left in ["copy", "site.tar", "out.wasm"] {
                    let path = folder.path().join(left);
                    drop(fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path)));
                }
                let start = Instant::now();
                let used = Command::new(program)
                    .args(args)
                    .stderr(Stdio::null())
                    .spawn()
                    .with_context(|| format!("starting {program}"))?
                    .wait4()?;
                times.push(start.elapsed().as_secs_f64() * 1e3);
                ensure!(used.status.success(), "{program} {args:?} failed");
                memory = used.rusage.maxrss;
            }
        }
        let [cp, tar, ours] = times.map(median);
        println!(
            "{name:<18} {cp:>10.0} {tar:>10.0} {ours:>12.0} {:>9.2} {:>9.2} {:>12}  {peer}",
            ours / cp,
            ours / tar,
            memory / MIB
        );
    }
    Ok(())
}

/// Files of different contents, a hundred to a folder.
fn fill(site: &Path, count: u64, size: u64) -> Result<()> {
    let block: Vec<u8> = (0..MIB).map(|n| (n % 251) as u8).collect();
    for n in 0..count {
        let folder = site.join((n / 100).to_string());
        if n % 100 == 0 {
            fs::create_dir(&folder)?;
        }
        let mut contents = n.to_le_bytes().to_vec();
        let mut file = fs::File::create(folder.join(n.to_string()))?;
        let mut left = size;
        while left > 0 {
            let space = usize::try_from(left.min(MIB))?;
            contents.extend_from_slice(&block[..space.saturating_sub(contents.len())]);
            std::io::Write::write_all(&mut file, &contents[..space])?;
            contents.clear();
            left -= space as u64;
        }
    }
    Ok(())
}
