//! Environment, arguments and standard streams through std, which is WASI 0.2.

use crate::script::Command;
use std::io::{Read, Write};

pub fn perform(command: &Command) -> Option<String> {
    Some(match command.verb.as_str() {
        "std-env" => format!("{:?}", std::env::vars().collect::<Vec<_>>()),
        "std-var" => format!("{:?}", std::env::var(command.word(0)).ok()),
        "std-args" => format!("{:?}", std::env::args().collect::<Vec<_>>()),
        "std-stdout" => match writeln!(std::io::stdout(), "{}", command.word(0))
            .and_then(|()| std::io::stdout().flush())
        {
            Ok(()) => "ok".into(),
            Err(error) => format!("error {}", error.kind()),
        },
        "std-stdin" => {
            let mut text = String::new();
            match std::io::stdin().read_to_string(&mut text) {
                Ok(_) => format!("ok {text:?}"),
                Err(error) => format!("error {}", error.kind()),
            }
        }
        _ => return None,
    })
}
