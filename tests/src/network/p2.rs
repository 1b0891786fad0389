//! What a program of WASI 0.2 asks the network for.

use super::Network;
use crate::host::State;
use std::net::{IpAddr, SocketAddr};
use std::vec;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, IpSocketAddress};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket;
use wasmtime_wasi::p2::bindings::sockets::udp::{
    HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagramStream, OutgoingDatagram,
    OutgoingDatagramStream,
};
use wasmtime_wasi::p2::bindings::sync::sockets::udp::HostUdpSocket as BlockingUdpSocket;
use wasmtime_wasi::p2::{self, DynPollable, Pollable, SocketResult, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

/// The newest release, which stands for all.
const LOOKUP: &str = "wasi:sockets/ip-name-lookup@0.2.12";
const TCP: &str = "wasi:sockets/tcp@0.2.12";
const UDP: &str = "wasi:sockets/udp@0.2.12";

/// The answers to a lookup. They come late, as those of a network do.
struct Stream {
    answers: Option<vec::IntoIter<IpAddr>>,
    came: bool,
}

#[async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {
        self.came = true;
    }
}

type Code<T> = std::result::Result<T, ErrorCode>;
type Store<'s> = StoreContextMut<'s, State>;
type Streams = (
    Resource<IncomingDatagramStream>,
    Resource<OutgoingDatagramStream>,
);

/// What came, as the bindings of the host make it of its own errors.
fn code<T>(result: SocketResult<T>) -> Result<(Code<T>,)> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(error) => Ok((Err(error.downcast()?),)),
    }
}

/// What never waits.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    let mut lookup = linker.instance(LOOKUP)?;
    lookup.resource(
        "resolve-address-stream",
        ResourceType::host::<Stream>(),
        |mut store, number| {
            let stream = Resource::<Stream>::new_own(number);
            store.data_mut().table.delete(stream)?;
            Ok(())
        },
    )?;
    lookup.func_wrap("resolve-addresses", resolve)?;
    lookup.func_wrap("[method]resolve-address-stream.resolve-next-address", next)?;
    lookup.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: Store<'_>,
         (stream,): (Resource<Stream>,)|
         -> Result<(Resource<DynPollable>,)> {
            Ok((p2::subscribe(&mut store.data_mut().table, stream)?,))
        },
    )?;
    let mut tcp = linker.instance(TCP)?;
    tcp.func_wrap("[method]tcp-socket.start-connect", connect)?;
    let mut udp = linker.instance(UDP)?;
    udp.func_wrap("[method]outgoing-datagram-stream.send", send)
}

fn resolve(
    mut store: Store<'_>,
    (_, name): (Resource<p2::Network>, String),
) -> Result<(Code<Resource<Stream>>,)> {
    let state = store.data_mut();
    let stream = Stream {
        answers: state.network.lookup(&name).map(Vec::into_iter),
        came: false,
    };
    Ok((Ok(state.table.push(stream)?),))
}

fn next(
    mut store: Store<'_>,
    (stream,): (Resource<Stream>,),
) -> Result<(Code<Option<IpAddress>>,)> {
    let stream = store.data_mut().table.get_mut(&stream)?;
    if !stream.came {
        return Ok((Err(ErrorCode::WouldBlock),));
    }
    Ok((match &mut stream.answers {
        Some(answers) => Ok(answers.next().map(IpAddress::from)),
        None => Err(ErrorCode::NameUnresolvable),
    },))
}

type Connecting = (Resource<TcpSocket>, Resource<p2::Network>, IpSocketAddress);

fn connect(mut store: Store<'_>, (socket, network, to): Connecting) -> Result<(Code<()>,)> {
    let state = store.data_mut();
    let Some(way) = state.network.way("tcp", to) else {
        return Ok((Err(ErrorCode::ConnectionRefused),));
    };
    code(state.sockets().start_connect(socket, network, way.into()))
}

/// Datagrams to where nobody listens are lost, as they are anywhere.
fn send(
    mut store: Store<'_>,
    (stream, datagrams): (Resource<OutgoingDatagramStream>, Vec<OutgoingDatagram>),
) -> Result<(Code<u64>,)> {
    let state = store.data_mut();
    let (mut lost, mut kept) = (0, Vec::new());
    for mut datagram in datagrams {
        if let Some(to) = datagram.remote_address {
            match state.network.way("udp", to) {
                Some(way) => datagram.remote_address = Some(way.into()),
                None => {
                    lost += 1;
                    continue;
                }
            }
        }
        kept.push(datagram);
    }
    let (sent,) = code(state.sockets().send(stream, kept))?;
    Ok((sent.map(|sent| sent + lost),))
}

type Streaming = (Resource<UdpSocket>, Option<IpSocketAddress>);

/// Where the datagrams of a socket go from now on.
fn stream(network: &Network, to: Option<IpSocketAddress>) -> Code<Option<IpSocketAddress>> {
    let Some(to) = to else {
        return Ok(None);
    };
    let way: Option<SocketAddr> = network.way("udp", to);
    way.map(|way| Some(way.into()))
        .ok_or(ErrorCode::RemoteUnreachable)
}

/// What waits, for programs of WASI 0.2 alone.
pub fn add_blocking_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.instance(UDP)?.func_wrap(
        "[method]udp-socket.stream",
        |mut store: Store<'_>, (socket, to): Streaming| -> Result<(Code<Streams>,)> {
            let state = store.data_mut();
            match stream(&state.network, to) {
                Ok(way) => code(BlockingUdpSocket::stream(&mut state.sockets(), socket, way)),
                Err(error) => Ok((Err(error),)),
            }
        },
    )
}

/// The same among programs of WASI 0.3.
pub fn add_waiting_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.instance(UDP)?.func_wrap_async(
        "[method]udp-socket.stream",
        |mut store: Store<'_>, (socket, to): Streaming| {
            Box::new(async move {
                let state = store.data_mut();
                match stream(&state.network, to) {
                    Ok(way) => {
                        let mut sockets = state.sockets();
                        code(HostUdpSocket::stream(&mut sockets, socket, way).await)
                    }
                    Err(error) => Ok((Err(error),)),
                }
            })
        },
    )
}
