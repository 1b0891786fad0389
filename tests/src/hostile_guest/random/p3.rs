//! What calls of WASI 0.3 that are made at random give and take. This module must never call.

use super::Game;
use crate::hostile_guest::guest::{Called, Guest, RESULT};
use crate::hostile_guest::p3::ground::{Ground, SET_NEW};
use crate::hostile_guest::world::{Import, Param};

/// The kinds whose handles are in one table with waitables.
const WAITABLES: [&str; 4] = ["bytes", "entries", "files", "stdio"];

impl Game for Ground {
    const HOLLOW: (&[&str], u64) = (&[], 0);

    fn given(import: &Import, called: &Called, guest: &Guest) -> Vec<(String, u64)> {
        let Called::Returned(number) = *called else {
            return Vec::new();
        };
        let (of, function) = import.name.split_once('#').unwrap_or_default();
        let function = function.strip_prefix("[async-lower]").unwrap_or(function);
        let two = |first: &str, second: &str, ends: [u64; 2]| {
            vec![(first.to_string(), ends[0]), (second.to_string(), ends[1])]
        };
        let result = [guest.read_32(RESULT), guest.read_32(RESULT + 4)];
        // With `async` a lone result is in the memory as well.
        let one = match import.area {
            Some(_) => result[0],
            None => number,
        };
        let given = match function {
            _ if import.name == SET_NEW => vec![("set".to_string(), number)],
            "new" => {
                let writable = format!("{of}, writable");
                two(of, &writable, [number & 0xffff_ffff, number >> 32])
            }
            "[method]descriptor.read-via-stream" => two("bytes", "files", result),
            "read-via-stream" => two("bytes", "stdio", result),
            "[method]descriptor.read-directory" => two("entries", "files", result),
            "write-via-stream" => vec![("stdio".to_string(), one)],
            "[method]descriptor.write-via-stream" | "[method]descriptor.append-via-stream" => {
                vec![("files".to_string(), one)]
            }
            "[method]descriptor.open-at" if result[0] & 255 == 0 => {
                vec![("descriptor".to_string(), result[1])]
            }
            _ => Vec::new(),
        };
        let waitables = given.clone().into_iter();
        let waitables = waitables
            .filter(|(kind, _)| WAITABLES.contains(&kind.as_str()) || kind.ends_with("writable"))
            .map(|(_, handle)| ("waitable".to_string(), handle));
        given.into_iter().chain(waitables).collect()
    }

    fn taken(import: &Import, arguments: &[u64]) -> Vec<u64> {
        let (of, function) = import.name.split_once('#').unwrap_or_default();
        let is_drop = [
            "[resource-drop]",
            "drop-",
            "waitable-set.drop",
            "subtask.drop",
        ];
        let is_drop = is_drop.iter().any(|drop| function.starts_with(drop));
        let is_bytes = |param: &Param| *param == Param::Handle("bytes".to_string());
        let params = import.params.iter().zip(arguments);
        params
            .enumerate()
            .filter(|(at, (param, _))| *at == 0 && is_drop || of.contains(':') && is_bytes(param))
            .map(|(_, (_, handle))| *handle)
            .collect()
    }

    fn is_the_end(name: &str) -> bool {
        // Nothing comes to a guest that waits for itself; and a call has but one result.
        name.contains("@0.2#")
            || name.ends_with(", blocking")
            || name.starts_with("canon#task.")
            || name.starts_with("canon#subtask.")
            || name.starts_with("canon#context.")
            || name == "canon#waitable-set.wait"
            || name == "canon#backpressure.inc"
            || name == "canon#backpressure.dec"
            || name.contains("#cancel-")
            || name.starts_with("unit#")
            || name.starts_with("empty#")
            || name.contains("wait-")
    }
}
