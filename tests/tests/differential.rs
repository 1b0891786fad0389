//! A mount that may be changed against the host's own files: calls made at random must give the
//! same on both. Numbers that they are made from are printed, so that a failure can be repeated;
//! what failed once is in tests/differential.

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use serde::Deserialize;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasi_virt_tests::differential::run::{Artifact, compare};
use wasi_virt_tests::differential::shrink::shrink;
use wasi_virt_tests::differential::tree::Tree;
use wasi_virt_tests::differential::{Experiment, calls};
use wasi_virt_tests::paths::root;

/// What is tried: trees, and scripts in each.
const TREES: u64 = 200;
const SCRIPTS: u64 = 50;

/// Failures that are reported before the rest is left.
const PATIENCE: usize = 3;

fn number(variable: &str, default: u64) -> Result<u64> {
    match std::env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable}={text}")),
        Err(_) => Ok(default),
    }
}

#[test]
fn calls_made_at_random_give_what_they_give_on_the_host() -> Result<()> {
    let first = number("WASI_VIRT_SEED", 0)?;
    let trees = number("WASI_VIRT_TREES", TREES)?;
    println!("trees of the seeds {first} to {}", first + trees - 1);
    let (next, failures) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let work = || -> Result<()> {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + trees || locked(&failures).len() >= PATIENCE {
                return Ok(());
            }
            let failure = tree(seed).with_context(|| format!("seed {seed}"))?;
            locked(&failures).extend(failure);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut ended = workers.into_iter().map(|worker| worker.join());
        ended.try_for_each(|end| end.expect("no worker panics"))
    })?;
    let failures = locked(&failures);
    if failures.is_empty() {
        Ok(())
    } else {
        bail!("{}", failures.join("\n\n"))
    }
}

fn locked(failures: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    failures.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the scripts of one tree; the first that differs is made small and reported.
fn tree(seed: u64) -> Result<Option<String>> {
    let mut rng = Rng::with_seed(seed);
    let tree = Tree::random(&mut rng);
    let artifact = Artifact::new(&tree)?;
    for number in 0..SCRIPTS {
        let script = calls::script(&mut rng);
        if artifact.compare(&script)?.is_none() {
            continue;
        }
        let experiment = Experiment { tree, script };
        let small = shrink(&experiment)?;
        let difference = compare(&small)?;
        return Ok(Some(format!(
            "seed {seed}, script {number}:\n{}---\n{}\n---\n{difference:#?}",
            small.tree.text(),
            small.script.join("\n"),
        )));
    }
    Ok(None)
}

/// A failure that was found once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    /// What it shows.
    description: String,
    #[serde(default)]
    tree: String,
    script: String,
}

#[test]
fn what_was_found_stays_right() -> Result<()> {
    let folder = root().join("tests/differential");
    let mut count = 0;
    for file in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = file?.path();
        let found: Found = toml::from_str(&fs::read_to_string(&path)?)
            .with_context(|| path.display().to_string())?;
        let experiment = Experiment {
            tree: Tree::parse(&found.tree)?,
            script: found.script.lines().map(str::to_string).collect(),
        };
        if let Some(difference) = compare(&experiment)? {
            bail!("{}: {}: {difference:#?}", path.display(), found.description);
        }
        count += 1;
    }
    assert!(count > 0, "nothing was tried");
    Ok(())
}
