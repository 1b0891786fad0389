//! `wasi:sockets/tcp`: where a socket may connect, bind and listen. Sockets stay the host's.

use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{may_bind, may_connect};
use wasi_virt_net::Protocol;

use super::types::{SocketError, SocketResult};
use super::{admitted, imports as host};

exports! {
    "[check]wasi:sockets/tcp#[method]tcp-socket.start-connect"
    fn start_connect(app, this: u32, network: u32, to: [address]) ? SocketResult<()> {
        let _ = network;
        admitted(this, may_connect(Protocol::Tcp, to))
    }
    "[check]wasi:sockets/tcp#[method]tcp-socket.start-bind"
    fn start_bind(app, this: u32, network: u32, to: [address]) ? SocketResult<()> {
        let _ = network;
        admitted(this, may_bind(Protocol::Tcp, to))
    }
    "[check]wasi:sockets/tcp#[method]tcp-socket.start-listen"
    fn start_listen(app, this: u32) ? SocketResult<()> {
        // Where the host would bind by itself, no rule was asked.
        match host::tcp_local_address(this) {
            Ok(_) => Ok(this),
            Err(_) => Err(Err(SocketError::InvalidState)),
        }
    }
}
