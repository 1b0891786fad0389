//! The parts of a rule, and what each of them admits. This module must never look at more than one
//! rule.

use crate::address::{Address, Block, Class};
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

/// Names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern<'r> {
    /// One name, in letters of ASCII, and as it is written otherwise; the second is empty where
    /// that is the same.
    Exact(&'r str, &'r str),
    /// The names below it, at any depth: never itself.
    Below(&'r str, &'r str),
    /// Every name with a dot that is not local.
    Any,
}

impl Pattern<'_> {
    /// Whether a name is one of them.
    pub fn has(&self, name: &Name) -> bool {
        match self {
            Pattern::Exact(ascii, _) => name.as_str() == *ascii,
            Pattern::Below(ascii, _) => {
                let above = name.as_str().strip_suffix(ascii);
                above.is_some_and(|above| above.len() > 1 && above.ends_with('.'))
            }
            Pattern::Any => name.is_dotted_and_public(),
        }
    }

    /// The canonical name of a text that has other letters than those of ASCII, where it is one of
    /// these names as the policy writes it.
    pub fn canonical(&self, text: &[u8]) -> Option<Name> {
        let text = text.strip_suffix(b".").unwrap_or(text);
        match self {
            Pattern::Exact(ascii, unicode) => {
                let is_it = !unicode.is_empty() && text == unicode.as_bytes();
                is_it.then(|| Name::parse(ascii.as_bytes()).ok()).flatten()
            }
            Pattern::Below(ascii, unicode) if !unicode.is_empty() => {
                let above = text.strip_suffix(unicode.as_bytes())?;
                if above.len() < 2 || !above.ends_with(b".") {
                    return None;
                }
                let mut joined = alloc::vec::Vec::from(above);
                joined.extend_from_slice(ascii.as_bytes());
                Name::parse(&joined).ok()
            }
            Pattern::Below(..) | Pattern::Any => None,
        }
    }
}

/// Which answers to a lookup of its name a rule lets through, besides those that a rule of
/// addresses admits on the same port. No name admits [`Class::Never`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admits<'r> {
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
pub struct Blocks<'r>(pub(crate) &'r [u8]);

impl Blocks<'_> {
    /// Whether one of them holds the address.
    pub fn have(self, address: Address) -> bool {
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
    pub fn admit(&self, name: &Name, address: Address) -> bool {
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

/// What a rule for sockets admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'r> {
    /// Names, and which answers to their lookups.
    Names(Pattern<'r>, Admits<'r>),
    /// Addresses.
    Block(Block),
    /// For listening: every address of this machine.
    Local,
}

/// A rule for sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket<'r> {
    /// For which protocol it holds.
    pub protocol: Protocol,
    /// To whom.
    pub target: Target<'r>,
    /// On which ports.
    pub ports: Ports,
}

impl Socket<'_> {
    /// Whether it is a rule of addresses that admits this one.
    pub(crate) fn has(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        self.has_address(protocol, address) && self.ports.has(port)
    }

    /// The same on some port.
    pub(crate) fn has_address(&self, protocol: Protocol, address: Address) -> bool {
        let has = match self.target {
            Target::Block(block) => block.has(address),
            Target::Local => true,
            Target::Names(..) => false,
        };
        has && self.protocol == protocol
    }
}
