//! Parameters in memory, of functions that are lowered with `async`: where they lie, and what they
//! point to. None of it may be read or written elsewhere.

use super::super::attacks::Attack;
use super::super::attacks::handles::TWO;
use super::super::ground::{Grounds, Seen, method};
use super::super::guest::{END, Guest, RESULT, TEXT};
use super::super::world::{Import, Param};
use super::end::both_answer;
use super::ground::Ground;
use anyhow::{Context, Result, ensure};

/// Functions whose parameters lie in memory, with where strings are in them and where a second
/// descriptor is.
const FUNCTIONS: [(&str, &[usize], Option<usize>); 6] = [
    ("open-at", &[8], None),
    ("link-at", &[8, 20], Some(16)),
    ("rename-at", &[4, 16], Some(12)),
    ("symlink-at", &[4, 12], None),
    ("set-times-at", &[8], None),
    ("set-times", &[], None),
];

/// Where the parameters lie where nothing is wrong with that.
const PARAMS: u64 = TEXT + 1024;

/// A function, the bytes of its parameters, where strings are in them and a second descriptor.
type Spilled = (&'static Import, usize, &'static [usize], Option<usize>);

fn imports() -> Result<Vec<Spilled>> {
    let mut found = Vec::new();
    for (name, strings, second) in FUNCTIONS {
        let name = method(name).replace("#", "#[async-lower]");
        let import = <Ground>::world()?.import(&name)?;
        let Some(Param::Value(size)) = import.params.first() else {
            anyhow::bail!("the parameters of {name} are not in memory");
        };
        found.push((import, *size, strings, second));
    }
    ensure!(found.len() == FUNCTIONS.len());
    Ok(found)
}

/// Parameters that are fine but for what is asked: bytes.
fn plain(ground: &Ground, size: usize, strings: &[usize], second: Option<usize>) -> Vec<u8> {
    let mut params = vec![0; size];
    let mut put = |at: usize, number: u64| {
        params[at..at + 4].copy_from_slice(&(number as u32).to_le_bytes());
    };
    put(
        0,
        if strings.is_empty() {
            ground.file
        } else {
            ground.directory
        },
    );
    for at in strings {
        put(*at, TEXT);
        put(*at + 4, 4);
    }
    if let Some(at) = second {
        put(at, ground.directory);
    }
    params
}

/// Calls with parameters here, whose result goes there.
fn strike(
    guest: &mut Guest,
    import: &Import,
    (at, params): (u64, &[u8]),
    result: u64,
) -> Result<Seen> {
    guest.put(TEXT, b"nono");
    if at + params.len() as u64 <= END {
        guest.put(at, params);
    }
    let called = guest.call(&import.name, &[at, result])?;
    called.judge()?;
    Seen::of(guest, &called, 1)
}

/// Parameters and results where they cannot be, or just can.
pub fn places() -> Result<Vec<Attack<Ground>>> {
    let mut attacks = Vec::new();
    for (import, size, strings, second) in imports()? {
        let mut add = |params: u64, result: u64| {
            let name = format!("{} at {params:#x} to {result:#x}", import.name);
            let attack = Attack::new(name, move |guest: &mut Guest, ground: &Ground| {
                let plain = plain(ground, size, strings, second);
                strike(guest, import, (params, &plain), result)
            });
            // An earlier attack may have changed the directory.
            attacks.push(attack.or(both_answer));
        };
        let (len, area) = (size as u64, import.area.context("a result")? as u64);
        for params in [
            PARAMS,
            PARAMS + 1,
            PARAMS + 2,
            PARAMS + 4,
            END - len,
            (END - len) / 8 * 8,
            END - len + 1,
            END - len + 4,
            END - len + 8,
            END - 4,
            END,
            0x8000_0000,
            0xffff_fff8,
            0xffff_ffff,
        ] {
            add(params, RESULT);
        }
        for result in [
            RESULT + 1,
            RESULT + 2,
            RESULT + 4,
            END - area,
            END - area + 4,
            END - 4,
            END,
            0x8000_0000,
            0xffff_fff8,
            0xffff_ffff,
        ] {
            add(PARAMS, result);
        }
    }
    Ok(attacks)
}

/// Strings and handles in parameters.
pub fn contents() -> Result<Vec<Attack<Ground>>> {
    let mut attacks = Vec::new();
    for (import, size, strings, second) in imports()? {
        // Of two descriptors, a wrong one may be one of another device.
        let is_beside = TWO.iter().any(|two| import.name.ends_with(two));
        let mut add = |at: usize, words: [u32; 2], count: usize| {
            let name = format!("{} with {words:x?} at {at}", import.name);
            let attack = Attack::new(name, move |guest: &mut Guest, ground: &Ground| {
                if count == 1 && ground.has("descriptor", words[0].into()) {
                    return Ok(Seen::Trap);
                }
                let mut params = plain(ground, size, strings, second);
                for (word, at) in words.iter().take(count).zip((at..).step_by(4)) {
                    params[at..at + 4].copy_from_slice(&word.to_le_bytes());
                }
                guest.put(END - 64, &[b'e'; 64]);
                strike(guest, import, (PARAMS, &params), RESULT)
            });
            attacks.push(match is_beside && count == 1 {
                true => attack.or(|_, seen| matches!(seen, Seen::Gave(error) if *error != [0])),
                false => attack.or(both_answer),
            });
        };
        let end = END as u32;
        for at in strings {
            for words in [
                [end - 4, 4],
                [end - 4, 5],
                [end, 0],
                [end, 1],
                [end + 1, 0],
                [0, end],
                [0, end + 1],
                [0, 0xffff_ffff],
                [1, 0xffff_ffff],
                [0xffff_fff0, 0x20],
                [0xffff_ffff, 0],
                [0x8000_0000, 0x8000_0000],
            ] {
                add(*at, words, 2);
            }
        }
        for at in second.into_iter().chain([0]) {
            for number in [
                0,
                77,
                0x0fff_ffff,
                1 << 28,
                (1 << 28) | 3,
                (1 << 28) | (1 << 26),
                2 << 28,
                u32::MAX,
            ] {
                add(at, [number, 0], 1);
            }
        }
    }
    Ok(attacks)
}
