//! Calls made at random that touch nothing but ends of the host's own streams and futures, sets,
//! contexts and tasks: all that they return is as on the host, and they trap where they do there.

use super::super::guest::{Called, Guest, RESULT, TEXT};
use super::super::ways::Way;
use super::super::world::{Import, Param};
use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use std::collections::BTreeMap;

/// The most calls of a sequence.
const CALLS: usize = 40;

/// What came of a call: what it returned, unless that is a handle, and what it wrote; or a trap.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    call: String,
    came: Option<(u64, Vec<u8>)>,
}

/// Plays the same sequence on the host and in these ways: how many calls it had on the host, and
/// whether it trapped.
pub fn compare(bare: &Way, ways: &[Way], seed: u64) -> Result<(usize, bool)> {
    let expected = play(bare, seed)?;
    for way in ways {
        let given = play(way, seed)?;
        let lines = expected.iter().zip(&given);
        let same = lines.take_while(|(one, other)| one == other).count();
        ensure!(
            expected == given,
            "{}, seed {seed}: after {:#?}\n{:?}, on the host {:?}",
            way.name,
            &expected[..same],
            given.get(same),
            expected.get(same),
        );
    }
    let is_trap = expected.last().is_some_and(|line| line.came.is_none());
    Ok((expected.len(), is_trap))
}

fn play(way: &Way, seed: u64) -> Result<Vec<Line>> {
    let mut guest = way.program.start()?;
    let imports: Vec<&Import> = guest
        .world()
        .imports
        .iter()
        .filter(|import| is_real(import))
        .collect();
    let mut rng = Rng::with_seed(seed);
    let mut handles: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut lines = Vec::new();
    for _ in 0..rng.usize(1..CALLS) {
        let import = imports[rng.usize(..imports.len())];
        guest.put(RESULT, &[0; 512]);
        let Some((arguments, shown)) = arguments(import, &mut rng, &handles) else {
            continue;
        };
        let called = guest.call(&import.name, &arguments)?;
        called
            .judge()
            .with_context(|| format!("{}, seed {seed}", way.name))?;
        let call = format!("{}({shown})", import.name);
        let Called::Returned(number) = called else {
            lines.push(Line { call, came: None });
            return Ok(lines);
        };
        let is_new = note(import, &arguments, number, &mut handles);
        let written = written(&guest, import, &handles);
        let returned = if is_new { 0 } else { number };
        lines.push(Line {
            call,
            came: Some((returned, written)),
        });
    }
    Ok(lines)
}

/// Whether a function can do without what the adapter answers.
fn is_real(import: &Import) -> bool {
    let (of, function) = import.name.split_once('#').unwrap_or_default();
    let waits = function.ends_with(", blocking") || function == "waitable-set.wait";
    let is_task = ["task.", "subtask.", "backpressure."];
    !of.contains(':') && !waits && !is_task.iter().any(|name| function.starts_with(name))
}

/// Arguments, and how they read without numbers of handles. None where the guest has no handle.
fn arguments(
    import: &Import,
    rng: &mut Rng,
    handles: &BTreeMap<String, Vec<u64>>,
) -> Option<(Vec<u64>, String)> {
    let (mut arguments, mut shown) = (Vec::new(), Vec::new());
    for param in &import.params {
        let (number, text) = match param {
            Param::Handle(kind) => {
                let none = Vec::new();
                let own = match kind.as_str() {
                    "waitable" => &handles.values().flatten().copied().collect(),
                    kind => handles.get(kind).unwrap_or(&none),
                };
                let is_out = kind == "set" && import.params.len() == 2 && rng.usize(..3) == 0;
                match (is_out, own.is_empty()) {
                    (true, _) => (0, "none".to_string()),
                    (_, true) => return None,
                    _ => {
                        let which = rng.usize(..own.len());
                        (own[which], format!("{kind} {which}"))
                    }
                }
            }
            Param::Buffer(_) | Param::Place(_) => (RESULT, "there".to_string()),
            Param::List(_) | Param::Value(_) => (TEXT, "here".to_string()),
            Param::Length => {
                let len = rng.u64(..12);
                (len, len.to_string())
            }
            _ => {
                let number = rng.u64(..9);
                (number, number.to_string())
            }
        };
        arguments.push(number);
        shown.push(text);
    }
    Some((arguments, shown.join(", ")))
}

/// Notes the handles that a call has given or taken: whether it has given some.
fn note(
    import: &Import,
    arguments: &[u64],
    number: u64,
    handles: &mut BTreeMap<String, Vec<u64>>,
) -> bool {
    let (of, function) = import.name.split_once('#').unwrap_or_default();
    let mut learn = |kind: &str, handle: u64| {
        handles.entry(kind.to_string()).or_default().push(handle);
    };
    match function {
        "new" => {
            learn(of, number & 0xffff_ffff);
            learn(&format!("{of}, writable"), number >> 32);
            true
        }
        "waitable-set.new" => {
            learn("set", number);
            true
        }
        "drop-readable" | "drop-writable" | "waitable-set.drop" => {
            for own in handles.values_mut() {
                own.retain(|own| *own != arguments[0]);
            }
            false
        }
        _ => false,
    }
}

/// What a call wrote, with handles by their places among those of the guest.
fn written(guest: &Guest, import: &Import, handles: &BTreeMap<String, Vec<u64>>) -> Vec<u8> {
    let mut written = guest.read(RESULT, 512);
    if import.name == "canon#waitable-set.poll" {
        let of = guest.read_32(RESULT);
        let all: Vec<u64> = handles.values().flatten().copied().collect();
        let place = all.iter().position(|handle| *handle == of);
        let place = place.map_or(u32::MAX, |place| place as u32);
        written[..4].copy_from_slice(&place.to_le_bytes());
    }
    written
}
