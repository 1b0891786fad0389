//! Sockets and lookups of WASI 0.3.

use crate::script::Command;
use crate::words::{Said, address, any, code, text};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use wasip3::sockets::ip_name_lookup;
use wasip3::sockets::types::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
    TcpSocket, UdpSocket,
};
use wasip3::wit_stream;

pub async fn perform(command: &Command) -> Option<Said> {
    let word = |at| command.word(at);
    let further = || (1..).map_while(|at| command.optional(at));
    Some(match command.verb.as_str() {
        "lookup" => lookup(&text(word(0))).await.map(|found| {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            found.join(" ")
        }),
        "connect" => shown(connect(address(word(0))).await, |_| String::new()),
        "connect-name" => connect_name(&text(word(0)), word(1)).await,
        "echo" => echo(address(word(0)), word(1)).await.map_err(code),
        "tcp-bind" => shown(tcp_bind(address(word(0))), |_| String::new()),
        "tcp-listen" => tcp_listen(word(0)).map_err(code),
        "udp-bind" => shown(udp_bind(address(word(0))), |_| String::new()),
        "udp-connect" => udp_connect(address(word(0)), None).map_err(code),
        "udp-connect-from" => udp_connect(address(word(1)), Some(address(word(0)))).map_err(code),
        "udp-connect-unbound" => udp_connect_unbound(address(word(0))).map_err(code),
        "exchange-connected" => exchange_connected(address(word(0)), word(1))
            .await
            .map_err(code),
        "send" => send(word(0), further().map(address), false)
            .await
            .map_err(code),
        "send-unbound" => send(word(0), further().map(address), true)
            .await
            .map_err(code),
        "exchange" => exchange(address(word(0)), word(1), None)
            .await
            .map_err(code),
        "exchange-from" => {
            let (from, with) = (address(word(0)), address(word(1)));
            exchange(with, word(2), Some(from)).await.map_err(code)
        }
        "exchange-pending" => exchange_pending(address(word(0)), word(1))
            .await
            .map_err(code),
        "exchange-after-giving-up" => after_giving_up(address(word(0)), word(1))
            .await
            .map_err(code),
        "lookup-and-send" => {
            let name = text(word(0));
            let sent = async { send(word(1), [address(word(2))].into_iter(), false).await };
            let (found, sent) = futures::join!(lookup(&name), sent);
            found.map(|found| format!("{} found, {} sent", found.len(), shown_code(sent)))
        }
        _ => return None,
    })
}

