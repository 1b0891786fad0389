//! The interfaces of WASI 0.3 that a hostile guest imports, and those of 0.2 beside them whose
//! handles it passes where they do not belong. This module must never know what is called.

use super::{Interfaces, World};
use anyhow::{Result, anyhow};
use std::sync::OnceLock;

/// The interfaces that the guest imports.
const IMPORTS: [&str; 18] = [
    "wasi:cli/environment@0.3.2",
    "wasi:cli/stdin@0.3.2",
    "wasi:cli/stdout@0.3.2",
    "wasi:cli/stderr@0.3.2",
    "wasi:clocks/monotonic-clock@0.3.2",
    "wasi:clocks/system-clock@0.3.2",
    "wasi:clocks/timezone@0.3.2",
    "wasi:random/random@0.3.2",
    "wasi:random/insecure@0.3.2",
    "wasi:random/insecure-seed@0.3.2",
    "wasi:filesystem/types@0.3.2",
    "wasi:filesystem/preopens@0.3.2",
    "wasi:io/error@0.2.12",
    "wasi:io/poll@0.2.12",
    "wasi:io/streams@0.2.12",
    "wasi:clocks/wall-clock@0.2.12",
    "wasi:filesystem/types@0.2.12",
    "wasi:filesystem/preopens@0.2.12",
];

/// The world of WASI 0.3.
pub fn world() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    made(&WORLD, &IMPORTS, &[])
}

/// The same without functions of files that take a stream: the adapter only makes some.
pub fn reading() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    made(
        &WORLD,
        &IMPORTS,
        &[
            "descriptor.write-via-stream",
            "descriptor.append-via-stream",
            "stderr",
        ],
    )
}

/// The same with a network.
pub fn network() -> Result<&'static World> {
    static WORLD: OnceLock<Result<World, String>> = OnceLock::new();
    const COUNT: usize = IMPORTS.len();
    const ALL: [&str; COUNT + 4] = {
        let mut all = ["wasi:sockets/types@0.3.2"; COUNT + 4];
        let mut at = 0;
        while at < COUNT {
            all[at] = IMPORTS[at];
            at += 1;
        }
        all[COUNT] = "wasi:sockets/ip-name-lookup@0.3.2";
        all[COUNT + 1] = "wasi:http/types@0.3.2";
        all[COUNT + 2] = "wasi:http/client@0.3.2";
        all
    };
    // It has more parameters than a guest passes, but for its other lowering.
    made(&WORLD, &ALL, &["types#[method]udp-socket.send"])
}

fn made(
    world: &'static OnceLock<Result<World, String>>,
    imports: &'static [&'static str],
    without: &'static [&'static str],
) -> Result<&'static World> {
    let made = world.get_or_init(|| {
        let interfaces = Interfaces {
            imports,
            own: &[],
            is_async: true,
            without,
        };
        World::new(&interfaces).map_err(|error| format!("{error:?}"))
    });
    made.as_ref().map_err(|error| anyhow!("{error}"))
}
