//! What the adapter holds in the guest's table of handles: ends of streams that it reads and feeds,
//! of futures that others wait for, and a set. The guest guesses their numbers.

use super::super::attacks::Strike;
use super::super::ground::{Grounds, Seen, method, must_open};
use super::super::guest::{Guest, RESULT, TEXT};
use super::super::task::{EXIT, Step};
use super::super::world::{Import, Param};
use super::end::{BLOCKED, came, ends, pair};
use super::ground::{Ground, STDOUT};
use anyhow::{Result, bail, ensure};

/// Numbers up to here are tried: there are no more handles.
const MOST: u64 = 24;

/// What the adapter is at.
#[derive(Clone, Copy, Debug)]
pub enum Holds {
    /// It reads a stream of the guest's: it holds the readable end and a future's writable one.
    Drain,
    /// It feeds what standard output reads: it holds a writable end.
    Source,
    /// It was given the stream of the guest before anything was written to it.
    Capture,
}

impl Holds {
    /// Lets it hold that: the handles that are the guest's own.
    fn prepare(self, guest: &mut Guest, ground: &Ground) -> Result<Vec<u64>> {
        let mut own = ground.all().to_vec();
        match self {
            Holds::Drain => {
                let (reader, writer) = pair(guest, "bytes#new")?;
                let status = guest.must("bytes#write", &[writer, TEXT, 20])?;
                ensure!(status == BLOCKED, "who has read {status:#x}");
                own.extend([writer, guest.must(STDOUT, &[reader])?]);
            }
            Holds::Source => {
                let file = must_open(guest, ground.directory, "hello.txt", 0)?;
                let name = method("read-via-stream");
                let (bytes, files) = ends(guest, &name, &[file, 0, RESULT])?;
                own.extend([file, files, guest.must(STDOUT, &[bytes])?]);
            }
            Holds::Capture => {
                let (reader, writer) = pair(guest, "bytes#new")?;
                own.extend([writer, guest.must(STDOUT, &[reader])?]);
            }
        }
        Ok(own)
    }
}

/// Everything that takes a handle of the table that ends are in, given each number that is not the
/// guest's: it has to trap.
pub fn all<G: Grounds>(holds: Holds) -> Result<Vec<Strike<Ground>>> {
    let mut strikes: Vec<Strike<Ground>> = Vec::new();
    let imports = G::world()?.imports.iter().filter(|import| takes(import));
    for import in imports {
        for number in 1..MOST {
            strikes.push(Box::new(move |guest: &mut Guest, ground: &Ground| {
                let own = holds.prepare(guest, ground)?;
                if own.contains(&number) {
                    return Ok(Seen::Trap);
                }
                let arguments = arguments(import, ground, number);
                match came(&guest.call(&import.name, &arguments)?)? {
                    Seen::Gave(status) => {
                        bail!("{}{arguments:x?} gave {status:x?}, of {own:?}", import.name)
                    }
                    ended => Ok(ended),
                }
            }));
        }
    }
    for number in 1..MOST {
        strikes.push(Box::new(move |guest: &mut Guest, ground: &Ground| {
            let own = holds.prepare(guest, ground)?;
            if own.contains(&number) {
                return Ok(Seen::Trap);
            }
            let (called, _) = guest.task(&[Step::give(1), Step::wait(number), EXIT])?;
            match came(&called)? {
                Seen::Gave(_) => came(&guest.call("canon#thread.yield", &[])?),
                ended => Ok(ended),
            }
        }));
    }
    ensure!(strikes.len() > 300, "{} strikes", strikes.len());
    Ok(strikes)
}

/// Whether a function takes an end, a set or a subtask.
fn takes(import: &Import) -> bool {
    let is_handle = |param: &Param| match param {
        Param::Handle(kind) => !kind.contains("descriptor") && !kind.contains("@0.2"),
        _ => false,
    };
    import.params.iter().any(is_handle) && !import.name.ends_with(", blocking")
}

/// Arguments with a number in the place of each handle but a descriptor.
fn arguments(import: &Import, ground: &Ground, number: u64) -> Vec<u64> {
    let is_join = import.name == super::ground::JOIN;
    let params = import.params.iter().enumerate();
    params
        .map(|(at, param)| match param {
            Param::Handle(kind) if kind == "descriptor" => ground.file,
            // It joins a set of its own.
            Param::Handle(_) if is_join && at == 1 => ground.set,
            Param::Handle(_) => number,
            Param::Result | Param::Place(_) | Param::Value(_) => RESULT,
            Param::Buffer(_) | Param::List(_) => TEXT,
            Param::Length => 1,
            _ => 0,
        })
        .collect()
}
