//! The network of the tests' host: names that a case gives, and one machine that every address
//! leads to, this one. It notes all that it is asked for. It must never ask a resolver, and never
//! send anything off this machine.

mod http;
mod p2;
mod p3;

pub use http::Hooks;

use crate::case::Answers;
use crate::host::State;
use crate::servers::Servers;
use anyhow::{Result, anyhow};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use wasmtime::component::Linker;

/// The names of a case, with what they resolve to.
pub type Names = BTreeMap<String, Answers>;

/// A network, and what it was asked for. Clones are of one network.
#[derive(Clone, Default)]
pub struct Network(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    names: Names,
    /// How often each name was looked up.
    lookups: BTreeMap<String, usize>,
    /// The ports of the planted servers, on the loopback.
    ports: Vec<u16>,
    /// The planted server of HTTP.
    http: Option<SocketAddr>,
    asked: Vec<String>,
}

impl Network {
    /// The network of a case.
    pub fn new(names: &Names, servers: &Servers) -> Self {
        let known = Known {
            names: names.clone(),
            ports: [servers.tcp, servers.udp, servers.http]
                .map(|server| server.port())
                .to_vec(),
            http: Some(servers.http),
            ..Known::default()
        };
        Network(Arc::new(Mutex::new(known)))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that it was asked for, in order: lookups, connections, datagrams and requests.
    pub fn asked(&self) -> Vec<String> {
        self.known().asked.clone()
    }

    /// Whether it was asked for more than lookups.
    fn has_traffic(&self) -> bool {
        let known = self.known();
        known
            .asked
            .iter()
            .any(|asked| !asked.starts_with("lookup "))
    }

    /// What a name resolves to, if it is known. Every machine knows itself.
    fn lookup(&self, name: &str) -> Option<Vec<IpAddr>> {
        let mut known = self.known();
        known.asked.push(format!("lookup {name}"));
        let before = known.lookups.entry(name.to_string()).or_default();
        let turn = *before;
        *before += 1;
        match known.names.get(name) {
            Some(Answers::Always(answers)) => Some(answers.clone()),
            // The last answers stay.
            Some(Answers::InTurn(turns)) => turns.get(turn).or(turns.last()).cloned(),
            None if name == "localhost" => Some(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]),
            None => name.parse().ok().map(|address| vec![address]),
        }
    }

    /// Where what goes to an address goes instead. Nothing where no server is planted on the port:
    /// what is not of this machine never leaves it.
    fn way(&self, protocol: &str, to: impl Into<SocketAddr>) -> Option<SocketAddr> {
        let to = to.into();
        let mut known = self.known();
        known.asked.push(format!("{protocol} {to}"));
        let (here, mapped) = match to.ip() {
            IpAddr::V4(_) => (IpAddr::V4(Ipv4Addr::LOCALHOST), None),
            IpAddr::V6(address) => (Ipv6Addr::LOCALHOST.into(), address.to_ipv4_mapped()),
        };
        // Wasmtime itself judges what is mapped.
        if to.ip().is_loopback() || mapped.is_some() {
            return Some(to);
        }
        known
            .ports
            .contains(&to.port())
            .then(|| SocketAddr::new(here, to.port()))
    }

    /// Where a request goes: to the loopback as it says, and else to the planted server.
    fn request(&self, authority: &str, shown: impl Display) -> Option<SocketAddr> {
        let mut known = self.known();
        known.asked.push(shown.to_string());
        let literal: Option<SocketAddr> = authority.parse().ok();
        let loopback = literal.filter(|address| address.ip().is_loopback());
        loopback.or(known.http)
    }
}

/// Puts the network in the place of wasmtime's own, for programs of WASI 0.2.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    p2::add_to_linker(linker)
        .and_then(|()| p2::add_blocking_to_linker(linker))
        .map_err(|error| anyhow!("{error:?}"))
}

/// The same for programs of both versions of WASI.
pub fn add_to_linker_async(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    p2::add_to_linker(linker)
        .and_then(|()| p2::add_waiting_to_linker(linker))
        .and_then(|()| p3::add_to_linker(linker))
        .map_err(|error| anyhow!("{error:?}"))
}
