//! `wasi:sockets/udp`: to whom datagrams go, and from whom they reach the program. Streams of what
//! comes in are the adapter's, which knows whether their sockets may listen. All else stays the
//! host's.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{
    Datagrams, IpSocketAddress, may_bind, may_connect, may_listen,
};
use wasi_virt_net::Protocol;

use super::types::{IncomingDatagram, SocketError, SocketResult};
use super::{admitted, imports as host};
use crate::table::{self, Incoming, Resource};

type Incomings = SocketResult<Vec<IncomingDatagram>>;

/// Sends the first so many datagrams, which are copied because the host takes them together.
fn send_first(this: u32, datagrams: &Datagrams, count: usize) -> SocketResult<u64> {
    let data: Vec<Vec<u8>> = datagrams
        .iter()
        .take(count)
        .map(|datagram| datagram.data.to_vec())
        .collect();
    let mut records = datagrams.words(count).to_vec();
    for ([start, ..], data) in records.iter_mut().zip(&data) {
        *start = data.as_ptr().expose_provenance() as u32;
    }
    host::send(this, &records)
}

exports! {
    "[check]wasi:sockets/udp#[method]udp-socket.start-bind"
    fn start_bind(app, this: u32, network: u32, to: [address]) ? SocketResult<()> {
        let _ = network;
        admitted(this, may_bind(Protocol::Udp, to))
    }
    "wasi:sockets/udp#[method]udp-socket.stream"
    fn stream(app, this: u32, remote: [optional address]) => SocketResult<(Own, Own)> {
        if remote.is_some_and(|to| !may_connect(Protocol::Udp, to)) {
            return Err(SocketError::AccessDenied);
        }
        // Where the host would bind by itself, no rule was asked.
        let at = host::udp_local_address(this).map_err(|_| SocketError::InvalidState)?;
        if !table::has_room() {
            return Err(SocketError::OutOfMemory);
        }
        let (Own(incoming), outgoing) = host::udp_stream(this, IpSocketAddress::flat_optional(remote))?;
        let incoming = Incoming { of_host: incoming, listens: may_listen(at) };
        Ok((table::add(Resource::Incoming(incoming)), outgoing))
    }
    "wasi:sockets/udp#[method]incoming-datagram-stream.receive"
    fn receive(app, this: u32, max_results: u64) => Incomings {
        let Incoming { of_host, listens } = table::incoming(this);
        let mut datagrams = host::receive(of_host, max_results)?;
        datagrams.retain(|datagram| {
            listens || may_connect(Protocol::Udp, datagram.remote_address)
        });
        Ok(datagrams)
    }
    "wasi:sockets/udp#[method]incoming-datagram-stream.subscribe"
    fn subscribe(app, this: u32) -> u32 {
        host::subscribe_incoming(table::incoming(this).of_host)
    }
    "wasi:sockets/udp#[resource-drop]incoming-datagram-stream"
    fn drop_incoming(app, this: u32) -> () {
        let Incoming { of_host, .. } = table::incoming(this);
        table::remove(this);
        host::drop_incoming(of_host);
    }
    "[check]wasi:sockets/udp#[method]outgoing-datagram-stream.send"
    fn send(app, this: u32, datagrams: [datagrams]) ? SocketResult<u64> {
        let is_admitted = |to: Option<_>| to.is_none_or(|to| may_connect(Protocol::Udp, to));
        let refused = datagrams.iter().position(|datagram| !is_admitted(datagram.remote_address));
        match refused {
            None => Ok(this),
            Some(0) => Err(Err(SocketError::AccessDenied)),
            Some(count) => Err(send_first(this, &datagrams, count)),
        }
    }
}
