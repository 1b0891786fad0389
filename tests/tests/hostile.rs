//! Damaged input: whatever the bytes, generation gives a valid artifact or one clear error,
//! natively and under wasmtime; never a panic, a trap or anything in between.

use anyhow::{Result, ensure};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use wasi_virt_tests::artifact;
use wasi_virt_tests::paths::{Commands, fixture};

/// A fixed sequence that looks random, so that a failure can be repeated.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound as u64).expect("below a usize")
    }
}

/// Judges one run over damaged bytes.
fn judge(command: &mut Command, dir: &Path, what: &str) -> Result<(i32, String)> {
    let artifact = dir.join("out.wasm");
    let out = command
        .current_dir(dir)
        .args([
            "damaged.wasm",
            "--deny=error",
            "-e",
            "A=1",
            "-o",
            "out.wasm",
            "--quiet",
        ])
        .stdin(Stdio::null())
        .output()?;
    let stderr = String::from_utf8(out.stderr)?;
    match out.status.code() {
        Some(0) => {
            artifact::validate_any(&fs::read(&artifact)?)
                .map_err(|error| error.context(format!("{what}: invalid output")))?;
            fs::remove_file(&artifact)?;
        }
        Some(1) => {
            ensure!(stderr.starts_with("error: "), "{what}: {stderr}");
            ensure!(!stderr.contains("internal error"), "{what}: {stderr}");
            ensure!(!artifact.exists(), "{what}: an error left an artifact");
        }
        code => anyhow::bail!("{what}: exit {code:?}: {stderr}"),
    }
    Ok((out.status.code().unwrap_or(-1), stderr))
}

/// Runs the damages natively, all, and under wasmtime, one in `every`; both say the same.
fn all(damages: impl Iterator<Item = (String, Vec<u8>)>, every: usize) -> Result<()> {
    let commands = Commands::beside(env!("CARGO_BIN_EXE_wasmtime"))?;
    let generator = commands.generator()?;
    let dir = tempfile::tempdir()?;
    let (mut served, mut refused) = (0, 0);
    let mut problems = Vec::new();
    for (number, (what, bytes)) in damages.enumerate() {
        fs::write(dir.path().join("damaged.wasm"), bytes)?;
        let native = match judge(&mut Command::new(&commands.wasi_virt), dir.path(), &what) {
            Ok(native) => native,
            Err(error) => {
                problems.push(format!("{error:?}"));
                continue;
            }
        };
        if native.0 == 0 {
            served += 1
        } else {
            refused += 1
        }
        if number % every == 0 {
            let mut wasmtime = Command::new(&commands.wasmtime);
            wasmtime
                .args(["run", "-C", "cache=n", "--allow-precompiled", "--dir", "."])
                .arg(&generator);
            match judge(
                &mut wasmtime,
                dir.path(),
                &format!("{what}, under wasmtime"),
            ) {
                Ok(component) if component == native => {}
                Ok(component) => problems.push(format!("{what}: {native:?} and {component:?}")),
                Err(error) => problems.push(format!("{error:?}")),
            }
        }
    }
    ensure!(refused > 0, "no damage was noticed, {served} were served");
    ensure!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
    Ok(())
}

#[test]
fn flipped_bits() -> Result<()> {
    let mut sequence = Sequence(1);
    let mut damages = Vec::new();
    for (name, count) in [("library", 250), ("kv", 100), ("probe", 100)] {
        let whole = fs::read(fixture(name)?)?;
        for _ in 0..count {
            let mut bytes = whole.clone();
            let mut places = Vec::new();
            for _ in 0..=sequence.below(3) {
                // Half of the damage goes where a component's own structure is: its two ends.
                let ends = sequence.below(2) == 0;
                let place = match ends {
                    true if sequence.below(2) == 0 => sequence.below(2000),
                    true => bytes.len() - 1 - sequence.below(8000),
                    false => sequence.below(bytes.len()),
                };
                bytes[place] ^= 1 << sequence.below(8);
                places.push(place);
            }
            damages.push((format!("{name} with bits flipped at {places:?}"), bytes));
        }
    }
    all(damages.into_iter(), 10)
}

#[test]
fn cut_short() -> Result<()> {
    let whole = fs::read(fixture("library")?)?;
    let step = whole.len() / 150;
    let lengths = (0..whole.len()).step_by(step).chain(0..64);
    all(
        lengths.map(|len| (format!("the first {len} bytes"), whole[..len].to_vec())),
        10,
    )
}

#[test]
fn spliced_together() -> Result<()> {
    let (first, second) = (fs::read(fixture("library")?)?, fs::read(fixture("kv")?)?);
    let mut sequence = Sequence(7);
    let damages = (0..80).map(|_| {
        let (cut, from) = (sequence.below(first.len()), sequence.below(second.len()));
        let bytes = [&first[..cut], &second[from..]].concat();
        (format!("library to {cut}, then kv from {from}"), bytes)
    });
    all(damages, 10)
}
