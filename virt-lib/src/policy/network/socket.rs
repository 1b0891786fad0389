//! Rules for sockets, from text and back: `["tcp://"|"udp://"] target ":" ports`. This module must
//! never know which keys hold rules.

use super::faults::Faults;
use super::ports::{self, Zero};
use super::target::{self, Target};
use wasi_virt_net::write::{AdmitsRule, SocketRule};
use wasi_virt_net::{Ports, Protocol};

/// What a list of rules is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Connecting.
    Connect,
    /// Refusing what another rule allows.
    Refuse,
    /// Binding and listening.
    Listen,
    /// Looking names up.
    Resolve,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Socket {
    /// Without one, it is TCP; a rule that refuses is for both.
    pub(super) protocol: Option<Protocol>,
    pub(super) target: Target,
    pub(super) ports: Ports,
}

/// Reads a rule.
///
/// # Errors
///
/// What is wrong with it, with the spelling that was meant.
pub(super) fn read(text: &str, of: Use) -> Result<Socket, String> {
    let mut faults = Faults::default();
    let rule = parse(text, of, &mut faults);
    faults.judged(rule, |rule| print(rule, of))
}

impl Socket {
    /// What the adapter has for it, with the answers that a name admits.
    pub(super) fn rules(&self, of: Use, admits: &AdmitsRule) -> Vec<SocketRule> {
        let both = [Protocol::Tcp, Protocol::Udp];
        let protocols = match (self.protocol, of) {
            // What must not be reached is to be reached by neither.
            (None, Use::Refuse) => &both[..],
            (None | Some(Protocol::Tcp), _) => &both[..1],
            (Some(Protocol::Udp), _) => &both[1..],
        };
        let target = self.target.clone().rule(admits.clone());
        let of_protocol = |protocol: &Protocol| SocketRule {
            protocol: *protocol,
            target: target.clone(),
            ports: self.ports,
        };
        protocols.iter().map(of_protocol).collect()
    }
}

fn parse(text: &str, of: Use, faults: &mut Faults) -> Option<Socket> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return faults.lost("the rule is empty");
    }
    if trimmed != text {
        faults.mended("there are spaces around it");
    }
    let (protocol, rest, default) = protocol(trimmed, of, faults)?;
    // A block of IPv4 has a slash, a path has one after the ports or after a name.
    let rest = without_path(rest, faults);
    let (host, ports) = match target::split(&rest, faults) {
        // Only a number was given.
        (host, None) if of == Use::Listen && host.bytes().all(|byte| byte.is_ascii_digit()) => {
            faults.mended("a colon stands before the port");
            (String::new(), Some(host))
        }
        split => split,
    };
    let target = target::read(&host, faults);
    let ports = read_ports(ports.as_deref(), default, of, faults);
    let target = checked(target?, of, faults)?;
    // One spelling for one meaning.
    let protocol = protocol.filter(|of_rule| of == Use::Refuse || *of_rule == Protocol::Udp);
    Some(Socket {
        protocol,
        target,
        ports: ports?,
    })
}

/// The protocol, what follows it, and the port to suggest where none is given.
fn protocol<'t>(
    text: &'t str,
    of: Use,
    faults: &mut Faults,
) -> Option<(Option<Protocol>, &'t str, u16)> {
    let port = if of == Use::Listen { 8080 } else { 443 };
    let Some((word, rest)) = text.split_once("://") else {
        return Some((None, text, port));
    };
    let protocol = match word {
        _ if of == Use::Resolve => {
            faults.mended("a rule of names has no protocol");
            return Some((None, rest, port));
        }
        "tcp" => return Some((Some(Protocol::Tcp), rest, port)),
        "udp" => return Some((Some(Protocol::Udp), rest, 53)),
        _ => word.to_ascii_lowercase(),
    };
    let (protocol, port) = match protocol.as_str() {
        "tcp" => (Protocol::Tcp, port),
        "udp" => (Protocol::Udp, 53),
        "http" | "ws" => (Protocol::Tcp, 80),
        "https" | "wss" => (Protocol::Tcp, 443),
        _ => {
            return faults.lost(format!(
                "`{}://` is no protocol of sockets; there are `tcp://` and `udp://`",
                word.escape_debug()
            ));
        }
    };
    faults.mended("the protocols of sockets are `tcp://` and `udp://`");
    let protocol = (protocol == Protocol::Udp).then_some(protocol);
    Some((protocol, rest, port))
}

