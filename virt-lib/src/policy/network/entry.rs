//! Rules of `sockets.allow` as tables, from and to text: what a rule of text cannot say is which
//! answers a name admits. This module must never know another list.

use super::faults::Faults;
use super::ports::{self, Zero};
use super::socket::{self, Socket, Use};
use super::target::{self, Target};
use super::{AddressKind, Addresses, Port, Protocol, SocketEntry, SocketTarget, address};
use std::fmt;
use wasi_virt_net::write::AdmitsRule;
use wasi_virt_net::{Ports, Protocol as Carrier};

impl SocketTarget {
    /// The host on these ports, over TCP, with public addresses.
    pub fn new(host: impl Into<String>, port: Port) -> Self {
        SocketTarget {
            host: host.into(),
            port,
            protocol: Protocol::default(),
            addresses: Addresses::default(),
        }
    }

    /// Sets [`SocketTarget::protocol`].
    pub fn protocol(self, protocol: Protocol) -> Self {
        SocketTarget { protocol, ..self }
    }

    /// Sets [`SocketTarget::addresses`].
    pub fn addresses(self, addresses: Addresses) -> Self {
        SocketTarget { addresses, ..self }
    }

    /// Reads the rule, and which answers its name admits.
    fn read(&self) -> Result<(Socket, AdmitsRule), String> {
        let mut faults = Faults::default();
        let target = self.target(&mut faults);
        let ports = match &self.port {
            Port::Number(port) => ports::read(&port.to_string(), Zero::Never, &mut faults),
            Port::Text(text) => ports::read(text, Zero::Never, &mut faults),
        };
        let admits = self.admits(target.as_ref(), &mut faults);
        let rule = target
            .zip(ports)
            .zip(admits)
            .map(|((target, ports), admits)| {
                let protocol = (self.protocol == Protocol::Udp).then_some(Carrier::Udp);
                let rule = Socket {
                    protocol,
                    target,
                    ports,
                };
                (rule, admits)
            });
        faults.judged(rule, |(rule, admits)| long(rule, admits))
    }

    fn target(&self, faults: &mut Faults) -> Option<Target> {
        let host = self.host.trim();
        let (rest, scheme) = match host.split_once("://") {
            Some((_, rest)) => (rest, true),
            None => (host, false),
        };
        if scheme {
            faults.mended("`protocol` gives the protocol, and `host` only the host");
        }
        let (host, ports) = target::split(rest, faults);
        if ports.is_some() {
            faults.mended("`port` gives the port, and `host` only the host");
        }
        match target::read(&host, faults)? {
            Target::Nobody => faults.lost("the host is missing"),
            target => Some(target),
        }
    }

    fn admits(&self, target: Option<&Target>, faults: &mut Faults) -> Option<AdmitsRule> {
        if let (Some(Target::Block(_)), true) = (target, self.addresses != Addresses::default()) {
            faults.mended("`addresses` is for the addresses of a name, and the host is none");
            return Some(AdmitsRule::Public);
        }
        Some(match &self.addresses {
            Addresses::Kind(AddressKind::Public) => AdmitsRule::Public,
            Addresses::Kind(AddressKind::Private) => AdmitsRule::Private,
            Addresses::Kind(AddressKind::Any) => AdmitsRule::Any,
            Addresses::Blocks(texts) if texts.is_empty() => {
                return faults.lost("`addresses` is empty, so that the name would have none");
            }
            Addresses::Blocks(texts) => {
                let mut blocks = Vec::new();
                for text in texts {
                    match address::named(text) {
                        Ok(block) => super::add(&mut blocks, block),
                        Err(why) => {
                            return faults.lost(format!("`{}`: {why}", text.escape_debug()));
                        }
                    }
                }
                AdmitsRule::Blocks(blocks)
            }
        })
    }
}

/// The rule as a table.
fn long(rule: &Socket, admits: &AdmitsRule) -> String {
    let addresses = match admits {
        AdmitsRule::Public => Addresses::Kind(AddressKind::Public),
        AdmitsRule::Private => Addresses::Kind(AddressKind::Private),
        AdmitsRule::Any => Addresses::Kind(AddressKind::Any),
        AdmitsRule::Blocks(blocks) => {
            let blocks = blocks.iter().map(|block| address::print(*block));
            Addresses::Blocks(blocks.collect())
        }
    };
    let protocol = match rule.protocol {
        Some(Carrier::Udp) => Protocol::Udp,
        _ => Protocol::Tcp,
    };
    SocketTarget::new(target::print(&rule.target, false), Port::from(rule.ports))
        .protocol(protocol)
        .addresses(addresses)
        .to_string()
}

/// The rule in its canonical spelling: as a table where a text cannot say it.
pub(super) fn print(rule: &Socket, admits: &AdmitsRule, of: Use) -> String {
    match admits {
        AdmitsRule::Public => socket::print(rule, of),
        _ => long(rule, admits),
    }
}

impl SocketEntry {
    /// Reads the rule, and which answers its name admits.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with the spelling that was meant.
    pub(super) fn read(&self) -> Result<(Socket, AdmitsRule), String> {
        match self {
            SocketEntry::Text(text) => {
                let rule = socket::read(text, Use::Connect)?;
                Ok((rule, AdmitsRule::Public))
            }
            SocketEntry::Table(table) => table.read(),
        }
    }
}

impl From<SocketTarget> for SocketEntry {
    fn from(table: SocketTarget) -> Self {
        SocketEntry::Table(table)
    }
}

impl From<Ports> for Port {
    fn from(ports: Ports) -> Self {
        match ports.first == ports.last {
            true => Port::Number(ports.first),
            false => Port::Text(ports::print(ports)),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Number(port) => port.fmt(f),
            Port::Text(text) => text.fmt(f),
        }
    }
}

/// The text, or the table as the command line spells it.
impl fmt::Display for SocketEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SocketEntry::Text(text) => text.fmt(f),
            SocketEntry::Table(table) => table.fmt(f),
        }
    }
}

/// As the command line spells it: `host=db.example,port=5432`.
impl fmt::Display for SocketTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host={},port={}", self.host, self.port)?;
        if self.protocol == Protocol::Udp {
            f.write_str(",protocol=udp")?;
        }
        match &self.addresses {
            Addresses::Kind(AddressKind::Public) => Ok(()),
            Addresses::Kind(AddressKind::Private) => f.write_str(",addresses=private"),
            Addresses::Kind(AddressKind::Any) => f.write_str(",addresses=any"),
            Addresses::Blocks(blocks) => blocks
                .iter()
                .try_for_each(|block| write!(f, ",addresses={block}")),
        }
    }
}
