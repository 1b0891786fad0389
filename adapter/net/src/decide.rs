//! What rules for sockets say to a call. This module must never change a rule, and reads answers
//! only to decide.

use crate::address::Address;
use crate::answers::Answers;
use crate::host::{Host, Name};
use crate::read::{Rules, Sockets};
use crate::rule::{Named, Ports, Protocol};
use crate::table::{List, To};

/// All protocols.
const PROTOCOLS: [Protocol; 2] = [Protocol::Tcp, Protocol::Udp];

/// What comes of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, and never kept"
)]
pub enum Lookup {
    /// The text names no host: the call fails with `invalid-argument`.
    Invalid,
    /// No rule admits the name.
    Refused,
    /// The text is an address, which is the answer; it is not remembered.
    Literal(Address),
    /// The host is asked for this name.
    Name(Name),
}

impl Rules<'_> {
    /// What comes of the lookup of a text.
    pub fn lookup(&self, text: &[u8]) -> Lookup {
        let name = match text.is_ascii() {
            true => match Host::parse(text, false) {
                Ok(Host::Address(address)) => return Lookup::Literal(address),
                Ok(Host::Name(name)) => name,
                Err(_) => return Lookup::Invalid,
            },
            false => match self.written_otherwise(text) {
                Some(name) => name,
                None => return Lookup::Invalid,
            },
        };
        let to = To::from(&name);
        let allowed = PROTOCOLS.map(|protocol| self.sockets(protocol).allowed);
        let is_known = self.resolve.has(&to) || allowed.iter().any(|list| list.has(&to));
        match is_known {
            true => Lookup::Name(name),
            false => Lookup::Refused,
        }
    }

    /// The canonical name of a text with other letters than those of ASCII, where a rule is for it
    /// as the policy writes the name.
    fn written_otherwise(&self, text: &[u8]) -> Option<Name> {
        let text = text.strip_suffix(b".").unwrap_or(text);
        let to = To::Name(text);
        let entries = self.written_otherwise.entries(&to);
        entries.map_while(|entry| entry).find_map(|entry| {
            let above = text.strip_suffix(entry.key)?;
            Name::parse(&[above, entry.rules].concat()).ok()
        })
    }

    /// Whether an answer to the lookup of a name is passed on. It is remembered where the program
    /// may connect to it because of the name; without memory for that, it is not passed on for it.
    pub fn answer(&self, answers: &mut Answers, name: &Name, address: Address) -> bool {
        let to = To::from(name);
        let mut passes = self.resolve.has(&to);
        let embedded = address.embedded();
        for protocol in PROTOCOLS {
            let Sockets {
                allowed, refused, ..
            } = self.sockets(protocol);
            for Named { ports, admits } in allowed.readable(&to) {
                let parts = || [Some(address), embedded].into_iter().flatten();
                if parts().all(|part| admits.admit(name, part)) {
                    if !parts().any(|part| refused.refuse(part, ports)) {
                        passes |= answers.add(name, (protocol, address, ports));
                    }
                } else if parts().all(|part| allowed.allow(part, ports)) {
                    passes = true;
                }
            }
        }
        passes
    }

    /// Whether the program may connect or send to this address and port.
    pub fn connect(
        &self,
        answers: &Answers,
        protocol: Protocol,
        address: Address,
        port: u16,
    ) -> bool {
        let rules = self.sockets(protocol);
        let ports = Ports::one(port);
        let embedded = address.embedded();
        let refused = |address| rules.refused.refuse(address, ports);
        if refused(address) || embedded.is_some_and(refused) {
            return false;
        }
        let has = |address| rules.allowed.allow(address, ports);
        let remembered = |address| answers.has(protocol, address, port);
        let embedded_too = || embedded.is_none_or(|address| has(address) || remembered(address));
        remembered(address) || has(address) && embedded_too()
    }

    /// Whether the program may bind a socket to this address and port to receive what comes from
    /// outside, or, for UDP, to send.
    pub fn bind(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        let sends = protocol == Protocol::Udp && self.sockets(protocol).allowed.has_some();
        sends && port == 0 || self.has_port(protocol, address, port)
    }

    /// Whether the program may receive what comes from outside to a socket that is bound to this
    /// address and port. A rule for port 0 is one for each port that the host picks. The program
    /// has no other without a rule: see [`Rules::bind`].
    pub fn listens(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        self.has_port(protocol, address, port) || self.has_port(protocol, address, 0)
    }

    /// Whether a rule lets the program listen on this address and port.
    fn has_port(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        let listen = self.sockets(protocol).listen;
        listen.allow(address, Ports::one(port))
    }
}

impl List<'_> {
    /// Whether a rule allows the address on one of these ports.
    fn allow(self, address: Address, ports: Ports) -> bool {
        let to = To::from(address);
        let mut rules = self.readable::<Ports>(&to);
        rules.any(|rule| rule.meet(ports))
    }

    /// Whether a rule refuses the address on all these ports.
    fn refuse(self, address: Address, ports: Ports) -> bool {
        let to = To::from(address);
        let mut rules = self.all::<Ports>(&to);
        rules.any(|rule| rule.is_none_or(|rule| rule.cover(ports)))
    }
}
