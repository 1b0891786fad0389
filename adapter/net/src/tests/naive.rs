//! Decisions as the documentation of rules says it: every question goes through all rules, one by
//! one. It is slow, and what fast decisions are compared with.

use crate::http::rule::Scheme;
use crate::http::{Header, Path, Refusal, Sent};
use crate::write::{AdmitsRule, HttpRule, RuleSet, SocketRule, TargetRule};
use crate::{Address, Answers, Class, Host, Lookup, Name, Ports, Protocol};
use std::format;
use std::string::String;
use std::vec::Vec;

/// Whether a rule is for a name.
fn has_name(target: &TargetRule, name: &str) -> bool {
    match target {
        TargetRule::Exact(exact, ..) => name == exact,
        TargetRule::Below(below, ..) => is_below(name, below).is_some(),
        TargetRule::Any(_) => {
            let local = ["localhost", "local", "internal"];
            let last = name.rsplit('.').next().unwrap();
            name.contains('.') && !local.contains(&last)
        }
        TargetRule::Block(_) | TargetRule::Local => false,
    }
}

/// The labels above a name, with the dot at their end.
fn is_below<'n>(name: &'n str, below: &str) -> Option<&'n str> {
    let above = name.strip_suffix(below)?;
    (above.len() > 1 && above.ends_with('.')).then_some(above)
}

/// Whether a rule for sockets is for an address.
fn has_address(rule: &SocketRule, protocol: Protocol, address: Address) -> bool {
    rule.protocol == protocol
        && match rule.target {
            TargetRule::Block(block) => block.has(address),
            TargetRule::Local => true,
            _ => false,
        }
}

fn has(rules: &[SocketRule], protocol: Protocol, address: Address, port: u16) -> bool {
    let mut rules = rules.iter();
    rules.any(|rule| has_address(rule, protocol, address) && rule.ports.has(port))
}

pub(super) fn lookup(set: &RuleSet, text: &str) -> Lookup {
    let mut rules = set.sockets.iter().chain(&set.resolve);
    let name = match Host::parse(text.as_bytes(), false) {
        Ok(Host::Address(address)) => return Lookup::Literal(address),
        Ok(Host::Name(name)) => Some(name),
        Err(_) => rules.clone().find_map(|rule| {
            let ascii = match &rule.target {
                TargetRule::Exact(ascii, unicode, _) if !unicode.is_empty() && text == unicode => {
                    ascii.clone()
                }
                TargetRule::Below(ascii, unicode, _) if !unicode.is_empty() => {
                    format!("{}{ascii}", is_below(text, unicode)?)
                }
                _ => return None,
            };
            Name::parse(ascii.as_bytes()).ok()
        }),
    };
    match name {
        None => Lookup::Invalid,
        Some(name) if rules.any(|rule| has_name(&rule.target, name.as_str())) => Lookup::Name(name),
        Some(_) => Lookup::Refused,
    }
}

fn admits(admits: &AdmitsRule, name: &Name, address: Address) -> bool {
    let class = address.class();
    if name.as_str() == "localhost" || name.as_str().ends_with(".localhost") {
        return class == Class::Loopback;
    }
    match admits {
        AdmitsRule::Public => class == Class::Public,
        AdmitsRule::Private => class == Class::Private,
        _ if !matches!(class, Class::Public | Class::Private) => false,
        AdmitsRule::Any => true,
        AdmitsRule::Blocks(blocks) => blocks.iter().any(|block| block.has(address)),
    }
}

pub(super) fn answer(set: &RuleSet, answers: &mut Answers, name: &Name, address: Address) -> bool {
    let is_for = |rule: &&SocketRule| has_name(&rule.target, name.as_str());
    let parts: Vec<Address> = [Some(address), address.embedded()]
        .into_iter()
        .flatten()
        .collect();
    let mut passes = set.resolve.iter().any(|rule| is_for(&rule));
    for rule in set.sockets.iter().filter(is_for) {
        let (TargetRule::Exact(_, _, of) | TargetRule::Below(_, _, of) | TargetRule::Any(of)) =
            &rule.target
        else {
            unreachable!("only these are for names");
        };
        let (protocol, ports) = (rule.protocol, rule.ports);
        let allowed = |part: &Address| {
            let mut rules = set.sockets.iter();
            rules.any(|other| has_address(other, protocol, *part) && other.ports.meet(ports))
        };
        let refused = |part: &Address| {
            let mut rules = set.refused.iter();
            rules.any(|other| has_address(other, protocol, *part) && other.ports.cover(ports))
        };
        if parts.iter().all(|part| admits(of, name, *part)) {
            if !parts.iter().any(refused) {
                passes |= answers.add(name, (protocol, address, ports));
            }
        } else if parts.iter().all(allowed) {
            passes = true;
        }
    }
    passes
}

