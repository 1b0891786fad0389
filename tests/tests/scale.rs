//! Mounts at the sizes that people have: what is in the artifact, how much memory making it takes,
//! and that `virt-gen.wasm` makes the same. Whatever a machine lacks for it is an error that names
//! it.

use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use wait4::Wait4;
use wasi_virt_tests::artifact;
use wasi_virt_tests::paths::{Commands, root};
use wasmparser::{DataKind, Parser, Payload};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What stands at three places of a large file of zeros.
const MARKS: [&[u8]; 3] = [b"the beginning", b"the middle", b"the end"];

fn commands() -> Result<Commands> {
    Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))
}

/// A folder that goes away with all that is in it, with a folder `site` and a component to mount it
/// for.
fn folder() -> Result<TempDir> {
    let folder = TempDir::with_prefix("wasi-virt-")?;
    fs::create_dir(folder.path().join("site"))?;
    fs::copy(
        root().join("examples/hello.wasm"),
        folder.path().join("app.wasm"),
    )?;
    Ok(folder)
}

/// Virtualizes `app.wasm` with `site` mounted, in this folder.
fn virtualize(command: &mut Command, folder: &Path, output: &str) -> std::io::Result<Output> {
    let child = command
        .current_dir(folder)
        .args(["app.wasm", "--mount", "/=site", "-o", output, "--json"])
        .stdin(Stdio::null())
        .stdout(File::create(folder.join("stdout"))?)
        .stderr(File::create(folder.join("stderr"))?)
        .spawn()?;
    let used = child.wait4()?;
    Ok(Output {
        code: used.status.code(),
        memory: used.rusage.maxrss,
        stdout: fs::read_to_string(folder.join("stdout"))?,
        stderr: fs::read_to_string(folder.join("stderr"))?,
    })
}

#[derive(Debug)]
struct Output {
    code: Option<i32>,
    /// The most bytes that were in memory at once.
    memory: u64,
    stdout: String,
    stderr: String,
}

/// That the disk of a folder has room, or an error that says what is missing.
fn room(folder: &Path, bytes: u64) -> Result<()> {
    let out = Command::new("df")
        .args(["--output=avail", "--block-size=1"])
        .arg(folder)
        .output()
        .context("starting df")?;
    let text = String::from_utf8(out.stdout)?;
    let free: u64 = text
        .lines()
        .nth(1)
        .context("df says nothing")?
        .trim()
        .parse()?;
    if free < bytes {
        bail!(
            "{} MiB are free at {}, and this test needs {}: make room, or set TMPDIR",
            free / MIB,
            folder.display(),
            bytes / MIB
        );
    }
    Ok(())
}

/// The places of a file of this size at which the marks stand.
fn places(size: u64) -> [u64; 3] {
    [0, size / 2, size - MARKS[2].len() as u64]
}

/// A file of this size with the marks in it, which takes hardly any room.
fn marked(path: &Path, size: u64) -> Result<()> {
    let file = File::create(path)?;
    file.set_len(size)?;
    for (mark, place) in MARKS.into_iter().zip(places(size)) {
        file.write_all_at(mark, place)?;
    }
    Ok(())
}

/// The contents of the passive segments of all modules inside.
fn passive_segments(component: &[u8]) -> Result<Vec<&[u8]>> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::DataSection(section) = payload? {
            for data in section {
                let data = data?;
                if let DataKind::Passive = data.kind {
                    found.push(data.data);
                }
            }
        }
    }
    Ok(found)
}

