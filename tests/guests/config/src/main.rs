//! A program that reads configuration properties, by every name that `wasi:config` was published
//! under.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::wasi::{config0_2_0_draft as draft, config0_2_0_rc_1 as rc};

struct Config;

/// `get KEY` and `all`: one answer where all three interfaces give the same, and else each.
impl bindings::exports::test::probe::api::Guest for Config {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (verb, key) = line.split_once(' ').unwrap_or((line, ""));
            let answers = match verb {
                "get" => [
                    format!("{:?}", rc::store::get(key)),
                    format!("{:?}", draft::store::get(key)),
                    format!("{:?}", draft::runtime::get(key)),
                ],
                "all" => [
                    format!("{:?}", rc::store::get_all()),
                    format!("{:?}", draft::store::get_all()),
                    format!("{:?}", draft::runtime::get_all()),
                ],
                other => panic!("no command {other:?}"),
            }
            // The only difference there may be.
            .map(|answer| answer.replace("ConfigError::", "Error::"));
            let same = answers.iter().all(|answer| *answer == answers[0]);
            let answer = if same {
                answers[0].clone()
            } else {
                answers.join(" / ")
            };
            out.push_str(&format!("{line}: {answer}\n"));
        }
        out
    }
}

bindings::export!(Config with_types_in bindings);

fn main() {
    println!("{:?}", rc::store::get_all());
}
