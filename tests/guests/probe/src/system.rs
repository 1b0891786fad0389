//! Environment, arguments, random numbers and exit.

use crate::bindings::wasi::cli::{environment, exit};
use crate::bindings::wasi::random::{insecure, insecure_seed, random};
use crate::script::Command;
use std::collections::HashMap;

pub fn perform(command: &Command) -> Option<String> {
    Some(match command.verb.as_str() {
        "env" => {
            let vars = environment::get_environment();
            let vars: Vec<String> = vars
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            format!("{vars:?}")
        }
        "args" => format!("{:?}", environment::get_arguments()),
        "cwd" => match environment::initial_cwd() {
            Some(cwd) => format!("{cwd:?}"),
            None => "none".into(),
        },
        "std-env" => format!("{:?}", std::env::vars().collect::<Vec<_>>()),
        "std-var" => format!("{:?}", std::env::var(command.word(0)).ok()),
        "std-args" => format!("{:?}", std::env::args().collect::<Vec<_>>()),
        "random" => {
            let bytes = random::get_random_bytes(command.number(0));
            let again = random::get_random_bytes(command.number(0));
            format!(
                "{} bytes, {}",
                bytes.len(),
                if bytes == again {
                    "the same again"
                } else {
                    "different again"
                }
            )
        }
        "random-u64" => {
            let (first, second) = (random::get_random_u64(), random::get_random_u64());
            if first == second {
                "the same again".into()
            } else {
                "different again".into()
            }
        }
        "insecure" => format!(
            "{} bytes",
            insecure::get_insecure_random_bytes(command.number(0)).len()
        ),
        "insecure-u64" => {
            insecure::get_insecure_random_u64();
            "ok".into()
        }
        "insecure-seed" => {
            insecure_seed::insecure_seed();
            "ok".into()
        }
        // The numbers themselves, for those who know which they are.
        "draw" => {
            let count = command.number(0);
            let hex = |bytes: Vec<u8>| -> String {
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            };
            format!(
                "{} {:x}, insecure {} {:x}, seed {:x?}",
                hex(random::get_random_bytes(count)),
                random::get_random_u64(),
                hex(insecure::get_insecure_random_bytes(count)),
                insecure::get_insecure_random_u64(),
                insecure_seed::insecure_seed(),
            )
        }
        "hashmap-order" => {
            let map: HashMap<u32, ()> = (0..8).map(|n| (n, ())).collect();
            format!("{:?}", map.keys().collect::<Vec<_>>())
        }
        "hashmap" => {
            let map: HashMap<u32, u32> = (0..100).map(|n| (n, n * n)).collect();
            format!("{} entries, 9 squared is {}", map.len(), map[&9])
        }
        "exit" => {
            exit::exit(if command.word(0) == "ok" {
                Ok(())
            } else {
                Err(())
            });
            "came back".into()
        }
        #[cfg(exit_with_code)]
        "exit-with-code" => {
            exit::exit_with_code(u8::try_from(command.number(0)).expect("a byte"));
            "came back".into()
        }
        "std-exit" => std::process::exit(i32::try_from(command.number(0)).expect("small")),
        _ => return None,
    })
}
