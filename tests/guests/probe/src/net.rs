//! TCP, UDP and name lookup, directly and through std, with virtual files read in between.

use crate::bindings::wasi::clocks::monotonic_clock;
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use crate::bindings::wasi::io::poll;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use crate::bindings::wasi::sockets::instance_network::instance_network;
use crate::bindings::wasi::sockets::ip_name_lookup::resolve_addresses;
use crate::bindings::wasi::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use crate::bindings::wasi::sockets::tcp_create_socket::create_tcp_socket;
use crate::bindings::wasi::sockets::udp::OutgoingDatagram;
use crate::bindings::wasi::sockets::udp_create_socket::create_udp_socket;
use crate::script::{Command, answer, code};
use std::io::{Read, Write};

pub fn perform(command: &Command, base: &str) -> Option<String> {
    Some(match command.verb.as_str() {
        "network" => {
            drop(instance_network());
            "ok".into()
        }
        "tcp-create" => answer(create_tcp_socket(IpAddressFamily::Ipv4).map(drop)),
        "udp-create" => answer(create_udp_socket(IpAddressFamily::Ipv4).map(drop)),
        "tcp" => answer(tcp(command.word(0), command.word(1))),
        "tcp-files" => tcp_files(command, base),
        "tcp-listen" => answer(tcp_listen(command.word(0))),
        "udp" => answer(udp(command.word(0), command.word(1))),
        "lookup" => answer(lookup(command.word(0))),
        "std-tcp" => match std_tcp(command.word(0), command.word(1)) {
            Ok(text) => format!("ok {text:?}"),
            Err(error) => format!("error {}", error.kind()),
        },
        "std-udp" => match std_udp(command.word(0), command.word(1)) {
            Ok(text) => format!("ok {text:?}"),
            Err(error) => format!("error {}", error.kind()),
        },
        _ => return None,
    })
}

fn address(text: &str) -> IpSocketAddress {
    let address: std::net::SocketAddrV4 = text.parse().expect("an IPv4 address and port");
    let [a, b, c, d] = address.ip().octets();
    IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: address.port(),
        address: (a, b, c, d),
    })
}

/// A connection, kept together with its socket, which must go last.
struct Connection {
    input: InputStream,
    output: OutputStream,
    _socket: crate::bindings::wasi::sockets::tcp::TcpSocket,
}

fn connect(to: &str) -> Result<Connection, ErrorCode> {
    let network = instance_network();
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_connect(&network, address(to))?;
    let (input, output) = loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            other => break other?,
        }
    };
    Ok(Connection {
        input,
        output,
        _socket: socket,
    })
}

fn tcp(to: &str, text: &str) -> Result<String, ErrorCode> {
    let connection = connect(to)?;
    connection
        .output
        .blocking_write_and_flush(text.as_bytes())
        .expect("write");
    let mut echo = Vec::new();
    while echo.len() < text.len() {
        echo.extend(connection.input.blocking_read(64).expect("read"));
    }
    Ok(String::from_utf8_lossy(&echo).into_owned())
}

/// Echoes a file chunk by chunk: one poll list holds the socket, a timer and the file's stream.
fn tcp_files(command: &Command, base: &str) -> String {
    let connection = match connect(command.word(0)) {
        Ok(connection) => connection,
        Err(error) => return format!("error {}", code(&error)),
    };
    let (root, _) = preopens::get_directories()
        .into_iter()
        .find(|(_, name)| base.is_empty() || name == base)
        .expect("a preopen");
    let file = root
        .open_at(
            PathFlags::empty(),
            command.word(1),
            OpenFlags::empty(),
            DescriptorFlags::READ,
        )
        .expect("a file");
    let contents = file.read_via_stream(0).expect("a stream");
    let mut echoed = Vec::new();
    let mut rounds = 0;
    while let Ok(chunk) = contents.blocking_read(5) {
        if chunk.is_empty() {
            continue;
        }
        connection
            .output
            .blocking_write_and_flush(&chunk)
            .expect("write");
        let mut got = Vec::new();
        while got.len() < chunk.len() {
            let never = monotonic_clock::subscribe_duration(3_600_000_000_000);
            let socket = connection.input.subscribe();
            let disk = contents.subscribe();
            let ready = poll::poll(&[&never, &socket, &disk]);
            assert!(
                !ready.is_empty() && !ready.contains(&0),
                "an hour did not pass: {ready:?}"
            );
            got.extend(connection.input.read(64).expect("read"));
        }
        echoed.extend(got);
        rounds += 1;
    }
    format!(
        "ok {:?} in {rounds} rounds",
        String::from_utf8_lossy(&echoed)
    )
}

fn tcp_listen(on: &str) -> Result<String, ErrorCode> {
    let network = instance_network();
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_bind(&network, address(on))?;
    socket.finish_bind()?;
    socket.start_listen()?;
    socket.finish_listen()?;
    Ok(format!("listening {}", socket.is_listening()))
}

fn udp(to: &str, text: &str) -> Result<String, ErrorCode> {
    let network = instance_network();
    let socket = create_udp_socket(IpAddressFamily::Ipv4)?;
    socket.start_bind(&network, address("127.0.0.1:0"))?;
    socket.finish_bind()?;
    let (incoming, outgoing) = socket.stream(Some(address(to)))?;
    outgoing.subscribe().block();
    outgoing.check_send()?;
    let datagram = OutgoingDatagram {
        data: text.as_bytes().to_vec(),
        remote_address: None,
    };
    assert_eq!(outgoing.send(&[datagram])?, 1, "one datagram is sent");
    incoming.subscribe().block();
    let received = incoming.receive(1)?;
    Ok(String::from_utf8_lossy(&received[0].data).into_owned())
}

fn lookup(host: &str) -> Result<String, ErrorCode> {
    let addresses = resolve_addresses(&instance_network(), host)?;
    let mut found = 0;
    loop {
        match addresses.resolve_next_address() {
            Err(ErrorCode::WouldBlock) => addresses.subscribe().block(),
            Ok(Some(IpAddress::Ipv4(_) | IpAddress::Ipv6(_))) => found += 1,
            Ok(None) => return Ok(if found > 0 { "found" } else { "nothing" }.into()),
            Err(error) => return Err(error),
        }
    }
}

fn std_tcp(to: &str, text: &str) -> std::io::Result<String> {
    let mut stream = std::net::TcpStream::connect(to)?;
    stream.write_all(text.as_bytes())?;
    let mut echo = vec![0; text.len()];
    stream.read_exact(&mut echo)?;
    Ok(String::from_utf8_lossy(&echo).into_owned())
}

fn std_udp(to: &str, text: &str) -> std::io::Result<String> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(text.as_bytes(), to)?;
    let mut buffer = [0; 512];
    let (len, _) = socket.recv_from(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..len]).into_owned())
}
