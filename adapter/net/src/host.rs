//! Hosts as programs name them: canonical names, and addresses written as text. This module must
//! never accept a text that two readers could take for different hosts.

use crate::address::Address;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most bytes of a name, and of a label in it (RFC 1035, without the root).
const MOST: usize = 253;
const MOST_OF_LABEL: usize = 63;

/// A host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is looked at once, and never kept"
)]
pub enum Host {
    /// A name.
    Name(Name),
    /// An address.
    Address(Address),
}

/// A name: lower case, without a dot at its end, labels of letters, digits, `-` and `_`.
#[derive(Clone, Copy)]
pub struct Name {
    bytes: [u8; MOST],
    len: usize,
}

/// A text that names no host, or one that readers disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

impl core::fmt::Debug for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Name {
    /// The name in its canonical spelling, of a text in which letters may be of either case and a
    /// dot may stand at the end.
    ///
    /// # Errors
    ///
    /// If the text is no name, or ends in a label that some readers take for an address.
    pub fn parse(text: &[u8]) -> Result<Name, Invalid> {
        let text = text.strip_suffix(b".").unwrap_or(text);
        let mut name = Name {
            bytes: [0; MOST],
            len: text.len(),
        };
        let bytes = name.bytes.get_mut(..text.len()).ok_or(Invalid)?;
        for (to, from) in bytes.iter_mut().zip(text) {
            *to = from.to_ascii_lowercase();
        }
        let mut last: &[u8] = b"";
        for label in bytes.split(|byte| *byte == b'.') {
            let known = |byte: &u8| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
            };
            if label.is_empty() || label.len() > MOST_OF_LABEL || !label.iter().all(known) {
                return Err(Invalid);
            }
            last = label;
        }
        match is_number(last) {
            true => Err(Invalid),
            false => Ok(name),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Whether it is `localhost`, or below it.
    pub fn is_localhost(&self) -> bool {
        let name = self.as_str();
        name == "localhost" || name.ends_with(".localhost")
    }
}

/// Whether a name has more than one label, and none of those that never leave a network.
pub(crate) fn is_dotted_and_public(name: &[u8]) -> bool {
    let local = [".localhost", ".local", ".internal"];
    name.contains(&b'.') && !local.iter().any(|end| name.ends_with(end.as_bytes()))
}

/// Whether a label is a number to some readers: `getaddrinfo` and WHATWG's URL take decimal, octal
/// and hexadecimal numbers for addresses.
fn is_number(label: &[u8]) -> bool {
    let hexadecimal = label.strip_prefix(b"0x");
    label.iter().all(u8::is_ascii_digit)
        || hexadecimal.is_some_and(|rest| rest.iter().all(u8::is_ascii_hexdigit))
}

/// Four decimal numbers without leading zeros.
fn dotted_quad(text: &[u8]) -> Option<Address> {
    let text = core::str::from_utf8(text).ok()?;
    let address: Ipv4Addr = text.parse().ok()?;
    Some(IpAddr::V4(address).into())
}

impl Host {
    /// The host that a lookup or the host part of an authority names: a name, a dotted quad, or an
    /// IPv6 address, which is in brackets if `in_brackets`.
    ///
    /// # Errors
    ///
    /// If the text names no host, or one that readers disagree about.
    pub fn parse(text: &[u8], in_brackets: bool) -> Result<Host, Invalid> {
        let inner = match in_brackets {
            true => text
                .strip_prefix(b"[")
                .map(|rest| rest.strip_suffix(b"]").ok_or(Invalid))
                .transpose()?,
            false => text.contains(&b':').then_some(text),
        };
        if let Some(inner) = inner {
            let inner = core::str::from_utf8(inner).map_err(|_| Invalid)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| Invalid)?;
            return Ok(Host::Address(IpAddr::V6(address).into()));
        }
        let quad = text.strip_suffix(b".").unwrap_or(text);
        match dotted_quad(quad) {
            Some(address) => Ok(Host::Address(address)),
            None => Name::parse(text).map(Host::Name),
        }
    }
}
