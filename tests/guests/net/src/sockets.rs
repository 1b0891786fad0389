//! Sockets and lookups of WASI 0.2.

use crate::bindings::wasi::sockets::instance_network::instance_network;
use crate::bindings::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::bindings::wasi::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use crate::bindings::wasi::sockets::tcp::TcpSocket;
use crate::bindings::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::bindings::wasi::sockets::udp::{
    IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket,
};
use crate::bindings::wasi::sockets::udp_create_socket::create_udp_socket;
use crate::script::Command;
use crate::words::{Said, address, any, code, text};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub fn perform(command: &Command) -> Option<Said> {
    let word = |at| command.word(at);
    let further = || (1..).map_while(|at| command.optional(at));
    Some(match command.verb.as_str() {
        "lookup" => shown(lookup(&text(word(0))), |found| {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            found.join(" ")
        }),
        "connect" => shown(connect(address(word(0))), |_| String::new()),
        "connect-name" => connect_name(&text(word(0)), word(1)),
        "echo" => echo(address(word(0)), word(1)).map_err(code),
        "tcp-bind" => shown(tcp_bind(address(word(0))), |_| String::new()),
        "tcp-listen" => tcp_listen(word(0)).map_err(code),
        "udp-bind" => shown(udp_bind(address(word(0))), |_| String::new()),
        "udp-connect" => udp_connect(address(word(0)), None).map_err(code),
        "udp-connect-from" => udp_connect(address(word(1)), Some(address(word(0)))).map_err(code),
        "udp-connect-unbound" => udp_connect_unbound(address(word(0))).map_err(code),
        "send" => send(word(0), further().map(address)).map_err(code),
        "exchange" => exchange(address(word(0)), word(1), None).map_err(code),
        "exchange-connected" => exchange_connected(address(word(0)), word(1)).map_err(code),
        "exchange-from" => {
            exchange(address(word(1)), word(2), Some(address(word(0)))).map_err(code)
        }
        _ => return None,
    })
}

fn shown<T>(result: Result<T, ErrorCode>, show: impl FnOnce(T) -> String) -> Said {
    result.map(show).map_err(code)
}

fn family(of: &SocketAddr) -> IpAddressFamily {
    match of.is_ipv4() {
        true => IpAddressFamily::Ipv4,
        false => IpAddressFamily::Ipv6,
    }
}

fn wit(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(address) => {
            let [a, b, c, d] = address.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress {
                port: address.port(),
                address: (a, b, c, d),
            })
        }
        SocketAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: address.port(),
                flow_info: address.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: address.scope_id(),
            })
        }
    }
}

fn std_address(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(of) => SocketAddr::new(ip(IpAddress::Ipv4(of.address)), of.port),
        IpSocketAddress::Ipv6(of) => SocketAddr::new(ip(IpAddress::Ipv6(of.address)), of.port),
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}

fn lookup(name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
    let addresses = resolve_addresses(&instance_network(), name)?;
    let mut found = Vec::new();
    loop {
        match addresses.resolve_next_address() {
            Err(ErrorCode::WouldBlock) => addresses.subscribe().block(),
            Ok(Some(address)) => found.push(ip(address)),
            Ok(None) => return Ok(found),
            // One address more that is not given away, or the end of them.
            Err(ErrorCode::AccessDenied) if !found.is_empty() => panic!("denied in between"),
            Err(error) => {
                let after = addresses.resolve_next_address();
                assert!(!matches!(after, Ok(Some(_))), "an answer after {error:?}");
                return Err(error);
            }
        }
    }
}

fn connect(to: SocketAddr) -> Result<Connection, ErrorCode> {
    let socket = create_tcp_socket(family(&to))?;
    socket.start_connect(&instance_network(), wit(to))?;
    loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            other => {
                let (input, output) = other?;
                return Ok(Connection {
                    input,
                    output,
                    _socket: socket,
                });
            }
        }
    }
}

/// A connection, kept together with its socket, which must go last.
struct Connection {
    input: crate::bindings::wasi::io::streams::InputStream,
    output: crate::bindings::wasi::io::streams::OutputStream,
    _socket: TcpSocket,
}

