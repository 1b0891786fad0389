//! What mounting files costs the command, against `cp` and `tar` of the same files, with its
//! memory.

use crate::table::{aim, median};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use wait4::Wait4;
use wasi_virt_tests::paths;

const RUNS: usize = 3;
const MIB: u64 = 1 << 20;

/// The most memory, in MiB.
const MEMORY: f64 = 100.0;

/// Name, number of files, bytes each, and the most that it may take in times of `cp` and of `tar`.
type Job = (&'static str, u64, u64, Option<f64>, Option<f64>);
const JOBS: [Job; 5] = [
    ("1,000 x 4 KiB", 1000, 4096, None, None),
    ("10,000 x 4 KiB", 10_000, 4096, None, Some(2.0)),
    ("100,000 x 100 B", 100_000, 100, None, Some(2.0)),
    ("1 x 100 MiB", 1, 100 * MIB, Some(1.5), None),
    ("1 x 900 MiB", 1, 900 * MIB, Some(1.5), None),
];

pub fn table(command: &Path) -> Result<()> {
    println!("\ngeneration with files (median of {RUNS}, interleaved)");
    println!(
        "{:<18}{:>9}{:>9}{:>15}{:>8}  {:<11}{:>8}  {:<11}{:>12}  aim",
        "files", "cp, ms", "tar, ms", "wasi-virt, ms", "/ cp", "aim", "/ tar", "aim", "memory, MiB"
    );
    for (name, count, size, of_cp, of_tar) in JOBS {
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
        let memory = memory as f64 / MIB as f64;
        println!(
            "{name:<18}{cp:>9.0}{tar:>9.0}{ours:>15.0}{:>8.2}  {:<11}{:>8.2}  {:<11}{memory:>12.0}  {}",
            ours / cp,
            aim(ours / cp, of_cp),
            ours / tar,
            aim(ours / tar, of_tar),
            aim(memory, Some(MEMORY))
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
