//! Requests of a guest of WASI 0.2.

use super::strikes::{FORGED, Strikes};
use super::{Both, Running, policy};
use anyhow::{Context, Result, ensure};
use wasi_virt::{Http, HttpRules, Policy};
use wasi_virt_tests::hostile_guest::guest::{END, RESULT, Realloc, TEXT};
use wasi_virt_tests::hostile_guest::world::ARGUMENTS;
use wasi_virt_tests::hostile_guest::world::p2::network as world;

const NEW_FIELDS: &str = "wasi:http/types#[constructor]fields";
const NEW_REQUEST: &str = "wasi:http/types#[constructor]outgoing-request";
const NEW_OPTIONS: &str = "wasi:http/types#[constructor]request-options";
const DROP_REQUEST: &str = "wasi:http/types#[resource-drop]outgoing-request";
const BODY: &str = "wasi:http/types#[method]outgoing-request.body";
const SET_METHOD: &str = "wasi:http/types#[method]outgoing-request.set-method";
const SET_SCHEME: &str = "wasi:http/types#[method]outgoing-request.set-scheme";
const SET_AUTHORITY: &str = "wasi:http/types#[method]outgoing-request.set-authority";
const SET_PATH: &str = "wasi:http/types#[method]outgoing-request.set-path-with-query";
const AUTHORITY: &str = "wasi:http/types#[method]outgoing-request.authority";
pub const HANDLE: &str = "wasi:http/outgoing-handler#handle";

/// The code `HTTP-request-denied`, as it lies in memory.
const DENIED: u8 = 15;

/// How the host shows the request that rules admit.
pub const SENT: &str = "GET http://known.example/in";

/// Cases that neither options nor variants of requests have.
const CASES: [u64; 5] = [10, 256, 0x8000_0000, 0xffff_ff00, 0xffff_ffff];

/// The rules for sockets, and one for requests.
pub fn ruled() -> Policy {
    let mut rules = HttpRules::new();
    rules.allow = vec!["http://known.example/in".into()];
    policy().with(|changed| {
        changed.http = Http::Rules(rules);
    })
}

impl Running {
    /// A request without a body that goes to a path of a host.
    pub fn request(&mut self, host: &[u8], path: &[u8]) -> Result<u64> {
        let fields = self.must(NEW_FIELDS, &[])?;
        let request = self.must(NEW_REQUEST, &[fields])?;
        self.must(SET_SCHEME, &[request, 1, 0, 0, 0])?;
        for (set, text) in [(SET_AUTHORITY, host), (SET_PATH, path)] {
            self.guest.put(TEXT, text);
            let failed = self.must(set, &[request, 1, TEXT, text.len() as u64])?;
            ensure!(failed == 0, "{set} failed for {text:?}");
        }
        Ok(request)
    }

    /// The request that rules admit.
    pub fn admitted(&mut self) -> Result<u64> {
        self.request(b"known.example", b"/in")
    }

    /// Sends a request without options.
    pub fn handle(&mut self, request: u64) -> Result<Option<Vec<u8>>> {
        self.called(HANDLE, &[request, 0, 0, RESULT], 40)
    }
}

