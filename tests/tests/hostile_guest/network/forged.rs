//! What no guest can have: it ends in a trap, as on the host.

use super::Both;
use super::p2::{CHECK_SEND, CONNECT, CREATE_TCP, LIST, NEXT, RESOLVE, SEND, STREAM};
use super::strikes::{FORGED, Strikes};
use anyhow::{Context, Result};
use wasi_virt_tests::hostile_guest::guest::{RESULT, TEXT};
use wasi_virt_tests::hostile_guest::world::p2::world;

const DROP_ANSWERS: &str = "wasi:sockets/ip-name-lookup#[resource-drop]resolve-address-stream";
const RECEIVE: &str = "wasi:sockets/udp#[method]incoming-datagram-stream.receive";
const DROP_INCOMING: &str = "wasi:sockets/udp#[resource-drop]incoming-datagram-stream";
const DROP_UDP: &str = "wasi:sockets/udp#[resource-drop]udp-socket";

/// An address that rules admit.
const ADMITTED: [u64; 12] = [0, 80, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0];

#[test]
fn cases_that_no_variant_has() -> Result<()> {
    let mut strikes = Strikes::default();
    for case in [2, 3, 256, 0x8000_0000, 0xffff_ffff] {
        strikes.add(format!("case {case} of an address"), move |running| {
            let handles = [running.made(CREATE_TCP, 0)?, running.network()?];
            let mut to = ADMITTED;
            to[0] = case;
            running.called(CONNECT, &[&handles[..], &to[..], &[RESULT]].concat(), 8)
        });
        strikes.add(format!("case {case} of an option"), move |running| {
            let handles = [running.bound(0)?, case];
            running.called(
                STREAM,
                &[&handles[..], &ADMITTED[..], &[RESULT]].concat(),
                8,
            )
        });
    }
    strikes.compare(&Both::new(world()?)?, &["lookup known.example"])
}

#[test]
fn handles_that_it_does_not_have() -> Result<()> {
    let mut strikes = Strikes::default();
    for forged in FORGED {
        for place in 0..2 {
            let name = format!("{forged:x} in place {place} of a connection");
            strikes.add(name, move |running| {
                let mut handles = [running.made(CREATE_TCP, 0)?, running.network()?];
                handles[place] = forged;
                running.called(
                    CONNECT,
                    &[&handles[..], &ADMITTED[..], &[RESULT]].concat(),
                    8,
                )
            });
        }
        for name in [NEXT, RECEIVE, SEND, CHECK_SEND] {
            strikes.add(format!("{forged:x} for {name}"), move |running| {
                let socket = running.bound(0)?;
                running.streams(socket)?;
                running.answers(b"known.example")?;
                let arguments: &[u64] = match name {
                    SEND => &[forged, LIST, 0, RESULT],
                    RECEIVE => &[forged, 1, RESULT],
                    _ => &[forged, RESULT],
                };
                running.called(name, arguments, 8)
            });
        }
    }
    // The adapter's own handles in the place of each other.
    strikes.add("answers as datagrams", |running| {
        let answers = running.answers(b"known.example")?.context("a trap")?;
        running.called(RECEIVE, &[answers, 1, RESULT], 8)
    });
    strikes.add("datagrams as answers", |running| {
        let socket = running.bound(0)?;
        let (incoming, _) = running.streams(socket)?;
        running.called(NEXT, &[incoming, RESULT], 8)
    });
    strikes.compare(&Both::new(world()?)?, &["lookup known.example"])
}

#[test]
fn places_outside_of_the_memory() -> Result<()> {
    let mut strikes = Strikes::default();
    for (what, text) in [("no text", &b"known.example\xff"[..]), ("half", b"\xc3")] {
        strikes.add(format!("a name that is {what}"), move |running| {
            Ok(running.answers(text)?.map(|_| Vec::new()))
        });
    }
    for (at, len) in [(0x5_0000, 13), (0xffff_fff0, 13), (TEXT, 0x7fff_ffff)] {
        strikes.add(format!("a name at {at:x} of {len:x}"), move |running| {
            let network = running.network()?;
            running.called(RESOLVE, &[network, at, len, RESULT], 8)
        });
        strikes.add(format!("datagrams at {at:x}, {len:x}"), move |running| {
            let socket = running.bound(0)?;
            let (_, outgoing) = running.streams(socket)?;
            running.must(CHECK_SEND, &[outgoing, RESULT])?;
            running.called(SEND, &[outgoing, at, len, RESULT], 16)
        });
    }
    strikes.compare(&Both::new(world()?)?, &["lookup known.example"])
}

#[test]
fn what_was_dropped() -> Result<()> {
    let mut strikes = Strikes::default();
    for (name, count) in [(NEXT, 2), (DROP_ANSWERS, 1)] {
        strikes.add(format!("{name} again"), move |running| {
            let answers = running.answers(b"known.example")?.context("a trap")?;
            running.must(DROP_ANSWERS, &[answers])?;
            running.called(name, &[answers, RESULT][..count], 8)
        });
    }
    for (name, count) in [(RECEIVE, 3), (DROP_INCOMING, 1)] {
        strikes.add(format!("{name} again"), move |running| {
            let socket = running.bound(0)?;
            let (incoming, _) = running.streams(socket)?;
            running.must(DROP_INCOMING, &[incoming])?;
            running.called(name, &[incoming, 1, RESULT][..count], 8)
        });
    }
    strikes.add("a socket before its streams", |running| {
        let socket = running.bound(0)?;
        running.streams(socket)?;
        running.called(DROP_UDP, &[socket], 0)
    });
    strikes.add("two pairs of streams of one socket", |running| {
        let socket = running.bound(0)?;
        running.streams(socket)?;
        running.called(
            STREAM,
            &[&[socket][..], &[0; 13][..], &[RESULT]].concat(),
            8,
        )
    });
    strikes.compare(&Both::new(world()?)?, &["lookup known.example"])
}
