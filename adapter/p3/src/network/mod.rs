//! `wasi:sockets` and `wasi:http`, as far as network rules say what becomes of a call. What a rule
//! lets through goes to the host, as the program lowered it. Nothing here may decide itself:
//! `wasi-virt-net` does.

mod begun;
mod http;
mod imports;
mod tcp;
mod types;
mod udp;

use types::{SocketError, SocketResult};

/// The socket that the host is called with, where a rule admits the call.
fn admitted<T>(socket: u32, is_admitted: bool) -> Result<u32, SocketResult<T>> {
    match is_admitted {
        true => Ok(socket),
        false => Err(Err(SocketError::AccessDenied(()))),
    }
}
