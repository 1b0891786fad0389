//! Rules as they are stored. This module must never panic, whatever the bytes: what cannot be read
//! admits nothing, and a list of refusals in which a host's rules cannot be read refuses the host.

use crate::address::{Address, Block};
use crate::http::rule::{Allowed, Headers, Schemes};
use crate::rule::{Admits, Blocks, Named, Ports, Protocol};
use crate::table::List;

/// All rules of a policy.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'r> {
    tcp: Sockets<'r>,
    udp: Sockets<'r>,
    /// Names that may be looked up, besides those of sockets.
    pub(crate) resolve: List<'r>,
    /// The canonical names of those that a policy has in other letters than those of ASCII.
    pub(crate) written_otherwise: List<'r>,
    pub(crate) http: List<'r>,
    pub(crate) http_refused: List<'r>,
}

/// The rules for sockets of a protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sockets<'r> {
    pub(crate) allowed: List<'r>,
    pub(crate) refused: List<'r>,
    pub(crate) listen: List<'r>,
}

impl<'r> Rules<'r> {
    /// The rules in these bytes.
    pub fn new(bytes: &'r [u8]) -> Self {
        let mut reader = Reader(bytes);
        let mut list = || List(reader.list());
        let mut sockets = || Sockets {
            allowed: list(),
            refused: list(),
            listen: list(),
        };
        Rules {
            tcp: sockets(),
            udp: sockets(),
            resolve: list(),
            written_otherwise: list(),
            http: list(),
            http_refused: list(),
        }
    }

    /// Those for sockets of a protocol.
    pub(crate) const fn sockets(&self, protocol: Protocol) -> &Sockets<'r> {
        match protocol {
            Protocol::Tcp => &self.tcp,
            Protocol::Udp => &self.udp,
        }
    }
}

/// Numbers that stand for what a rule is of.
pub(crate) mod tag {
    pub(crate) const EXACT: u8 = 0;
    pub(crate) const BELOW: u8 = 1;
    pub(crate) const ANY: u8 = 2;
    pub(crate) const V4: u8 = 3;
    pub(crate) const V6: u8 = 4;

    pub(crate) const PUBLIC: u8 = 0;
    pub(crate) const PRIVATE: u8 = 1;
    pub(crate) const BOTH: u8 = 2;
    pub(crate) const BLOCKS: u8 = 3;

    pub(crate) const HTTP: u8 = 1;
    pub(crate) const HTTPS: u8 = 2;

    pub(crate) const DEFAULT: u8 = 0;
    pub(crate) const RANGE: u8 = 1;
}

/// What is left to be read.
pub(crate) struct Reader<'r>(pub(crate) &'r [u8]);

/// What is stored of a rule besides its key. It takes at least a byte.
pub(crate) trait Stored<'r>: Sized {
    /// The next one.
    fn read(reader: &mut Reader<'r>) -> Option<Self>;
}

impl<'r> Reader<'r> {
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'r [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn long(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A list with its length in four bytes.
    pub(crate) fn list(&mut self) -> Option<&'r [u8]> {
        let len = self.long()?;
        self.bytes(usize::try_from(len).ok()?)
    }

    /// A text with its length in two bytes.
    pub(crate) fn text(&mut self) -> Option<&'r str> {
        let len = self.short()?;
        core::str::from_utf8(self.bytes(len.into())?).ok()
    }

    pub(crate) fn block(&mut self) -> Option<Block> {
        let (tag, bits) = (self.byte()?, self.byte()?);
        let first = match tag {
            tag::V4 => Address::V4(self.long()?),
            tag::V6 => Address::V6(self.array().map(u128::from_le_bytes)?),
            _ => return None,
        };
        Block::new(first, bits)
    }
}

impl<'r> Stored<'r> for Ports {
    fn read(reader: &mut Reader<'r>) -> Option<Self> {
        let (first, last) = (reader.short()?, reader.short()?);
        Some(Ports { first, last })
    }
}

impl<'r> Stored<'r> for Named<'r> {
    fn read(reader: &mut Reader<'r>) -> Option<Self> {
        Some(Named {
            ports: Ports::read(reader)?,
            admits: match reader.byte()? {
                tag::PUBLIC => Admits::Public,
                tag::PRIVATE => Admits::Private,
                tag::BOTH => Admits::Any,
                tag::BLOCKS => Admits::Blocks(Blocks(reader.list()?)),
                _ => return None,
            },
        })
    }
}

impl<'r> Stored<'r> for Allowed<'r> {
    fn read(reader: &mut Reader<'r>) -> Option<Self> {
        let len = reader.short()?;
        let methods = reader.bytes(len.into())?;
        let schemes = reader.byte()?;
        Some(Allowed {
            methods,
            schemes: Schemes {
                http: schemes & tag::HTTP != 0,
                https: schemes & tag::HTTPS != 0,
            },
            ports: match reader.byte()? {
                tag::DEFAULT => None,
                tag::RANGE => Some(Ports::read(reader)?),
                _ => return None,
            },
            path: reader.text()?,
            headers: Headers(reader.list()?),
        })
    }
}