/// The setters of a request: method, scheme, authority and path.
pub type Setters = [&'static str; 4];

const SETTERS: Setters = [SET_METHOD, SET_SCHEME, SET_AUTHORITY, SET_PATH];

/// Arguments of a setter that pass a text, and where the numbers of their cases are.
fn setting(number: usize, request: u64, at: u64, len: u64) -> (Vec<u64>, &'static [usize]) {
    match number {
        // The case of a method that has no name of its own.
        0 => (vec![request, 9, at, len], &[1]),
        1 => (vec![request, 1, 2, at, len], &[1, 2]),
        _ => (vec![request, 1, at, len], &[1]),
    }
}

/// Handles that are none, given to setters.
pub fn forged_setters(strikes: &mut Strikes, setters: Setters) {
    for forged in FORGED {
        for (number, name) in setters.into_iter().enumerate() {
            strikes.add(format!("{forged:x} for {name}"), move |running| {
                running.guest.put(TEXT, b"text");
                running.called(name, &setting(number, forged, TEXT, 4).0, 0)
            });
        }
    }
}

/// Cases that no variant has, and texts that are none, given to setters.
pub fn wrong_setters(
    strikes: &mut Strikes,
    setters: Setters,
    admitted: fn(&mut Running) -> Result<u64>,
) {
    for (number, name) in setters.into_iter().enumerate() {
        for case in CASES {
            for place in setting(number, 0, 0, 0).1 {
                strikes.add(
                    format!("case {case:x} at {place} of {name}"),
                    move |running| {
                        let request = admitted(running)?;
                        running.guest.put(TEXT, b"text");
                        let (mut arguments, _) = setting(number, request, TEXT, 4);
                        arguments[*place] = case;
                        running.called(name, &arguments, 0)
                    },
                );
            }
        }
        for (start, len) in [
            (0x5_0000, 4),
            (0xffff_fff0, 32),
            (TEXT, 0x7fff_ffff),
            (END - 2, 3),
        ] {
            strikes.add(
                format!("a text at {start:x} of {len:x}, {name}"),
                move |running| {
                    let request = admitted(running)?;
                    running.called(name, &setting(number, request, start, len).0, 0)
                },
            );
        }
        for (what, text) in [("no UTF-8", &b"a\xff"[..]), ("half a letter", b"\xc3")] {
            strikes.add(format!("a text that is {what}, {name}"), move |running| {
                let request = admitted(running)?;
                running.guest.put(TEXT, text);
                let len = text.len() as u64;
                running.called(name, &setting(number, request, TEXT, len).0, 0)
            });
        }
    }
}

/// The other ways would not show that a rule was asked.
#[test]
fn requests_by_rules() -> Result<()> {
    let [mut bare, mut under] = Both::under(world()?, |_| ruled())?.both()?;
    for (path, is_admitted) in [
        (&b"/in"[..], true),
        (b"/out", false),
        (b"/in/%2e%2e", false),
    ] {
        for (running, is_sent) in [(&mut bare, true), (&mut under, is_admitted)] {
            let request = running.request(b"known.example", path)?;
            let came = running.handle(request)?.context("a trap for a request")?;
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
    for forged in FORGED {
        strikes.add(format!("{forged:x} as a request"), move |running| {
            running.admitted()?;
            running.handle(forged)
        });
        for path in [&b"/in"[..], b"/out"] {
            let named = String::from_utf8_lossy(path);
            strikes.add(format!("{named}, {forged:x} as options"), move |running| {
                let request = running.request(b"known.example", path)?;
                running.called(HANDLE, &[request, 1, forged, RESULT], 40)
            });
        }
    }
    forged_setters(&mut strikes, SETTERS);
    // Handles that it has, of other resources.
    let others: [(&str, &[u64]); 4] = [
        (NEW_FIELDS, &[]),
        (NEW_OPTIONS, &[]),
        ("wasi:sockets/instance-network#instance-network", &[]),
        ("socket", &[]),
    ];
    for (make, arguments) in others {
        for is_options in [false, true] {
            if is_options && make == NEW_OPTIONS {
                continue;
            }
            strikes.add(format!("{make}, options: {is_options}"), move |running| {
                let request = running.admitted()?;
                let other = match make {
                    "socket" => running.bound(0)?,
                    make => running.must(make, arguments)?,
                };
                match is_options {
                    false => running.handle(other),
                    true => running.called(HANDLE, &[request, 1, other, RESULT], 40),
                }
            });
        }
    }
    strikes.add("the request as its own options", |running| {
        let request = running.admitted()?;
        running.called(HANDLE, &[request, 1, request, RESULT], 40)
    });
    strikes.add("the adapter's streams as a request", |running| {
        let socket = running.bound(0)?;
        let (incoming, _) = running.streams(socket)?;
        running.handle(incoming)
    });
    strikes.compare(&Both::under(world()?, |_| ruled())?, &[])
}

/// A call takes its request, whatever becomes of it.
#[test]
fn requests_used_twice() -> Result<()> {
    let mut strikes = Strikes::default();
    for path in [&b"/in"[..], b"/out"] {
        let named = String::from_utf8_lossy(path);
        strikes.add(format!("{named} again"), move |running| {
            let request = running.request(b"known.example", path)?;
            running.handle(request)?.context("a trap for a request")?;
            running.handle(request)
        });
        strikes.add(format!("{named} dropped"), move |running| {
            let request = running.request(b"known.example", path)?;
            running.must(DROP_REQUEST, &[request])?;
            running.handle(request)
        });
        strikes.add(format!("{named} dropped behind its call"), move |running| {
            let request = running.request(b"known.example", path)?;
            running.handle(request)?.context("a trap for a request")?;
            running.called(DROP_REQUEST, &[request], 0)
        });
        strikes.add(
            format!("a body of {named} behind its call"),
            move |running| {
                let request = running.request(b"known.example", path)?;
                running.handle(request)?.context("a trap for a request")?;
                running.called(BODY, &[request, RESULT], 8)
            },
        );
        strikes.add(format!("options of {named} again"), move |running| {
            let options = running.must(NEW_OPTIONS, &[])?;
            for _ in 0..2 {
                let request = running.request(b"known.example", path)?;
                let arguments = [request, 1, options, RESULT];
                if running.called(HANDLE, &arguments, 40)?.is_none() {
                    return Ok(None);
                }
            }
            Ok(Some(Vec::new()))
        });
    }
    strikes.compare(&Both::under(world()?, |_| ruled())?, &[SENT])
}

#[test]
fn cases_and_places() -> Result<()> {
    let mut strikes = Strikes::default();
    wrong_setters(&mut strikes, SETTERS, Running::admitted);
    for case in CASES.into_iter().chain([2]) {
        // A call that is refused looks at them as well.
        for path in [&b"/in"[..], b"/out"] {
            let named = String::from_utf8_lossy(path);
            strikes.add(
                format!("{named}, case {case:x} of options"),
                move |running| {
                    let request = running.request(b"known.example", path)?;
                    let options = running.must(NEW_OPTIONS, &[])?;
                    running.called(HANDLE, &[request, case, options, RESULT], 40)
                },
            );
        }
    }
    strikes.compare(&Both::under(world()?, |_| ruled())?, &[])
}

/// Where the result goes is looked at when there is one: the host may be asked before.
#[test]
fn results_outside_of_the_memory() -> Result<()> {
    let mut strikes = Strikes::default();
    for path in [&b"/in"[..], b"/out", b"no path"] {
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
                    let path = if path.starts_with(b"/") {
                        path
                    } else {
                        b"/in/.."
                    };
                    let request = running.request(b"known.example", path)?;
                    running.called(HANDLE, &[request, 0, 0, place], 0)
                },
            );
        }
    }
    strikes.compare(&Both::under(world()?, |_| ruled())?, &[SENT])
}

/// A call that a `realloc` makes while the host, or the adapter, is at work.
#[test]
fn requests_sent_by_a_realloc() -> Result<()> {
    let mut strikes = Strikes::default();
    for (path, options) in [(&b"/in"[..], 0), (b"/out", 0), (b"/in", 1)] {
        let named = format!("{}, options: {options}", String::from_utf8_lossy(path));
        strikes.add(named, move |running| {
            let (asked, sent) = (
                running.admitted()?,
                running.request(b"known.example", path)?,
            );
            let number = running.guest.number(HANDLE);
            let mut arguments = [0; ARGUMENTS];
            let with = running.must(NEW_OPTIONS, &[])?;
            arguments[..4].copy_from_slice(&[sent, options, with * options, RESULT + 64]);
            running.guest.realloc(Realloc::Calls(number, arguments));
            running.called(AUTHORITY, &[asked, RESULT], 12)
        });
    }
    strikes.compare(&Both::under(world()?, |_| ruled())?, &[])
}
