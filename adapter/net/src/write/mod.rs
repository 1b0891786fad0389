//! The encoding of rules, for the engine that writes them. It is the counterpart of what the crate
//! reads. This module must never check a rule: the engine does.

mod table;

use crate::address::{Address, Block};
use crate::read::tag;
use crate::rule::{Ports, Protocol};
use alloc::string::String;
use alloc::vec::Vec;
use table::{Table, long, of_name, sized};

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
    ///
    /// # Panics
    ///
    /// If a text of a rule has more than 65,535 bytes, or all rules more than 4 GiB.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            for rules in [&self.sockets, &self.refused, &self.listen] {
                let mut table = Table::default();
                for rule in rules.iter().filter(|rule| rule.protocol == protocol) {
                    table.add(&rule.target, &socket(rule));
                }
                table.write(&mut out);
            }
        }
        let (mut resolve, mut written_otherwise) = (Table::default(), Table::default());
        for rule in &self.resolve {
            resolve.add(&rule.target, &[]);
        }
        for rule in self.sockets.iter().chain(&self.resolve) {
            let (tag, ascii, unicode) = match &rule.target {
                TargetRule::Exact(ascii, unicode, _) => (tag::EXACT, ascii, unicode),
                TargetRule::Below(ascii, unicode, _) => (tag::BELOW, ascii, unicode),
                TargetRule::Any(_) | TargetRule::Block(_) | TargetRule::Local => continue,
            };
            if !unicode.is_empty() {
                *written_otherwise.entry(of_name(tag, unicode)) = ascii.as_bytes().into();
            }
        }
        resolve.write(&mut out);
        written_otherwise.write(&mut out);
        for rules in [&self.http, &self.http_refused] {
            let mut table = Table::default();
            // No request goes to "every address of this machine".
            let of_requests = |rule: &&HttpRule| rule.target != TargetRule::Local;
            for (place, rule) in rules.iter().filter(of_requests).enumerate() {
                table.add(&rule.target, &request(place, rule));
            }
            table.write(&mut out);
        }
        out
    }
}

fn short(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = u16::try_from(bytes.len()).expect("texts of rules are short");
    out.extend(len.to_le_bytes());
    out.extend(bytes);
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
            sized(out, &bytes);
        }
    }
}

fn socket(rule: &SocketRule) -> Vec<u8> {
    let mut out = Vec::new();
    ports(&mut out, rule.ports);
    match &rule.target {
        TargetRule::Exact(_, _, of) | TargetRule::Below(_, _, of) | TargetRule::Any(of) => {
            admits(&mut out, of);
        }
        TargetRule::Block(_) | TargetRule::Local => {}
    }
    out
}

fn request(place: usize, rule: &HttpRule) -> Vec<u8> {
    let mut out = Vec::new();
    short(&mut out, rule.methods.join(" ").as_bytes());
    let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
    out.push(bit(rule.http, tag::HTTP) | bit(rule.https, tag::HTTPS));
    match rule.ports {
        None => out.push(tag::DEFAULT),
        Some(of) => {
            out.push(tag::RANGE);
            ports(&mut out, of);
        }
    }
    short(&mut out, rule.path.as_bytes());
    let mut headers = Vec::new();
    if !rule.headers.is_empty() {
        long(&mut headers, place);
    }
    for header in &rule.headers {
        for part in [&header.name, &header.variable, &header.prefix] {
            short(&mut headers, part.as_bytes());
        }
    }
    sized(&mut out, &headers);
    out
}