pub(super) fn connect(
    set: &RuleSet,
    answers: &Answers,
    protocol: Protocol,
    address: Address,
    port: u16,
) -> bool {
    let embedded = address.embedded();
    let refused = |part| has(&set.refused, protocol, part, port);
    let allowed = |part| has(&set.sockets, protocol, part, port);
    let answered = |part| answers.has(protocol, part, port);
    if refused(address) || embedded.is_some_and(refused) {
        return false;
    }
    answered(address)
        || allowed(address) && embedded.is_none_or(|part| allowed(part) || answered(part))
}

pub(super) fn bind(set: &RuleSet, protocol: Protocol, address: Address, port: u16) -> bool {
    let mut sockets = set.sockets.iter();
    let sends = protocol == Protocol::Udp && sockets.any(|rule| rule.protocol == protocol);
    port == 0 && sends || has(&set.listen, protocol, address, port)
}

/// A request to a host and port, with a method that has no other spelling.
pub(super) struct To<'t> {
    pub(super) method: &'t str,
    pub(super) is_https: bool,
    pub(super) host: &'t Host,
    pub(super) port: u16,
    pub(super) path: &'t str,
}

impl To<'_> {
    fn scheme(&self) -> Scheme {
        match self.is_https {
            true => Scheme::Https,
            false => Scheme::Http,
        }
    }

    pub(super) fn authority(&self) -> String {
        let mut authority = String::new();
        match self.host {
            Host::Name(name) => authority.push_str(name.as_str()),
            Host::Address(address) => address.write(|byte| authority.push(byte.into())),
        }
        if self.port != self.scheme().port() {
            authority.push_str(&format!(":{}", self.port));
        }
        authority
    }

    fn goes_to(&self, rule: &HttpRule) -> bool {
        let has = match (&rule.target, self.host) {
            (TargetRule::Block(block), Host::Address(address)) => block.has(*address),
            (target, Host::Name(name)) => has_name(target, name.as_str()),
            _ => false,
        };
        let ports = rule.ports.unwrap_or(Ports::one(self.scheme().port()));
        let has_scheme = if self.is_https { rule.https } else { rule.http };
        has && has_scheme && ports.has(self.port)
    }

    fn is_named(&self, rule: &HttpRule) -> bool {
        rule.methods.iter().any(|method| method == self.method)
    }

    fn is_allowed(&self, rule: &HttpRule) -> bool {
        let by_method = match rule.methods.is_empty() {
            true => !["CONNECT", "TRACE"].contains(&self.method),
            false => self.is_named(rule),
        };
        self.goes_to(rule) && by_method && self.is_in(rule)
    }

    fn is_in(&self, rule: &HttpRule) -> bool {
        rule.path.is_empty() || Path::parse(self.path).unwrap().is_below(&rule.path)
    }
}

pub(super) fn request<'r>(set: &'r RuleSet, to: &To<'_>) -> Result<Sent<'r>, Refusal> {
    let mut has_path = false;
    let of_address = match to.host {
        Host::Address(address) => Some(*address),
        Host::Name(_) => None,
    };
    for host in [
        Some(*to.host),
        of_address.and_then(Address::embedded).map(Host::Address),
    ] {
        let Some(host) = &host else { continue };
        let to = To { host, ..*to };
        let mut there = set.http.iter().filter(|rule| to.goes_to(rule));
        let mut refused = set.http_refused.iter().filter(|rule| to.goes_to(rule));
        let denied = match of_address.is_some() && there.clone().next().is_none() {
            true => Refusal::Prohibited,
            false => Refusal::Denied,
        };
        let mut both = there.clone().chain(refused.clone());
        has_path |= both.any(|rule| !rule.path.is_empty());
        let is_refused =
            refused.any(|rule| to.is_in(rule) && (rule.methods.is_empty() || to.is_named(rule)));
        let is_ambiguous = has_path && Path::parse(to.path).unwrap().is_ambiguous();
        if is_ambiguous || is_refused || !there.any(|rule| to.is_allowed(rule)) {
            return Err(denied);
        }
    }
    let admitting = set
        .http
        .iter()
        .filter(|rule| to.is_https && to.is_allowed(rule));
    let headers = admitting
        .flat_map(|rule| &rule.headers)
        .map(|header| Header {
            name: &header.name,
            variable: &header.variable,
            prefix: &header.prefix,
        });
    Ok(Sent {
        method: to.method.into(),
        is_https: to.is_https,
        authority: to.authority(),
        path: match has_path {
            true => Path::parse(to.path).unwrap().canonical(),
            false => to.path.into(),
        },
        headers: headers.collect(),
    })
}
