//! Requests of a guest of WASI 0.3, in both lowerings.

use super::requests::{SENT, Setters, forged_setters, ruled, wrong_setters};
use super::strikes::{FORGED, Strikes};
use super::{Both, Running};
use anyhow::{Context, Result, ensure};
use wasi_virt_tests::hostile_guest::guest::{END, RESULT, Realloc, TEXT};
use wasi_virt_tests::hostile_guest::world::ARGUMENTS;
use wasi_virt_tests::hostile_guest::world::p3::network as world;

const NEW_FIELDS: &str = "wasi:http/types#[constructor]fields";
const NEW_OPTIONS: &str = "wasi:http/types#[constructor]request-options";
const NEW_REQUEST: &str = "wasi:http/types#[static]request.new";
const NEW_TRAILERS: &str = "trailers#new";
const WRITE_TRAILERS: &str = "trailers#write";
const CREATE_TCP: &str = "wasi:sockets/types#[static]tcp-socket.create";
const DROP_REQUEST: &str = "wasi:http/types#[resource-drop]request";
const AUTHORITY: &str = "wasi:http/types#[method]request.get-authority";
const SEND: &str = "wasi:http/client#send";
const ASYNC_SEND: &str = "wasi:http/client#[async-lower]send";

const SETTERS: Setters = [
    "wasi:http/types#[method]request.set-method",
    "wasi:http/types#[method]request.set-scheme",
    "wasi:http/types#[method]request.set-authority",
    "wasi:http/types#[method]request.set-path-with-query",
];

/// The code `HTTP-request-denied`, as it lies in memory.
const DENIED: u8 = 15;

/// Where the value of a future lies.
const TRAILERS: u64 = TEXT + 1024;

impl Running {
    /// A request of WASI 0.3 that goes to a path of a host.
    fn new_request(&mut self, host: &[u8], path: &[u8]) -> Result<u64> {
        let fields = self.must(NEW_FIELDS, &[])?;
        let ends = self.must(NEW_TRAILERS, &[])?;
        let (readable, writable) = (ends & 0xffff_ffff, ends >> 32);
        self.must(NEW_REQUEST, &[fields, 0, 0, readable, 0, 0, RESULT])?;
        let request = self.guest.read_32(RESULT);
        // There are none.
        self.guest.put(TRAILERS, &[0; 64]);
        self.must(WRITE_TRAILERS, &[writable, TRAILERS])?;
        let [_, scheme, authority, of_path] = SETTERS;
        self.must(scheme, &[request, 1, 0, 0, 0])?;
        for (set, text) in [(authority, host), (of_path, path)] {
            self.guest.put(TEXT, text);
            let failed = self.must(set, &[request, 1, TEXT, text.len() as u64])?;
            ensure!(failed == 0, "{set} failed for {text:?}");
        }
        Ok(request)
    }

    /// The request that rules admit.
    fn new_admitted(&mut self) -> Result<u64> {
        self.new_request(b"known.example", b"/in")
    }
}

fn compare(strikes: &Strikes, known: &[&str]) -> Result<()> {
    strikes.compare(&Both::under(world()?, |_| ruled())?, known)
}

#[test]
fn requests_by_rules() -> Result<()> {
    let [mut bare, mut under] = Both::under(world()?, |_| ruled())?.both()?;
    for (path, is_admitted) in [(&b"/in"[..], true), (b"/out", false)] {
        for (running, is_sent) in [(&mut bare, true), (&mut under, is_admitted)] {
            let request = running.new_request(b"known.example", path)?;
            let came = running.called(SEND, &[request, RESULT], 40)?;
            let came = came.context("a trap for a request")?;
            ensure!(running.asked().len() == usize::from(is_sent), "{path:?}");
            match is_sent {
                true => ensure!(came[0] == 0, "{came:x?}"),
                false => ensure!(came[0] == 1 && came[8] == DENIED, "{came:x?}"),
            }
        }
    }
    Ok(())
}

