//! Addresses, datagrams and names of a guest of WASI 0.2.

use super::{Both, Came, Running, Tally, address, canonical, is_admitted, seeds};
use anyhow::{Context, Result, ensure};
use std::net::SocketAddr;
use wasi_virt_tests::hostile_guest::guest::{RESULT, TEXT};
use wasi_virt_tests::hostile_guest::world::p2::world;

const NETWORK: &str = "wasi:sockets/instance-network#instance-network";
pub const CREATE_TCP: &str = "wasi:sockets/tcp-create-socket#create-tcp-socket";
pub const CONNECT: &str = "wasi:sockets/tcp#[method]tcp-socket.start-connect";
pub const CREATE_UDP: &str = "wasi:sockets/udp-create-socket#create-udp-socket";
const UDP_BIND: &str = "wasi:sockets/udp#[method]udp-socket.start-bind";
const UDP_BOUND: &str = "wasi:sockets/udp#[method]udp-socket.finish-bind";
pub const STREAM: &str = "wasi:sockets/udp#[method]udp-socket.stream";
pub const CHECK_SEND: &str = "wasi:sockets/udp#[method]outgoing-datagram-stream.check-send";
pub const SEND: &str = "wasi:sockets/udp#[method]outgoing-datagram-stream.send";
pub const RESOLVE: &str = "wasi:sockets/ip-name-lookup#resolve-addresses";
pub const NEXT: &str =
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address";
const SUBSCRIBE: &str = "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.subscribe";
const BLOCK: &str = "wasi:io/poll#[method]pollable.block";
const DROP_POLLABLE: &str = "wasi:io/poll#[resource-drop]pollable";

/// The codes `access-denied` and `would-block`, as they lie in memory.
const DENIED: u8 = 1;
const WOULD_BLOCK: u8 = 8;

/// Where lists are put.
pub const LIST: u64 = TEXT + 16;

impl Running {
    /// The network, of which there is one.
    pub fn network(&mut self) -> Result<u64> {
        self.must(NETWORK, &[])
    }

    /// A socket.
    pub fn made(&mut self, create: &str, family: u64) -> Result<u64> {
        self.must(create, &[family, RESULT])?;
        ensure!(self.guest.read(RESULT, 1) == [0], "no socket");
        Ok(self.guest.read_32(RESULT + 4))
    }

    /// A socket of UDP that is bound to any port.
    pub fn bound(&mut self, family: u64) -> Result<u64> {
        let (socket, network) = (self.made(CREATE_UDP, family)?, self.network()?);
        let any = [&[socket, network, family][..], &[0; 11][..], &[RESULT]].concat();
        self.must(UDP_BIND, &any)?;
        ensure!(self.guest.read(RESULT, 1) == [0], "not bound");
        self.must(UDP_BOUND, &[socket, RESULT])?;
        Ok(socket)
    }

    /// The streams of a socket of UDP that is bound: what comes in, and what goes out.
    pub fn streams(&mut self, socket: u64) -> Result<(u64, u64)> {
        let none = [&[socket][..], &[0; 13][..], &[RESULT]].concat();
        self.must(STREAM, &none)?;
        ensure!(self.guest.read(RESULT, 1) == [0], "no streams");
        Ok((
            self.guest.read_32(RESULT + 4),
            self.guest.read_32(RESULT + 8),
        ))
    }

    /// The answers to a lookup of a name that is admitted; nothing after a trap.
    pub fn answers(&mut self, name: &[u8]) -> Result<Option<u64>> {
        let network = self.network()?;
        self.guest.put(TEXT, name);
        let arguments = [network, TEXT, name.len() as u64, RESULT];
        let Some(came) = self.called(RESOLVE, &arguments, 8)? else {
            return Ok(None);
        };
        ensure!(came[0] == 0, "no answers: {came:?}");
        Ok(Some(self.guest.read_32(RESULT + 4)))
    }
}

