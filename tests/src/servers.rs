//! What listens on the machine: a TCP echo, a UDP echo and an HTTP echo on the loopback, which
//! count who reaches them. A component that may not use the network must reach none. What they do
//! with a message is said in `tests/cases/README.md`.

use crate::network::Names;
use anyhow::Result;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What a program meets on its host's network.
pub struct Setting {
    pub servers: Servers,
    pub names: Names,
}

impl Setting {
    /// Servers of its own, and these names.
    pub fn new(names: Names) -> Result<Setting> {
        let servers = Servers::start()?;
        Ok(Setting { servers, names })
    }
}

pub struct Servers {
    pub tcp: SocketAddr,
    pub udp: SocketAddr,
    pub http: SocketAddr,
    /// An address with a port that nobody listens on.
    pub free: SocketAddr,
    reached: Arc<AtomicU64>,
}

impl Servers {
    /// Starts the three; they live as long as the process.
    pub fn start() -> Result<Servers> {
        let reached = Arc::new(AtomicU64::new(0));
        Ok(Servers {
            tcp: listen(&reached, echo)?,
            udp: udp(&reached)?,
            http: listen(&reached, http)?,
            free: TcpListener::bind("127.0.0.1:0")?.local_addr()?,
            reached,
        })
    }

    /// How often any of them was reached.
    pub fn reached(&self) -> u64 {
        self.reached.load(Ordering::SeqCst)
    }

    /// How often any of them was reached, where so many times are expected: a server may notice a
    /// connection only after its client is gone.
    pub fn reached_by_now(&self, expected: u64) -> u64 {
        let patience = Instant::now() + Duration::from_secs(5);
        while self.reached() < expected && Instant::now() < patience {
            thread::sleep(Duration::from_millis(5));
        }
        self.reached()
    }

    /// A text with names in place of the servers' addresses, as cases write it.
    pub fn unfill(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (name, address) in self.named() {
            text = text.replace(&address.to_string(), &format!("{{{name}}}"));
        }
        for (name, address) in self.named() {
            let port = format!(":{}", address.port());
            text = text.replace(&port, &format!(":{{{name}-port}}"));
        }
        text
    }

    /// A text with the servers' addresses and ports put in.
    pub fn fill(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (name, address) in self.named() {
            text = text.replace(&format!("{{{name}}}"), &address.to_string());
            text = text.replace(&format!("{{{name}-port}}"), &address.port().to_string());
        }
        text
    }

    fn named(&self) -> [(&str, SocketAddr); 4] {
        [
            ("tcp", self.tcp),
            ("udp", self.udp),
            ("http", self.http),
            ("free", self.free),
        ]
    }
}

fn listen(
    reached: &Arc<AtomicU64>,
    serve: impl Fn(TcpStream) -> std::io::Result<()> + Send + Copy + 'static,
) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let reached = reached.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            reached.fetch_add(1, Ordering::SeqCst);
            // A client that goes away is its own affair: what it missed shows in its answers.
            thread::spawn(move || serve(stream).ok());
        }
    });
    Ok(address)
}

fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0; 64 << 10];
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count])?;
    }
}

fn udp(reached: &Arc<AtomicU64>) -> Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let elsewhere = UdpSocket::bind("127.0.0.1:0")?;
    let address = socket.local_addr()?;
    let reached = reached.clone();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            reached.fetch_add(1, Ordering::SeqCst);
            let message = &buffer[..count];
            if message.starts_with(ELSEWHERE) && elsewhere.send_to(message, from).is_err() {
                break;
            }
            if socket.send_to(message, from).is_err() {
                break;
            }
        }
    });
    Ok(address)
}

/// How a datagram begins that is answered from another port as well, and from there first.
const ELSEWHERE: &[u8] = b"elsewhere";

/// How a request target begins that is answered with a redirection to the rest.
const REDIRECT: &str = "/open/redirect?";

/// Answers one request with its method, path, `x-test` header and body, and with its trailers.
fn http(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let lines = lines(&mut reader)?;
    let header = |name: &str| {
        lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_string())
        })
    };
    let (mut body, mut trailers) = (Vec::new(), Vec::new());
    if let Some(length) = header("content-length").and_then(|text| text.parse().ok()) {
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
    } else if header("transfer-encoding").is_some() {
        while let Some(chunk) = chunk(&mut reader)? {
            body.extend(chunk);
        }
        trailers = self::lines(&mut reader)?;
    }
    let target = lines
        .first()
        .map(|line| line.trim_end_matches(" HTTP/1.1"))
        .unwrap_or_default();
    let answer = format!(
        "{target} with {} and {}",
        header("x-test").unwrap_or_default(),
        String::from_utf8_lossy(&body)
    );
    let to = target
        .split(' ')
        .nth(1)
        .and_then(|path| path.strip_prefix(REDIRECT));
    let head = match to {
        Some(to) => format!("HTTP/1.1 302 Found\r\nconnection: close\r\nlocation: {to}"),
        None => "HTTP/1.1 200 OK\r\nconnection: close".to_string(),
    };
    let len = answer.len();
    let out = reader.get_mut();
    if trailers.is_empty() {
        return write!(out, "{head}\r\ncontent-length: {len}\r\n\r\n{answer}");
    }
    let trailers = trailers.join(" and ");
    write!(
        out,
        "{head}\r\ntrailer: x-came\r\ntransfer-encoding: chunked\r\n\r\n"
    )?;
    write!(
        out,
        "{len:x}\r\n{answer}\r\n0\r\nx-came: {trailers}\r\n\r\n"
    )
}

/// The lines up to an empty one.
fn lines(reader: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            return Ok(lines);
        }
        lines.push(line.trim().to_string());
    }
}

/// The next chunk of a chunked body, if it is not the last, which trailers follow.
fn chunk(reader: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let size = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
    if size == 0 {
        return Ok(None);
    }
    let mut chunk = vec![0; size + 2];
    reader.read_exact(&mut chunk)?;
    chunk.truncate(size);
    Ok(Some(chunk))
}
