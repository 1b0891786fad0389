//! Streams and futures with the host and the application simulated: every test is a thread, and so
//! has files and a host of its own.

mod blocks;
mod cancelled;
mod captured;
mod moved;
mod pumped;
mod reading;
mod virtuals;

use alloc::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;
use std::vec::Vec;

use wasi_virt_layout::write::{Config, Dir, Mount, Node, encode};
use wasi_virt_vfs::{Error, Follow, Kind, Open};

use super::{Failure, Of, Outcome, Reader, Sink, Streams, Types};
use crate::abi::{Abi, Lift, Lower, Text};
use crate::app::App;
use crate::enums;
use crate::files::{Access, Opened, Source, open, preopened};
use crate::simulated::{self, ends};

/// The status of an operation that an event ends.
const BLOCKED: u32 = u32::MAX;

/// The status of an operation that saw nothing but the other end go.
const DROPPED: u32 = 1;

/// The size of `file`.
const SIZE: usize = 200_000;

/// How many bytes the mount stores.
const STORED: u64 = 300_000;

/// Where the application has room for what it reads and writes.
const ROOM: u32 = 1 << 16;

/// Where futures are read to.
const RESULT: u32 = 512;

struct Test;

/// An error of files: 1 stands for a lack of memory.
struct Code(u32);

enums! {
    /// An error of standard streams.
    CliCode { Io Pipe }
}

impl Abi for Code {
    const SIZE: u32 = 4;
    const ALIGN: u32 = 4;
}

impl Lower for Code {
    fn lower(self, app: App, at: u32) {
        app.store_32(at, self.0);
    }
}

impl Lift for Code {
    unsafe fn lift(at: *const u8) -> Self {
        // SAFETY: as the caller says.
        Code(unsafe { Lift::lift(at) })
    }
}

impl Failure for Code {
    fn of(error: Error) -> Self {
        Code(code(error))
    }

    fn no_memory() -> Self {
        Code(1)
    }
}

impl Failure for CliCode {
    fn of(_: Error) -> Self {
        CliCode::Io
    }

    fn no_memory() -> Self {
        CliCode::Io
    }
}

impl Types for Test {
    type Fs = Code;
    type Cli = CliCode;
    type Entry = (u32, Text);

    fn entry(kind: Kind, name: Cow<'static, [u8]>) -> Self::Entry {
        ((kind == Kind::File).into(), Text(name))
    }
}

/// The number of an error.
fn code(error: Error) -> u32 {
    error as u32 + 2
}

fn traps<T>(act: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(act)).is_err()
}

fn numbered(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// A packed status: so many elements.
fn completed(count: u32) -> u32 {
    count << 4
}

/// An application of 16 MiB, with a directory that may be changed.
fn streams() -> Streams<Test> {
    simulated::reset(256);
    ends::reset();
    simulated::mount(&numbered(SIZE));
    let size = SIZE as u64;
    let file = (String::from("file"), Node::File { offset: 0, size });
    let other = (
        String::from("other"),
        Node::File {
            offset: 0,
            size: 10,
        },
    );
    let directory = Node::Dir(Dir([file, other].into()));
    simulated::configure(encode(&Config {
        preopens: Vec::from([(String::from("/"), directory)]),
        mounts: Vec::from([Mount {
            preopen: 0,
            names: Vec::new(),
            writable: true,
            bytes: STORED,
            nodes: 10,
        }]),
        bytes: u64::MAX,
        nodes: u64::MAX,
        ..Config::default()
    }));
    Streams::new()
}

/// Opens a file of this name, or makes it.
fn opened(path: &str) -> Opened {
    let how = Open {
        create: true,
        write: true,
        ..Open::default()
    };
    let asked = Access {
        read: true,
        write: true,
        mutate: false,
    };
    open(0, path.as_bytes(), Follow::Yes, how, asked).expect("a file")
}

/// What a file has.
fn contents(path: &str) -> Vec<u8> {
    let file = opened(path);
    let mut bytes = Vec::new();
    loop {
        let piece = file
            .contents(bytes.len() as u64, 1 << 20)
            .expect("contents");
        if piece.is_empty() {
            file.close();
            return bytes;
        }
        bytes.extend(piece.to_vec());
    }
}

fn app() -> App {
    App::new(0)
}

/// A stream of a file, whose future nobody wants.
fn reading(streams: &Streams<Test>, path: &str, position: u64) -> u32 {
    of_reader(streams, Reader::File(opened(path), position))
}

/// A stream of nothing, whose future nobody wants.
fn nothing(streams: &Streams<Test>) -> u32 {
    of_reader(streams, Reader::Ended)
}

fn of_reader(streams: &Streams<Test>, reader: Reader) -> u32 {
    let (stream, future) = streams.read_fs(Ok(reader));
    assert!(streams.drop_future(Of::Fs, future));
    stream
}

/// A stream of the entries of the directory, and its future.
fn listing(streams: &Streams<Test>) -> (u32, u32) {
    streams.read_directory(Ok(preopened(0).entries().expect("entries")))
}

/// What writes to a file.
fn writing<E>(path: &str, position: Option<u64>) -> Sink<E> {
    let file = opened(path);
    Sink::File { file, position }
}

/// Reads a virtual stream: the status, and the bytes.
fn read(streams: &Streams<Test>, stream: u32, count: u32) -> (u32, Vec<u8>) {
    let status = streams.read_bytes(app(), stream, ROOM, count);
    (status, simulated::peek(ROOM, (status >> 4) as usize))
}

/// What the application does to write to its own stream, as the glue sends it on.
fn write(streams: &Streams<Test>, writable: u32, bytes: &[u8]) -> u32 {
    if streams.is_captured(writable) {
        simulated::poke(ROOM, bytes);
        return streams.write(app(), writable, ROOM, bytes.len() as u32);
    }
    let bytes = bytes.to_vec().leak();
    // SAFETY: the bytes are there for good.
    let status = unsafe { ends::stream_write(writable, bytes.as_ptr(), bytes.len() as u32) };
    if status == BLOCKED {
        streams.blocked(writable);
    }
    status
}

/// Makes a stream of the application's own.
fn new(streams: &Streams<Test>) -> (u32, u32) {
    let pair = ends::stream_new();
    streams.made(pair);
    ends::ends(pair)
}

/// Drops a writable end of the application's.
fn drop_writable(streams: &Streams<Test>, writable: u32) {
    if !streams.drop_writable(writable) {
        ends::stream_drop_writable(writable);
    }
}

/// Reads a future of an operation on files.
fn future(streams: &Streams<Test>, future: u32) -> Option<u32> {
    simulated::poke(RESULT, &[0xee; 8]);
    streams.read_future(Of::Fs, app(), future, RESULT)
}

/// What arrived of a future: success, or an error.
fn result() -> Result<(), u32> {
    let bytes = simulated::peek(RESULT, 8);
    let word = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    match bytes[0] {
        0 => Ok(()),
        1 => Err(word),
        other => panic!("nothing arrived: {other}"),
    }
}

/// Reads a future whose result is there, and drops it.
fn known(streams: &Streams<Test>, handle: u32) -> Result<(), u32> {
    assert_eq!(future(streams, handle), Some(0));
    assert!(streams.drop_future(Of::Fs, handle));
    result()
}
