//! The host's functions of `wasi:sockets` and `wasi:http` that the rules need. They take the host's
//! handles, which are the component's own.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::network::IpSocketAddress;
use wasi_virt_adapter_core::{host_functions, host_http};

use super::types::{HeaderError, SocketResult};
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
    "wasi:http/types@0.3#[method]request.get-options"
    fn get_options(this: u32) => Option<Own>;
    "wasi:http/types@0.3#[method]request-options.clone" fn clone_options(this: u32) -> u32;
    "wasi:http/types@0.3#[resource-drop]request-options" fn drop_options(this: u32) -> ();
    "wasi:http/types@0.3#[static]request.consume-body"
    fn consume_body(this: u32, result: u32) => (Own, Own);
    "wasi:http/types@0.3#[static]request.new"
    fn new_request(
        headers: u32,
        has_contents: u32,
        contents: u32,
        trailers: u32,
        has_options: u32,
        options: u32
    ) => (Own, Own);
    "wasi:http/types@0.3#[method]fields.set"
    fn set_field(this: u32, name: [u8], values: [lists]) => Result<(), HeaderError>;
}

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Begins a lookup of the name of `len` bytes, which has to stay until the call has ended. The
    /// host writes the result there once the call has returned.
    #[link_name = "wasi:sockets/ip-name-lookup@0.3#[async-lower]resolve-addresses"]
    pub fn begin_lookup(name: *const u8, len: usize, result: *mut u8) -> u32;
    /// Begins to receive a datagram.
    #[link_name = "wasi:sockets/types@0.3#[async-lower][method]udp-socket.receive"]
    pub fn begin_receive(this: u32, result: *mut u8) -> u32;
}

host_http! { P3, "wasi:http/types@0.3", "request", "get-", set_field }