fn shown_code(result: Result<String, ErrorCode>) -> String {
    result.unwrap_or_else(code)
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

async fn lookup(name: &str) -> Result<Vec<IpAddr>, String> {
    let found = ip_name_lookup::resolve_addresses(name.into()).await;
    let found = found.map_err(code)?;
    Ok(found.into_iter().map(ip).collect())
}

async fn connect(to: SocketAddr) -> Result<TcpSocket, ErrorCode> {
    let socket = TcpSocket::create(family(&to))?;
    socket.connect(wit(to)).await?;
    Ok(socket)
}

/// Looks a name up and connects to each of its addresses, all of them after the lookup.
async fn connect_name(name: &str, port: &str) -> Said {
    let port = port.parse().expect("a port");
    let mut tried = Vec::new();
    for address in lookup(name).await? {
        let came = connect(SocketAddr::new(address, port)).await;
        let came = came.map_or_else(code, |_| "ok".to_string());
        tried.push(format!("{address} {came}"));
    }
    Ok(tried.join(", "))
}

async fn echo(to: SocketAddr, text: &str) -> Result<String, ErrorCode> {
    let socket = connect(to).await?;
    let (mut writer, reader) = wit_stream::new();
    let sent = socket.send(reader);
    let left = writer.write_all(text.as_bytes().to_vec()).await;
    assert!(left.is_empty(), "{} bytes were not sent", left.len());
    let (mut incoming, _) = socket.receive();
    let mut echo = Vec::new();
    while echo.len() < text.len() {
        echo.push(incoming.next().await.expect("a byte"));
    }
    drop(writer);
    sent.await?;
    Ok(String::from_utf8_lossy(&echo).into_owned())
}

fn tcp_bind(to: SocketAddr) -> Result<TcpSocket, ErrorCode> {
    let socket = TcpSocket::create(family(&to))?;
    socket.bind(wit(to))?;
    Ok(socket)
}

fn tcp_listen(on: &str) -> Result<String, ErrorCode> {
    let socket = match on {
        "unbound" => TcpSocket::create(IpAddressFamily::Ipv4)?,
        on => tcp_bind(address(on))?,
    };
    let _connections = socket.listen()?;
    Ok(format!("listening {}", socket.get_is_listening()))
}

fn udp_bind(to: SocketAddr) -> Result<UdpSocket, ErrorCode> {
    let socket = UdpSocket::create(family(&to))?;
    socket.bind(wit(to))?;
    Ok(socket)
}

fn udp_connect(to: SocketAddr, from: Option<SocketAddr>) -> Result<String, ErrorCode> {
    let socket = udp_bind(from.unwrap_or(any(&to)))?;
    socket.connect(wit(to))?;
    Ok(String::new())
}

fn udp_connect_unbound(to: SocketAddr) -> Result<String, ErrorCode> {
    let socket = UdpSocket::create(family(&to))?;
    socket.connect(wit(to))?;
    Ok(String::new())
}

/// The same of a socket that is connected, and binds itself.
async fn exchange_connected(to: SocketAddr, text: &str) -> Result<String, ErrorCode> {
    let socket = UdpSocket::create(family(&to))?;
    socket.connect(wit(to))?;
    socket.send(text.as_bytes().to_vec(), None).await?;
    let (came, from) = socket.receive().await?;
    Ok(shown_from(&came, std_address(from) == to))
}

/// Sends a text to each address until one is refused, and says how many were sent.
async fn send(
    text: &str,
    to: impl Iterator<Item = SocketAddr>,
    unbound: bool,
) -> Result<String, ErrorCode> {
    let to: Vec<SocketAddr> = to.collect();
    let socket = match unbound {
        true => UdpSocket::create(family(&to[0]))?,
        false => udp_bind(any(&to[0]))?,
    };
    let mut sent = 0;
    for to in to {
        match socket.send(text.as_bytes().to_vec(), Some(wit(to))).await {
            Err(error) if sent == 0 => return Err(error),
            Err(_) => break,
            Ok(()) => sent += 1,
        }
    }
    Ok(sent.to_string())
}

/// Sends a text and says what comes first, and whether it comes from there.
async fn exchange(
    with: SocketAddr,
    text: &str,
    from: Option<SocketAddr>,
) -> Result<String, ErrorCode> {
    let socket = udp_bind(from.unwrap_or(any(&with)))?;
    socket
        .send(text.as_bytes().to_vec(), Some(wit(with)))
        .await?;
    let (came, from) = socket.receive().await?;
    Ok(shown_from(&came, std_address(from) == with))
}

/// The same where the program waits for the answer before it sends.
async fn exchange_pending(with: SocketAddr, text: &str) -> Result<String, ErrorCode> {
    let socket = udp_bind(any(&with))?;
    let sent = socket.send(text.as_bytes().to_vec(), Some(wit(with)));
    let (came, sent) = futures::join!(socket.receive(), sent);
    sent?;
    let (came, from) = came?;
    Ok(shown_from(&came, std_address(from) == with))
}

/// The same after a receive that was given up before anything came.
async fn after_giving_up(with: SocketAddr, text: &str) -> Result<String, ErrorCode> {
    let socket = udp_bind(any(&with))?;
    {
        let mut receive = std::pin::pin!(socket.receive());
        let is_pending = std::future::poll_fn(|context| {
            std::task::Poll::Ready(receive.as_mut().poll(context).is_pending())
        });
        assert!(is_pending.await, "nothing was sent yet");
    }
    socket
        .send(text.as_bytes().to_vec(), Some(wit(with)))
        .await?;
    let (came, from) = socket.receive().await?;
    Ok(shown_from(&came, std_address(from) == with))
}

fn shown_from(came: &[u8], is_from_there: bool) -> String {
    let whence = match is_from_there {
        true => "from there",
        false => "from elsewhere",
    };
    format!("{} {whence}", String::from_utf8_lossy(came))
}
