//! Decisions by rules that are written as in a policy.

mod addresses;
mod encoding;
mod naive;
mod names;
mod random;
mod requests;
mod sockets;

use crate::write::{AdmitsRule, HttpRule, RuleSet, SocketRule, TargetRule};
use crate::{Address, Block, Ports, Protocol};
use core::cell::Cell;
use core::net::IpAddr;
use std::string::{String, ToString};
use std::vec::Vec;

std::thread_local! {
    /// How many keys were compared and rules read.
    static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
}

/// Counts that a key was compared, or a rule read.
pub(crate) fn looked_at() {
    LOOKED_AT.set(LOOKED_AT.get() + 1);
}

/// The address that a text is.
fn address(text: &str) -> Address {
    text.parse::<IpAddr>().unwrap().into()
}

fn ports(text: &str) -> Ports {
    let number = |text: &str| text.parse().unwrap();
    match text.split_once('-') {
        _ if text == "*" => Ports::ALL,
        None => Ports::one(number(text)),
        Some((first, last)) => Ports {
            first: number(first),
            last: number(last),
        },
    }
}

fn target(text: &str) -> TargetRule {
    let inner = text.trim_matches(['[', ']']);
    let (first, bits) = inner.split_once('/').unwrap_or((inner, ""));
    if text.is_empty() {
        return TargetRule::Local;
    }
    if let Ok(first) = first.parse::<IpAddr>() {
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = if bits.is_empty() {
            most
        } else {
            bits.parse().unwrap()
        };
        return TargetRule::Block(Block::new(first.into(), bits).unwrap());
    }
    let ascii = |text: &str| idna::domain_to_ascii(text).unwrap();
    let unicode = |text: &str| match text.is_ascii() {
        true => String::new(),
        false => text.to_string(),
    };
    let admits = AdmitsRule::Public;
    match text.strip_prefix("*.") {
        _ if text == "*" => TargetRule::Any(admits),
        Some(below) => TargetRule::Below(ascii(below), unicode(below), admits),
        None => TargetRule::Exact(ascii(text), unicode(text), admits),
    }
}

fn socket(text: &str) -> SocketRule {
    let (protocol, rest) = match text.strip_prefix("udp://") {
        Some(rest) => (Protocol::Udp, rest),
        None => (Protocol::Tcp, text),
    };
    let (of, port) = rest.rsplit_once(':').unwrap();
    SocketRule {
        protocol,
        target: target(of),
        ports: ports(port),
    }
}

fn sockets(text: &str) -> Vec<SocketRule> {
    text.split(", ").map(socket).collect()
}

fn request(text: &str) -> HttpRule {
    let (methods, rest) = text.split_once(' ').unwrap_or(("", text));
    let (scheme, rest) = rest.split_once("://").unwrap();
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (of, port) = match host.rsplit_once(':') {
        Some((of, port)) if !host.ends_with(']') => (of, Some(ports(port))),
        _ => (host, None),
    };
    HttpRule {
        methods: methods
            .split(',')
            .filter(|method| !method.is_empty())
            .map(String::from)
            .collect(),
        http: scheme != "https",
        https: scheme != "http",
        target: target(of),
        ports: port,
        path: path.to_string(),
        headers: Vec::new(),
    }
}

/// The rules of the specification's test vectors.
fn vectors() -> Vec<u8> {
    RuleSet {
        sockets: sockets(
            "a.example:443, *.b.example:443, 10.0.0.0/8:80-81, [2001:db8::/32]:443, \
             [64:ff9b::/96]:443, udp://192.0.2.53:53",
        ),
        refused: sockets("10.0.0.13:*"),
        listen: sockets("127.0.0.1:8080, :0"),
        resolve: Vec::new(),
        http: [
            "https://a.example/v1",
            "GET https://*.b.example",
            "http://127.0.0.1:8080",
        ]
        .map(request)
        .to_vec(),
        http_refused: ["https://a.example/v1/admin"].map(request).to_vec(),
    }
    .encode()
}
