//! A program with an import outside WASI: a key-value store of plain functions.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::test::kv::store;

struct Kv;

/// `get KEY`, `set KEY VALUE`, `std-var NAME`.
impl bindings::exports::test::probe::api::Guest for Kv {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let words: Vec<&str> = line.split(' ').collect();
            let answer = match words[0] {
                "get" => format!("{:?}", store::get(words[1])),
                "set" => format!("{:?}", store::set(words[1], words[2])),
                "std-var" => format!("{:?}", std::env::var(words[1]).ok()),
                other => panic!("no command {other:?}"),
            };
            out.push_str(&format!("{line}: {answer}\n"));
        }
        out
    }
}

bindings::export!(Kv with_types_in bindings);

fn main() {
    println!("{:?}", store::get("greeting"));
}
