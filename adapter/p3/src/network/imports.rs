//! The host's functions of `wasi:sockets` and `wasi:http` that the rules need. They take the host's
//! handles, which are the component's own.

use alloc::vec::Vec;

use wasi_virt_adapter_core::network::{IpAddress, IpSocketAddress};
use wasi_virt_adapter_core::{host_functions, host_http};

use super::types::{LookupError, SocketResult};
use crate::version::P3;

host_functions! {
    "wasi:sockets/types@0.3#[method]tcp-socket.get-local-address"
    fn tcp_local_address(this: u32) => SocketResult<IpSocketAddress>;
    "wasi:sockets/types@0.3#[method]tcp-socket.get-address-family"
    fn tcp_address_family(this: u32) -> u32;
    "wasi:sockets/types@0.3#[method]udp-socket.get-local-address"
    fn udp_local_address(this: u32) => SocketResult<IpSocketAddress>;
    "wasi:sockets/types@0.3#[method]udp-socket.get-remote-address"
    fn udp_remote_address(this: u32) => SocketResult<IpSocketAddress>;
    "wasi:sockets/ip-name-lookup@0.3#resolve-addresses"
    fn resolve_addresses(name: [u8]) => Result<Vec<IpAddress>, LookupError>;
}

host_http! { P3, "wasi:http/types@0.3", "request", "get-" }
