//! Requests of HTTP clients: parsed once, compared in their canonical spelling, and sent in that.
//! This module must never look at a body, and never at a header other than `host`.

mod path;
pub(crate) mod rule;

pub use path::Path;
pub use rule::Header;

use crate::address::{Address, write_number};
use crate::host::Host;
use crate::read::Rules;
use crate::rule::Ports;
use crate::table::To;
use alloc::string::String;
use alloc::vec::Vec;
use rule::{Allowed, Headers, Scheme};

/// A request as a program makes it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'q> {
    /// Its method.
    pub method: &'q str,
    /// Its scheme; without one it is `https`.
    pub scheme: Option<&'q str>,
    /// Its authority.
    pub authority: Option<&'q str>,
    /// Its path with the query; without one it is `/`.
    pub path: Option<&'q str>,
    /// The values of its `host` headers.
    pub hosts: &'q [&'q [u8]],
}

/// What goes to the host in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent<'r> {
    /// The method.
    pub method: String,
    /// Whether the scheme is `https`; else it is `http`.
    pub is_https: bool,
    /// The authority.
    pub authority: String,
    /// The path with the query.
    pub path: String,
    /// The headers that it gets, of every rule that admits it. The scheme is `https` then.
    pub headers: Vec<Header<'r>>,
}

/// Why a request is not sent, by the error code of WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `HTTP-request-denied`: no rule admits it.
    Denied,
    /// `HTTP-request-URI-invalid`: readers could disagree about where it goes.
    Malformed,
    /// `destination-IP-prohibited`: it goes to an address that no rule admits.
    Prohibited,
}

/// Methods that a rule has to name.
const NAMED_ONLY: [&str; 2] = ["CONNECT", "TRACE"];
/// Methods that mean the same in lower case.
const STANDARD: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Destination {
    host: Host,
    port: u16,
}

impl<'r> Rules<'r> {
    /// What goes to the host for a request.
    ///
    /// # Errors
    ///
    /// Why nothing does.
    pub fn request(&self, request: &Request<'_>) -> Result<Sent<'r>, Refusal> {
        let mut standard = STANDARD.iter();
        let method = standard
            .find(|known| known.eq_ignore_ascii_case(request.method))
            .copied()
            .unwrap_or(request.method);
        let scheme = match request.scheme {
            None => Scheme::Https,
            Some(text) if text.eq_ignore_ascii_case("https") => Scheme::Https,
            Some(text) if text.eq_ignore_ascii_case("http") => Scheme::Http,
            Some(_) => return Err(Refusal::Denied),
        };
        let authority = request.authority.ok_or(Refusal::Malformed)?;
        let to = Destination::parse(authority.as_bytes(), scheme)?;
        let path = Path::parse(request.path.unwrap_or("/")).ok_or(Refusal::Malformed)?;
        for host in request.hosts {
            if Destination::parse(host, scheme) != Ok(to) {
                return Err(Refusal::Denied);
            }
        }
        let decided = self.decide(method, scheme, to, &path)?;
        let mut headers = Vec::new();
        // Over https alone, so that nobody reads them.
        if scheme == Scheme::Https {
            for of_rule in decided.headers {
                headers.extend(of_rule.iter());
            }
        }
        Ok(Sent {
            method: method.into(),
            is_https: scheme == Scheme::Https,
            authority: to.canonical(scheme),
            path: match decided.has_path {
                true => path.canonical(),
                false => path.as_it_came(),
            },
            headers,
        })
    }

    /// What follows from the rules for a destination.
    ///
    /// # Errors
    ///
    /// Why the request is not sent.
    fn decide(
        &self,
        method: &str,
        scheme: Scheme,
        to: Destination,
        path: &Path<'_>,
    ) -> Result<Decided<'r>, Refusal> {
        let host = To::from(&to.host);
        let mut decided = Decided::default();
        let (mut is_known, mut is_allowed, mut is_refused) = (false, false, false);
        for rule in self.http.readable::<Allowed<'_>>(&host) {
            if rule.goes_to(scheme, to.port) {
                is_known = true;
                decided.has_path |= !rule.path.is_empty();
                if rule.admits(method) && path.is_below(rule.path) {
                    is_allowed = true;
                    decided.add(rule.headers);
                }
            }
        }
        for rule in self.http_refused.all::<Allowed<'_>>(&host) {
            let Some(rule) = rule else {
                is_refused = true;
                break;
            };
            if rule.goes_to(scheme, to.port) {
                decided.has_path |= !rule.path.is_empty();
                let is_for = rule.has_no_method() || rule.has_method(method);
                is_refused |= is_for && path.is_below(rule.path);
            }
        }
        let (address, denied) = match to.host {
            Host::Address(address) if is_known => (Some(address), Refusal::Denied),
            Host::Address(address) => (Some(address), Refusal::Prohibited),
            Host::Name(_) => (None, Refusal::Denied),
        };
        if !is_allowed || is_refused || decided.has_path && path.is_ambiguous() {
            return Err(denied);
        }
        // Where a gateway makes another address of it, that has to be allowed as well.
        if let Some(address) = address.and_then(Address::embedded) {
            let host = Host::Address(address);
            let there = self.decide(method, scheme, Destination { host, ..to }, path)?;
            decided.has_path |= there.has_path;
        }
        Ok(decided)
    }
}

