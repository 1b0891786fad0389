//! A library component: exports one function, has no `run`, and imports one interface. It must
//! not use std's input and output, so that nothing else is imported.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::wasi::cli::environment;

struct Library;

impl bindings::exports::test::probe::api::Guest for Library {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script.lines().map(str::trim) {
            let listed = match line {
                "env" => environment::get_environment()
                    .into_iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect(),
                "args" => environment::get_arguments(),
                "cwd" => environment::initial_cwd().into_iter().collect(),
                _ => vec!["unknown".to_string()],
            };
            out.push_str(&format!("{line}: {listed:?}\n"));
        }
        out
    }
}

bindings::export!(Library with_types_in bindings);
