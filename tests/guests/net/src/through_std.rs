//! The network as Rust's standard library reaches it.

use crate::script::Command;
use crate::words::Said;
use std::io::{Error, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket};

pub fn perform(command: &Command) -> Option<Said> {
    let word = |at| command.word(at);
    let came = match command.verb.as_str() {
        "std-tcp" => tcp(word(0), word(1)),
        "std-udp" => udp(word(0), word(1), word(2)),
        "std-lookup" => lookup(word(0)),
        "std-listen" => TcpListener::bind(word(0)).map(|_| String::new()),
        _ => return None,
    };
    Some(came.map_err(|error| error.kind().to_string()))
}

fn tcp(to: &str, text: &str) -> Result<String, Error> {
    let mut stream = TcpStream::connect(to)?;
    stream.write_all(text.as_bytes())?;
    let mut echo = vec![0; text.len()];
    stream.read_exact(&mut echo)?;
    Ok(String::from_utf8_lossy(&echo).into_owned())
}

fn udp(from: &str, to: &str, text: &str) -> Result<String, Error> {
    let socket = UdpSocket::bind(from)?;
    socket.send_to(text.as_bytes(), to)?;
    let mut buffer = [0; 512];
    let (len, _) = socket.recv_from(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..len]).into_owned())
}

fn lookup(name: &str) -> Result<String, Error> {
    let found = (name, 0).to_socket_addrs()?;
    let found: Vec<String> = found.map(|address| address.ip().to_string()).collect();
    Ok(found.join(" "))
}
