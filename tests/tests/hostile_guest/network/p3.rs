//! Addresses of a guest of WASI 0.3, in both lowerings.

use super::{Both, Came, Running, Tally, address, seeds, store};
use anyhow::{Context, Result, ensure};
use wasi_virt_tests::hostile_guest::guest::{RESULT, TEXT};
use wasi_virt_tests::hostile_guest::world::p3::network as world;

const CREATE_TCP: &str = "wasi:sockets/types#[static]tcp-socket.create";
pub(super) const CREATE_UDP: &str = "wasi:sockets/types#[static]udp-socket.create";
const CONNECT: &str = "wasi:sockets/types#[method]tcp-socket.connect";
const CONNECT_UDP: &str = "wasi:sockets/types#[method]udp-socket.connect";
const ASYNC_CONNECT: &str = "wasi:sockets/types#[async-lower][method]tcp-socket.connect";
const ASYNC_SEND: &str = "wasi:sockets/types#[async-lower][method]udp-socket.send";

/// The code `access-denied`, as it lies in memory behind what says that it is an error.
const DENIED: [u8; 5] = [1, 0, 0, 0, 0];

/// Where parameters are put.
const PARAMS: u64 = TEXT + 16;

/// What a result says of being an error, and the code.
const HEAD: u64 = 5;

impl Running {
    pub(super) fn created(&mut self, create: &str, family: u64) -> Result<u64> {
        self.guest.must(create, &[family, RESULT])?;
        ensure!(self.guest.read(RESULT, 1) == [0], "no socket");
        Ok(self.guest.read_32(RESULT + 4))
    }

    /// What came of a call, which is over when it returns.
    fn came(&mut self, name: &str, arguments: &[u64]) -> Result<Came> {
        let result = self.called(name, arguments, HEAD)?;
        Ok(Came {
            result: result.context("a trap for values that the types mask")?,
            asked: self.asked(),
        })
    }

    /// Connects a socket, by values.
    fn connect(&mut self, create: &str, connect: &str, to: &[u64; 12]) -> Result<Came> {
        let socket = self.created(create, to[0])?;
        self.came(connect, &[&[socket][..], &to[..], &[RESULT]].concat())
    }

    /// Sends a datagram, whose parameters lie in memory.
    fn send(&mut self, to: &[u64; 12]) -> Result<Came> {
        let socket = self.created(CREATE_UDP, to[0])?;
        self.send_from(socket, 3, to)
    }

    /// The same from a socket: so many bytes of the text.
    pub(super) fn send_from(&mut self, socket: u64, len: u64, to: &[u64; 12]) -> Result<Came> {
        let mut params = [0; 48];
        for (at, value) in [(0, socket), (4, TEXT), (8, len), (12, 1)] {
            params[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
        }
        store(to, &mut params[16..]);
        self.guest.put(PARAMS, &params);
        self.came(ASYNC_SEND, &[PARAMS, RESULT])
    }

    /// Connects a socket with an address that lies in memory, and does not wait for it.
    fn connect_in_memory(&mut self, to: &[u64; 12]) -> Result<Came> {
        let socket = self.created(CREATE_TCP, to[0])?;
        let mut params = [0; 36];
        params[..4].copy_from_slice(&(socket as u32).to_le_bytes());
        store(to, &mut params[4..]);
        self.guest.put(PARAMS, &params);
        self.came(ASYNC_CONNECT, &[PARAMS, RESULT])
    }
}

fn tried(call: impl Fn(&mut Running, &[u64; 12]) -> Result<Came>) -> Result<()> {
    let mut both = Both::new(world()?)?.both()?;
    let mut tally = Tally::default();
    for seed in seeds(1_000)? {
        fastrand::seed(seed);
        let to = address();
        let context = || format!("seed {seed}, {to:x?}");
        let [bare, ruled] = &mut both;
        let came = [
            call(bare, &to).with_context(context)?,
            call(ruled, &to).with_context(context)?,
        ];
        tally
            .judge(&came, |one, other| one == other, |result| result == DENIED)
            .with_context(context)?;
    }
    tally.is_enough()
}

#[test]
fn connections_by_values() -> Result<()> {
    tried(|running, to| running.connect(CREATE_TCP, CONNECT, to))
}

#[test]
fn connections_in_memory() -> Result<()> {
    tried(Running::connect_in_memory)
}

#[test]
fn datagrams_by_values() -> Result<()> {
    tried(|running, to| running.connect(CREATE_UDP, CONNECT_UDP, to))
}

#[test]
fn datagrams_in_memory() -> Result<()> {
    tried(Running::send)
}
