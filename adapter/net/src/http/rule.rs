//! A rule for requests. This module must never look at a request as a whole.

use crate::read::Reader;
use crate::rule::Ports;

/// How a request is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// Its port.
    pub(crate) const fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// For which schemes a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schemes {
    pub(crate) http: bool,
    pub(crate) https: bool,
}

impl Schemes {
    pub(crate) const fn have(self, scheme: Scheme) -> bool {
        match scheme {
            Scheme::Http => self.http,
            Scheme::Https => self.https,
        }
    }
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowed<'r> {
    /// Methods with a space behind each; none stands for all but those that have to be named.
    pub(crate) methods: &'r [u8],
    pub(crate) schemes: Schemes,
    /// Without ports, it is that of the scheme.
    pub(crate) ports: Option<Ports>,
    /// The canonical path at which what it is for begins; empty for every path.
    pub(crate) path: &'r str,
    pub(crate) headers: Headers<'r>,
}

/// Headers that a request gets, as they are stored: the place of their rule among all rules, and
/// the headers. It is empty without any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Headers<'r>(pub(crate) &'r [u8]);

/// A header whose value comes from the host's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'r> {
    /// The header.
    pub name: &'r str,
    /// The variable that has the value.
    pub variable: &'r str,
    /// What stands before the value.
    pub prefix: &'r str,
}

impl<'r> Headers<'r> {
    /// The place of their rule, by which those of several rules are in order.
    pub(crate) fn place(self) -> u32 {
        Reader(self.0).long().unwrap_or_default()
    }

    /// The headers.
    pub(crate) fn iter(self) -> impl Iterator<Item = Header<'r>> {
        let mut reader = Reader(self.0);
        reader.long();
        core::iter::from_fn(move || {
            Some(Header {
                name: reader.text()?,
                variable: reader.text()?,
                prefix: reader.text()?,
            })
        })
    }
}

impl Allowed<'_> {
    /// Whether it names no method.
    pub(crate) fn has_no_method(&self) -> bool {
        self.methods.is_empty()
    }

    /// Whether it names a method.
    pub(crate) fn has_method(&self, method: &str) -> bool {
        let mut named = self.methods.split(|byte| *byte == b' ');
        named.any(|named| !named.is_empty() && named == method.as_bytes())
    }
}
