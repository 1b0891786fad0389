//! A `realloc` that lies: it gives what is not there, not aligned or not free, grows the memory,
//! traps, or calls back while the adapter is at work.

use super::{Attack, plain, resource};
use crate::hostile_guest::ground::{DIRECTORIES, Ground, INPUT, NEXT_ENTRY, POLL, Seen, method};
use crate::hostile_guest::guest::{END, Guest, HEAP, RESULT, Realloc, TEXT};
use crate::hostile_guest::world::{ARGUMENTS, import, world};
use anyhow::{Context, Result};

/// Calls that make the guest allocate, each with the alignment of what it allocates.
fn callers() -> Vec<(String, u32)> {
    vec![
        (DIRECTORIES.to_string(), 4),
        (method("read"), 1),
        (method("readlink-at"), 1),
        (NEXT_ENTRY.to_string(), 1),
        (format!("{INPUT}blocking-read"), 1),
        (POLL.to_string(), 4),
        ("wasi:random/random#get-random-bytes".to_string(), 1),
        (
            "wasi:random/insecure#get-insecure-random-bytes".to_string(),
            1,
        ),
        ("wasi:cli/environment#get-environment".to_string(), 4),
    ]
}

/// Calls a function so that it allocates: 100 bytes, where that is said.
fn call(name: &str, guest: &mut Guest, ground: &Ground) -> Result<Seen> {
    let import = import(name)?;
    let first = match resource(import) {
        Some("descriptor") if name.ends_with("-at") => ground.directory,
        Some(resource) => ground.handle(resource).context("a handle")?,
        None => 100,
    };
    let mut arguments = plain(import, first);
    guest.put(TEXT, b"link");
    match name {
        POLL => {
            guest.put(TEXT, &(ground.pollable as u32).to_le_bytes());
            (arguments[0], arguments[1]) = (TEXT, 1);
        }
        DIRECTORIES | "wasi:cli/environment#get-environment" => arguments[0] = RESULT,
        _ if name.ends_with("readlink-at") => (arguments[1], arguments[2]) = (TEXT, 4),
        _ if name.ends_with("read") => arguments[1] = 100,
        _ => {}
    }
    let called = guest.call(name, &arguments)?;
    called.judge()?;
    Ok(match called.is_trap() {
        true => Seen::Trap,
        false => Seen::Gave(Vec::new()),
    })
}

/// A name that is short.
fn short(name: &str) -> &str {
    name.split_once('#').map_or(name, |(_, function)| function)
}

/// What it may do by itself.
pub fn lies() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (name, _) in callers() {
        let places = [
            0,
            1,
            2,
            4,
            RESULT as u32,
            RESULT as u32 + 2,
            TEXT as u32,
            END as u32 - 100,
            END as u32 - 99,
            END as u32 - 64,
            END as u32 - 4,
            END as u32 - 3,
            END as u32 - 1,
            END as u32,
            0x7fff_fffc,
            0xffff_ff9c,
            0xffff_fffc,
            0xffff_ffff,
        ];
        let gives = places.map(Realloc::Gives);
        for realloc in
            gives
                .into_iter()
                .chain([Realloc::Traps, Realloc::Grows(0), Realloc::Grows(1)])
        {
            let name = name.clone();
            let named = format!("{}, and realloc {realloc:x?}", short(&name));
            attacks.push(Attack::new(
                named,
                move |guest: &mut Guest, ground: &Ground| {
                    guest.realloc(realloc);
                    let seen = call(&name, guest, ground)?;
                    guest.reset();
                    Ok(seen)
                },
            ));
        }
        // What is given lies in pages that were not there when the call began, or are not there.
        for (pages, at) in [
            (1, END),
            (1, END + 0x8000),
            (1, END + 0xfffc),
            (1, END + 0xffff),
            (0, END),
            (3, END),
            (4, END),
        ] {
            let name = name.clone();
            let named = format!(
                "{}, and realloc grows by {pages}, gives {at:#x}",
                short(&name)
            );
            attacks.push(Attack::new(
                named,
                move |guest: &mut Guest, ground: &Ground| {
                    guest.realloc(Realloc::Grows(pages));
                    guest.heap(at as u32);
                    let seen = call(&name, guest, ground)?;
                    guest.reset();
                    Ok(seen)
                },
            ));
        }
    }
    attacks
}

/// Functions that stay the host's: they have no glue, so that no call of them is noted.
const NOT_WATCHED: [&str; 3] = [
    "test:blob/store#open",
    "test:blob/store#ready",
    "test:shapes/shapes#open",
];

/// What it may call. Where it calls another adapter, or where the host at work called it, nobody
/// notes that: it must do no harm.
pub fn calls_back(to_another: bool) -> Result<Vec<Attack>> {
    let mut attacks = Vec::new();
    let callers = [DIRECTORIES.to_string(), method("read"), POLL.to_string()];
    for (number, called) in world()?.imports.iter().enumerate() {
        if NOT_WATCHED.contains(&called.name.as_str()) {
            continue;
        }
        for name in &callers {
            let name = name.clone();
            let named = format!("{}, and realloc calls {}", short(&name), called.name);
            attacks.push(
                Attack::new(named, move |guest: &mut Guest, ground: &Ground| {
                    let handle = resource(called).and_then(|resource| ground.handle(resource));
                    let mut arguments = [0; ARGUMENTS];
                    let plain = plain(called, handle.unwrap_or(0));
                    arguments[..plain.len()].copy_from_slice(&plain);
                    guest.realloc(Realloc::Calls(number, arguments));
                    guest.heap(HEAP as u32);
                    call(&name, guest, ground)
                })
                .or(match to_another {
                    true => |_, _| true,
                    false => |_, _| false,
                }),
            );
        }
    }
    Ok(attacks)
}

/// Calls host functions whose calls are not noted.
pub fn calls_host(guest: &mut Guest, ground: &Ground) -> Result<()> {
    for called in NOT_WATCHED {
        guest.reset();
        // They may write where the guest lets them, which is not where the adapter does.
        let plain = plain(import(called)?, 0);
        let mut arguments = [0; ARGUMENTS];
        arguments[..plain.len()].copy_from_slice(&plain);
        guest.realloc(Realloc::Calls(guest.number(called), arguments));
        let seen = call(&method("read"), guest, ground)?;
        anyhow::ensure!(seen != Seen::Trap, "{called}");
    }
    Ok(())
}

/// What a `realloc` is asked for, which has to be what the canonical ABI asks for.
pub fn asked(guest: &mut Guest, ground: &Ground) -> Result<()> {
    for (name, align) in callers() {
        guest.reset();
        call(&name, guest, ground)?;
        let count = guest.asked();
        let old = guest.read_32(crate::hostile_guest::control::ASKED as u64);
        let last = guest.read_32(crate::hostile_guest::control::ASKED as u64 + 4);
        anyhow::ensure!(count > 0 && old == 0, "{name}: {count} calls, {old:#x}");
        anyhow::ensure!(
            last == u64::from(align) || count > 1,
            "{name}: aligned to {last}"
        );
    }
    Ok(())
}
