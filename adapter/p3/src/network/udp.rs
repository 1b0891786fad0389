//! `udp-socket` of `wasi:sockets/types`: to whom datagrams go. Sockets stay the host's. What is
//! received is in `begun`.

use wasi_virt_adapter_core::app::Bytes;
use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{may_bind, may_connect};
use wasi_virt_net::Protocol;

use super::admitted;
use super::types::SocketResult;

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
}
