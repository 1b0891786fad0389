//! The host's functions of `wasi:sockets` and `wasi:http` that the rules need. They take the host's
//! handles, which are the component's own.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::network::{IpAddress, IpSocketAddress};
use wasi_virt_adapter_core::{host_functions, host_http};

use super::types::{HeaderError, IncomingDatagram, SocketResult};
use crate::version::P2;

host_functions! {
    "wasi:sockets/tcp#[method]tcp-socket.local-address"
    fn tcp_local_address(this: u32) => SocketResult<IpSocketAddress>;
    "wasi:sockets/udp#[method]udp-socket.local-address"
    fn udp_local_address(this: u32) => SocketResult<IpSocketAddress>;
    "wasi:sockets/udp#[method]udp-socket.stream"
    fn udp_stream(this: u32, remote: [optional address]) => SocketResult<(Own, Own)>;
    "wasi:sockets/udp#[method]incoming-datagram-stream.receive"
    fn receive(this: u32, max_results: u64) => SocketResult<Vec<IncomingDatagram>>;
    "wasi:sockets/udp#[method]incoming-datagram-stream.subscribe"
    fn subscribe_incoming(this: u32) -> u32;
    "wasi:sockets/udp#[resource-drop]incoming-datagram-stream"
    fn drop_incoming(this: u32) -> ();
    "wasi:sockets/udp#[method]outgoing-datagram-stream.send"
    fn send(this: u32, datagrams: [datagrams]) => SocketResult<u64>;
    "wasi:sockets/ip-name-lookup#resolve-addresses"
    fn resolve_addresses(network: u32, name: [u8]) => SocketResult<Own>;
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address"
    fn resolve_next_address(this: u32) => SocketResult<Option<IpAddress>>;
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.subscribe"
    fn subscribe_lookup(this: u32) -> u32;
    "wasi:sockets/ip-name-lookup#[resource-drop]resolve-address-stream"
    fn drop_lookup(this: u32) -> ();
    "wasi:http/types#[resource-drop]request-options" fn drop_options(this: u32) -> ();
    "wasi:http/types#[constructor]outgoing-request" fn new_request(headers: u32) -> u32;
    "wasi:http/types#[method]outgoing-request.body"
    fn request_body(this: u32) => Result<Own, ()>;
    "wasi:http/types#[resource-drop]outgoing-body" fn drop_body(this: u32) -> ();
    "wasi:http/types#[method]fields.set"
    fn set_field(this: u32, name: [u8], values: [lists]) => Result<(), HeaderError>;
}

host_http! { P2, "wasi:http/types", "outgoing-request", "", set_field }
