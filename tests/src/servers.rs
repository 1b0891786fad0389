//! What listens on the machine: a TCP echo, a UDP echo and an HTTP echo on the loopback, which
//! count who reaches them. A component that may not use the network must reach none.

use anyhow::Result;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

pub struct Servers {
    pub tcp: SocketAddr,
    pub udp: SocketAddr,
    pub http: SocketAddr,
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
            reached,
        })
    }

    /// How often any of them was reached.
    pub fn reached(&self) -> u64 {
        self.reached.load(Ordering::SeqCst)
    }

    /// A text with names in place of the servers' addresses, as cases write it.
    pub fn unfill(&self, text: &str) -> String {
        text.replace(&self.tcp.to_string(), "{tcp}")
            .replace(&self.udp.to_string(), "{udp}")
            .replace(&self.http.to_string(), "{http}")
    }

    /// A text with the servers' addresses put in.
    pub fn fill(&self, text: &str) -> String {
        text.replace("{tcp}", &self.tcp.to_string())
            .replace("{udp}", &self.udp.to_string())
            .replace("{http}", &self.http.to_string())
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
    let address = socket.local_addr()?;
    let reached = reached.clone();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            reached.fetch_add(1, Ordering::SeqCst);
            if socket.send_to(&buffer[..count], from).is_err() {
                break;
            }
        }
    });
    Ok(address)
}

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
    let head = "HTTP/1.1 200 OK\r\nconnection: close";
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