#[test]
fn a_file_of_900_mib() -> Result<()> {
    let size = 900 * MIB;
    let folder = folder()?;
    room(folder.path(), 2 * GIB)?;
    marked(&folder.path().join("site/model.bin"), size)?;
    let mut native = Command::new(commands()?.wasi_virt);
    let output = virtualize(&mut native, folder.path(), "out.wasm")?;
    ensure!(output.code == Some(0), "{output:?}");
    ensure!(
        output.memory < 100 * MIB,
        "it took {} MiB of memory",
        output.memory / MIB
    );
    let report: serde_json::Value = serde_json::from_str(&output.stdout)?;
    ensure!(report["files"]["bytes"] == size, "{}", report["files"]);

    let artifact = fs::read(folder.path().join("out.wasm"))?;
    let beside = artifact.len() as u64 - size;
    ensure!(beside < MIB, "{beside} bytes are no contents");
    // All of it: every size up the nesting, and that nothing comes after it.
    artifact::validate(&artifact)?;
    let segments = passive_segments(&artifact)?;
    let contents = segments
        .iter()
        .find(|segment| segment.len() as u64 == size)
        .context("no segment holds the file")?;
    let mut at = 0;
    for (mark, place) in MARKS.into_iter().zip(places(size)) {
        let place = usize::try_from(place)?;
        ensure!(is_zero(&contents[at..place]), "not zero before {place}");
        at = place + mark.len();
        let is = String::from_utf8_lossy(&contents[place..at]);
        ensure!(is.as_bytes() == mark, "{is:?} stands at {place}");
    }
    ensure!(at == contents.len(), "the end is not at the end");
    Ok(())
}

/// Whether all bytes are zero, compared in blocks: the tests are not optimized.
fn is_zero(bytes: &[u8]) -> bool {
    const ZEROS: [u8; 4096] = [0; 4096];
    bytes
        .chunks(ZEROS.len())
        .all(|chunk| chunk == &ZEROS[..chunk.len()])
}

#[test]
fn more_than_a_component_can_hold_is_an_error() -> Result<()> {
    let folder = folder()?;
    let half = File::create(folder.path().join("site/a"))?;
    half.set_len(GIB / 2)?;
    // Of one size, and not of one content, so that it is not stored once.
    marked(&folder.path().join("site/b"), GIB / 2)?;
    let single = folder.path().join("single");
    fs::create_dir_all(single.join("site"))?;
    fs::copy(folder.path().join("app.wasm"), single.join("app.wasm"))?;
    File::create(single.join("site/a"))?.set_len(GIB + 1)?;
    for (folder, bytes) in [(folder.path(), GIB), (&single, GIB + 1)] {
        fs::write(folder.join("out.wasm"), "old")?;
        let mut native = Command::new(commands()?.wasi_virt);
        let output = virtualize(&mut native, folder, "out.wasm")?;
        ensure!(output.code == Some(1), "{output:?}");
        let limit = GIB - 16 * MIB;
        let expected = format!(
            "error: the mounted files have {bytes} bytes together, and a component can hold at most \
             {limit}; mount fewer or smaller files\n"
        );
        ensure!(output.stderr == expected, "{}", output.stderr);
        ensure!(
            fs::read(folder.join("out.wasm"))? == b"old",
            "the old output is gone"
        );
    }
    Ok(())
}

#[test]
fn a_hundred_thousand_files_through_the_generator_component() -> Result<()> {
    let commands = commands()?;
    let generator = commands.generator()?;
    let folder = folder()?;
    let site = folder.path().join("site");
    for number in 0..100_000 {
        let parent = site.join(format!("{:02}", number / 1000));
        if number % 1000 == 0 {
            fs::create_dir(&parent)?;
        }
        // Of all sizes up to 99 bytes, and some equal.
        let text = format!("{:0width$}", number / 3, width = number % 100);
        fs::write(parent.join(number.to_string()), text)?;
    }
    let mut native = Command::new(&commands.wasi_virt);
    let native = virtualize(&mut native, folder.path(), "native.wasm")?;
    ensure!(native.code == Some(0), "{native:?}");
    let mut wasmtime = Command::new(&commands.wasmtime);
    wasmtime
        .args(["run", "-C", "cache=n", "--allow-precompiled", "--dir", "."])
        .arg(generator);
    let component = virtualize(&mut wasmtime, folder.path(), "component.wasm")?;
    ensure!(component.code == Some(0), "{component:?}");
    ensure!(
        native.stdout == component.stdout,
        "the reports differ: {} and {}",
        native.stdout,
        component.stdout
    );
    let report: serde_json::Value = serde_json::from_str(&native.stdout)?;
    ensure!(report["files"]["files"] == 100_000, "{}", report["files"]);
    let read = |name: &str| fs::read(folder.path().join(name));
    ensure!(
        read("native.wasm")? == read("component.wasm")?,
        "the artifacts differ"
    );
    Ok(())
}
