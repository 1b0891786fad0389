//! A guest that passes raw values to the functions of `wasi:sockets` and `wasi:http` for which
//! there are rules: bits that no type has, cases that no variant has, handles that it does not
//! have. The host of the tests notes whom it is asked for. Whom it is asked for without rules
//! decides what rules may say, and this test judges that by itself.

mod begun;
mod forged;
mod headers;
mod p2;
mod p3;
mod reallocs;
mod releases;
mod requests;
mod requests_p3;
mod strikes;

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use wasi_virt::{DenyMode, Policy, SocketRules, Sockets};
use wasi_virt_tests::case::Answers;
use wasi_virt_tests::engine;
use wasi_virt_tests::hostile_guest::guest::{Called, Guest, Program, RESULT};
use wasi_virt_tests::hostile_guest::world::World;
use wasi_virt_tests::network::Network;
use wasi_virt_tests::servers::Servers;

/// What may be connected to and looked up.
const ALLOW: [&str; 4] = [
    "10.0.0.0/8:80-81",
    "[2001:db8::/32]:443",
    "udp://192.0.2.53:53",
    "known.example:443",
];
const DENY: [&str; 1] = ["10.0.0.13:*"];

/// Rules, and nothing else that is open.
fn policy() -> Policy {
    policy_with(None)
}

/// The same with one more rule.
fn policy_with(more: Option<String>) -> Policy {
    let mut rules = SocketRules::new();
    rules.allow = ALLOW.map(Into::into).to_vec();
    rules.allow.extend(more.map(|rule| rule.as_str().into()));
    rules.deny = DENY.map(Into::into).to_vec();
    Policy::default().with(|changed| {
        changed.sockets = Sockets::Rules(rules);
        changed.deny_mode = DenyMode::Error;
    })
}

/// The same rules, said once more.
fn is_admitted(protocol: &str, to: SocketAddr) -> bool {
    let first = |address: Ipv6Addr| address.segments()[..2] == [0x2001, 0xdb8];
    match (protocol, to.ip().to_canonical(), to.port()) {
        ("tcp", IpAddr::V4(ip), 80 | 81) => ip.octets()[0] == 10 && ip.octets() != [10, 0, 0, 13],
        ("tcp", IpAddr::V6(ip), 443) => first(ip),
        ("udp", IpAddr::V4(ip), 53) => ip == Ipv4Addr::new(192, 0, 2, 53),
        _ => false,
    }
}

/// The guest on the host, and under rules.
struct Both {
    bare: Program,
    ruled: Program,
    names: BTreeMap<String, Answers>,
    servers: Servers,
}

/// A guest that runs, and whom its host was asked for.
struct Running {
    guest: Guest,
    network: Network,
    /// The release of which its functions are, as it stands in their names.
    release: &'static str,
    seen: usize,
}

impl Both {
    fn new(world: &'static World) -> Result<Self> {
        Self::under(world, |_| policy())
    }

    /// Under a policy that may name the servers.
    fn under(world: &'static World, policy: impl FnOnce(&Servers) -> Policy) -> Result<Self> {
        let servers = Servers::start()?;
        let output = wasi_virt::virtualize(&world.component, &policy(&servers), &[])?;
        let ruled = engine::assemble(&output, &world.component, &[])?;
        let answers = Answers::Always(vec![[93, 184, 216, 34].into(), [169, 254, 169, 254].into()]);
        Ok(Both {
            bare: Program::new(&world.component, world, &[])?,
            ruled: Program::new(&ruled, world, &[])?,
            names: BTreeMap::from([("known.example".to_string(), answers)]),
            servers,
        })
    }

    fn start(&self, program: &Program) -> Result<Running> {
        let network = Network::new(&self.names, &self.servers);
        let mut guest = program.start()?;
        guest.meet(&network);
        Ok(Running {
            guest,
            network,
            release: "",
            seen: 0,
        })
    }

    fn both(&self) -> Result<[Running; 2]> {
        Ok([self.start(&self.bare)?, self.start(&self.ruled)?])
    }
}

impl Running {
    /// Whom the host was asked for since this was last called.
    fn asked(&mut self) -> Vec<String> {
        let asked = self.network.asked().split_off(self.seen);
        self.seen += asked.len();
        asked
    }

    /// The name of a function of its release.
    fn of_release(&self, name: &str) -> String {
        name.replacen('#', &format!("{}#", self.release), 1)
    }

    /// Calls a function that has to return.
    fn must(&mut self, name: &str, arguments: &[u64]) -> Result<u64> {
        let name = self.of_release(name);
        self.guest.must(&name, arguments)
    }

    /// Calls a function whose last argument is the place of its result: what came there, or nothing
    /// for a trap.
    fn called(&mut self, name: &str, arguments: &[u64], len: u64) -> Result<Option<Vec<u8>>> {
        self.guest.put(RESULT, &[0; 64]);
        let name = self.of_release(name);
        let called = self.guest.call(&name, arguments)?;
        called.judge()?;
        Ok(match called {
            Called::Trapped(_) => None,
            Called::Returned(_) => Some(self.guest.read(RESULT, len)),
        })
    }
}

