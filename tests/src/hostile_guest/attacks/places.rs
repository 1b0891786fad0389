//! Addresses and lengths: lists, strings and places for results at the end of the memory, beyond
//! it, around it, and where they are not aligned.

use super::Attack;
use crate::hostile_guest::ground::{Ground, POLL, Seen};
use crate::hostile_guest::guest::{END, Guest, RESULT, TEXT};
use crate::hostile_guest::world::{Import, Param, world};
use anyhow::{Result, ensure};

/// The lists and strings that the functions take which the adapter serves: the function, and the
/// argument that is the address.
fn lists() -> Result<Vec<(&'static Import, usize)>> {
    let mut lists = Vec::new();
    for import in &world()?.imports {
        let is_served = ["wasi:io/", "wasi:filesystem/", "wasi:config/"];
        if is_served
            .iter()
            .any(|prefix| import.name.starts_with(prefix))
        {
            let places = (import.params.iter().enumerate())
                .filter(|(_, param)| matches!(param, Param::Text | Param::List(_)));
            lists.extend(places.map(|(at, _)| (import, at)));
        }
    }
    ensure!(lists.len() == 19, "{} lists", lists.len());
    Ok(lists)
}

/// The arguments of a call whose list lies there.
fn arguments(import: &Import, ground: &Ground, at: usize, place: (u64, u64)) -> Vec<u64> {
    let mut arguments = sensible(import, ground);
    (arguments[at], arguments[at + 1]) = place;
    arguments
}

/// Lists that do not lie within the memory, or just do.
pub fn around() -> Result<Vec<Attack>> {
    let places: [(u64, u64); 22] = [
        (END, 0),
        (END, 1),
        (END + 1, 0),
        (END - 1, 1),
        (END - 1, 2),
        (END - 4, 1),
        (END - 4, 2),
        (END - 8, 2),
        (END - 64, 64),
        (END - 64, 65),
        (END - 100, 100),
        (0, END),
        (0, END + 1),
        (0, 0xffff_ffff),
        (1, 0xffff_ffff),
        (64, 0x1_0000_0000 / 64),
        (4, 0x4000_0000),
        (4, 0x4000_0001),
        (0xffff_ffff, 0),
        (0xffff_ffff, 1),
        (0xffff_fff0, 0x20),
        (0x8000_0000, 0x8000_0000),
    ];
    let mut attacks = Vec::new();
    for (import, at) in lists()? {
        for place in places {
            let named = format!("{}, argument {at} at {place:x?}", import.name);
            let is_poll = import.name == POLL;
            attacks.push(
                Attack::new(named, move |guest: &mut Guest, ground: &Ground| {
                    if is_poll {
                        guest.put(
                            END - 8,
                            &[ground.pollable as u32; 2].map(u32::to_le_bytes).concat(),
                        );
                    } else {
                        guest.put(END - 100, &[b'e'; 100]);
                    }
                    let called = guest.call(&import.name, &arguments(import, ground, at, place))?;
                    Seen::of(guest, &called, 0)
                })
                .or(match import.name.ends_with("blocking-write-and-flush") {
                    // A stream that swallows everything has no limit.
                    true if place == (0, END) => |_, _| true,
                    _ => both_answer,
                }),
            );
        }
    }
    Ok(attacks)
}

/// Whether both are answers: what is written may be refused, or swallowed.
fn both_answer(host: &Seen, seen: &Seen) -> bool {
    *host != Seen::Trap && *seen != Seen::Trap
}

/// Lists of handles that are not aligned.
pub fn unaligned() -> Vec<Attack> {
    let attack = |by: u64| {
        Attack::new(
            format!("{POLL}, {by} off"),
            move |guest: &mut Guest, ground: &Ground| {
                guest.put(TEXT + by, &(ground.pollable as u32).to_le_bytes());
                let called = guest.call(POLL, &[TEXT + by, 1, RESULT])?;
                Seen::of(guest, &called, 0)
            },
        )
    };
    (1..4).map(attack).collect()
}

/// Strings that are no UTF-8.
pub fn not_text() -> Result<Vec<Attack>> {
    const WRONG: [&[u8]; 9] = [
        b"\xff",
        b"a\x80",
        b"\xc0\x80",
        b"\xc3",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xe2\x82",
        b"\xf4\x90\x80\x80",
        b"0123456789012345678901234567890123456789012345678901234567890123\xf8",
    ];
    let mut attacks = Vec::new();
    let strings = lists()?.into_iter();
    for (import, at) in strings.filter(|(import, at)| import.params[*at] == Param::Text) {
        for wrong in WRONG {
            let wrong_text = wrong.escape_ascii();
            let named = format!("{}, argument {at}: {wrong_text}", import.name);
            attacks.push(Attack::new(
                named,
                move |guest: &mut Guest, ground: &Ground| {
                    guest.put(TEXT, wrong);
                    let place = (TEXT, wrong.len() as u64);
                    let called = guest.call(&import.name, &arguments(import, ground, at, place))?;
                    Seen::of(guest, &called, 1)
                },
            ));
        }
    }
    Ok(attacks)
}

/// Places for results that are outside of the memory, or not aligned.
pub fn results() -> Result<Vec<Attack>> {
    let mut attacks = Vec::new();
    for import in &world()?.imports {
        let Some(area) = import.area else { continue };
        let area = area as u64;
        if is_elsewhere(&import.name) {
            continue;
        }
        for place in [
            RESULT + 1,
            RESULT + 2,
            RESULT + 4,
            END - area,
            (END - area) / 8 * 8,
            END - area + 1,
            END - area + 4,
            END - area + 8,
            END - 4,
            END,
            0,
            0x8000_0000,
            0xffff_fff8,
            0xffff_fffc,
            0xffff_ffff,
        ] {
            let named = format!("{} to {place:#x}", import.name);
            attacks.push(Attack::new(
                named,
                move |guest: &mut Guest, ground: &Ground| {
                    let mut arguments = sensible(import, ground);
                    if let Some(last) = arguments.last_mut() {
                        *last = place;
                    }
                    guest.put(TEXT, &(ground.pollable as u32).to_le_bytes());
                    if import.name == POLL {
                        (arguments[0], arguments[1]) = (TEXT, 1);
                    }
                    let called = guest.call(&import.name, &arguments)?;
                    called.judge()?;
                    Ok(match called.is_trap() {
                        true => Seen::Trap,
                        false => Seen::Gave(Vec::new()),
                    })
                },
            ));
        }
    }
    Ok(attacks)
}

/// Functions of interfaces for which the host makes no handles here, or that are the host's.
fn is_elsewhere(name: &str) -> bool {
    name.contains("[method]error.")
        || name.contains("#filesystem-error-code")
        || name.starts_with("test:")
        || (name.starts_with("wasi:sockets") && name.contains("[method]"))
        || name.contains("resolve-addresses")
        || name.contains("resolve-next-address")
}

/// Arguments that say as little as they can, with handles that are right.
pub fn sensible(import: &Import, ground: &Ground) -> Vec<u64> {
    let of_directory = import.name.ends_with("-at") || import.name.ends_with("read-directory");
    let handle = |resource: &str| match resource {
        "descriptor" if of_directory => ground.directory,
        resource => ground.handle(resource).unwrap_or(0),
    };
    let params = import.params.iter();
    params
        .map(|param| match param {
            Param::Handle(resource) => handle(resource),
            Param::Result => RESULT,
            _ => 0,
        })
        .collect()
}
