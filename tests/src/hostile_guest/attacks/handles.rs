//! Handles that the guest does not have: invented, of another type, dropped before, hidden.

use super::places::sensible;
use super::{Attack, Otherwise, Strike, functions, plain};
use crate::hostile_guest::ground::{
    DROP_DESCRIPTOR, DROP_ENTRIES, DROP_INPUT, DROP_POLLABLE, Ground, Grounds, NEXT_ENTRY, POLL,
    Seen, method,
};
use crate::hostile_guest::ground::{INPUT, OUTPUT, POLLABLE};
use crate::hostile_guest::guest::{Called, Guest, RESULT, TEXT};
use crate::hostile_guest::world::Param;
use anyhow::{Context, Result, bail};

/// Numbers of several layers, and the ends of all.
fn invented() -> Vec<u64> {
    let places = [0, 3, 90].into_iter();
    let layers = places.flat_map(|place| [0, 1, 2].map(|layer| layer << 28 | place));
    let ends = [
        3 << 28,
        8 << 28,
        15 << 28,
        0x0fff_ffff,
        0x1fff_ffff,
        0xffff_ffff,
    ];
    layers.chain(ends).collect()
}

/// Functions of two descriptors. Of a wrong one they may say that it is of another device, or,
/// after the other is refused, nothing.
pub const TWO: [&str; 3] = [".link-at", ".rename-at", ".is-same-object"];

/// What may come of a wrong handle.
fn otherwise(name: &str) -> Otherwise {
    match TWO.iter().find(|two| name.ends_with(*two)) {
        // No is an answer: its result may be in the memory.
        Some(&".is-same-object") => |_, seen| matches!(seen, Seen::Gave(result) if result[0] != 1),
        Some(_) => |_, seen| matches!(seen, Seen::Gave(result) if result[0] != 0),
        None => |_, _| false,
    }
}

/// Every function, given handles that it must not take.
pub fn all<G: Grounds>() -> Result<Vec<Attack<G>>> {
    let mut attacks = Vec::new();
    for (import, resource) in functions::<G>()? {
        let mut add = |what: String, asked: Asked| {
            let strike = move |guest: &mut Guest, ground: &G| {
                let Some(handle) = asked.find(guest, ground)? else {
                    return Ok(Seen::Trap);
                };
                let called = guest.call(&import.name, &plain(import, handle))?;
                Seen::of(guest, &called, 8)
            };
            let attack = Attack::new(format!("{}{what}", import.name), strike);
            attacks.push(attack.or(otherwise(&import.name)));
        };
        for number in invented() {
            add(format!("({number:#x})"), Asked::Number(resource, number));
        }
        for kind in G::KINDS.iter().filter(|kind| **kind != resource) {
            add(format!(", given a {kind}"), Asked::Kind(kind));
        }
        if G::KINDS.contains(&resource) && G::drop_of(resource).is_some() {
            add(", after the drop".to_string(), Asked::Dropped(resource));
        }
    }
    Ok(attacks)
}

