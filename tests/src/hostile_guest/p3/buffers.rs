//! Buffers of operations on ends: where they lie, how long they are, and whether they are aligned.

use super::super::attacks::Attack;
use super::super::ground::Seen;
use super::super::guest::{END, Guest, RESULT, TEXT};
use super::end::{BLOCKED, EVENT, Which, all, both_answer};
use super::ground::{Ground, JOIN};
use anyhow::Result;

/// Operations on streams, and the end of each.
const STREAMS: [(&str, Which); 7] = [
    ("bytes#read", |g| g.bytes),
    ("bytes#read, blocking", |g| g.bytes),
    ("bytes#read", |g| g.reader),
    ("bytes#write", |g| g.writer),
    ("bytes#write", |g| g.fed),
    ("bytes#write, blocking", |g| g.fed),
    ("entries#read", |g| g.entries),
];

/// Buffers: an address and a number of elements.
const BUFFERS: [(u64, u64); 33] = [
    (TEXT, 0),
    (0, 0),
    (END, 0),
    (END + 1, 0),
    (0xffff_ffff, 0),
    (TEXT + 1, 0),
    (TEXT, 1),
    (TEXT + 1, 1),
    (TEXT + 2, 1),
    (TEXT + 4, 1),
    (END - 24, 1),
    (END - 20, 1),
    (END - 1, 1),
    (END, 1),
    (END - 64, 64),
    (END - 64, 65),
    (0, END),
    (0, END + 1),
    (1, END),
    (0xffff_ffff, 1),
    (0xffff_fff0, 0x20),
    (0xffff_fff8, 1),
    (0x8000_0000, 0x0800_0000),
    (TEXT, (1 << 28) - 1),
    (TEXT, 1 << 28),
    (TEXT, (1 << 28) + 1),
    (0, 1 << 28),
    (TEXT, 0x4000_0000),
    (TEXT, 0x8000_0000),
    (TEXT, 0xffff_fff8),
    (TEXT, 0xffff_ffff),
    // As many bytes as 32 bits cannot say: 24 for each entry.
    (0, 0x0aaa_aaab),
    (TEXT, 0x1555_5556),
];

/// Operations on streams.
pub fn of_streams() -> Vec<Attack<Ground>> {
    let mut attacks = Vec::new();
    for (number, (name, end)) in STREAMS.into_iter().enumerate() {
        for (at, count) in BUFFERS {
            let named = format!("{name} ({number}) at {at:#x}, {count:#x} of them");
            let attack = Attack::new(named, move |guest: &mut Guest, ground: &Ground| {
                let end = end(ground);
                match all(guest, vec![(name, vec![end, at, count])])? {
                    Seen::Gave(status) if name == "entries#read" && is_blocked(&status) => {
                        arrived(guest, ground, end)
                    }
                    seen => Ok(seen),
                }
            });
            attacks.push(attack.or(both_answer));
        }
    }
    attacks
}

/// Whether an operation returned last that something else ends.
fn is_blocked(status: &[u8]) -> bool {
    status.ends_with(&BLOCKED.to_le_bytes())
}

/// What comes of an operation that is pending: only then the host looks at where its result goes.
fn arrived(guest: &mut Guest, ground: &Ground, end: u64) -> Result<Seen> {
    let join = (JOIN, vec![end, ground.set]);
    let wait = ("canon#waitable-set.wait", vec![ground.set, EVENT]);
    all(guest, vec![join, wait, (JOIN, vec![end, 0])])
}

/// Operations on futures.
pub fn of_futures() -> Vec<Attack<Ground>> {
    // Each with what has to be dropped before the future is ready.
    let futures: [(&str, Which, &str, Which); 2] = [
        (
            "files#read",
            |g| g.files,
            "bytes#drop-readable",
            |g| g.bytes,
        ),
        ("stdio#read", |g| g.stdio, "bytes#drop-writable", |g| g.fed),
    ];
    let places = [
        RESULT + 1,
        RESULT + 2,
        RESULT + 4,
        END - 20,
        END - 16,
        END - 2,
        END - 1,
        END,
        0,
        0x8000_0000,
        0xffff_fffc,
        0xffff_ffff,
    ];
    let mut attacks = Vec::new();
    for (name, future, drop, before) in futures {
        for place in places {
            let named = format!("{name} to {place:#x}");
            let attack = Attack::new(named, move |guest: &mut Guest, ground: &Ground| {
                let future = future(ground);
                let before = (drop, vec![before(ground)]);
                match all(guest, vec![before, (name, vec![future, place])])? {
                    Seen::Gave(status) if is_blocked(&status) => arrived(guest, ground, future),
                    seen => Ok(seen),
                }
            });
            attacks.push(attack.or(both_answer));
        }
    }
    attacks
}
