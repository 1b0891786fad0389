//! A mount that may be changed against the host's own files: calls made at random must give the
//! same on both. Numbers that they are made from are printed, so that a failure can be repeated;
//! what failed once is in tests/differential.

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use serde::Deserialize;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasi_virt_tests::differential::run::{Artifact, Difference, compare, repeat};
use wasi_virt_tests::differential::shrink::shrink;
use wasi_virt_tests::differential::tree::Tree;
use wasi_virt_tests::differential::{Experiment, Version, calls};
use wasi_virt_tests::paths::root;

/// What is tried: trees, and scripts in each.
const TREES: u64 = 200;
const SCRIPTS: u64 = 50;

/// The same for WASI 0.3: 5,000 scripts in trees of fewer.
const LATEST_TREES: u64 = 200;
const LATEST_SCRIPTS: u64 = 25;

/// Scripts that the host repeats.
const REPEATED: u64 = 200;

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
    let trees = number("WASI_VIRT_TREES", TREES)?;
    in_seeds(trees, |seed| tree(seed, Version::Old, SCRIPTS))
}

#[test]
fn calls_of_wasi_0_3_made_at_random_give_what_they_give_on_the_host() -> Result<()> {
    let sequences = number("WASI_VIRT_SEQUENCES", LATEST_TREES * LATEST_SCRIPTS)?;
    let trees = sequences.div_ceil(LATEST_SCRIPTS);
    in_seeds(trees, |seed| {
        let scripts = sequences.min(LATEST_SCRIPTS);
        tree(seed, Version::Latest, scripts)
    })
}

/// What the host answers must not depend on time or chance, or it is no measure for an artifact.
#[test]
fn the_host_repeats_its_answers() -> Result<()> {
    in_seeds(number("WASI_VIRT_SEQUENCES", REPEATED)?, |seed| {
        let mut rng = Rng::with_seed(seed);
        let tree = Tree::random(&mut rng);
        let script = calls::script(&mut rng, Version::Latest);
        let experiment = Experiment {
            version: Version::Latest,
            tree,
            script,
        };
        let difference = repeat(&experiment)?;
        Ok(difference.map(|difference| worded(seed, &experiment, &difference)))
    })
}

/// Tries so many seeds from the first, and fails with what those give that differ.
fn in_seeds(count: u64, try_one: impl Fn(u64) -> Result<Option<String>> + Sync) -> Result<()> {
    let first = number("WASI_VIRT_SEED", 0)?;
    println!("seeds {first} to {}", first + count - 1);
    let (next, failures) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let work = || -> Result<()> {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count || locked(&failures).len() >= PATIENCE {
                return Ok(());
            }
            let failure = try_one(seed).with_context(|| format!("seed {seed}"))?;
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
fn tree(seed: u64, version: Version, scripts: u64) -> Result<Option<String>> {
    let mut rng = Rng::with_seed(seed);
    let tree = Tree::random(&mut rng);
    let artifact = Artifact::new(&tree, version)?;
    for _ in 0..scripts {
        let script = calls::script(&mut rng, version);
        if artifact.compare(&script)?.is_none() {
            continue;
        }
        let experiment = Experiment {
            version,
            tree,
            script,
        };
        let small = shrink(&experiment)?;
        let difference = compare(&small)?.context("it no longer differs")?;
        return Ok(Some(worded(seed, &small, &difference)));
    }
    Ok(None)
}

fn worded(seed: u64, experiment: &Experiment, difference: &Difference) -> String {
    format!(
        "seed {seed}:\n{}---\n{}\n---\n{difference:#?}",
        experiment.tree.text(),
        experiment.script.join("\n"),
    )
}

/// A failure that was found once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    /// What it shows.
    description: String,
    /// Whose calls it makes.
    #[serde(default)]
    version: Version,
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
            version: found.version,
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
