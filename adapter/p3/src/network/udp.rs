//! `udp-socket` of `wasi:sockets/types`: to whom datagrams go, and from whom they reach the
//! program. Sockets stay the host's.

use wasi_virt_adapter_core::abi::Text;
use wasi_virt_adapter_core::app::Bytes;
use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{IpSocketAddress, may_bind, may_connect, may_listen};
use wasi_virt_net::Protocol;

use super::types::SocketResult;
use super::{admitted, imports as host};

exports! {
    "[check]wasi:sockets/types@0.3#[method]udp-socket.bind"
    fn bind(app, this: u32, to: [address]) ? SocketResult<()> {
        admitted(this, may_bind(Protocol::Udp, to))
    }
    "[check]wasi:sockets/types@0.3#[method]udp-socket.connect"
    fn connect(app, this: u32, to: [address]) ? SocketResult<()> {
        admitted(this, may_connect(Protocol::Udp, to))
    }
    "[check]wasi:sockets/types@0.3#[method]udp-socket.send"
    fn send(app, this: u32, data: [bytes], to: [optional address]) ? SocketResult<()> {
        let _: Bytes = data;
        // Without an address, it goes to the one that `connect` was checked for.
        admitted(this, to.is_none_or(|to| may_connect(Protocol::Udp, to)))
    }
    "[check]wasi:sockets/types@0.3#[method]udp-socket.receive"
    fn receive(app, this: u32) ? SocketResult<(Text, IpSocketAddress)> {
        // The host gives a connected socket nothing but what comes from there.
        let is_admitted = host::udp_remote_address(this).is_ok()
            || host::udp_local_address(this).is_ok_and(may_listen);
        admitted(this, is_admitted)
    }
}