/// Looks a name up and connects to each of its addresses, all of them after the lookup.
fn connect_name(name: &str, port: &str) -> Said {
    let port = port.parse().expect("a port");
    let found = lookup(name).map_err(code)?;
    let tried = found.into_iter().map(|address| {
        let came = connect(SocketAddr::new(address, port));
        let came = came.map_or_else(code, |_| "ok".to_string());
        format!("{address} {came}")
    });
    Ok(tried.collect::<Vec<_>>().join(", "))
}

fn echo(to: SocketAddr, text: &str) -> Result<String, ErrorCode> {
    let connection = connect(to)?;
    let output = &connection.output;
    output
        .blocking_write_and_flush(text.as_bytes())
        .expect("write");
    let mut echo = Vec::new();
    while echo.len() < text.len() {
        echo.extend(connection.input.blocking_read(64).expect("read"));
    }
    Ok(String::from_utf8_lossy(&echo).into_owned())
}

fn tcp_bind(to: SocketAddr) -> Result<TcpSocket, ErrorCode> {
    let socket = create_tcp_socket(family(&to))?;
    socket.start_bind(&instance_network(), wit(to))?;
    socket.finish_bind()?;
    Ok(socket)
}

fn tcp_listen(on: &str) -> Result<String, ErrorCode> {
    let socket = match on {
        "unbound" => create_tcp_socket(IpAddressFamily::Ipv4)?,
        on => tcp_bind(address(on))?,
    };
    socket.start_listen()?;
    socket.finish_listen()?;
    Ok(format!("listening {}", socket.is_listening()))
}

fn udp_bind(to: SocketAddr) -> Result<UdpSocket, ErrorCode> {
    let socket = create_udp_socket(family(&to))?;
    socket.start_bind(&instance_network(), wit(to))?;
    socket.finish_bind()?;
    Ok(socket)
}

fn udp_connect(to: SocketAddr, from: Option<SocketAddr>) -> Result<String, ErrorCode> {
    let socket = udp_bind(from.unwrap_or(any(&to)))?;
    socket.stream(Some(wit(to)))?;
    Ok(String::new())
}

fn udp_connect_unbound(to: SocketAddr) -> Result<String, ErrorCode> {
    let socket = create_udp_socket(family(&to))?;
    socket.stream(Some(wit(to)))?;
    Ok(String::new())
}

/// Sends a text to each address, in one call, and says how many were sent.
fn send(text: &str, to: impl Iterator<Item = SocketAddr>) -> Result<String, ErrorCode> {
    let to: Vec<SocketAddr> = to.collect();
    let socket = udp_bind(any(&to[0]))?;
    let (_incoming, outgoing) = socket.stream(None)?;
    outgoing.check_send()?;
    let datagrams: Vec<OutgoingDatagram> = to
        .into_iter()
        .map(|to| OutgoingDatagram {
            data: text.as_bytes().to_vec(),
            remote_address: Some(wit(to)),
        })
        .collect();
    Ok(outgoing.send(&datagrams)?.to_string())
}

/// Sends a text and says what comes first, and whether it comes from there.
fn exchange(with: SocketAddr, text: &str, from: Option<SocketAddr>) -> Result<String, ErrorCode> {
    let socket = udp_bind(from.unwrap_or(any(&with)))?;
    let streams = socket.stream(None)?;
    first(streams, with, text, Some(wit(with)))
}

/// The same of a socket that is connected.
fn exchange_connected(with: SocketAddr, text: &str) -> Result<String, ErrorCode> {
    let socket = udp_bind(any(&with))?;
    let streams = socket.stream(Some(wit(with)))?;
    first(streams, with, text, None)
}

fn first(
    (incoming, outgoing): (IncomingDatagramStream, OutgoingDatagramStream),
    with: SocketAddr,
    text: &str,
    remote_address: Option<IpSocketAddress>,
) -> Result<String, ErrorCode> {
    outgoing.check_send()?;
    let datagram = OutgoingDatagram {
        data: text.as_bytes().to_vec(),
        remote_address,
    };
    outgoing.send(&[datagram])?;
    loop {
        incoming.subscribe().block();
        let Some(datagram) = incoming.receive(1)?.pop() else {
            continue;
        };
        let came = String::from_utf8_lossy(&datagram.data).into_owned();
        let whence = match std_address(datagram.remote_address) == with {
            true => "from there",
            false => "from elsewhere",
        };
        return Ok(format!("{came} {whence}"));
    }
}
