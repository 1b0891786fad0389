//! The line that the log of `--debug` has for a call that network rules refuse, whichever version
//! of WASI made it: what was refused, and the flag that would allow it. This module must never
//! fail.

use wasi_virt_adapter_core::network::{IpSocketAddress, Refused, reported};
use wasi_virt_adapter_core::trace::{Line, word};
use wasi_virt_net::{Address, Protocol, Request};

use crate::trace;

/// Adds letters of ASCII.
fn plain(line: &mut Line, byte: u8) {
    line.text(byte.into());
}

fn quoted(line: &mut Line, bytes: &[u8]) {
    line.take_all(bytes);
    line.quoted(bytes.len() as u32);
}

/// Adds `10.0.0.1`.
fn address(line: &mut Line, address: Address) {
    address.write(|letter| plain(line, letter));
}

/// Adds `10.0.0.1:5432`.
fn socket(line: &mut Line, to: IpSocketAddress) {
    let (of, port) = to.into();
    address(line, of);
    plain(line, b':');
    line.whole(port.into());
}

/// Adds `udp://`, or nothing.
fn scheme(line: &mut Line, protocol: Protocol) {
    if protocol == Protocol::Udp {
        line.text(const { word("udp://") });
    }
}

/// Adds `=udp://10.0.0.1:53)`.
fn rule(line: &mut Line, protocol: Protocol, to: IpSocketAddress) {
    plain(line, b'=');
    scheme(line, protocol);
    socket(line, to);
    plain(line, b')');
}

/// Adds ` (allow with --allow-`.
fn allow_with(line: &mut Line) {
    line.text(const { word(" (allow ") });
    line.text(const { word("with --a") });
    line.text(const { word("llow-") });
}

/// Adds `"GET https://a.example/v1"`, as far as it was given.
fn url(line: &mut Line, request: &Request<'_>) {
    line.take_all(request.method.as_bytes());
    line.take_all(b" ");
    line.take_all(request.scheme.unwrap_or("https").as_bytes());
    line.take_all(b"://");
    line.take_all(request.authority.unwrap_or_default().as_bytes());
    let path = request.path.unwrap_or("/").as_bytes();
    let path = path.split(|byte| *byte == b'?').next().unwrap_or_default();
    line.take_all(path);
    let (scheme, authority) = (request.scheme, request.authority);
    let parts = [
        request.method,
        scheme.unwrap_or("https"),
        authority.unwrap_or_default(),
    ];
    let len = parts.iter().map(|part| part.len()).sum::<usize>() + 4 + path.len();
    line.quoted(len as u32);
}

/// Writes the line.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]refused")]
extern "C" fn refused(at: *const ()) {
    // SAFETY: the engine binds this to reports alone.
    let refused = unsafe { reported(at) };
    trace::write_line(|line| {
        line.text(const { word("wasi-vir") });
        line.text(const { word("t: refus") });
        line.text(const { word("ed ") });
        match *refused {
            Refused::Connect(protocol, to) => {
                line.text(const { word("to reach") });
                plain(line, b' ');
                scheme(line, protocol);
                socket(line, to);
                allow_with(line);
                line.text(const { word("sockets") });
                rule(line, protocol, to);
            }
            Refused::Bind(protocol, to) => {
                line.text(const { word("to bind ") });
                scheme(line, protocol);
                socket(line, to);
                allow_with(line);
                line.text(const { word("listen") });
                rule(line, protocol, to);
            }
            Refused::Lookup(text) => {
                line.text(const { word("to look ") });
                line.text(const { word("up ") });
                quoted(line, text);
                allow_with(line);
                line.text(const { word("sockets=") });
                quoted(line, text);
                line.text(const { word(":PORT)") });
            }
            Refused::Answer(name, of) => {
                line.text(const { word("answer ") });
                address(line, of.into());
                line.text(const { word(" to ") });
                quoted(line, name.as_str().as_bytes());
                allow_with(line);
                line.text(const { word("sockets=") });
                address(line, of.into());
                line.text(const { word(":PORT)") });
            }
            Refused::Request(request) => {
                line.text(const { word("to send ") });
                url(line, request);
                allow_with(line);
                line.text(const { word("http=") });
                url(line, request);
                plain(line, b')');
            }
            Refused::Header(header) => {
                line.text(const { word("to add ") });
                quoted(line, header.name.as_bytes());
                line.text(const { word(": the ho") });
                line.text(const { word("st's ") });
                quoted(line, header.variable.as_bytes());
                line.text(const { word(" is miss") });
                line.text(const { word("ing or u") });
                line.text(const { word("nfit") });
            }
            Refused::Body => {
                line.text(const { word("to add h") });
                line.text(const { word("eaders: ") });
                line.text(const { word("the body") });
                line.text(const { word(" came be") });
                line.text(const { word("fore the") });
                line.text(const { word(" authori") });
                line.text(const { word("ty") });
            }
        }
    });
}