/// The text without the path of a URL.
fn without_path(text: &str, faults: &mut Faults) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let text_without_query = &text[..end];
    let after_host = text_without_query.find(']').unwrap_or(0);
    let slash = text_without_query[after_host..]
        .find('/')
        .map(|at| at + after_host);
    let is_prefix = |slash: usize| {
        let before = text_without_query[..slash]
            .trim_start_matches('[')
            .trim_end_matches(']');
        let address: Result<std::net::IpAddr, _> = before.parse();
        address.is_ok()
    };
    match slash {
        Some(slash) if !is_prefix(slash) => {
            let (before, after) = (
                &text_without_query[..slash],
                &text_without_query[slash + 1..],
            );
            if let Some((address, ports)) = before.rsplit_once(':')
                && address.parse::<std::net::IpAddr>().is_ok()
                && after.parse::<u8>().is_ok()
            {
                faults.mended("the prefix stands before the port");
                return format!("{address}/{after}:{ports}");
            }
            faults.mended("a rule for sockets has no path");
            text_without_query[..slash].to_string()
        }
        _ if end < text.len() => {
            faults.mended("a rule for sockets has no query");
            text_without_query.to_string()
        }
        _ => text.to_string(),
    }
}

fn read_ports(text: Option<&str>, default: u16, of: Use, faults: &mut Faults) -> Option<Ports> {
    let zero = if of == Use::Listen {
        Zero::Meant
    } else {
        Zero::Never
    };
    match text {
        _ if of == Use::Resolve => {
            if text.is_some() {
                faults.mended("a rule of names has no port");
            }
            Some(Ports::ALL)
        }
        None | Some("") => {
            faults.mended("the port is missing");
            Some(Ports::one(default))
        }
        Some(text) => ports::read(text, zero, faults),
    }
}

/// The target, if such a rule can have it.
fn checked(target: Target, of: Use, faults: &mut Faults) -> Option<Target> {
    match (of, target) {
        (Use::Listen, Target::Any) => {
            faults.mended("an empty host stands for every address of this machine");
            Some(Target::Nobody)
        }
        (Use::Listen, Target::Name(name)) if name.ascii == "localhost" => {
            faults.mended("a program listens on addresses, not on names");
            target::read("127.0.0.1", faults)
        }
        (Use::Listen, Target::Name(_) | Target::Below(_)) => {
            faults.lost("a program listens on addresses, not on names")
        }
        (Use::Refuse, Target::Name(_) | Target::Below(_) | Target::Any) => faults.lost(
            "only addresses can be refused here, because the addresses of a name change; \
             leave the name out of `allow` instead",
        ),
        (Use::Resolve, Target::Block(_)) => {
            faults.lost("an address is not looked up; only names can stand here")
        }
        (Use::Connect | Use::Refuse | Use::Resolve, Target::Nobody) => {
            faults.lost("the host is missing")
        }
        (_, target) => Some(target),
    }
}

/// The rule in its canonical spelling. Rules of names to look up have neither protocol nor ports.
pub(super) fn print(rule: &Socket, of: Use) -> String {
    let host = target::print(&rule.target, false);
    if of == Use::Resolve {
        return host;
    }
    let protocol = match rule.protocol {
        None => "",
        Some(Protocol::Udp) => "udp://",
        Some(Protocol::Tcp) => "tcp://",
    };
    format!("{protocol}{host}:{}", ports::print(rule.ports))
}