#[test]
fn handles_of_other_types() -> Result<()> {
    let mut strikes = Strikes::default();
    for send in [SEND, ASYNC_SEND] {
        for forged in FORGED {
            strikes.add(format!("{forged:x} for {send}"), move |running| {
                running.new_admitted()?;
                running.called(send, &[forged, RESULT], 40)
            });
        }
        for make in [NEW_FIELDS, NEW_OPTIONS, NEW_TRAILERS, CREATE_TCP] {
            strikes.add(format!("{make} for {send}"), move |running| {
                running.new_admitted()?;
                let other = match make {
                    CREATE_TCP => {
                        running.must(CREATE_TCP, &[0, RESULT])?;
                        running.guest.read_32(RESULT + 4)
                    }
                    make => running.must(make, &[])? & 0xffff_ffff,
                };
                running.called(send, &[other, RESULT], 40)
            });
        }
    }
    forged_setters(&mut strikes, SETTERS);
    compare(&strikes, &[])
}

/// A call takes its request, whatever becomes of it.
#[test]
fn requests_used_twice() -> Result<()> {
    let mut strikes = Strikes::default();
    for (send, path) in [
        (SEND, &b"/in"[..]),
        (SEND, b"/out"),
        (ASYNC_SEND, b"/in"),
        (ASYNC_SEND, b"/out"),
    ] {
        let named = format!("{} by {send}", String::from_utf8_lossy(path));
        strikes.add(format!("{named} again"), move |running| {
            let request = running.new_request(b"known.example", path)?;
            let came = running.called(send, &[request, RESULT], 40)?;
            came.context("a trap for a request")?;
            running.called(send, &[request, RESULT], 40)
        });
        strikes.add(format!("{named} dropped"), move |running| {
            let request = running.new_request(b"known.example", path)?;
            running.must(DROP_REQUEST, &[request])?;
            running.called(send, &[request, RESULT], 40)
        });
        strikes.add(format!("{named} dropped behind its call"), move |running| {
            let request = running.new_request(b"known.example", path)?;
            let came = running.called(send, &[request, RESULT], 40)?;
            came.context("a trap for a request")?;
            running.called(DROP_REQUEST, &[request], 0)
        });
    }
    compare(&strikes, &[SENT])
}

#[test]
fn cases_and_texts() -> Result<()> {
    let mut strikes = Strikes::default();
    wrong_setters(&mut strikes, SETTERS, Running::new_admitted);
    compare(&strikes, &[])
}

/// Where the result goes is looked at when there is one: the host may be asked before.
#[test]
fn results_outside_of_the_memory() -> Result<()> {
    let mut strikes = Strikes::default();
    for path in [&b"/in"[..], b"/out"] {
        for place in [
            RESULT + 1,
            RESULT + 4,
            END - 8,
            END,
            0x7fff_fff8,
            0xffff_fff8,
        ] {
            let named = String::from_utf8_lossy(path).into_owned();
            strikes.add(
                format!("{named}, with its result at {place:x}"),
                move |running| {
                    let request = running.new_request(b"known.example", path)?;
                    running.called(SEND, &[request, place], 0)
                },
            );
        }
    }
    compare(&strikes, &[SENT])
}

/// A call that a `realloc` makes while the host is at work.
#[test]
fn requests_sent_by_a_realloc() -> Result<()> {
    let mut strikes = Strikes::default();
    for send in [SEND, ASYNC_SEND] {
        for path in [&b"/in"[..], b"/out"] {
            let named = format!("{} by {send}", String::from_utf8_lossy(path));
            strikes.add(named, move |running| {
                let asked = running.new_admitted()?;
                let sent = running.new_request(b"known.example", path)?;
                let number = running.guest.number(send);
                let mut arguments = [0; ARGUMENTS];
                arguments[..2].copy_from_slice(&[sent, RESULT + 64]);
                running.guest.realloc(Realloc::Calls(number, arguments));
                running.called(AUTHORITY, &[asked, RESULT], 12)
            });
        }
    }
    compare(&strikes, &[])
}
