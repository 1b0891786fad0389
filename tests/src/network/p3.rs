//! What a program of WASI 0.3 asks the network for.

use crate::host::State;
use std::time::Duration;
use wasmtime::component::{Accessor, Linker, Resource};
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup::ErrorCode as LookupError;
use wasmtime_wasi::p3::bindings::sockets::types::{
    ErrorCode, HostTcpSocketWithStore, HostUdpSocket, HostUdpSocketWithStore, IpAddress,
    IpSocketAddress,
};
use wasmtime_wasi::p3::sockets::SocketResult;
use wasmtime_wasi::sockets::{TcpSocket, UdpSocket, WasiSockets, WasiSocketsView};

/// The release of wasmtime's own, which stands for all.
const LOOKUP: &str = "wasi:sockets/ip-name-lookup@0.3.0";
/// What names begin with of which the answer comes once something else was asked for.
const LATE: &str = "late-";
const TYPES: &str = "wasi:sockets/types@0.3.0";

type Code<T> = std::result::Result<T, ErrorCode>;

/// What came, as the bindings of the host make it of its own errors.
fn code<T>(result: SocketResult<T>) -> Result<(Code<T>,)> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(error) => Ok((Err(error.downcast()?),)),
    }
}

/// See the module.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.instance(LOOKUP)?.func_wrap_concurrent(
        "resolve-addresses",
        |accessor: &Accessor<State>, (name,): (String,)| {
            Box::pin(async move {
                let network = accessor.with(|mut store| store.get().network.clone());
                let answers = network.lookup(&name);
                // Answers come late, as those of a network do.
                tokio::task::yield_now().await;
                while name.starts_with(LATE) && !network.has_traffic() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                let answers = answers.map(|all| all.into_iter().map(IpAddress::from).collect());
                let answers: std::result::Result<Vec<IpAddress>, _> =
                    answers.ok_or(LookupError::NameUnresolvable);
                Ok((answers,))
            })
        },
    )?;
    let mut types = linker.instance(TYPES)?;
    types.func_wrap_concurrent(
        "[method]tcp-socket.connect",
        |accessor: &Accessor<State>, (socket, to): (Resource<TcpSocket>, IpSocketAddress)| {
            Box::pin(async move {
                let network = accessor.with(|mut store| store.get().network.clone());
                let Some(way) = network.way("tcp", to) else {
                    return Ok((Err(ErrorCode::ConnectionRefused),));
                };
                let sockets = accessor.with_getter::<WasiSockets>(State::sockets);
                code(WasiSockets::connect(&sockets, socket, way.into()).await)
            })
        },
    )?;
    types.func_wrap_async(
        "[method]udp-socket.connect",
        |mut store: StoreContextMut<'_, State>,
         (socket, to): (Resource<UdpSocket>, IpSocketAddress)| {
            Box::new(async move {
                let state = store.data_mut();
                let Some(way) = state.network.way("udp", to) else {
                    return Ok((Err(ErrorCode::RemoteUnreachable),));
                };
                code(HostUdpSocket::connect(&mut state.sockets(), socket, way.into()).await)
            })
        },
    )?;
    types.func_wrap_concurrent("[method]udp-socket.send", |accessor, sent| {
        Box::pin(send(accessor, sent))
    })
}

type Sent = (Resource<UdpSocket>, Vec<u8>, Option<IpSocketAddress>);

/// Datagrams to where nobody listens are lost, as they are anywhere.
async fn send(accessor: &Accessor<State>, (socket, data, to): Sent) -> Result<(Code<()>,)> {
    let network = accessor.with(|mut store| store.get().network.clone());
    let way = match to.map(|to| network.way("udp", to)) {
        None => None,
        Some(Some(way)) => Some(way.into()),
        Some(None) => return Ok((Ok(()),)),
    };
    let sockets = accessor.with_getter::<WasiSockets>(State::sockets);
    code(<WasiSockets as HostUdpSocketWithStore<_>>::send(&sockets, socket, data, way).await)
}
