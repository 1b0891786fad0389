//! The network rules of the configuration, and the answers of lookups that they remember. All
//! versions of WASI share one set of both. This module must never call the host.

mod address;
mod datagrams;
mod headers;
mod http;
mod refused;
mod transmission;

pub use address::{
    IpAddress, IpSocketAddress, Ipv4Address, Ipv4SocketAddress, Ipv6Address, Ipv6SocketAddress,
};
pub use datagrams::{Datagrams, WORDS_OF_DATAGRAM};
pub use headers::with_headers;
pub use http::{DnsErrorPayload, FieldSizePayload, TlsAlertReceivedPayload};
pub use http::{HostHttp, HttpError, Line, Method, Scheme, check, headers_of};
pub use refused::{Refused, reported};
pub use transmission::{Transmission, forget};

use wasi_virt_net::{Address, Answers, Lookup, Name, Protocol, Rules};

use crate::config::config;
use crate::memory;

crate::shared::instance! {
    /// What may be connected to because a lookup gave it.
    static ANSWERS: Answers = Answers::new();
}

/// The rules.
fn rules() -> Rules<'static> {
    Rules::new(config().rules())
}

/// What comes of the lookup of a text.
pub fn lookup(text: &[u8]) -> Lookup {
    let lookup = rules().lookup(text);
    if let Lookup::Invalid | Lookup::Refused = lookup {
        Refused::Lookup(text).report();
    }
    lookup
}

/// Whether an answer to the lookup of a name is passed on. Without memory to remember it, it is
/// not.
pub fn passes(name: &Name, address: IpAddress) -> bool {
    let remembered = memory::keep(|| {
        let answer = |answers: &mut Answers| rules().answer(answers, name, address.into());
        Some(ANSWERS.with(answer))
    });
    let passes = remembered.unwrap_or(false);
    if !passes {
        Refused::Answer(name, address).report();
    }
    passes
}

/// Whether the program may connect or send to an address.
pub fn may_connect(protocol: Protocol, to: IpSocketAddress) -> bool {
    let (address, port): (Address, u16) = to.into();
    let admitted = ANSWERS.with(|answers| rules().connect(answers, protocol, address, port));
    if !admitted {
        Refused::Connect(protocol, to).report();
    }
    admitted
}

/// Whether the program may bind a socket to an address.
pub fn may_bind(protocol: Protocol, to: IpSocketAddress) -> bool {
    let (address, port) = to.into();
    let admitted = rules().bind(protocol, address, port);
    if !admitted {
        Refused::Bind(protocol, to).report();
    }
    admitted
}

/// Whether the program may receive whatever comes to a UDP socket that is bound to an address.
pub fn may_listen(at: IpSocketAddress) -> bool {
    let (address, port) = at.into();
    rules().listens(Protocol::Udp, address, port)
}