#[test]
fn addresses_with_bits_that_no_type_has() -> Result<()> {
    let mut both = Both::new(world()?)?.both()?;
    let mut tally = Tally::default();
    for seed in seeds(2_000)? {
        fastrand::seed(seed);
        let to = address();
        let name = if seed % 2 == 0 { CONNECT } else { STREAM };
        let connect = |running: &mut Running| {
            let handles = match name {
                CONNECT => [running.made(CREATE_TCP, to[0])?, running.network()?],
                // The second is the case of the option.
                _ => [running.bound(to[0])?, 1],
            };
            let arguments = [&handles[..], &to[..], &[RESULT]].concat();
            let result = running.called(name, &arguments, 8)?;
            anyhow::Ok(Came {
                result: result.context("a trap for values that the types mask")?,
                asked: running.asked(),
            })
        };
        let [bare, ruled] = &mut both;
        let came = [connect(bare)?, connect(ruled)?];
        // Behind what says whether it is one, a code stands where handles would.
        let at = if name == STREAM { 4 } else { 1 };
        let is_same = |one: &[u8], other: &[u8]| match one[0] {
            0 => other[0] == 0,
            _ => one[..=at] == other[..=at],
        };
        let is_denied = |result: &[u8]| result[0] == 1 && result[at] == DENIED;
        tally
            .judge(&came, is_same, is_denied)
            .with_context(|| format!("seed {seed}, {name}({to:x?})"))?;
    }
    tally.is_enough()
}

/// The entry of a datagram of three bytes, with this address in memory.
pub fn datagram(address: &[u64; 12]) -> [u8; 44] {
    let mut bytes = [0; 44];
    bytes[..4].copy_from_slice(&(TEXT as u32).to_le_bytes());
    bytes[4..8].copy_from_slice(&3_u32.to_le_bytes());
    bytes[8] = 1;
    super::store(address, &mut bytes[12..]);
    bytes
}

/// Of many datagrams in one call those are sent that come before the first that is refused.
#[test]
fn datagrams_behind_each_other() -> Result<()> {
    let mut both = Both::new(world()?)?.both()?;
    let mut streams = Vec::new();
    for running in &mut both {
        let socket = running.bound(0)?;
        streams.push(running.streams(socket)?);
    }
    let mut counts = [0; 4];
    for seed in seeds(1_000)? {
        fastrand::seed(seed);
        let to: Vec<[u64; 12]> = (0..fastrand::usize(1..4)).map(|_| address()).collect();
        let list: Vec<u8> = to.iter().flat_map(datagram).collect();
        let mut came = Vec::new();
        for (running, (_, outgoing)) in both.iter_mut().zip(&streams) {
            running.must(CHECK_SEND, &[*outgoing, RESULT])?;
            running.guest.put(LIST, &list);
            let arguments = [*outgoing, LIST, to.len() as u64, RESULT];
            let result = running.called(SEND, &arguments, 16)?;
            let result = result.context("a trap for a list of datagrams")?;
            came.push((result, running.asked()));
        }
        let context = || format!("seed {seed}, {to:x?}: {came:x?}");
        let (alone, (ours, under)) = (canonical(&came[0].1)?, &came[1]);
        ensure!(alone.len() == to.len(), context());
        let is_admitted = |(protocol, to): &&(String, SocketAddr)| is_admitted(protocol, *to);
        let prefix: Vec<_> = alone.iter().take_while(is_admitted).cloned().collect();
        ensure!(canonical(under)? == prefix, context());
        match prefix.len() {
            0 => ensure!(ours[0] == 1 && ours[8] == DENIED, context()),
            count => ensure!(ours[0] == 0 && usize::from(ours[8]) == count, context()),
        }
        counts[prefix.len()] += 1;
    }
    ensure!(counts[0] > 50 && counts[1] > 5, "{counts:?}");
    Ok(())
}

/// Names are looked up in one spelling, and an answer that no rule admits is not given away.
#[test]
fn answers_that_are_withheld() -> Result<()> {
    let [_, mut ruled] = Both::new(world()?)?.both()?;
    let answers = ruled.answers(b"KNOWN.example.")?.context("a trap")?;
    ensure!(
        ruled.asked() == ["lookup known.example"],
        "another spelling"
    );
    let mut found = Vec::new();
    loop {
        let came = ruled.called(NEXT, &[answers, RESULT], 22)?;
        let came = came.context("a trap for an honest call")?;
        match (came[0], came[2]) {
            (0, 1) => found.push([came[6], came[7], came[8], came[9]]),
            (0, 0) => break,
            (_, code) => ensure!(code == WOULD_BLOCK, "code {code}: {came:?}"),
        }
        let pollable = ruled.must(SUBSCRIBE, &[answers])?;
        ruled.must(BLOCK, &[pollable])?;
        ruled.must(DROP_POLLABLE, &[pollable])?;
    }
    ensure!(found == [[93, 184, 216, 34]], "{found:?}");
    Ok(())
}
