//! Requests of HTTP clients: parsed once, compared in their canonical spelling, and sent in that.
//! This module must never look at a body, and never at a header other than `host`.

mod path;
pub(crate) mod rule;

pub use path::Path;
pub use rule::Header;

use crate::address::write_number;
use crate::host::Host;
use crate::read::Rules;
use crate::rule::{Ports, Target};
use alloc::string::String;
use alloc::vec::Vec;
use rule::{Allowed, Scheme};

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
        let has_path = self.decide(method, scheme, to, &path)?;
        Ok(Sent {
            method: method.into(),
            is_https: scheme == Scheme::Https,
            authority: to.canonical(scheme),
            path: match has_path {
                true => path.canonical(),
                false => path.as_it_came(),
            },
            headers: self.headers(method, scheme, to, &path),
        })
    }

    /// The headers that an admitted request gets: over https alone, so that nobody reads them.
    fn headers(
        &self,
        method: &str,
        scheme: Scheme,
        to: Destination,
        path: &Path<'_>,
    ) -> Vec<Header<'r>> {
        let mut headers = Vec::new();
        if scheme == Scheme::Https {
            let admits = |rule: &Allowed<'_>| {
                rule.goes_to(scheme, to.host, to.port)
                    && path.is_below(rule.path)
                    && rule.admits(method)
            };
            for rule in self.http.requests().filter(admits) {
                headers.extend(rule.headers.iter());
            }
        }
        headers
    }

    /// Whether a rule for this destination has a path.
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
    ) -> Result<bool, Refusal> {
        let goes_there = |rule: &Allowed<'_>| rule.goes_to(scheme, to.host, to.port);
        let (allow, refuse) = (self.http.requests(), self.http_refused.requests());
        let mut there = allow.chain(refuse).filter(goes_there);
        let has_path = there.any(|rule| !rule.path.is_empty());
        let denied = match to.host {
            Host::Address(_) if !self.http.requests().any(|rule| goes_there(&rule)) => {
                Refusal::Prohibited
            }
            _ => Refusal::Denied,
        };
        if has_path && path.is_ambiguous() {
            return Err(denied);
        }
        let has = |rule: Allowed<'_>| goes_there(&rule) && path.is_below(rule.path);
        let mut refuse = self.http_refused.requests();
        let is_refused = !self.http_refused.is_whole(true)
            || refuse.any(|rule| has(rule) && (rule.has_no_method() || rule.has_method(method)));
        let mut allow = self.http.requests();
        let is_allowed = allow.any(|rule| rule.admits(method) && has(rule));
        // Where a gateway makes another address of it, that has to be allowed as well.
        let embedded = match to.host {
            Host::Address(address) => address.embedded(),
            Host::Name(_) => None,
        };
        if let (Some(address), true) = (embedded, is_allowed && !is_refused) {
            let host = Host::Address(address);
            return self.decide(method, scheme, Destination { host, ..to }, path);
        }
        match is_allowed && !is_refused {
            true => Ok(has_path),
            false => Err(denied),
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

    /// Whether it is a rule for this destination.
    fn goes_to(&self, scheme: Scheme, host: Host, port: u16) -> bool {
        let ports = self.ports.unwrap_or(Ports::one(scheme.port()));
        let has = match (self.target, host) {
            (Target::Names(pattern, _), Host::Name(name)) => pattern.has(&name),
            (Target::Block(block), Host::Address(address)) => block.has(address),
            _ => false,
        };
        has && ports.has(port) && self.schemes.have(scheme)
    }
}
