//! What calls of WASI 0.2 that are made at random give and take. This module must never call.

use super::Game;
use crate::hostile_guest::ground::{Ground, NEXT_ENTRY};
use crate::hostile_guest::guest::{Called, Guest, RESULT};
use crate::hostile_guest::world::Import;

impl Game for Ground {
    const HOLLOW: (&[&str], u64) = (
        &[
            "network",
            "tcp-socket",
            "udp-socket",
            "incoming-datagram-stream",
            "outgoing-datagram-stream",
            "resolve-address-stream",
        ],
        0x0fff_ffff,
    );

    fn given(import: &Import, called: &Called, guest: &Guest) -> Vec<(String, u64)> {
        let (_, function) = import.name.split_once('#').unwrap_or_default();
        let made = match function {
            "get-stdin" => "input-stream",
            "get-stdout" | "get-stderr" => "output-stream",
            "subscribe-instant" | "subscribe-duration" => "pollable",
            _ if function.ends_with(".subscribe") => "pollable",
            _ => "",
        };
        if let (false, Called::Returned(handle)) = (made.is_empty(), called) {
            return vec![(made.to_string(), *handle)];
        }
        let gives = match function.rsplit('.').next() {
            Some("open-at") => "descriptor",
            Some("read-directory") => "directory-entry-stream",
            Some("read-via-stream") => "input-stream",
            Some("write-via-stream" | "append-via-stream") => "output-stream",
            _ => "",
        };
        let mut given = Vec::new();
        if !gives.is_empty() && guest.read(RESULT, 1) == [0] {
            given.push((gives.to_string(), guest.read_32(RESULT + 4)));
        }
        if import.name.starts_with("wasi:io/streams") && import.name != NEXT_ENTRY {
            // An error of a stream, if it is one: where it is depends on the other result.
            for at in [RESULT + 8, RESULT + 12] {
                let number = guest.read_32(at);
                if number >> 28 != 0 && number & 0x0fff_0000 == 0 {
                    given.push(("error".to_string(), number));
                }
            }
        }
        given
    }

    fn taken(import: &Import, arguments: &[u64]) -> Vec<u64> {
        match import.name.contains("[resource-drop]") {
            true => arguments.first().copied().into_iter().collect(),
            false => Vec::new(),
        }
    }

    fn is_the_end(name: &str) -> bool {
        const SILENT: [&str; 3] = [".subscribe", ".address-family", ".is-listening"];
        let is_silent =
            name.starts_with("wasi:sockets") && SILENT.iter().any(|silent| name.ends_with(silent));
        name.starts_with("test:") || name.starts_with("wasi:cli/exit") || is_silent
    }
}
