//! The encoding of rules, for the engine that writes them. It is the counterpart of what the crate
//! reads. This module must never check a rule: the engine does.

use crate::address::{Address, Block};
use crate::read::tag;
use crate::rule::{Pattern, Ports, Protocol};
use alloc::string::String;
use alloc::vec::Vec;

/// A rule for sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketRule {
    /// For which protocol it holds.
    pub protocol: Protocol,
    /// To whom.
    pub target: TargetRule,
    /// On which ports.
    pub ports: Ports,
}

/// To whom a rule lets a program connect, or where it lets it listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetRule {
    /// One name, in letters of ASCII, and as it is written otherwise, or an empty text.
    Exact(String, String, AdmitsRule),
    /// The names below one.
    Below(String, String, AdmitsRule),
    /// Every name with a dot that is not local.
    Any(AdmitsRule),
    /// Addresses.
    Block(Block),
    /// For listening: every address of this machine.
    Local,
}

/// Which answers a rule by name lets through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdmitsRule {
    /// Globally reachable addresses.
    #[default]
    Public,
    /// Addresses of private networks.
    Private,
    /// Both.
    Any,
    /// Those of both that lie in these blocks.
    Blocks(Vec<Block>),
}

/// A rule for requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRule {
    /// The methods; none stands for all but CONNECT and TRACE.
    pub methods: Vec<String>,
    /// Whether it holds for `http`.
    pub http: bool,
    /// Whether it holds for `https`.
    pub https: bool,
    /// To whom.
    pub target: TargetRule,
    /// On which ports; without them, on that of the scheme.
    pub ports: Option<Ports>,
    /// The canonical path at which what it is for begins; empty for every path.
    pub path: String,
    /// Headers that requests get, which the program does not see.
    pub headers: Vec<HeaderRule>,
}

/// A header whose value comes from a variable of the host's environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    /// The header.
    pub name: String,
    /// The variable.
    pub variable: String,
    /// What stands before its value.
    pub prefix: String,
}

/// All rules of a policy.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// Connections that are allowed.
    pub sockets: Vec<SocketRule>,
    /// Addresses that are refused all the same.
    pub refused: Vec<SocketRule>,
    /// Where a program may listen.
    pub listen: Vec<SocketRule>,
    /// Names that may be looked up, besides those of `sockets`.
    pub resolve: Vec<SocketRule>,
    /// Requests that are allowed.
    pub http: Vec<HttpRule>,
    /// Requests that are refused all the same.
    pub http_refused: Vec<HttpRule>,
}

impl RuleSet {
    /// The bytes that [`Rules`](crate::Rules) reads.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for rules in [&self.sockets, &self.refused, &self.listen, &self.resolve] {
            list(&mut out, rules, socket);
        }
        for rules in [&self.http, &self.http_refused] {
            list(&mut out, rules, request);
        }
        out
    }
}

fn list<T>(out: &mut Vec<u8>, rules: &[T], write: fn(&mut Vec<u8>, &T)) {
    let mut bytes = Vec::new();
    for rule in rules {
        write(&mut bytes, rule);
    }
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
}

fn ports(out: &mut Vec<u8>, ports: Ports) {
    out.extend(ports.first.to_le_bytes());
    out.extend(ports.last.to_le_bytes());
}

fn block(out: &mut Vec<u8>, block: Block) {
    match block.first() {
        Address::V4(first) => {
            out.extend([tag::V4, block.bits()]);
            out.extend(first.to_le_bytes());
        }
        Address::V6(first) => {
            out.extend([tag::V6, block.bits()]);
            out.extend(first.to_le_bytes());
        }
    }
}

fn pattern(out: &mut Vec<u8>, pattern: Pattern<'_>) {
    match pattern {
        Pattern::Exact(ascii, unicode) => {
            out.push(tag::EXACT);
            text(out, ascii);
            text(out, unicode);
        }
        Pattern::Below(ascii, unicode) => {
            out.push(tag::BELOW);
            text(out, ascii);
            text(out, unicode);
        }
        Pattern::Any => out.push(tag::ANY),
    }
}

fn admits(out: &mut Vec<u8>, admits: &AdmitsRule) {
    match admits {
        AdmitsRule::Public => out.push(tag::PUBLIC),
        AdmitsRule::Private => out.push(tag::PRIVATE),
        AdmitsRule::Any => out.push(tag::BOTH),
        AdmitsRule::Blocks(blocks) => {
            out.push(tag::BLOCKS);
            let mut bytes = Vec::new();
            for one in blocks {
                block(&mut bytes, *one);
            }
            out.extend((bytes.len() as u16).to_le_bytes());
            out.extend(bytes);
        }
    }
}

fn target(out: &mut Vec<u8>, target: &TargetRule) {
    match target {
        TargetRule::Exact(ascii, unicode, admitted) => {
            pattern(out, Pattern::Exact(ascii, unicode));
            admits(out, admitted);
        }
        TargetRule::Below(ascii, unicode, admitted) => {
            pattern(out, Pattern::Below(ascii, unicode));
            admits(out, admitted);
        }
        TargetRule::Any(admitted) => {
            pattern(out, Pattern::Any);
            admits(out, admitted);
        }
        TargetRule::Block(of) => block(out, *of),
        TargetRule::Local => out.push(tag::LOCAL),
    }
}

fn socket(out: &mut Vec<u8>, rule: &SocketRule) {
    out.push(match rule.protocol {
        Protocol::Tcp => tag::TCP,
        Protocol::Udp => tag::UDP,
    });
    target(out, &rule.target);
    ports(out, rule.ports);
}

fn request(out: &mut Vec<u8>, rule: &HttpRule) {
    text(out, &rule.methods.join(" "));
    let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
    out.push(bit(rule.http, tag::HTTP) | bit(rule.https, tag::HTTPS));
    target(out, &rule.target);
    match rule.ports {
        None => out.push(tag::DEFAULT),
        Some(of) => {
            out.push(tag::RANGE);
            ports(out, of);
        }
    }
    text(out, &rule.path);
    let mut headers = Vec::new();
    for header in &rule.headers {
        for part in [&header.name, &header.variable, &header.prefix] {
            text(&mut headers, part);
        }
    }
    out.extend((headers.len() as u16).to_le_bytes());
    out.extend(headers);
}
