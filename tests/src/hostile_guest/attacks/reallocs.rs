//! A `realloc` that lies: it gives what is not there, not aligned or not free, grows the memory,
//! traps, or calls back while the adapter is at work.

use super::{Attack, plain, resource};
use crate::hostile_guest::ground::{DIRECTORIES, Ground, Grounds, NOT_WATCHED, POLL, Seen, method};
use crate::hostile_guest::guest::{END, Guest, HEAP, RESULT, Realloc, TEXT};
use crate::hostile_guest::world::{ARGUMENTS, Param};
use anyhow::{Context, Result};

/// Calls a function so that it allocates: 100 bytes, where that is said.
fn call<G: Grounds>(name: &str, guest: &mut Guest, ground: &G) -> Result<Seen> {
    let import = guest.world().import(name)?;
    let first = match resource(import) {
        Some("descriptor") if name.ends_with("-at") => ground.directory(),
        Some(resource) => ground.handle(resource).context("a handle")?,
        None => 100,
    };
    let mut arguments = plain(import, first);
    guest.put(TEXT, b"link");
    match name {
        POLL => {
            let pollable = ground.handle("pollable").context("a handle")? as u32;
            guest.put(TEXT, &pollable.to_le_bytes());
            (arguments[0], arguments[1]) = (TEXT, 1);
        }
        _ if matches!(import.params.get(1), Some(Param::Buffer(_))) => {
            (arguments[1], arguments[2]) = (RESULT, 4);
        }
        DIRECTORIES | "wasi:cli/environment#get-environment" => arguments[0] = RESULT,
        _ if name.ends_with("readlink-at") => (arguments[1], arguments[2]) = (TEXT, 4),
        _ if name.ends_with("read") => arguments[1] = 100,
        _ => {}
    }
    let called = guest.call(name, &arguments)?;
    let called = ground.finish(guest, name, called)?;
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
pub fn lies<G: Grounds>() -> Vec<Attack<G>> {
    let mut attacks = Vec::new();
    for (name, _) in G::CALLERS {
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
            let named = format!("{}, and realloc {realloc:x?}", short(name));
            attacks.push(Attack::new(named, move |guest: &mut Guest, ground: &G| {
                guest.realloc(realloc);
                let seen = call(name, guest, ground)?;
                guest.reset();
                Ok(seen)
            }));
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
            let named = format!(
                "{}, and realloc grows by {pages}, gives {at:#x}",
                short(name)
            );
            attacks.push(Attack::new(named, move |guest: &mut Guest, ground: &G| {
                guest.realloc(Realloc::Grows(pages));
                guest.heap(at as u32);
                let seen = call(name, guest, ground)?;
                guest.reset();
                Ok(seen)
            }));
        }
    }
    attacks
}

/// What it may call. Where it calls another adapter, or where the host at work called it, nobody
/// notes that: it must do no harm.
pub fn calls_back<G: Grounds>(to_another: bool) -> Result<Vec<Attack<G>>> {
    let mut attacks = Vec::new();
    for (number, called) in G::world()?.imports.iter().enumerate() {
        if !G::is_watched(&called.name) {
            continue;
        }
        for name in G::CALLED_DURING {
            let named = format!("{}, and realloc calls {}", short(name), called.name);
            attacks.push(
                Attack::new(named, move |guest: &mut Guest, ground: &G| {
                    let handle = resource(called).and_then(|resource| ground.handle(resource));
                    let mut arguments = [0; ARGUMENTS];
                    let plain = plain(called, handle.unwrap_or(0));
                    arguments[..plain.len()].copy_from_slice(&plain);
                    guest.realloc(Realloc::Calls(number, arguments));
                    guest.heap(HEAP as u32);
                    call(name, guest, ground)
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
        let plain = plain(guest.world().import(called)?, 0);
        let mut arguments = [0; ARGUMENTS];
        arguments[..plain.len()].copy_from_slice(&plain);
        guest.realloc(Realloc::Calls(guest.number(called), arguments));
        let seen = call(&method("read"), guest, ground)?;
        anyhow::ensure!(seen != Seen::Trap, "{called}");
    }
    Ok(())
}

/// What a `realloc` is asked for, which has to be what the canonical ABI asks for.
pub fn asked<G: Grounds>(guest: &mut Guest, ground: &G) -> Result<()> {
    for (name, align) in G::CALLERS {
        guest.reset();
        call(name, guest, ground)?;
        let count = guest.asked();
        let old = guest.read_32(crate::hostile_guest::control::ASKED as u64);
        let last = guest.read_32(crate::hostile_guest::control::ASKED as u64 + 4);
        anyhow::ensure!(count > 0 && old == 0, "{name}: {count} calls, {old:#x}");
        anyhow::ensure!(
            last == u64::from(*align) || count > 1,
            "{name}: aligned to {last}"
        );
    }
    Ok(())
}
