//! `tcp-socket` of `wasi:sockets/types`: where a socket may connect, bind and listen. Sockets stay
//! the host's.

use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{IpSocketAddress, may_bind, may_connect};
use wasi_virt_net::Protocol;

use super::types::SocketResult;
use super::{admitted, imports as host};

exports! {
    "[check]wasi:sockets/types@0.3#[method]tcp-socket.connect"
    fn connect(app, this: u32, to: [address]) ? SocketResult<()> {
        admitted(this, may_connect(Protocol::Tcp, to))
    }
    "[check]wasi:sockets/types@0.3#[method]tcp-socket.bind"
    fn bind(app, this: u32, to: [address]) ? SocketResult<()> {
        admitted(this, may_bind(Protocol::Tcp, to))
    }
    "[check]wasi:sockets/types@0.3#[method]tcp-socket.listen"
    fn listen(app, this: u32) ? SocketResult<u32> {
        // An address that the socket is bound to was checked then. Else the host picks one.
        let is_admitted = host::tcp_local_address(this).is_ok() || {
            let is_ipv6 = host::tcp_address_family(this) != 0;
            may_bind(Protocol::Tcp, IpSocketAddress::unspecified(is_ipv6))
        };
        admitted(this, is_admitted)
    }
}
