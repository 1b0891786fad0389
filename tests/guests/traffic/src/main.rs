//! A program that does everything at once: it reads a file while it talks to TCP, UDP and HTTP
//! servers and looks a name up, and waits for all of them in one list of pollables.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

mod request;
mod sockets;

use bindings::wasi::clocks::monotonic_clock;
use bindings::wasi::filesystem::preopens;
use bindings::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use bindings::wasi::io::poll;
use bindings::wasi::io::streams::{InputStream, StreamError};
use request::Request;
use sockets::{Datagrams, Lookup, Tcp};

struct Traffic;

/// `all TCP UDP HTTP PATH` echoes a file over all of them.
impl bindings::exports::test::probe::api::Guest for Traffic {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let words: Vec<&str> = line.split(' ').collect();
            let ["all", tcp, udp, http, path] = words.as_slice() else {
                panic!("no command {line:?}");
            };
            out.push_str(&all(tcp, udp, http, path));
        }
        out
    }
}

bindings::export!(Traffic with_types_in bindings);

/// What there is to wait for, and what has come of it so far.
pub trait Task {
    /// A pollable while there is something to wait for.
    fn waits(&self) -> Option<poll::Pollable>;
    /// Goes on, now that the pollable is ready.
    fn go_on(&mut self);
    /// What came of it.
    fn outcome(self: Box<Self>) -> String;
}

/// A file that is read in small pieces.
struct File {
    stream: InputStream,
    contents: Vec<u8>,
    ended: bool,
}

impl Task for File {
    fn waits(&self) -> Option<poll::Pollable> {
        (!self.ended).then(|| self.stream.subscribe())
    }

    fn go_on(&mut self) {
        match self.stream.read(7) {
            Ok(piece) => self.contents.extend(piece),
            Err(StreamError::Closed) => self.ended = true,
            Err(error) => panic!("{error}"),
        }
    }

    fn outcome(self: Box<Self>) -> String {
        format!("file: {:?}", String::from_utf8_lossy(&self.contents))
    }
}

fn file(path: &str) -> InputStream {
    let (root, _) = preopens::get_directories()
        .into_iter()
        .next()
        .expect("a preopen");
    let file = root
        .open_at(
            PathFlags::empty(),
            path,
            OpenFlags::empty(),
            DescriptorFlags::READ,
        )
        .expect("a file");
    file.read_via_stream(0).expect("a stream")
}

fn all(tcp: &str, udp: &str, http: &str, path: &str) -> String {
    let mut tasks: Vec<Box<dyn Task>> = vec![
        Box::new(File {
            stream: file(path),
            contents: Vec::new(),
            ended: false,
        }),
        Box::new(Tcp::new(tcp, file(path))),
        Box::new(Datagrams::new(udp, file(path))),
        Box::new(Lookup::new("localhost")),
        Box::new(Request::new(http, file(path))),
    ];
    let never = monotonic_clock::subscribe_duration(3_600_000_000_000);
    let mut polls = 0;
    loop {
        let (who, pollables): (Vec<usize>, Vec<poll::Pollable>) = tasks
            .iter()
            .enumerate()
            .filter_map(|(at, task)| Some((at, task.waits()?)))
            .unzip();
        if who.is_empty() {
            break;
        }
        let mut list: Vec<&poll::Pollable> = pollables.iter().collect();
        list.push(&never);
        let ready = poll::poll(&list);
        polls += 1;
        assert!(!ready.is_empty(), "a poll that waits for nothing");
        for at in &ready {
            let at = *at as usize;
            assert!(at < who.len(), "an hour did not pass");
            assert!(pollables[at].ready(), "what a poll calls ready is ready");
        }
        drop(list);
        drop(pollables);
        for at in ready {
            tasks[who[at as usize]].go_on();
        }
    }
    assert!(polls > 3, "{polls} polls");
    let outcomes: Vec<String> = tasks.into_iter().map(Task::outcome).collect();
    outcomes.join("\n") + "\n"
}

fn main() {
    println!("{:?}", std::env::args().collect::<Vec<_>>());
}
