//! Numbers that stand for no value of their type.

use super::{Attack, plain};
use crate::hostile_guest::ground::{Ground, Grounds, INPUT, OUTPUT, Seen, method};
use crate::hostile_guest::guest::{Guest, RESULT, TEXT};
use anyhow::{Context, Result};

/// Numbers of cases, flags and lengths.
const NUMBERS: [u64; 10] = [
    1,
    3,
    6,
    0x20,
    0x40,
    0x100,
    0x101,
    0x8000_0000,
    0xffff_ff00,
    0xffff_ffff,
];

/// A method of `/d` with `hello.txt` as its path at this argument, and numbers at another.
fn with<G: Grounds>(name: &str, path: Option<usize>, at: usize) -> Vec<Attack<G>> {
    let attack = |number: u64| {
        let name = method(name);
        let named = format!("{name}, argument {at}: {number:#x}");
        Attack::new(named, move |guest: &mut Guest, ground: &G| {
            let first = if path.is_some() {
                ground.directory()
            } else {
                ground.handle("descriptor").context("a file")?
            };
            let mut arguments = plain(guest.world().import(&name)?, first);
            if let Some(path) = path {
                guest.put(TEXT, b"hello.txt");
                (arguments[path], arguments[path + 1]) = (TEXT, 9);
            }
            arguments[at] = number;
            let called = guest.call(&name, &arguments)?;
            Seen::of(guest, &called, 1)
        })
    };
    NUMBERS.into_iter().map(attack).collect()
}

/// Whether the host or the policy is against what the call does; neither traps.
fn refused(host: &Seen, seen: &Seen) -> bool {
    *host != Seen::Trap && *seen != Seen::Trap
}

/// Enumerations, variants and flags.
pub fn cases<G: Grounds>() -> Vec<Attack<G>> {
    let mut attacks = Vec::new();
    attacks.extend(with("advise", None, 3));
    attacks.extend(with("set-times", None, 1));
    attacks.extend(with("set-times", None, 4));
    attacks.extend(with("set-times-at", Some(2), 4));
    attacks.extend(with("set-times-at", Some(2), 7));
    attacks.extend(with("set-times-at", Some(2), 1));
    attacks.extend(with("stat-at", Some(2), 1));
    attacks.extend(with("metadata-hash-at", Some(2), 1));
    attacks.extend(with("open-at", Some(2), 1));
    attacks.extend(with("open-at", Some(2), 4));
    attacks.extend(with("open-at", Some(2), 5));
    let attacks = attacks.into_iter();
    attacks.map(|attack| attack.or(refused)).collect()
}

/// Offsets and lengths of 64 bits.
pub fn lengths() -> Result<Vec<Attack>> {
    let mut attacks = Vec::new();
    let numbers = [
        0,
        1 << 31,
        (1 << 32) - 1,
        1 << 32,
        (1 << 32) + 1,
        (1 << 63) - 1,
        1 << 63,
        u64::MAX - 63,
        u64::MAX,
    ];
    for number in numbers {
        for (name, at) in [
            (method("read"), 1),
            (method("read"), 2),
            (method("write"), 3),
            (method("set-size"), 1),
            (method("advise"), 1),
            (method("advise"), 2),
            (method("read-via-stream"), 1),
            (method("write-via-stream"), 1),
            (format!("{INPUT}read"), 1),
            (format!("{INPUT}blocking-read"), 1),
            (format!("{INPUT}skip"), 1),
            (format!("{INPUT}blocking-skip"), 1),
            (format!("{OUTPUT}splice"), 2),
            (
                "wasi:clocks/monotonic-clock#subscribe-instant".to_string(),
                0,
            ),
            (
                "wasi:clocks/monotonic-clock#subscribe-duration".to_string(),
                0,
            ),
        ] {
            let named = format!("{name}, argument {at}: {number:#x}");
            attacks.push(
                Attack::new(named, move |guest: &mut Guest, ground: &Ground| {
                    let import = guest.world().import(&name)?;
                    let first =
                        super::resource(import).and_then(|resource| ground.handle(resource));
                    let mut arguments = plain(import, first.unwrap_or(0));
                    if name.ends_with("splice") {
                        arguments[1] = ground.input;
                    }
                    if name.ends_with("descriptor.read") {
                        arguments[1] = 10;
                    }
                    arguments[at] = number;
                    let called = guest.call(&name, &arguments)?;
                    Seen::of(guest, &called, 0)
                })
                .or(refused),
            );
        }
    }
    // The host takes no more than is permitted, where it is asked to write zeroes.
    for (name, most) in [
        ("write-zeroes", 65_536),
        ("blocking-write-zeroes-and-flush", 4_096),
    ] {
        for number in [most, most + 1, u64::MAX] {
            let name = format!("{OUTPUT}{name}");
            attacks.push(
                Attack::new(
                    format!("{name}({number})"),
                    move |guest: &mut Guest, ground: &Ground| {
                        let called = guest.call(&name, &[ground.output, number, RESULT])?;
                        Seen::of(guest, &called, 0)
                    },
                )
                .or(|_, seen| *seen != Seen::Trap),
            );
        }
    }
    Ok(attacks)
}
