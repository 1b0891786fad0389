//! Ends of streams and futures in a guest's hands: what makes some, what waits for one, and attacks
//! that are calls in a row. This module must never decide what they end in.

use super::super::attacks::Attack;
use super::super::ground::Seen;
use super::super::guest::{Called, Guest, RESULT};
use super::ground::{Ground, JOIN, SET_DROP, SET_NEW};
use anyhow::Result;

/// What an operation returns whose outcome an event will tell.
pub const BLOCKED: u64 = 0xffff_ffff;

/// The low bits of other outcomes; how much was moved is above them.
pub const COMPLETED: u64 = 0;
pub const DROPPED: u64 = 1;
pub const CANCELLED: u64 = 2;

/// Where events are written that are waited for.
pub const EVENT: u64 = RESULT + 1024;

/// The two handles that a function's result has.
pub fn ends(guest: &mut Guest, name: &str, arguments: &[u64]) -> Result<(u64, u64)> {
    guest.must(name, arguments)?;
    Ok((guest.read_32(RESULT), guest.read_32(RESULT + 4)))
}

/// The readable and the writable end that a built-in makes.
pub fn pair(guest: &mut Guest, name: &str) -> Result<(u64, u64)> {
    let ends = guest.must(name, &[])?;
    Ok((ends & 0xffff_ffff, ends >> 32))
}

/// Does what has to return, and waits for its outcome.
pub fn settle(guest: &mut Guest, name: &str, arguments: &[u64], end: u64) -> Result<u64> {
    let status = guest.must(name, arguments)?;
    if status != BLOCKED {
        return Ok(status);
    }
    let set = guest.must(SET_NEW, &[])?;
    guest.must(JOIN, &[end, set])?;
    guest.must("canon#waitable-set.wait", &[set, EVENT])?;
    guest.must(JOIN, &[end, 0])?;
    guest.must(SET_DROP, &[set])?;
    Ok(guest.read_32(EVENT + 4))
}

/// What a call came to: a trap, a wait, or what it returned.
pub fn came(called: &Called) -> Result<Seen> {
    called.judge()?;
    Ok(match (called, Seen::of_trap(called)) {
        (_, Some(seen)) => seen,
        (Called::Returned(number), None) => Seen::Gave(number.to_le_bytes().to_vec()),
        (Called::Trapped(_), None) => Seen::Trap,
    })
}

/// Which handle of the guest's.
pub type Which = fn(&Ground) -> u64;

/// A call: a function, and its arguments.
pub type Call = (&'static str, Vec<u64>);

/// An attack that is made of calls, of which the last may trap or wait. What all return has to be
/// as on the host.
pub fn calls(name: &str, calls: impl Fn(&Ground) -> Vec<Call> + 'static) -> Attack<Ground> {
    Attack::new(name, move |guest: &mut Guest, ground: &Ground| {
        all(guest, calls(ground))
    })
}

fn gives_handle(function: &str) -> bool {
    function.ends_with("new") || function.ends_with("write-via-stream")
}

/// Whether neither traps nor waits: the adapter is sooner ready than the host.
pub fn both_answer(host: &Seen, seen: &Seen) -> bool {
    matches!((host, seen), (Seen::Gave(_), Seen::Gave(_)))
}

/// An attack with two ends that a built-in makes.
pub fn of_pair(
    new: &'static str,
    name: &str,
    calls: impl Fn(u64, u64) -> Vec<Call> + 'static,
) -> Attack<Ground> {
    Attack::new(name, move |guest: &mut Guest, _: &Ground| {
        let (reader, writer) = pair(guest, new)?;
        all(guest, calls(reader, writer))
    })
}

/// Makes calls, of which the last may trap or wait: what all return.
pub fn all(guest: &mut Guest, calls: Vec<Call>) -> Result<Seen> {
    let mut all = Vec::new();
    for (function, arguments) in calls {
        match came(&guest.call(function, &arguments)?)? {
            // Numbers of handles are not the host's.
            Seen::Gave(_) if gives_handle(function) => {}
            Seen::Gave(number) => all.extend(number),
            ended => return Ok(ended),
        }
    }
    Ok(Seen::Gave(all))
}
