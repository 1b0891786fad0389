//! A `realloc` that lies, or calls back, while the adapter gives a guest the datagrams that came.

use super::p2::{CHECK_SEND, LIST, NEXT, RESOLVE, SEND, STREAM, datagram};
use super::requests::{HANDLE, ruled};
use super::strikes::Strikes;
use super::{Both, Running};
use anyhow::{Context, Result, ensure};
use wasi_virt::{Policy, Sockets};
use wasi_virt_tests::hostile_guest::guest::{END, HEAP, RESULT, Realloc, TEXT};
use wasi_virt_tests::hostile_guest::world::ARGUMENTS;
use wasi_virt_tests::hostile_guest::world::p2::network as world;
use wasi_virt_tests::servers::Servers;

const RECEIVE: &str = "wasi:sockets/udp#[method]incoming-datagram-stream.receive";
const SUBSCRIBE: &str = "wasi:sockets/udp#[method]incoming-datagram-stream.subscribe";
const DROP_INCOMING: &str = "wasi:sockets/udp#[resource-drop]incoming-datagram-stream";
const BLOCK: &str = "wasi:io/poll#[method]pollable.block";

/// The bytes of a datagram, and of what says of it where it is and whence it came.
const LEN: u32 = 100;
const RECORD: u32 = 40;

/// The rules, and the planted server of UDP.
fn policy(servers: &Servers) -> Policy {
    ruled().with(|changed| {
        if let Sockets::Rules(rules) = &mut changed.sockets {
            let server = format!("udp://{}", servers.udp);
            rules.allow.push(server.as_str().into());
        }
    })
}

fn both() -> Result<Both> {
    Both::under(world()?, policy)
}

impl Running {
    /// A stream for which a datagram has come, which the server at this port sent back.
    fn awaited(&mut self, port: u16) -> Result<u64> {
        let socket = self.bound(0)?;
        let (incoming, outgoing) = self.streams(socket)?;
        let mut sent = datagram(&[0, port.into(), 127, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        sent[4..8].copy_from_slice(&LEN.to_le_bytes());
        self.guest.put(LIST + 128, &sent);
        self.must(CHECK_SEND, &[outgoing, RESULT])?;
        let came = self.called(SEND, &[outgoing, LIST + 128, 1, RESULT], 16)?;
        ensure!(came.is_some_and(|came| came[0] == 0), "not sent");
        let pollable = self.must(SUBSCRIBE, &[incoming])?;
        self.must(BLOCK, &[pollable])?;
        self.asked();
        Ok(incoming)
    }

    /// Receives: how many came; nothing for a trap.
    fn receive(&mut self, incoming: u64) -> Result<Option<u64>> {
        let came = self.called(RECEIVE, &[incoming, 4, RESULT], 12)?;
        Ok(came.map(|came| u64::from(came[8])))
    }
}

/// What it gives, by itself or once it has grown the memory.
fn lies() -> Vec<(Realloc, Option<u64>)> {
    let end = END as u32;
    let gives = [
        0,
        1,
        2,
        4,
        RESULT as u32,
        RESULT as u32 + 2,
        TEXT as u32,
        end - LEN,
        end - LEN + 1,
        end - RECORD,
        end - RECORD + 4,
        end - 4,
        end - 1,
        end,
        0x7fff_fffc,
        0xffff_ff9c,
        0xffff_fffc,
        0xffff_ffff,
    ];
    let gives = gives.map(|at| (Realloc::Gives(at), None));
    let grows = [
        (0, HEAP),
        (1, HEAP),
        (1, END),
        (1, END + 0xffff),
        (1, END + 0xffd8),
        (0, END),
        (3, END),
        (4, END),
    ];
    let grows = grows.map(|(pages, at)| (Realloc::Grows(pages), Some(at)));
    let all = gives.into_iter().chain([(Realloc::Traps, None)]);
    all.chain(grows).collect()
}

/// Each lie ends as on the host.
#[test]
fn lies_about_datagrams() -> Result<()> {
    let both = both()?;
    let port = both.servers.udp.port();
    let mut counts = [0, 0];
    for (lie, heap) in lies() {
        let mut came = Vec::new();
        for mut running in both.both()? {
            let incoming = running.awaited(port)?;
            running.guest.realloc(lie);
            if let Some(at) = heap {
                running.guest.heap(at as u32);
            }
            let received = running.receive(incoming);
            came.push(received.with_context(|| format!("{lie:x?}, heap {heap:x?}"))?);
        }
        ensure!(came[0] == came[1], "{lie:x?}, heap {heap:x?}: {came:?}");
        counts[usize::from(came[0].is_none())] += 1;
    }
    ensure!(counts[0] > 5 && counts[1] > 5, "{counts:?}");
    Ok(())
}

/// What a `realloc` is asked for is what the canonical ABI asks for.
#[test]
fn what_is_asked_for() -> Result<()> {
    let both = both()?;
    let port = both.servers.udp.port();
    for mut running in both.both()? {
        let incoming = running.awaited(port)?;
        running.guest.reset();
        ensure!(running.receive(incoming)? == Some(1), "no datagram");
        let list = running.guest.read_32(RESULT + 4);
        let (data, len) = (running.guest.read_32(list), running.guest.read_32(list + 4));
        ensure!(len == u64::from(LEN) && list % 4 == 0, "{len} at {list:x}");
        ensure!(running.guest.read(data, 3) == running.guest.read(TEXT, 3));
        ensure!(running.guest.asked() == 2, "more than a list and its data");
    }
    Ok(())
}

/// While the adapter is at work, none of its functions may be called.
#[test]
fn calls_from_a_realloc() -> Result<()> {
    let both = both()?;
    let port = both.servers.udp.port();
    let mut strikes = Strikes::default();
    for name in [
        RECEIVE,
        SUBSCRIBE,
        DROP_INCOMING,
        STREAM,
        SEND,
        RESOLVE,
        NEXT,
        HANDLE,
    ] {
        strikes.add(name, move |running| {
            let answers = running.answers(b"known.example")?.context("a trap")?;
            let request = running.admitted()?;
            let network = running.network()?;
            let other = running.bound(0)?;
            let incoming = running.awaited(port)?;
            let result = RESULT + 64;
            let called: &[u64] = match name {
                STREAM => &[other, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, result],
                SEND => &[other, LIST, 0, result],
                RESOLVE => &[network, TEXT, 1, result],
                NEXT => &[answers, result],
                HANDLE => &[request, 0, 0, result],
                _ => &[incoming, 1, result],
            };
            let mut arguments = [0; ARGUMENTS];
            arguments[..called.len()].copy_from_slice(called);
            let number = running.guest.number(name);
            running.guest.realloc(Realloc::Calls(number, arguments));
            Ok(running.receive(incoming)?.map(|_| Vec::new()))
        });
    }
    strikes.compare(&both, &[])
}