/// Which handle an attack passes.
#[derive(Clone, Copy)]
enum Asked {
    /// This number, unless it is a handle of this kind.
    Number(&'static str, u64),
    /// A handle of this kind.
    Kind(&'static str),
    /// One of this kind that was dropped.
    Dropped(&'static str),
}

impl Asked {
    fn find<G: Grounds>(self, guest: &mut Guest, ground: &G) -> Result<Option<u64>> {
        Ok(match self {
            Asked::Number(kind, number) => (!ground.has(kind, number)).then_some(number),
            Asked::Kind(kind) => Some(ground.handle(kind).context("a handle")?),
            Asked::Dropped(kind) => {
                let handle = ground.handle(kind).context("a handle")?;
                guest.must(&G::drop_of(kind).context("a drop")?, &[handle])?;
                Some(handle)
            }
        })
    }
}

/// Second descriptors of functions.
pub fn second<G: Grounds>() -> Vec<Attack<G>> {
    let mut attacks = Vec::new();
    for number in invented() {
        // A number beside a virtual descriptor may be refused before anybody looks it up: it is of
        // another device, or nothing may be changed.
        let beside = |name: &str, arguments: fn(&G, u64) -> Vec<u64>| {
            let name = method(name);
            let named = format!("{name}(…, {number:#x})");
            Attack::new(named, move |guest: &mut Guest, ground: &G| {
                guest.put(TEXT, b"hello.txtnew");
                if ground.has("descriptor", number) {
                    return Ok(Seen::Trap);
                }
                let called = guest.call(&name, &arguments(ground, number))?;
                match called {
                    Called::Returned(same) if name.ends_with("object") => {
                        Ok(Seen::Gave(vec![same as u8]))
                    }
                    called => Seen::of(guest, &called, 2),
                }
            })
            .or(|_, seen| {
                [vec![1, 36], vec![1, 33], vec![1, 0xa5], vec![0]]
                    .map(Seen::Gave)
                    .contains(seen)
            })
        };
        attacks.push(beside("link-at", |ground, number| {
            vec![ground.directory(), 0, TEXT, 9, number, TEXT + 9, 3, RESULT]
        }));
        attacks.push(beside("rename-at", |ground, number| {
            vec![ground.directory(), TEXT, 9, number, TEXT + 9, 3, RESULT]
        }));
        attacks.push(beside("is-same-object", |ground, number| {
            vec![ground.directory(), number]
        }));
    }
    attacks
}

/// Second handles of other functions, and handles in lists.
pub fn beside() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for number in invented() {
        for splice in ["splice", "blocking-splice"] {
            let name = format!("{OUTPUT}{splice}");
            attacks.push(Attack::new(
                format!("{name}(…, {number:#x})"),
                move |guest: &mut Guest, ground: &Ground| {
                    if ground.has("input-stream", number) {
                        return Ok(Seen::Trap);
                    }
                    let called = guest.call(&name, &[ground.output, number, 5, RESULT])?;
                    Seen::of(guest, &called, 8)
                },
            ));
        }
        for before in [true, false] {
            attacks.push(Attack::new(
                format!("{POLL}([{number:#x}]), first: {before}"),
                move |guest: &mut Guest, ground: &Ground| {
                    if ground.has("pollable", number) {
                        return Ok(Seen::Trap);
                    }
                    let [one, other] = match before {
                        true => [number, ground.pollable],
                        false => [ground.pollable, number],
                    };
                    guest.put(TEXT, &(one as u32).to_le_bytes());
                    guest.put(TEXT + 4, &(other as u32).to_le_bytes());
                    let called = guest.call(POLL, &[TEXT, 2, RESULT])?;
                    Seen::of(guest, &called, 8)
                },
            ));
        }
    }
    attacks.push(Attack::new(
        "splices into itself",
        |guest: &mut Guest, ground: &Ground| {
            let called = guest.call(
                &format!("{OUTPUT}splice"),
                &[ground.output, ground.output, 5, RESULT],
            )?;
            Seen::of(guest, &called, 8)
        },
    ));
    attacks
}

/// Handles that are given to a function that only the host answers.
pub fn to_host() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for function in ["measure", "peek"] {
        let name = format!("test:blob/store#{function}");
        for number in invented() {
            let name = name.clone();
            attacks.push(
                Attack::new(
                    format!("{name}({number:#x})"),
                    move |guest: &mut Guest, ground: &Ground| {
                        if ground.has("input-stream", number) {
                            return Ok(Seen::Trap);
                        }
                        let called = guest.call(&name, &[number, RESULT])?;
                        Seen::of(guest, &called, 1)
                    },
                )
                // A number of the adapter's layer is refused before anybody looks what it stands
                // for.
                .or(|_, seen| *seen == Seen::Gave(vec![0])),
            );
        }
        for kind in ["descriptor", "output-stream", "pollable"] {
            let name = name.clone();
            attacks.push(
                Attack::new(
                    format!("{name}, given a {kind}"),
                    move |guest: &mut Guest, ground: &Ground| {
                        let handle = ground.handle(kind).context("a handle")?;
                        let called = guest.call(&name, &[handle, RESULT])?;
                        Seen::of(guest, &called, 1)
                    },
                )
                .or(|_, seen| *seen == Seen::Gave(vec![0])),
            );
        }
    }
    attacks
}

/// Numbers of host handles that an adapter may keep: small ones, and those of an
/// adapter outside of it.
fn kept() -> impl Iterator<Item = u64> {
    [0, 2 << 28]
        .into_iter()
        .flat_map(|layer| (0..16).map(move |place| layer | place))
}

/// Handles that an adapter keeps to itself, given to every function that takes a descriptor. Each
/// has to trap, unless an error comes before.
pub fn hidden<G: Grounds>() -> Result<Vec<Strike<G>>> {
    let mut strikes: Vec<Strike<G>> = Vec::new();
    for import in &G::world()?.imports {
        let handles = (import.params.iter().enumerate())
            .filter(|(_, param)| **param == Param::Handle("descriptor".to_string()));
        for (at, _) in handles {
            for number in kept() {
                strikes.push(Box::new(move |guest: &mut Guest, ground: &G| {
                    let has = G::KINDS.iter().any(|kind| ground.has(kind, number));
                    if has || ground.directory() == number {
                        return Ok(Seen::Trap);
                    }
                    guest.put(TEXT, b"new");
                    let mut arguments = sensible(import, ground);
                    arguments[at] = number;
                    for path in 0..arguments.len() {
                        if import.params[path] == Param::Text {
                            (arguments[path], arguments[path + 1]) = (TEXT, 3);
                        }
                    }
                    if import.name.ends_with(".open-at") {
                        (arguments[4], arguments[5]) = (1, 3);
                    }
                    let called = guest.call(&import.name, &arguments)?;
                    // Of two descriptors, the other may be refused before.
                    let is_beside = TWO.iter().any(|name| import.name.ends_with(name));
                    let is_question = import.name.ends_with(".is-same-object");
                    let is_no = |result: &[u8]| match import.area {
                        Some(_) => result == [0],
                        None => matches!(called, Called::Returned(0)),
                    };
                    match Seen::of(guest, &called, 1)? {
                        Seen::Gave(result) if is_question && is_no(&result) => Ok(Seen::Trap),
                        // None: a number of an adapter that is not this one's.
                        Seen::Gave(result) if import.name.ends_with("#size") && result == [0] => {
                            Ok(Seen::Trap)
                        }
                        Seen::Gave(result) if !is_beside || result == [0] => {
                            bail!("{}: argument {at} was {number:#x}", import.name)
                        }
                        seen => Ok(seen),
                    }
                }));
            }
        }
    }
    Ok(strikes)
}

/// What is used once more after the use of it by somebody else.
pub fn stale() -> Vec<Attack> {
    vec![
        Attack::new(
            "a place that is taken again by another type",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_ENTRIES, &[ground.entries])?;
                guest.must(crate::hostile_guest::ground::TIMER, &[5])?;
                let called = guest.call(NEXT_ENTRY, &[ground.entries, RESULT])?;
                Seen::of(guest, &called, 8)
            },
        ),
        Attack::new(
            "a stream that was dropped, as the source of a splice",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_INPUT, &[ground.input])?;
                let splice = format!("{OUTPUT}splice");
                let called = guest.call(&splice, &[ground.output, ground.input, 5, RESULT])?;
                Seen::of(guest, &called, 8)
            },
        ),
        Attack::new(
            "a pollable that was dropped, in a list",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_POLLABLE, &[ground.pollable])?;
                guest.put(TEXT, &(ground.pollable as u32).to_le_bytes());
                let called = guest.call(POLL, &[TEXT, 1, RESULT])?;
                Seen::of(guest, &called, 8)
            },
        ),
        Attack::new(
            "a pollable twice in a list",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(&format!("{POLLABLE}block"), &[ground.pollable])?;
                let twice = [(ground.pollable as u32).to_le_bytes(); 2].concat();
                guest.put(TEXT, &twice);
                let called = guest.call(POLL, &[TEXT, 2, RESULT])?;
                let (at, count) = (guest.read_32(RESULT), guest.read_32(RESULT + 4));
                match called.is_trap() {
                    true => Ok(Seen::Trap),
                    false => Ok(Seen::Gave(guest.read(at, 4 * count))),
                }
            },
        ),
        Attack::new(
            "a stream that reads on after the file is closed",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_DESCRIPTOR, &[ground.file])?;
                guest.must(DROP_DESCRIPTOR, &[ground.directory])?;
                let called = guest.call(
                    &format!("{INPUT}blocking-read"),
                    &[ground.input, 10, RESULT],
                )?;
                let (at, len) = (guest.read_32(RESULT + 4), guest.read_32(RESULT + 8));
                Ok(match called.is_trap() {
                    true => Seen::Trap,
                    false => Seen::Gave(guest.read(at, len)),
                })
            },
        ),
    ]
}
