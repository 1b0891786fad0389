//! TCP, UDP and name lookup, as tasks. What is sent is read from a file.

use crate::Task;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};
use crate::bindings::wasi::sockets::instance_network::instance_network;
use crate::bindings::wasi::sockets::ip_name_lookup::{ResolveAddressStream, resolve_addresses};
use crate::bindings::wasi::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use crate::bindings::wasi::sockets::tcp::TcpSocket;
use crate::bindings::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::bindings::wasi::sockets::udp::{
    IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use crate::bindings::wasi::sockets::udp_create_socket::create_udp_socket;

fn address(text: &str) -> IpSocketAddress {
    let address: std::net::SocketAddrV4 = text.parse().expect("an IPv4 address and port");
    let [a, b, c, d] = address.ip().octets();
    IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: address.port(),
        address: (a, b, c, d),
    })
}

/// Sends a file's pieces, one when the last has come back.
pub struct Tcp {
    streams: Option<(InputStream, OutputStream)>,
    socket: TcpSocket,
    file: InputStream,
    sent: usize,
    echo: Vec<u8>,
    ended: bool,
}

impl Tcp {
    pub fn new(to: &str, file: InputStream) -> Tcp {
        let socket = create_tcp_socket(IpAddressFamily::Ipv4).expect("a socket");
        socket
            .start_connect(&instance_network(), address(to))
            .expect("connect");
        Tcp {
            streams: None,
            socket,
            file,
            sent: 0,
            echo: Vec::new(),
            ended: false,
        }
    }

    fn send(&mut self) {
        let (_, output) = self.streams.as_ref().expect("a connection");
        // The host copies from a virtual file.
        match self.file.blocking_read(5) {
            Ok(piece) => {
                self.sent += piece.len();
                output.blocking_write_and_flush(&piece).expect("write");
            }
            Err(StreamError::Closed) => self.ended = true,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Task for Tcp {
    fn waits(&self) -> Option<Pollable> {
        if self.ended {
            return None;
        }
        Some(match &self.streams {
            None => self.socket.subscribe(),
            Some((input, _)) => input.subscribe(),
        })
    }

    fn go_on(&mut self) {
        let Some((input, _)) = &self.streams else {
            match self.socket.finish_connect() {
                Err(ErrorCode::WouldBlock) => return,
                streams => self.streams = Some(streams.expect("a connection")),
            }
            return self.send();
        };
        self.echo.extend(input.read(64).expect("read"));
        if self.echo.len() == self.sent {
            self.send();
        }
    }

    fn outcome(self: Box<Self>) -> String {
        format!("tcp: {:?}", String::from_utf8_lossy(&self.echo))
    }
}

/// Sends a file as one datagram.
pub struct Datagrams {
    incoming: IncomingDatagramStream,
    outgoing: OutgoingDatagramStream,
    _socket: UdpSocket,
    file: InputStream,
    sent: bool,
    echo: Option<Vec<u8>>,
}

impl Datagrams {
    pub fn new(to: &str, file: InputStream) -> Datagrams {
        let socket = create_udp_socket(IpAddressFamily::Ipv4).expect("a socket");
        socket
            .start_bind(&instance_network(), address("127.0.0.1:0"))
            .and_then(|()| socket.finish_bind())
            .expect("bind");
        let (incoming, outgoing) = socket.stream(Some(address(to))).expect("streams");
        Datagrams {
            incoming,
            outgoing,
            _socket: socket,
            file,
            sent: false,
            echo: None,
        }
    }
}

impl Task for Datagrams {
    fn waits(&self) -> Option<Pollable> {
        match (&self.echo, self.sent) {
            (Some(_), _) => None,
            (None, true) => Some(self.incoming.subscribe()),
            (None, false) => Some(self.outgoing.subscribe()),
        }
    }

    fn go_on(&mut self) {
        if self.sent {
            let received = self.incoming.receive(1).expect("receive");
            self.echo = received.into_iter().next().map(|datagram| datagram.data);
            return;
        }
        if self.outgoing.check_send().expect("room") > 0 {
            let datagram = OutgoingDatagram {
                data: self.file.blocking_read(400).expect("a file"),
                remote_address: None,
            };
            self.sent = self.outgoing.send(&[datagram]).expect("send") == 1;
        }
    }

    fn outcome(self: Box<Self>) -> String {
        let echo = self.echo.unwrap_or_default();
        format!("udp: {:?}", String::from_utf8_lossy(&echo))
    }
}

/// Looks a name up.
pub struct Lookup {
    addresses: ResolveAddressStream,
    found: u32,
    ended: bool,
}

impl Lookup {
    pub fn new(name: &str) -> Lookup {
        Lookup {
            addresses: resolve_addresses(&instance_network(), name).expect("a lookup"),
            found: 0,
            ended: false,
        }
    }
}

impl Task for Lookup {
    fn waits(&self) -> Option<Pollable> {
        (!self.ended).then(|| self.addresses.subscribe())
    }

    fn go_on(&mut self) {
        match self.addresses.resolve_next_address() {
            Err(ErrorCode::WouldBlock) => {}
            Ok(Some(_)) => self.found += 1,
            Ok(None) => self.ended = true,
            Err(error) => panic!("{error}"),
        }
    }

    fn outcome(self: Box<Self>) -> String {
        format!("localhost found: {}", self.found > 0)
    }
}
