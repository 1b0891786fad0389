//! The kinds of texts that rules are made of, for whatever reads a policy. This module must never
//! collect rules.

use super::faults::Faults;
use super::socket::{self, Use};
use super::{address, header, ports, request};
use crate::policy::shape::Text;

/// What a text has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grammar {
    /// A rule of `sockets.allow`.
    Connect,
    /// A rule of `sockets.deny`.
    Refuse,
    /// A rule of `sockets.listen`.
    Listen,
    /// A rule of `sockets.resolve`.
    Resolve,
    /// A rule of `http`.
    Request,
    /// Ports.
    Ports,
    /// A block of addresses.
    Block,
    /// The name of a header.
    Header,
    /// What stands before the value of a header.
    Prefix,
}

impl Grammar {
    /// What is wrong with a text, with the spelling that was meant.
    pub fn problem(self, text: &str) -> Option<String> {
        match self {
            Grammar::Connect => socket::read(text, Use::Connect).err(),
            Grammar::Refuse => socket::read(text, Use::Refuse).err(),
            Grammar::Listen => socket::read(text, Use::Listen).err(),
            Grammar::Resolve => socket::read(text, Use::Resolve).err(),
            Grammar::Request => request::read(text).err(),
            Grammar::Ports => {
                let mut faults = Faults::default();
                let read = ports::read(text, ports::Zero::Never, &mut faults);
                faults.judged(read, |ports| ports::print(*ports)).err()
            }
            Grammar::Block => address::named(text).err(),
            Grammar::Header => header::name(text).err(),
            Grammar::Prefix => header::prefix(text).err(),
        }
    }

    /// A text that is one.
    pub const fn example(self) -> &'static str {
        match self {
            Grammar::Connect => "api.example.com:443",
            Grammar::Refuse => "10.0.0.13:*",
            Grammar::Listen => "127.0.0.1:8080",
            Grammar::Resolve => "*.example.com",
            Grammar::Request => "https://api.example.com/v1",
            Grammar::Ports => "8000-8099",
            Grammar::Block => "10.1.0.0/16",
            Grammar::Header => "authorization",
            Grammar::Prefix => "Bearer ",
        }
    }

    /// The texts that it allows at most, as a regular expression of JSON Schema.
    pub const fn pattern(self) -> &'static str {
        match self {
            Grammar::Header => "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$",
            Grammar::Prefix => "^[ -~]+$",
            _ => Text::Filled.pattern(),
        }
    }

    /// Whether commas separate such texts on the command line; otherwise they stand in one.
    pub const fn is_listed(self) -> bool {
        !matches!(self, Grammar::Request | Grammar::Prefix)
    }
}
