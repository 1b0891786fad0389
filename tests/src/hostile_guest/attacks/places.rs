//! Addresses and lengths: lists, strings and places for results at the end of the memory, beyond
//! it, around it, and where they are not aligned.

use super::Attack;
use crate::hostile_guest::ground::{Ground, Grounds, POLL, Seen};
use crate::hostile_guest::guest::{END, Guest, HEAP, RESULT, TEXT};
use crate::hostile_guest::world::{Import, Param};
use anyhow::{Result, ensure};

/// The lists and strings that the functions take which the adapter serves: the function, and the
/// argument that is the address.
fn lists<G: Grounds>() -> Result<Vec<(&'static Import, usize)>> {
    let mut lists = Vec::new();
    for import in &G::world()?.imports {
        let is_served = ["wasi:io/", "wasi:filesystem/", "wasi:config/"];
        if is_served
            .iter()
            .any(|prefix| import.name.starts_with(prefix) && !import.name.contains("@0.2"))
        {
            let places = (import.params.iter().enumerate())
                .filter(|(_, param)| matches!(param, Param::Text | Param::List(_)));
            lists.extend(places.map(|(at, _)| (import, at)));
        }
    }
    ensure!(lists.len() == G::LISTS, "{} lists", lists.len());
    Ok(lists)
}

/// The arguments of a call whose list lies there.
fn arguments<G: Grounds>(import: &Import, ground: &G, at: usize, place: (u64, u64)) -> Vec<u64> {
    let mut arguments = sensible(import, ground);
    (arguments[at], arguments[at + 1]) = place;
    arguments
}

/// Lists that do not lie within the memory, or just do.
pub fn around<G: Grounds>() -> Result<Vec<Attack<G>>> {
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
    for (import, at) in lists::<G>()? {
        for place in places {
            let named = format!("{}, argument {at} at {place:x?}", import.name);
            let is_poll = import.name == POLL;
            attacks.push(
                Attack::new(named, move |guest: &mut Guest, ground: &G| {
                    if is_poll {
                        guest.put(
                            END - 8,
                            &[pollable(ground); 2].map(u32::to_le_bytes).concat(),
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
pub fn not_text<G: Grounds>() -> Result<Vec<Attack<G>>> {
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
    let strings = lists::<G>()?.into_iter();
    for (import, at) in strings.filter(|(import, at)| import.params[*at] == Param::Text) {
        for wrong in WRONG {
            let wrong_text = wrong.escape_ascii();
            let named = format!("{}, argument {at}: {wrong_text}", import.name);
            attacks.push(Attack::new(named, move |guest: &mut Guest, ground: &G| {
                guest.put(TEXT, wrong);
                let place = (TEXT, wrong.len() as u64);
                let called = guest.call(&import.name, &arguments(import, ground, at, place))?;
                Seen::of(guest, &called, 1)
            }));
        }
    }
    Ok(attacks)
}

/// Paths that are too long, have no end, or lead out of their directory: none of these is there.
pub fn paths<G: Grounds>() -> Result<Vec<Attack<G>>> {
    /// Where there is room for a long one.
    const PLACE: u64 = HEAP + 16_384;
    let long = [
        "a".repeat(5_000),
        "a/".repeat(2_000),
        "../".repeat(2_000),
        "sub/../".repeat(900) + "..",
    ];
    let out = [
        "a\0b",
        "\0",
        "..",
        "../r/hello.txt",
        "../../../../etc/passwd",
        "/etc/passwd",
    ];
    let paths: Vec<String> = long.into_iter().chain(out.map(String::from)).collect();
    let mut attacks = Vec::new();
    let strings = lists::<G>()?.into_iter().filter(|(import, at)| {
        import.params[*at] == Param::Text && import.name.starts_with("wasi:filesystem/")
    });
    for (import, at) in strings {
        // What a link says is not looked up, nor is what does not change.
        let is_link = import.name.ends_with("symlink-at") && at == 1;
        let is_unseen = is_link || import.name.ends_with("set-times-at");
        for path in paths.clone() {
            let shown: String = path.chars().take(30).collect();
            let named = format!("{}, argument {at}: {shown:?}…", import.name);
            attacks.push(
                Attack::new(named, move |guest: &mut Guest, ground: &G| {
                    guest.put(PLACE, path.as_bytes());
                    let place = (PLACE, path.len() as u64);
                    let called = guest.call(&import.name, &arguments(import, ground, at, place))?;
                    let seen = Seen::of(guest, &called, 1)?;
                    ensure!(seen != Seen::Gave(vec![0]) || is_unseen, "it is there");
                    Ok(seen)
                })
                .or(both_answer),
            );
        }
    }
    Ok(attacks)
}

/// Places for results that are outside of the memory, or not aligned.
pub fn results<G: Grounds>() -> Result<Vec<Attack<G>>> {
    let mut attacks = Vec::new();
    for import in &G::world()?.imports {
        let Some(area) = import.area else { continue };
        let area = area as u64;
        let is_spilled = matches!(import.params.first(), Some(Param::Value(_)));
        if is_spilled || G::is_elsewhere(&import.name) {
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
            attacks.push(Attack::new(named, move |guest: &mut Guest, ground: &G| {
                let mut arguments = sensible(import, ground);
                if let Some(last) = arguments.last_mut() {
                    *last = place;
                }
                guest.put(TEXT, &(pollable(ground)).to_le_bytes());
                if import.name == POLL {
                    (arguments[0], arguments[1]) = (TEXT, 1);
                }
                let called = guest.call(&import.name, &arguments)?;
                called.judge()?;
                Ok(match called.is_trap() {
                    true => Seen::Trap,
                    false => Seen::Gave(Vec::new()),
                })
            }));
        }
    }
    Ok(attacks)
}

/// A handle for lists of pollables, where there are any.
fn pollable<G: Grounds>(ground: &G) -> u32 {
    ground.handle("pollable").unwrap_or(0) as u32
}

/// Arguments that say as little as they can, with handles that are right.
pub fn sensible<G: Grounds>(import: &Import, ground: &G) -> Vec<u64> {
    let of_directory = import.name.ends_with("-at") || import.name.ends_with("read-directory");
    let handle = |resource: &str| match resource {
        "descriptor" if of_directory => ground.directory(),
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
