//! Environment, arguments, random numbers, terminals and exit.

use crate::script::Command;
use wasip3::cli::{environment, exit, terminal_stderr, terminal_stdin, terminal_stdout};
use wasip3::random::{insecure, insecure_seed, random};

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
        "cwd" => match environment::get_initial_cwd() {
            Some(cwd) => format!("{cwd:?}"),
            None => "none".into(),
        },
        "random" => {
            let bytes = random::get_random_bytes(command.number(0));
            let again = random::get_random_bytes(command.number(0));
            format!("{} bytes, {}", bytes.len(), compared(&bytes, &again))
        }
        "random-u64" => compared(&random::get_random_u64(), &random::get_random_u64()).into(),
        "insecure" => format!(
            "{} bytes",
            insecure::get_insecure_random_bytes(command.number(0)).len()
        ),
        "insecure-u64" => {
            insecure::get_insecure_random_u64();
            "ok".into()
        }
        "insecure-seed" => {
            insecure_seed::get_insecure_seed();
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
                insecure_seed::get_insecure_seed(),
            )
        }
        "terminals" => {
            let is = |terminal: bool| if terminal { "yes" } else { "no" };
            format!(
                "stdin {}, stdout {}, stderr {}",
                is(terminal_stdin::get_terminal_stdin().is_some()),
                is(terminal_stdout::get_terminal_stdout().is_some()),
                is(terminal_stderr::get_terminal_stderr().is_some()),
            )
        }
        "exit" => {
            exit::exit(match command.word(0) {
                "ok" => Ok(()),
                _ => Err(()),
            });
            "came back".into()
        }
        "exit-with-code" => {
            exit::exit_with_code(u8::try_from(command.number(0)).expect("a byte"));
            "came back".into()
        }
        _ => return None,
    })
}

fn compared<T: PartialEq>(first: &T, second: &T) -> &'static str {
    match first == second {
        true => "the same again",
        false => "different again",
    }
}
