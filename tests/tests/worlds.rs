//! Random worlds, a part of them mixed with WASI, under nine policies: each gives a valid artifact,
//! or a refusal that names its reason; never an internal error, never a panic.

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Mutex;
use wasi_virt_tests::worlds::{Given, Verdict, World, instantiate, judge, policies, shrink};

/// How many worlds, if `WASI_VIRT_WORLDS` does not say.
const WORLDS: usize = 500;
/// One world of so many is instantiated under every policy.
const SAMPLED: u64 = 10;
const THREADS: usize = 2;

/// How often a policy gave an artifact, and how often it was refused.
type Counts = BTreeMap<&'static str, (usize, usize)>;

/// `WASI_VIRT_WORLDS` says how many worlds are tried, `WASI_VIRT_SEED` repeats one of them.
#[test]
fn every_world_is_virtualized_or_refused_by_name() -> Result<()> {
    let all = policies();
    let mut counts = Counts::new();
    if let Some(seed) = number("WASI_VIRT_SEED")? {
        return round(seed, true, &all, &mut counts);
    }
    let worlds = number("WASI_VIRT_WORLDS")?.unwrap_or(WORLDS);
    let mut rng = Rng::new();
    let seeds: Vec<u64> = (0..worlds).map(|_| rng.u64(..)).collect();
    let next = Mutex::new(seeds.into_iter());
    let results: Vec<Result<Counts>> = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| work(&next, &all));
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|done| done.expect("no panic")).collect()
    });
    for result in results {
        for (policy, (made, refused)) in result? {
            let count = counts.entry(policy).or_default();
            *count = (count.0 + made, count.1 + refused);
        }
    }
    for (policy, (made, refused)) in &counts {
        println!("{policy}: {made} made, {refused} refused");
        anyhow::ensure!(
            worlds < 100 || *made > 0,
            "{policy}: no world was virtualized"
        );
    }
    Ok(())
}

fn number<T: FromStr<Err = std::num::ParseIntError>>(name: &str) -> Result<Option<T>> {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text.parse().with_context(|| name.to_string())?)),
        Err(_) => Ok(None),
    }
}

/// Takes seeds until there are none, or something is wrong.
fn work(next: &Mutex<std::vec::IntoIter<u64>>, all: &[Given]) -> Result<Counts> {
    let mut counts = Counts::new();
    loop {
        let Some(seed) = next.lock().expect("no panic").next() else {
            return Ok(counts);
        };
        let done = round(seed, seed % SAMPLED == 0, all, &mut counts);
        if done.is_err() {
            // The other thread need not go on.
            next.lock().expect("no panic").by_ref().for_each(drop);
        }
        done?;
    }
}

/// One world under every policy.
fn round(seed: u64, sampled: bool, all: &[Given], counts: &mut Counts) -> Result<()> {
    let (world, component) = World::random(seed);
    // Not every world is one for wasmtime.
    let sampled = sampled && instantiate(&component).is_ok();
    for given in all {
        match outcome(&component, given, sampled) {
            Ok(is_made) => {
                let count = counts.entry(given.name).or_default();
                *count = (
                    count.0 + usize::from(is_made),
                    count.1 + usize::from(!is_made),
                );
            }
            Err(fault) => {
                let world = shrink(world, |smaller| {
                    fails_alike(smaller, given, sampled, &fault)
                });
                bail!(
                    "WASI_VIRT_SEED={seed} repeats this: {}: {fault}\nIt comes of:\n{}",
                    given.name,
                    world.text()
                );
            }
        }
    }
    Ok(())
}

/// Whether there is an artifact, in order.
fn outcome(component: &[u8], given: &Given, sampled: bool) -> Result<bool, String> {
    match judge(component, given)? {
        Verdict::Refused(reason) => {
            if std::env::var_os("WASI_VIRT_REASONS").is_some() {
                println!("{}: {reason}", given.name);
            }
            Ok(false)
        }
        Verdict::Made(artifact) => {
            if sampled {
                instantiate(&artifact).map_err(|error| format!("no instance: {error:#}"))?;
            }
            Ok(true)
        }
    }
}

/// Whether a smaller world has the same fault.
fn fails_alike(world: &World, given: &Given, sampled: bool, fault: &str) -> bool {
    let attempt = || {
        let component = world.component().ok()?;
        outcome(&component, given, sampled).err()
    };
    // What is left need not make sense any more.
    let found = catch_unwind(AssertUnwindSafe(attempt)).ok().flatten();
    found.is_some_and(|found| class(&found) == class(fault))
}

/// What went wrong, up to the first name or number.
fn class(fault: &str) -> &str {
    let end = fault.find(|c: char| c == '`' || c.is_ascii_digit());
    &fault[..end.unwrap_or(fault.len())]
}