/// A core value of a type of so many bits, at times with bits above those.
fn raw(value: u64, bits: u32) -> u64 {
    match fastrand::u8(..4) {
        0 if bits < 32 => value | u64::from(fastrand::u32(..) << bits),
        _ => value,
    }
}

/// An address in core values: bits above those of its types among them, and anything in the values
/// that its case does not have.
fn address() -> [u64; 12] {
    const PORTS: [u64; 7] = [80, 81, 82, 443, 53, 0, 65535];
    const HOSTS: [[u64; 4]; 8] = [
        [10, 0, 0, 1],
        [10, 255, 255, 255],
        [10, 0, 0, 13],
        [11, 0, 0, 0],
        [192, 0, 2, 53],
        [169, 254, 169, 254],
        [127, 0, 0, 1],
        [0, 0, 0, 0],
    ];
    let port = raw(PORTS[fastrand::usize(..PORTS.len())], 16);
    let host = HOSTS[fastrand::usize(..HOSTS.len())];
    let mut values = [0; 12];
    if fastrand::bool() {
        values[1] = port;
        for (to, octet) in values[2..].iter_mut().zip(host) {
            *to = raw(octet, 8);
        }
        for to in &mut values[6..] {
            *to = fastrand::u32(..).into();
        }
        return values;
    }
    let [high, low] = [host[0] << 8 | host[1], host[2] << 8 | host[3]];
    let segments = match fastrand::u8(..7) {
        0 | 1 => [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1],
        2 => [0x2001, 0xdb9, 0, 0, 0, 0, 0, 1],
        3 => [0, 0, 0, 0, 0, 0xffff, high, low],
        4 => [0x64, 0xff9b, 0, 0, 0, 0, high, low],
        5 => [0x2002, high, low, 0, 0, 0, 0, 0],
        _ => [0, 0, 0, 0, 0, 0, 0, 1],
    };
    values[0] = 1;
    values[1] = port;
    for (to, segment) in values[3..].iter_mut().zip(segments) {
        *to = raw(segment, 16);
    }
    values
}

/// Puts an address where it lies in memory, in which no value has too many bits.
fn store(address: &[u64; 12], to: &mut [u8]) {
    to[0] = address[0] as u8;
    to[4..6].copy_from_slice(&(address[1] as u16).to_le_bytes());
    match address[0] {
        0 => {
            for (to, octet) in to[6..10].iter_mut().zip(&address[2..]) {
                *to = *octet as u8;
            }
        }
        _ => {
            for (to, segment) in to[12..28].chunks_mut(2).zip(&address[3..]) {
                to.copy_from_slice(&(*segment as u16).to_le_bytes());
            }
        }
    }
}

/// The address that a note of the host's is of.
fn noted(note: &str) -> Result<(&str, SocketAddr)> {
    let (protocol, to) = note.split_once(' ').context("a protocol and an address")?;
    Ok((protocol, to.parse()?))
}

/// The notes with addresses as rules compare them.
fn canonical(notes: &[String]) -> Result<Vec<(String, SocketAddr)>> {
    let canonical = |note: &String| {
        let (protocol, to) = noted(note)?;
        let ip = to.ip().to_canonical();
        anyhow::Ok((protocol.to_string(), SocketAddr::new(ip, to.port())))
    };
    notes.iter().map(canonical).collect()
}

/// What became of a call on the host, and under rules.
struct Came {
    result: Vec<u8>,
    asked: Vec<String>,
}

/// How often rules admitted an address, and refused one.
#[derive(Default)]
struct Tally {
    admitted: u64,
    refused: u64,
}

impl Tally {
    /// Judges a call with one address: whoever the host alone is asked for is asked for under rules
    /// if they admit it, with the same result, and nobody is if they do not.
    fn judge(
        &mut self,
        [alone, under]: &[Came; 2],
        is_same: impl Fn(&[u8], &[u8]) -> bool,
        is_denied: impl Fn(&[u8]) -> bool,
    ) -> Result<()> {
        ensure!(
            alone.asked.len() == 1,
            "the host is asked: {:?}",
            alone.asked
        );
        let (protocol, whom) = noted(&alone.asked[0])?;
        if is_admitted(protocol, whom) {
            self.admitted += 1;
            ensure!(
                canonical(&alone.asked)? == canonical(&under.asked)?,
                "asked for {:?}, not for {:?}",
                under.asked,
                alone.asked
            );
            ensure!(
                is_same(&alone.result, &under.result),
                "{:x?}, on the host {:x?}",
                under.result,
                alone.result
            );
        } else {
            self.refused += 1;
            ensure!(under.asked.is_empty(), "asked for {:?}", under.asked);
            ensure!(is_denied(&under.result), "it gave {:x?}", under.result);
        }
        Ok(())
    }

    /// Fails where too little was tried.
    fn is_enough(&self) -> Result<()> {
        let (admitted, refused) = (self.admitted, self.refused);
        ensure!(admitted > 10 && refused > 50, "{admitted}, {refused}");
        Ok(())
    }
}

/// The seeds that are tried, this many unless a variable says otherwise.
fn seeds(count: u64) -> Result<std::ops::Range<u64>> {
    let first = crate::number("WASI_VIRT_SEED", 0)?;
    Ok(first..first + crate::number("WASI_VIRT_SEQUENCES", count)?)
}
