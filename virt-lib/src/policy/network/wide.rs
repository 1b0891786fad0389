//! Rules that allow more than people may expect. Each is a warning. This module must never refuse
//! one.

use super::target::Target;
use super::{Read, Use, entry, request, socket};
use crate::error::{Problem, ProblemKind, Setting};
use crate::policy::Policy;
use wasi_virt_net::{Address, Block, Ports, Protocol};

impl Policy {
    /// A warning for each rule that is wide.
    pub(crate) fn wide_rules(&self) -> Vec<Problem> {
        let read = Read::new(self);
        let sockets = read.sockets.iter().filter(|rule| rule.of == Use::Connect);
        let of_sockets = sockets.filter_map(|listed| {
            let asked = || {
                let text = entry::print(&listed.rule, &listed.admits, listed.of);
                wide(Setting::entry("sockets", "allow", text))
            };
            match &listed.rule.target {
                Target::Any if listed.rule.ports == Ports::ALL => {
                    Some(asked().then(" allows every public name on every port"))
                }
                Target::Block(block) if block.has_metadata() && !read.refuses(&listed.rule) => {
                    let metadata = match block.first() {
                        Address::V4(_) => "169.254.169.254:*",
                        Address::V6(_) => "[fd00:ec2::254]:*",
                    };
                    Some(
                        asked()
                            .then(
                                " allows addresses at which clouds hand out credentials; refuse \
                                 them, for example with ",
                            )
                            .remedy(Setting::entry("sockets", "deny", metadata)),
                    )
                }
                _ => None,
            }
        });
        let of_http = read.http.iter().filter_map(|rule| {
            let is_wild = matches!(rule.target, Target::Any | Target::Below(_));
            (rule.http && is_wild).then(|| {
                wide(Setting::entry("http", "allow", request::print(rule))).then(
                    " allows requests without TLS to many names, so that nothing proves who \
                     answers; use `https://`, or name the hosts",
                )
            })
        });
        let of_headers = read.http.iter().filter_map(|rule| {
            let is_wide = match rule.target {
                Target::Below(_) => true,
                Target::Block(block) => match block.first() {
                    Address::V4(_) => block.bits() < 32,
                    Address::V6(_) => block.bits() < 128,
                },
                _ => false,
            };
            (is_wide && !rule.headers.is_empty()).then(|| {
                wide(Setting::entry("http", "allow", request::print(rule)))
                    .then(" gives the headers to many hosts; name those that need them")
            })
        });
        let past = (self.sockets.rules().is_some() && self.http.is_allowed()).then(|| {
            wide(Setting::word("http", "allow"))
                .then(" allows requests to every host, whatever the rules of ")
                .remedy(Setting::key("sockets"))
                .then(" say; give rules for requests as well")
        });
        of_sockets
            .chain(of_http)
            .chain(of_headers)
            .chain(past)
            .collect()
    }
}

impl Read {
    /// Whether some rule refuses metadata services that this rule allows.
    fn refuses(&self, allowed: &socket::Socket) -> bool {
        let protocol = allowed.protocol.unwrap_or(Protocol::Tcp);
        let refuses = |block: Block, ports: Ports, of: Option<Protocol>| {
            let is_for = of.is_none_or(|of| of == protocol);
            block.has_metadata() && ports.cover(allowed.ports) && is_for
        };
        let mut refusing = self.sockets.iter().filter(|rule| rule.of == Use::Refuse);
        refusing.any(|listed| match listed.rule.target {
            Target::Block(block) => refuses(block, listed.rule.ports, listed.rule.protocol),
            _ => false,
        })
    }
}

fn wide(setting: Setting) -> Problem {
    Problem::new(ProblemKind::Wide).asked(setting)
}
