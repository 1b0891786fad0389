//! Children that outlive what they were made of, and parents that are dropped before them.

use super::Attack;
use crate::hostile_guest::ground::{
    DROP_DESCRIPTOR, DROP_ENTRIES, DROP_INPUT, DROP_OUTPUT, DROP_POLLABLE, Ground, INPUT,
    NEXT_ENTRY, OUTPUT, POLL, POLLABLE, STDERR, Seen, method,
};
use crate::hostile_guest::guest::{Guest, RESULT, TEXT};
use anyhow::Result;

/// A pollable of a stream.
fn subscribe(guest: &mut Guest, of: &str, stream: u64) -> Result<u64> {
    guest.must(&format!("{of}subscribe"), &[stream])
}

/// All of them.
pub fn all() -> Vec<Attack> {
    vec![
        Attack::new(
            "an input stream before its pollable",
            |guest: &mut Guest, ground: &Ground| {
                subscribe(guest, INPUT, ground.input)?;
                let called = guest.call(DROP_INPUT, &[ground.input])?;
                Seen::of(guest, &called, 0)
            },
        ),
        Attack::new(
            "an output stream before its pollable",
            |guest: &mut Guest, ground: &Ground| {
                subscribe(guest, OUTPUT, ground.output)?;
                let called = guest.call(DROP_OUTPUT, &[ground.output])?;
                Seen::of(guest, &called, 0)
            },
        ),
        Attack::new(
            "an output stream before one of two pollables",
            |guest: &mut Guest, ground: &Ground| {
                let first = subscribe(guest, OUTPUT, ground.output)?;
                subscribe(guest, OUTPUT, ground.output)?;
                guest.must(DROP_POLLABLE, &[first])?;
                let called = guest.call(DROP_OUTPUT, &[ground.output])?;
                Seen::of(guest, &called, 0)
            },
        ),
        Attack::new(
            "streams after their pollables",
            |guest: &mut Guest, ground: &Ground| {
                let first = subscribe(guest, INPUT, ground.input)?;
                let second = subscribe(guest, OUTPUT, ground.output)?;
                guest.must(DROP_POLLABLE, &[second])?;
                guest.must(DROP_POLLABLE, &[first])?;
                guest.must(DROP_OUTPUT, &[ground.output])?;
                let called = guest.call(DROP_INPUT, &[ground.input])?;
                Seen::of(guest, &called, 0)
            },
        ),
        Attack::new(
            "a pollable of a pollable's place",
            |guest: &mut Guest, ground: &Ground| {
                let first = subscribe(guest, INPUT, ground.input)?;
                guest.must(DROP_POLLABLE, &[first])?;
                let called = guest.call(&format!("{POLLABLE}ready"), &[first])?;
                Seen::of(guest, &called, 0)
            },
        ),
        Attack::new(
            "entries after their directory",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_DESCRIPTOR, &[ground.directory])?;
                guest.must(NEXT_ENTRY, &[ground.entries, RESULT])?;
                let called = guest.call(DROP_ENTRIES, &[ground.entries])?;
                Seen::of(guest, &called, 1)
            },
        ),
        Attack::new(
            "a stream after its file",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_DESCRIPTOR, &[ground.file])?;
                guest.must(&format!("{INPUT}skip"), &[ground.input, 3, RESULT])?;
                let called = guest.call(DROP_INPUT, &[ground.input])?;
                Seen::of(guest, &called, 1)
            },
        ),
        Attack::new(
            "a file of a directory that is dropped",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_DESCRIPTOR, &[ground.directory])?;
                let called = guest.call(&method("get-type"), &[ground.file, RESULT])?;
                Seen::of(guest, &called, 2)
            },
        ),
        Attack::new(
            "a path of a directory that is dropped",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_DESCRIPTOR, &[ground.directory])?;
                guest.put(TEXT, b"hello.txt");
                let arguments = [ground.directory, 0, TEXT, 9, 0, 1, RESULT];
                let called = guest.call(&method("open-at"), &arguments)?;
                Seen::of(guest, &called, 2)
            },
        ),
        Attack::new(
            "a stream that is dropped between two polls",
            |guest: &mut Guest, ground: &Ground| {
                let pollable = subscribe(guest, INPUT, ground.input)?;
                guest.put(TEXT, &(pollable as u32).to_le_bytes());
                guest.must(POLL, &[TEXT, 1, RESULT])?;
                guest.must(DROP_POLLABLE, &[pollable])?;
                guest.must(DROP_INPUT, &[ground.input])?;
                let called = guest.call(POLL, &[TEXT, 1, RESULT])?;
                Seen::of(guest, &called, 0)
            },
        ),
        Attack::new(
            "a directory dropped twice",
            |guest: &mut Guest, ground: &Ground| {
                guest.must(DROP_DESCRIPTOR, &[ground.directory])?;
                let called = guest.call(DROP_DESCRIPTOR, &[ground.directory])?;
                Seen::of(guest, &called, 0)
            },
        ),
        Attack::new(
            "a standard stream that is dropped, opened again",
            |guest: &mut Guest, _: &Ground| {
                let stderr = guest.must(STDERR, &[])?;
                guest.must(DROP_OUTPUT, &[stderr])?;
                let stderr = guest.must(STDERR, &[])?;
                let called = guest.call(DROP_OUTPUT, &[stderr])?;
                Seen::of(guest, &called, 0)
            },
        ),
    ]
}
