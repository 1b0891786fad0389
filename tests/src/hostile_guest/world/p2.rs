//! The interfaces of WASI 0.2 that a hostile guest imports, and those of nobody's that carry its
//! resources. This module must never know what is called.

use super::{Interfaces, World};
use anyhow::{Result, anyhow};
use std::sync::OnceLock;

/// The interfaces that the guest imports.
const IMPORTS: [&str; 31] = [
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:cli/environment@0.2.12",
    "wasi:cli/exit@0.2.12",
    "wasi:cli/stdin@0.2.12",
    "wasi:cli/stdout@0.2.12",
    "wasi:cli/stderr@0.2.12",
    "wasi:cli/terminal-input@0.2.12",
    "wasi:cli/terminal-output@0.2.12",
    "wasi:cli/terminal-stdin@0.2.12",
    "wasi:cli/terminal-stdout@0.2.12",
    "wasi:cli/terminal-stderr@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:clocks/wall-clock@0.2.12",
    "wasi:clocks/timezone@0.2.12",
    "wasi:random/random@0.2.12",
    "wasi:random/insecure@0.2.12",
    "wasi:random/insecure-seed@0.2.12",
    "wasi:filesystem/types@0.2.12",
    "wasi:filesystem/preopens@0.2.12",
    "wasi:sockets/network@0.2.12",
    "wasi:sockets/instance-network@0.2.12",
    "wasi:sockets/ip-name-lookup@0.2.12",
    "wasi:sockets/tcp@0.2.12",
    "wasi:sockets/tcp-create-socket@0.2.12",
    "wasi:sockets/udp@0.2.12",
    "wasi:sockets/udp-create-socket@0.2.12",
    "wasi:config/store@0.2.0-rc.1",
    "test:blob/store@0.1.0",
    "test:shapes/shapes@0.1.0",
];

/// Interfaces outside of WASI that carry resources of it. Their host is `tests/src/custom.rs`, and
/// `tests/src/shapes.rs` that of the files.
const STREAMS: &str = "package test:blob@0.1.0;
interface store {
  use wasi:io/streams@0.2.12.{input-stream};
  use wasi:io/poll@0.2.12.{pollable};
  open: func(name: string) -> result<input-stream, string>;
  ready: func() -> pollable;
  measure: func(body: input-stream) -> u64;
  peek: func(body: borrow<input-stream>) -> option<list<u8>>;
}";
const FILES: &str = "package test:shapes@0.1.0;
interface shapes {
  use wasi:filesystem/types@0.2.12.{descriptor};
  open: func(name: string) -> result<descriptor, string>;
  size: func(file: borrow<descriptor>) -> option<u64>;
  keep: func(file: descriptor) -> u64;
}";

/// What a program of the network imports.
const NETWORK: [&str; 12] = [
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:sockets/network@0.2.12",
    "wasi:sockets/instance-network@0.2.12",
    "wasi:sockets/ip-name-lookup@0.2.12",
    "wasi:sockets/tcp@0.2.12",
    "wasi:sockets/tcp-create-socket@0.2.12",
    "wasi:sockets/udp@0.2.12",
    "wasi:sockets/udp-create-socket@0.2.12",
    "wasi:http/types@0.2.12",
    "wasi:http/outgoing-handler@0.2.12",
];

/// The interfaces that a guest imports which sends requests.
const OF_HTTP: [&str; 7] = [
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:cli/environment@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:http/types@0.2.12",
    "wasi:http/outgoing-handler@0.2.12",
];

/// An interface outside of WASI that takes requests. Nobody has it.
const REQUESTS: &str = "package test:relay@0.1.0;
interface relay {
  use wasi:http/types@0.2.12.{outgoing-request};
  pass: func(request: outgoing-request);
}";

/// A world with requests.
pub fn http() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    let made = WORLD.get_or_init(|| requests(&OF_HTTP, &[]).map_err(|error| format!("{error:?}")));
    made.as_ref().map_err(|error| anyhow!("{error}"))
}

/// The same without the host's environment.
const WITHOUT_ENVIRONMENT: [&str; 6] = [
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:http/types@0.2.12",
    "wasi:http/outgoing-handler@0.2.12",
];

/// The same with an interface that takes requests.
const RELAYING: [&str; 8] = [
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:cli/environment@0.2.12",
    "wasi:clocks/monotonic-clock@0.2.12",
    "wasi:http/types@0.2.12",
    "wasi:http/outgoing-handler@0.2.12",
    "test:relay/relay@0.1.0",
];

/// Worlds of which the one lacks the host's environment, and the other hands requests to others.
pub fn http_unsafe() -> Result<[World; 2]> {
    let without = requests(&WITHOUT_ENVIRONMENT, &[])?;
    Ok([without, requests(&RELAYING, &[REQUESTS])?])
}

fn requests(imports: &'static [&'static str], own: &'static [&'static str]) -> Result<World> {
    World::new(&Interfaces {
        imports,
        own,
        is_async: false,
        without: &[],
    })
}

/// The same of two releases.
const RELEASES: [&str; 2 * NETWORK.len()] = {
    const OF_OLDER: [&str; NETWORK.len()] = [
        "wasi:io/error@0.2.6",
        "wasi:io/poll@0.2.6",
        "wasi:io/streams@0.2.6",
        "wasi:sockets/network@0.2.6",
        "wasi:sockets/instance-network@0.2.6",
        "wasi:sockets/ip-name-lookup@0.2.6",
        "wasi:sockets/tcp@0.2.6",
        "wasi:sockets/tcp-create-socket@0.2.6",
        "wasi:sockets/udp@0.2.6",
        "wasi:sockets/udp-create-socket@0.2.6",
        "wasi:http/types@0.2.6",
        "wasi:http/outgoing-handler@0.2.6",
    ];
    let mut all = [""; 2 * NETWORK.len()];
    let mut at = 0;
    while at < NETWORK.len() {
        all[at] = OF_OLDER[at];
        all[NETWORK.len() + at] = NETWORK[at];
        at += 1;
    }
    all
};

/// Functions of servers, some of which have more parameters than a guest passes.
const OF_SERVERS: [&str; 3] = ["response-outparam", "incoming-request", "outgoing-response"];

/// These, and what no host has.
const UNUSED: [&str; 4] = [
    OF_SERVERS[0],
    OF_SERVERS[1],
    OF_SERVERS[2],
    "network-error-code",
];

/// The world of WASI 0.2 with all but HTTP.
pub fn world() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    made(&WORLD, &IMPORTS, &[STREAMS, FILES], &[])
}

/// The world of a program of the network.
pub fn network() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    made(&WORLD, &NETWORK, &[], &OF_SERVERS)
}

/// The world of a program of the network that imports it in two releases.
pub fn releases() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    made(&WORLD, &RELEASES, &[], &UNUSED)
}

fn made(
    world: &'static OnceLock<Result<World, String>>,
    imports: &'static [&'static str],
    own: &'static [&'static str],
    without: &'static [&'static str],
) -> Result<&'static World> {
    let made = world.get_or_init(|| {
        let interfaces = Interfaces {
            imports,
            own,
            is_async: false,
            without,
        };
        World::new(&interfaces).map_err(|error| format!("{error:?}"))
    });
    made.as_ref().map_err(|error| anyhow!("{error}"))
}