/// What rules say to a request that is sent.
#[derive(Default)]
struct Decided<'r> {
    /// Whether one of them has a path.
    has_path: bool,
    /// The headers of those that admit it, in the order of the rules.
    headers: Vec<Headers<'r>>,
}

impl<'r> Decided<'r> {
    /// Adds the headers of a rule.
    fn add(&mut self, headers: Headers<'r>) {
        self.headers.push(headers);
        let mut unordered = self.headers.as_mut_slice();
        while let [front @ .., last] = unordered
            && let Some(before) = front.last_mut()
            && before.place() > last.place()
        {
            core::mem::swap(before, last);
            unordered = front;
        }
    }
}

impl Destination {
    /// The host and the port of an authority, without one that of the scheme.
    fn parse(text: &[u8], scheme: Scheme) -> Result<Self, Refusal> {
        let colon = match text.starts_with(b"[") {
            true => {
                let end = text.iter().position(|byte| *byte == b']');
                let end = end.ok_or(Refusal::Malformed)? + 1;
                (end < text.len()).then_some(end)
            }
            false => text.iter().position(|byte| *byte == b':'),
        };
        let (host, port) = text
            .split_at_checked(colon.unwrap_or(text.len()))
            .ok_or(Refusal::Malformed)?;
        let port = match colon {
            None => scheme.port(),
            Some(_) => {
                let digits = port.strip_prefix(b":").ok_or(Refusal::Malformed)?;
                number(digits).ok_or(Refusal::Malformed)?
            }
        };
        let host = Host::parse(host, true).map_err(|_| Refusal::Malformed)?;
        Ok(Destination { host, port })
    }

    /// The authority that has one reading.
    fn canonical(self, scheme: Scheme) -> String {
        let mut text = match self.host {
            Host::Name(name) => String::from(name.as_str()),
            Host::Address(address) => {
                let mut written = String::new();
                address.write(|letter| written.push(char::from(letter)));
                written
            }
        };
        if self.port != scheme.port() {
            text.push(':');
            write_number(self.port.into(), &mut |digit| text.push(char::from(digit)));
        }
        text
    }
}

/// A port that is not 0, in decimal digits.
fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = digits.iter().map(|digit| u32::from(digit - b'0'));
    let number = digits.fold(0, |number, digit| number * 10 + digit);
    u16::try_from(number).ok().filter(|port| *port != 0)
}

impl Allowed<'_> {
    /// Whether a rule that allows requests is for this method.
    fn admits(&self, method: &str) -> bool {
        match self.has_no_method() {
            true => !NAMED_ONLY.contains(&method),
            false => self.has_method(method),
        }
    }

    /// Whether a rule for the host is for this scheme and port as well.
    fn goes_to(&self, scheme: Scheme, port: u16) -> bool {
        let ports = self.ports.unwrap_or(Ports::one(scheme.port()));
        ports.has(port) && self.schemes.have(scheme)
    }
}
