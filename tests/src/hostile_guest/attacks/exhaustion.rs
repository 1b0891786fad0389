//! More of everything than the adapter has memory for: handles, files, names, lists. Each ends in
//! an error or in a trap, and after an error the adapter answers as before.

use super::Strike;
use crate::hostile_guest::ground::{
    DROP_DESCRIPTOR, DROP_OUTPUT, Ground, OUTPUT, POLL, POLLABLE, STDERR, Seen, TIMER, answer,
    method, open,
};
use crate::hostile_guest::guest::{Called, END, Guest, RESULT, TEXT};
use anyhow::{Result, bail, ensure};

/// More calls than any memory here has room for.
const MANY: u64 = 1_000_000;

/// `insufficient-memory` of WASI.
const INSUFFICIENT_MEMORY: u8 = 22;

/// Calls until it traps.
fn until_trap(
    guest: &mut Guest,
    mut call: impl FnMut(&mut Guest) -> Result<Called>,
) -> Result<Seen> {
    for _ in 0..MANY {
        let called = call(guest)?;
        called.judge()?;
        if called.is_trap() {
            return Ok(Seen::Trap);
        }
    }
    bail!("there is no end to it")
}

/// All, with their names.
pub fn all() -> Vec<(&'static str, Strike)> {
    vec![
        ("descriptors", Box::new(descriptors)),
        ("timers", Box::new(timers)),
        ("errors", Box::new(errors)),
        ("bytes", Box::new(bytes)),
        ("directories", Box::new(directories)),
        ("a path", Box::new(path)),
        ("a list", Box::new(list)),
        ("pollables of one stream", Box::new(pollables)),
    ]
}

fn descriptors(guest: &mut Guest, ground: &Ground) -> Result<Seen> {
    let mut opened = Vec::new();
    for _ in 0..MANY {
        match open(guest, ground.directory, "hello.txt", 0, 1)? {
            Ok(handle) => opened.push(handle),
            Err(INSUFFICIENT_MEMORY) => break,
            Err(code) => bail!("error {code}"),
        }
    }
    ensure!(opened.len() > 10_000, "{} are open", opened.len());
    for handle in opened {
        guest.must(DROP_DESCRIPTOR, &[handle])?;
    }
    Ok(Seen::Gave(Vec::new()))
}

fn timers(guest: &mut Guest, _: &Ground) -> Result<Seen> {
    until_trap(guest, |guest| Ok(guest.unwatched(TIMER, &[7])))
}

fn errors(guest: &mut Guest, _: &Ground) -> Result<Seen> {
    let stderr = guest.must(STDERR, &[])?;
    let check = format!("{OUTPUT}check-write");
    until_trap(
        guest,
        |guest| Ok(guest.unwatched(&check, &[stderr, RESULT])),
    )
}

fn pollables(guest: &mut Guest, ground: &Ground) -> Result<Seen> {
    let subscribe = format!("{OUTPUT}subscribe");
    until_trap(guest, |guest| {
        Ok(guest.unwatched(&subscribe, &[ground.output]))
    })
}

fn bytes(guest: &mut Guest, ground: &Ground) -> Result<Seen> {
    let file = open(guest, ground.directory, "full", 1, 3)?;
    let file = file.map_err(|code| anyhow::anyhow!("error {code}"))?;
    let mut offset = 0;
    let code = loop {
        let arguments = [file, TEXT, END - TEXT - 64, offset, RESULT];
        guest.must(&method("write"), &arguments)?;
        match guest.read(RESULT, 1)[0] {
            0 => {
                let written = guest.read(RESULT + 8, 8).try_into();
                offset += written.map_or(0, u64::from_le_bytes);
            }
            _ => break guest.read(RESULT + 8, 1)[0],
        }
        ensure!(offset < 64 << 20, "{offset} bytes are written");
    };
    ensure!(code == INSUFFICIENT_MEMORY, "error {code}");
    let stream = guest.must(&method("append-via-stream"), &[file, RESULT]);
    if let (Ok(_), Ok(stream)) = (stream, answer(guest)) {
        let write = format!("{OUTPUT}write");
        guest.must(&write, &[stream, TEXT, 5_000, RESULT])?;
        guest.must(&format!("{OUTPUT}flush"), &[stream, RESULT])?;
        guest.must(DROP_OUTPUT, &[stream])?;
    }
    Ok(Seen::Gave(Vec::new()))
}

fn directories(guest: &mut Guest, ground: &Ground) -> Result<Seen> {
    for number in 0..MANY {
        let name = format!("{number:0200}");
        guest.put(TEXT, name.as_bytes());
        let create = method("create-directory-at");
        guest.must(&create, &[ground.directory, TEXT, 200, RESULT])?;
        match guest.read(RESULT, 2)[..] {
            [0, _] => {}
            [_, INSUFFICIENT_MEMORY] => return Ok(Seen::Gave(Vec::new())),
            [.., code] => bail!("error {code}"),
            [] => bail!("no result"),
        }
    }
    bail!("there is no end to it")
}

fn path(guest: &mut Guest, ground: &Ground) -> Result<Seen> {
    let len = END - TEXT - 4096;
    guest.put(TEXT, &vec![b'/'; len as usize]);
    for separator in *b"/.a" {
        guest.put(TEXT + 1, &vec![separator; len as usize - 2]);
        let arguments = [ground.directory, 1, TEXT, len, 0, 1, RESULT_AT_END];
        guest.must(&method("open-at"), &arguments)?;
    }
    guest.reset();
    Ok(Seen::Gave(Vec::new()))
}

/// A place for a result behind what is long.
const RESULT_AT_END: u64 = END - 1024;

fn list(guest: &mut Guest, ground: &Ground) -> Result<Seen> {
    let handles = [(ground.pollable as u32).to_le_bytes(); 4_000].concat();
    guest.put(TEXT + 32_768, &handles);
    guest.heap(TEXT as u32);
    // What is given may overlap what is passed.
    for _ in 0..20 {
        guest.must(POLL, &[TEXT + 32_768, 4_000, RESULT_AT_END])?;
        ensure!(
            guest.read_32(RESULT_AT_END + 4) == 4_000,
            "not all are ready"
        );
        guest.heap(60_000);
    }
    guest.must(&format!("{POLLABLE}ready"), &[ground.pollable])?;
    guest.reset();
    Ok(Seen::Gave(Vec::new()))
}
