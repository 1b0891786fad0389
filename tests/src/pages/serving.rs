//! A server that an example starts, asked for paths.

use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends the server with the example.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `wasmtime serve` and compares its answers.
pub fn check(wasmtime: &Path, component: &Path, get: &[(String, String)]) -> Result<()> {
    ensure!(!get.is_empty(), "a server that nothing is asked of");
    let child = Command::new(wasmtime)
        .args(["serve", "--addr", "127.0.0.1:0", "-C", "compiler=winch"])
        .arg(component)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut server = Server(child);
    let mut lines = BufReader::new(server.0.stderr.take().context("it is piped")?).lines();
    let address = loop {
        let line = lines.next().context("wasmtime does not serve")??;
        if let Some(address) = line.strip_prefix("Serving HTTP on http://") {
            break address.trim_end_matches('/').to_string();
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    for (path, expected) in get {
        let answer = ask(&address, path)?;
        if !answer.contains(expected) {
            bail!("{path} answers {answer}, not {expected}");
        }
    }
    Ok(())
}

fn ask(address: &str, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
