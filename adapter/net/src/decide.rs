//! What rules for sockets say to a call. This module must never change a rule, and reads answers
//! only to decide.

use crate::address::Address;
use crate::answers::Answers;
use crate::host::{Host, Name};
use crate::read::Rules;
use crate::rule::{Protocol, Target};

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
        let mut rules = self.sockets.sockets().chain(self.resolve.sockets());
        let is_known = rules.any(|rule| match rule.target {
            Target::Names(pattern, _) => pattern.has(&name),
            Target::Block(_) | Target::Local => false,
        });
        match is_known {
            true => Lookup::Name(name),
            false => Lookup::Refused,
        }
    }

    /// The canonical name of a text with other letters than those of ASCII.
    fn written_otherwise(&self, text: &[u8]) -> Option<Name> {
        let mut rules = self.sockets.sockets().chain(self.resolve.sockets());
        rules.find_map(|rule| match rule.target {
            Target::Names(pattern, _) => pattern.canonical(text),
            Target::Block(_) | Target::Local => None,
        })
    }

    /// Whether an answer to the lookup of a name is passed on. It is remembered where the program
    /// may connect to it because of the name; without memory for that, it is not passed on for it.
    pub fn answer(&self, answers: &mut Answers, name: &Name, address: Address) -> bool {
        let mut resolve = self.resolve.sockets();
        let mut passes = resolve.any(|rule| match rule.target {
            Target::Names(pattern, _) => pattern.has(name),
            Target::Block(_) | Target::Local => false,
        });
        for rule in self.sockets.sockets() {
            let Target::Names(pattern, admits) = rule.target else {
                continue;
            };
            if !pattern.has(name) {
                continue;
            }
            let by_addresses = |address: Address| {
                self.sockets.sockets().any(|other| {
                    other.has_address(rule.protocol, address) && other.ports.meet(rule.ports)
                })
            };
            let embedded = address.embedded();
            let parts = [Some(address), embedded];
            let mut parts = parts.into_iter().flatten();
            if parts.all(|part| admits.admit(name, part)) {
                let parts = [Some(address), embedded];
                let mut parts = parts.into_iter().flatten();
                if !parts.any(|part| self.refuses_all(rule.protocol, part, rule.ports)) {
                    passes |= answers.add(name, (rule.protocol, address, rule.ports));
                }
            } else if by_addresses(address) && embedded.is_none_or(by_addresses) {
                passes = true;
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
        let embedded = address.embedded();
        let refused = |address| self.refuses(protocol, address, port);
        if refused(address) || embedded.is_some_and(refused) {
            return false;
        }
        let has = |address| {
            let mut rules = self.sockets.sockets();
            rules.any(|rule| rule.has(protocol, address, port))
        };
        let remembered = |address| answers.has(protocol, address, port);
        let embedded_too = || embedded.is_none_or(|address| has(address) || remembered(address));
        remembered(address) || has(address) && embedded_too()
    }

    /// Whether the program may bind a socket to this address and port to receive what comes from
    /// outside, or, for UDP, to send.
    pub fn bind(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        if port == 0 && protocol == Protocol::Udp {
            let mut rules = self.sockets.sockets();
            if rules.any(|rule| rule.protocol == Protocol::Udp) {
                return true;
            }
        }
        self.listens(protocol, address, port)
    }

    /// Whether the program may receive what comes from outside to a socket that is bound to this
    /// address and port.
    pub fn listens(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        let mut rules = self.listen.sockets();
        rules.any(|rule| rule.has(protocol, address, port))
    }

    /// Whether a rule refuses the address on this port.
    fn refuses(&self, protocol: Protocol, address: Address, port: u16) -> bool {
        let mut rules = self.refused.sockets();
        !self.refused.is_whole(false) || rules.any(|rule| rule.has(protocol, address, port))
    }

    /// Whether a rule refuses the address on all these ports.
    fn refuses_all(&self, protocol: Protocol, address: Address, ports: crate::Ports) -> bool {
        let mut rules = self.refused.sockets();
        rules.any(|rule| rule.has_address(protocol, address) && rule.ports.cover(ports))
    }
}
