//! Calls of WASI 0.3 that the adapter makes for the guest: lookups and `receive`, lowered without
//! `async`, so that the guest blocks in them; and values that no guest can pass.

use super::p3::CREATE_UDP;
use super::strikes::{FORGED, Strikes};
use super::{Both, Running, policy_with};
use anyhow::{Result, ensure};
use std::net::SocketAddr;
use wasi_virt_tests::hostile_guest::guest::{END, RESULT, TEXT};
use wasi_virt_tests::hostile_guest::world::p3::network as world;
use wasi_virt_tests::servers::Servers;

const RESOLVE: &str = "wasi:sockets/ip-name-lookup#resolve-addresses";
const ASYNC_RESOLVE: &str = "wasi:sockets/ip-name-lookup#[async-lower]resolve-addresses";
const BIND: &str = "wasi:sockets/types#[method]udp-socket.bind";
const RECEIVE: &str = "wasi:sockets/types#[method]udp-socket.receive";
const ASYNC_RECEIVE: &str = "wasi:sockets/types#[async-lower][method]udp-socket.receive";

/// Any port of this machine.
const HERE: [u64; 12] = [0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0];

impl Running {
    /// The first bytes of what a name resolves to: whether that is an error, the list, and what it
    /// has.
    fn resolved(&mut self, name: &str) -> Result<(Option<Vec<u8>>, Vec<u8>)> {
        self.guest.put(TEXT, name.as_bytes());
        let found = self.called(RESOLVE, &[TEXT, name.len() as u64, RESULT], 5)?;
        let (list, count) = (
            self.guest.read_32(RESULT + 4),
            self.guest.read_32(RESULT + 8),
        );
        let is_list = found.as_ref().is_some_and(|found| found[0] == 0);
        let has = match is_list {
            true => self.guest.read(list, count * 18),
            false => Vec::new(),
        };
        Ok((found, has))
    }

    /// Sends a text to a server that answers, from a socket that is bound: what comes first, and
    /// the port from which it comes.
    fn exchanged(&mut self, server: SocketAddr, text: &str) -> Result<(Vec<u8>, u64)> {
        let socket = self.created(CREATE_UDP, 0)?;
        self.guest
            .must(BIND, &[&[socket][..], &HERE[..], &[RESULT]].concat())?;
        ensure!(self.guest.read(RESULT, 1) == [0], "not bound");
        self.guest.put(TEXT, text.as_bytes());
        let mut to = HERE;
        to[1] = server.port().into();
        let sent = self.send_from(socket, text.len() as u64, &to)?;
        ensure!(sent.result[0] == 0, "not sent");
        self.guest.must(RECEIVE, &[socket, RESULT])?;
        ensure!(self.guest.read(RESULT, 1) == [0], "nothing came");
        let (data, len) = (
            self.guest.read_32(RESULT + 4),
            self.guest.read_32(RESULT + 8),
        );
        let port = self.guest.read_32(RESULT + 16) & 0xffff;
        Ok((self.guest.read(data, len), port))
    }
}

#[test]
fn a_guest_blocks_in_a_lookup() -> Result<()> {
    let [mut bare, mut ruled] = Both::new(world()?)?.both()?;
    let (found, has) = bare.resolved("known.example")?;
    ensure!(found.is_some_and(|found| found[0] == 0) && has.len() == 36);
    let (found, has) = ruled.resolved("KNOWN.example.")?;
    ensure!(found.is_some_and(|found| found[0] == 0), "an error");
    // The other answer is one that no name may have.
    let is_first = has[0] == 0 && has[2..6] == [93, 184, 216, 34];
    ensure!(is_first && has.len() == 18, "{has:x?}");
    ensure!(ruled.asked() == ["lookup known.example"]);
    for (name, code) in [("other.example", 0), ("a..b", 1), ("0x7f.1", 1)] {
        let (found, _) = ruled.resolved(name)?;
        ensure!(found == Some(vec![1, 0, 0, 0, code]), "{name}: {found:x?}");
    }
    ensure!(ruled.asked().is_empty());
    Ok(())
}

#[test]
fn a_guest_blocks_until_an_admitted_datagram_comes() -> Result<()> {
    let rule = |servers: &Servers| format!("udp://{}", servers.udp);
    let both = Both::under(world()?, |servers| policy_with(Some(rule(servers))))?;
    let server = both.servers.udp;
    let [mut bare, mut ruled] = both.both()?;
    // The server answers from another port first.
    let (came, port) = bare.exchanged(server, "elsewhere")?;
    ensure!(came == b"elsewhere" && port != u64::from(server.port()));
    for text in ["elsewhere", "hello"] {
        let (came, port) = ruled.exchanged(server, text)?;
        ensure!(came == text.as_bytes(), "{came:x?}");
        ensure!(port == u64::from(server.port()), "from port {port}");
    }
    Ok(())
}

#[test]
fn what_no_guest_can_pass() -> Result<()> {
    let mut strikes = Strikes::default();
    for name in [RECEIVE, ASYNC_RECEIVE] {
        for handle in FORGED {
            strikes.add(format!("handle {handle:#x} of {name}"), move |running| {
                running.called(name, &[handle, RESULT], 8)
            });
        }
    }
    for name in [RESOLVE, ASYNC_RESOLVE] {
        for (start, len) in [(END, 1), (END - 4, 5), (0, 0xffff_ffff), (0xffff_ffff, 1)] {
            strikes.add(
                format!("text of {len} bytes at {start} of {name}"),
                move |running| running.called(name, &[start, len, RESULT], 8),
            );
        }
        strikes.add(format!("no UTF-8 of {name}"), move |running| {
            running.guest.put(TEXT, b"a\xff.example");
            running.called(name, &[TEXT, 10, RESULT], 8)
        });
    }
    for at in [END, END - 4, 0xffff_fffc, RESULT + 2] {
        strikes.add(format!("a result at {at}"), move |running| {
            running.guest.put(TEXT, b"known.example");
            running.called(RESOLVE, &[TEXT, 13, at], 8)
        });
    }
    strikes.compare(&Both::new(world()?)?, &["lookup known.example"])
}
