//! Rules as they are stored: a length and the rules of each list, one behind the other. This module
//! must never panic, whatever the bytes: what cannot be read admits nothing, and a list of refusals
//! that cannot be read to its end refuses everything.

use crate::address::{Address, Block};
use crate::http::rule::{Allowed, Headers, Schemes};
use crate::rule::{Admits, Blocks, Pattern, Ports, Protocol, Socket, Target};

/// All rules of a policy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'r> {
    pub(crate) sockets: List<'r>,
    pub(crate) refused: List<'r>,
    pub(crate) listen: List<'r>,
    pub(crate) resolve: List<'r>,
    pub(crate) http: List<'r>,
    pub(crate) http_refused: List<'r>,
}

impl<'r> Rules<'r> {
    /// The rules in these bytes.
    pub fn new(bytes: &'r [u8]) -> Self {
        let mut reader = Reader(bytes);
        let mut list = || List(reader.list());
        Rules {
            sockets: list(),
            refused: list(),
            listen: list(),
            resolve: list(),
            http: list(),
            http_refused: list(),
        }
    }
}

/// One list of rules; none where its bytes are not there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct List<'r>(Option<&'r [u8]>);

impl<'r> List<'r> {
    /// The rules for sockets.
    pub(crate) fn sockets(self) -> impl Iterator<Item = Socket<'r>> {
        let mut reader = Reader(self.0.unwrap_or_default());
        core::iter::from_fn(move || reader.socket())
    }

    /// The rules for requests.
    pub(crate) fn requests(self) -> impl Iterator<Item = Allowed<'r>> {
        let mut reader = Reader(self.0.unwrap_or_default());
        core::iter::from_fn(move || reader.request())
    }

    /// Whether it can be read to its end.
    pub(crate) fn is_whole(self, is_http: bool) -> bool {
        let Some(bytes) = self.0 else {
            return false;
        };
        let mut reader = Reader(bytes);
        while match is_http {
            true => reader.request().is_some(),
            false => reader.socket().is_some(),
        } {}
        reader.0.is_empty()
    }
}

/// Numbers that stand for what a rule is of.
pub(crate) mod tag {
    pub(crate) const EXACT: u8 = 0;
    pub(crate) const BELOW: u8 = 1;
    pub(crate) const ANY: u8 = 2;
    pub(crate) const V4: u8 = 3;
    pub(crate) const V6: u8 = 4;
    pub(crate) const LOCAL: u8 = 5;

    pub(crate) const TCP: u8 = 0;
    pub(crate) const UDP: u8 = 1;

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

impl<'r> Reader<'r> {
    fn bytes(&mut self, count: usize) -> Option<&'r [u8]> {
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

    fn short(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// A list with its length in four bytes.
    fn list(&mut self) -> Option<&'r [u8]> {
        let len = self.array().map(u32::from_le_bytes)?;
        self.bytes(usize::try_from(len).ok()?)
    }

    /// A text with its length in two bytes.
    pub(crate) fn text(&mut self) -> Option<&'r str> {
        let len = self.short()?;
        core::str::from_utf8(self.bytes(len.into())?).ok()
    }

    fn ports(&mut self) -> Option<Ports> {
        let (first, last) = (self.short()?, self.short()?);
        Some(Ports { first, last })
    }

    /// The block whose first byte was read.
    fn block_of(&mut self, tag: u8) -> Option<Block> {
        let bits = self.byte()?;
        let first = match tag {
            tag::V4 => Address::V4(self.array().map(u32::from_le_bytes)?),
            tag::V6 => Address::V6(self.array().map(u128::from_le_bytes)?),
            _ => return None,
        };
        Block::new(first, bits)
    }

    pub(crate) fn block(&mut self) -> Option<Block> {
        let tag = self.byte()?;
        self.block_of(tag)
    }

    /// The pattern whose first byte was read.
    fn pattern(&mut self, tag: u8) -> Option<Pattern<'r>> {
        Some(match tag {
            tag::EXACT => Pattern::Exact(self.text()?, self.text()?),
            tag::BELOW => Pattern::Below(self.text()?, self.text()?),
            tag::ANY => Pattern::Any,
            _ => return None,
        })
    }

    fn admits(&mut self) -> Option<Admits<'r>> {
        Some(match self.byte()? {
            tag::PUBLIC => Admits::Public,
            tag::PRIVATE => Admits::Private,
            tag::BOTH => Admits::Any,
            tag::BLOCKS => {
                let len = self.short()?;
                Admits::Blocks(Blocks(self.bytes(len.into())?))
            }
            _ => return None,
        })
    }

    fn target(&mut self) -> Option<Target<'r>> {
        Some(match self.byte()? {
            tag @ (tag::V4 | tag::V6) => Target::Block(self.block_of(tag)?),
            tag::LOCAL => Target::Local,
            tag => Target::Names(self.pattern(tag)?, self.admits()?),
        })
    }

    fn socket(&mut self) -> Option<Socket<'r>> {
        let protocol = match self.byte()? {
            tag::TCP => Protocol::Tcp,
            tag::UDP => Protocol::Udp,
            _ => return None,
        };
        Some(Socket {
            protocol,
            target: self.target()?,
            ports: self.ports()?,
        })
    }

    fn request(&mut self) -> Option<Allowed<'r>> {
        let len = self.short()?;
        let methods = self.bytes(len.into())?;
        let schemes = self.byte()?;
        Some(Allowed {
            methods,
            schemes: Schemes {
                http: schemes & tag::HTTP != 0,
                https: schemes & tag::HTTPS != 0,
            },
            target: self.target()?,
            ports: match self.byte()? {
                tag::DEFAULT => None,
                tag::RANGE => Some(self.ports()?),
                _ => return None,
            },
            path: self.text()?,
            headers: {
                let len = self.short()?;
                Headers(self.bytes(len.into())?)
            },
        })
    }
}
