//! How much memory a program of WASI 0.3 needs more when it does more of the same, virtualized and
//! bare: that of its own and of the adapter, and that of wasmtime.

use crate::artifact::{Mounted, input_allowed, ram_disk, rest_allowed, tmpfs, without_files};
use crate::host::compile;
use crate::host_p3;
use crate::table::aim;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wait4::Wait4;
use wasi_virt::StdioMode;
use wasi_virt_tests::paths;
use wasmtime::Engine;

const MIB: f64 = (1 << 20) as f64;
/// How often the smallest of several peaks is taken.
const RUNS: usize = 3;
/// Size of the file, in MiB, and how often it is 1 GiB.
const SIZE: usize = 64;
const TIMES: usize = 16;

pub fn table(engine: &Engine, wasmtime: &Path) -> Result<()> {
    println!("\nmemory that programs of WASI 0.3 need more for more of the same, MiB");
    println!("{:<64}{:>9}{:>10}  aim", "what grows", "bare", "artifact");
    let bare = fs::read(paths::fixture("bench-p3")?)?;
    let files = ram_disk()?;
    fs::write(
        files.path().join(format!("big-{SIZE}")),
        vec![7; SIZE << 20],
    )?;
    let folder = tempfile::tempdir()?;
    let program = |bytes: &[u8], name: &str| -> Result<PathBuf> {
        let component = folder.path().join(format!("{name}.wasm"));
        let compiled = folder.path().join(format!("{name}.cwasm"));
        fs::write(&component, bytes)?;
        let mut compile = Command::new(wasmtime);
        compile
            .arg("compile")
            .arg("-o")
            .args([&compiled, &component]);
        ensure!(compile.status()?.success(), "{compile:?} failed");
        Ok(compiled)
    };
    let compiled = program(&bare, "bare")?;

    let written = tmpfs(&bare, "/bench", &rest_allowed())?;
    let programs = [compile(engine, &bare)?, compile(engine, &written)?];
    let mut grown = [0.0; 2];
    for (at, component) in programs.iter().enumerate() {
        let memory = |count: &str| {
            let empty = ram_disk()?;
            let preopen = (at == 0).then_some(empty.path());
            let args = ["bench", "calls", "/bench", count];
            Ok::<_, anyhow::Error>(host_p3::run(engine, component, &args, preopen, 0)?.memory)
        };
        let (few, many) = (memory("10000")?, memory("1000000")?);
        grown[at] = (many - few) as f64 / MIB;
    }
    print(
        "memories of app and adapter, 1,000,000 calls after 10,000",
        grown,
        Some(0.0),
    );

    let empty = ram_disk()?;
    let job = |program: &Path, folder: Option<&Path>, words: [&str; 2], input: [usize; 2]| {
        let few = peak(wasmtime, program, folder, words[0], input[0])?;
        Ok::<_, anyhow::Error>((peak(wasmtime, program, folder, words[1], input[1])? - few) / MIB)
    };
    let calls = ["calls /bench 10000", "calls /bench 1000000"];
    let written = program(&written, "written")?;
    let grown = [
        job(&compiled, Some(empty.path()), calls, [0, 0])?,
        job(&written, None, calls, [0, 0])?,
    ];
    print(
        "peak of wasmtime, 1,000,000 calls beside 10,000",
        grown,
        None,
    );

    let mounted = Mounted::list("/bench", files.path())?.artifact(&bare)?;
    let mounted = program(&mounted, "mounted")?;
    let once = format!("to-host /bench {SIZE} 1");
    let often = format!("to-host /bench {SIZE} {TIMES}");
    let grown = [
        job(&compiled, Some(files.path()), [&once, &often], [0, 0])?,
        job(&mounted, None, [&once, &often], [0, 0])?,
    ];
    print(
        "peak of wasmtime, virtual file to host, 1 GiB beside 64 MiB",
        grown,
        Some(2.0),
    );

    let policy = input_allowed().with(|changed| {
        changed.stdout = StdioMode::Ignore;
    });
    let ignored = program(&without_files(&bare, &policy)?, "ignored")?;
    let (words, input) = (["through"; 2], [SIZE, SIZE * TIMES]);
    let grown = [
        job(&compiled, None, words, input)?,
        job(&ignored, None, words, input)?,
    ];
    print(
        "peak of wasmtime, host to virtual output, 1 GiB beside 64 MiB",
        grown,
        Some(2.0),
    );
    Ok(())
}

fn print(name: &str, [bare, artifact]: [f64; 2], most: Option<f64>) {
    println!(
        "{name:<64}{bare:>9.2}{artifact:>10.2}  {}",
        aim(artifact, most)
    );
}

/// The most bytes that wasmtime holds while it runs a program, of the runs that hold least.
fn peak(
    wasmtime: &Path,
    program: &Path,
    folder: Option<&Path>,
    words: &str,
    input: usize,
) -> Result<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let mut run = Command::new(std::env::current_exe()?);
        run.arg(PEAK).arg(wasmtime);
        run.args(["run", "-C", "cache=n", "--allow-precompiled"]);
        if let Some(folder) = folder {
            run.arg("--dir")
                .arg(format!("{}::/bench", folder.display()));
        }
        run.arg(program).args(words.split(' '));
        let mut child = run
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting this program")?;
        let mut stdin = child.stdin.take().context("it was piped")?;
        let piece = vec![7; 1 << 20];
        for _ in 0..input {
            stdin.write_all(&piece)?;
        }
        drop(stdin);
        let out = child.wait_with_output()?;
        ensure!(out.status.success(), "{run:?} failed");
        least = least.min(String::from_utf8(out.stdout)?.trim().parse()?);
    }
    Ok(least)
}

/// The first argument with which this program calls itself: see [`print_peak`].
pub const PEAK: &str = "--peak";

/// Runs a command whose output goes nowhere, and prints the most bytes that it held. Linux counts
/// for it what its parent holds when it starts, so that this must be done by a process that holds
/// next to nothing.
pub fn print_peak(command: &[String]) -> Result<()> {
    let (program, args) = command.split_first().context("a command")?;
    let used = Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("starting {program}"))?
        .wait4()?;
    ensure!(used.status.success(), "{command:?} failed");
    println!("{}", used.rusage.maxrss);
    Ok(())
}
