//! The parts of a rule, and what each of them admits. This module must never look at more than one
//! rule.

use crate::address::{Address, Class};
use crate::host::Name;
use crate::read::Reader;

/// What carries a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Ports from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The lowest.
    pub first: u16,
    /// The highest.
    pub last: u16,
}

impl Ports {
    /// All ports, 0 among them.
    pub const ALL: Ports = Ports {
        first: 0,
        last: u16::MAX,
    };

    /// One port.
    pub const fn one(port: u16) -> Ports {
        Ports {
            first: port,
            last: port,
        }
    }

    /// Whether the port is among them.
    pub const fn has(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }

    /// Whether some port is among both.
    pub const fn meet(self, other: Ports) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Whether all ports of the other are among them.
    pub const fn cover(self, other: Ports) -> bool {
        self.first <= other.first && other.last <= self.last
    }
}

/// Which answers to a lookup of its name a rule lets through, besides those that a rule of
/// addresses admits on the same port. No name admits [`Class::Never`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admits<'r> {
    /// [`Class::Public`].
    Public,
    /// [`Class::Private`].
    Private,
    /// Both.
    Any,
    /// Those of both that lie in these blocks.
    Blocks(Blocks<'r>),
}

/// Blocks as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks<'r>(pub(crate) &'r [u8]);

impl Blocks<'_> {
    /// Whether one of them holds the address.
    pub(crate) fn have(self, address: Address) -> bool {
        let mut reader = Reader(self.0);
        while let Some(block) = reader.block() {
            if block.has(address) {
                return true;
            }
        }
        false
    }
}

impl Admits<'_> {
    /// Whether an answer for a name is let through, without a look at what is embedded in it.
    pub(crate) fn admit(&self, name: &Name, address: Address) -> bool {
        let class = address.class();
        if name.is_localhost() {
            return class == Class::Loopback;
        }
        match (self, class) {
            (_, Class::Never | Class::Loopback) => false,
            (Admits::Public, class) => class == Class::Public,
            (Admits::Private, class) => class == Class::Private,
            (Admits::Any, _) => true,
            (Admits::Blocks(blocks), _) => blocks.have(address),
        }
    }
}

/// A rule for sockets by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'r> {
    pub(crate) ports: Ports,
    pub(crate) admits: Admits<'r>,
}
