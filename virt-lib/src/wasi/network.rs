//! What network rules do about each function of `wasi:sockets` and `wasi:http`. A function that
//! this release does not know stays closed, so that a later release of WASI cannot open a hole.
//! This module must never look at a policy.

use super::name::{self, InterfaceName, key};

/// `interface#function` of every function that rules may leave to the host, made by
/// `cargo xtask wit`.
const KNOWN: &str = include_str!("network_functions.txt");

/// Functions that the host answers once the adapter has checked the call.
const CHECKED: [&str; 13] = [
    "wasi:sockets/tcp#[method]tcp-socket.start-bind",
    "wasi:sockets/tcp#[method]tcp-socket.start-connect",
    "wasi:sockets/tcp#[method]tcp-socket.start-listen",
    "wasi:sockets/udp#[method]udp-socket.start-bind",
    "wasi:sockets/udp#[method]outgoing-datagram-stream.send",
    "wasi:sockets/types@0.3#[method]tcp-socket.bind",
    "wasi:sockets/types@0.3#[method]tcp-socket.connect",
    "wasi:sockets/types@0.3#[method]tcp-socket.listen",
    "wasi:sockets/types@0.3#[method]udp-socket.bind",
    "wasi:sockets/types@0.3#[method]udp-socket.connect",
    "wasi:sockets/types@0.3#[method]udp-socket.send",
    "wasi:http/outgoing-handler#handle",
    "wasi:http/client@0.3#send",
];

/// Functions of the host that the adapter calls in place of the component, to see what they return.
const BEGUN: [&str; 2] = [
    "wasi:sockets/ip-name-lookup@0.3#resolve-addresses",
    "wasi:sockets/types@0.3#[method]udp-socket.receive",
];

/// Functions that the adapter answers.
const ANSWERED: [&str; 4] = [
    "wasi:sockets/udp#[method]udp-socket.stream",
    "wasi:sockets/udp#[method]incoming-datagram-stream.receive",
    "wasi:sockets/udp#[method]incoming-datagram-stream.subscribe",
    "wasi:sockets/udp#[resource-drop]incoming-datagram-stream",
];

/// Functions that the adapter answers where requests get headers from the host's environment.
const OF_SECRETS: [&str; 8] = [
    "wasi:http/types#[constructor]outgoing-request",
    "wasi:http/types#[method]outgoing-request.body",
    "wasi:http/types#[method]outgoing-request.headers",
    "wasi:http/types#[method]outgoing-request.set-authority",
    "wasi:http/types#[method]outgoing-request.set-method",
    "wasi:http/types#[method]outgoing-request.set-path-with-query",
    "wasi:http/types#[method]outgoing-request.set-scheme",
    "wasi:http/types#[resource-drop]outgoing-request",
];

/// The resource of `wasi:sockets/udp` of which the adapter makes handles.
pub(crate) const INCOMING: &str = "incoming-datagram-stream";

/// The part of the network that an interface or a function opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Nothing by itself.
    Shared,
    Tcp,
    Udp,
    /// Sockets of both kinds.
    Sockets,
    /// Lookups of names.
    Names,
    /// Requests of HTTP.
    Requests,
    /// Something that rules do not know.
    Unknown,
}

/// The part that an interface opens.
pub(crate) fn part(interface: &str) -> Part {
    let Some(of) = InterfaceName::parse(interface) else {
        return Part::Unknown;
    };
    match (of.package, of.interface) {
        (name::SOCKETS, "network" | "instance-network") | (name::HTTP, "types") => Part::Shared,
        (name::SOCKETS, "tcp" | "tcp-create-socket") => Part::Tcp,
        (name::SOCKETS, "udp" | "udp-create-socket") => Part::Udp,
        (name::SOCKETS, "types") => Part::Sockets,
        (name::SOCKETS, "ip-name-lookup") => Part::Names,
        (name::HTTP, "outgoing-handler" | "client") => Part::Requests,
        _ => Part::Unknown,
    }
}

/// The part that a function of an interface opens.
pub(crate) fn part_of(interface: &str, function: &str) -> Part {
    match part(interface) {
        _ if !is_known(interface, function) => Part::Unknown,
        Part::Sockets if function.contains("]tcp-socket.") => Part::Tcp,
        Part::Sockets if function.contains("]udp-socket.") => Part::Udp,
        Part::Sockets => Part::Unknown,
        part => part,
    }
}

/// Whether a function is one of a release that is known.
pub(crate) fn is_known(interface: &str, function: &str) -> bool {
    let key = key(interface, function);
    KNOWN.lines().any(|known| known == key)
}

/// Whether the host answers a function once the adapter has checked the call.
pub(crate) fn is_checked(key: &str) -> bool {
    CHECKED.contains(&key)
}

/// Whether the adapter calls a function of the host in place of the component.
pub(crate) fn is_begun(key: &str) -> bool {
    BEGUN.contains(&key)
}

/// Whether the adapter checks, calls or answers a function.
pub(crate) fn is_ruled(key: &str) -> bool {
    is_checked(key) || is_begun(key) || ANSWERED.contains(&key)
}

/// Whether the adapter answers a function where requests get headers from the host's environment.
pub(crate) fn is_of_secrets(key: &str) -> bool {
    OF_SECRETS.contains(&key)
}
