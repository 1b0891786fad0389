//! The program `disk` for both versions of WASI at once, in one instance and on one tree. A line
//! goes to WASI 0.3, lowered with `async`. After the word `blocking` it is lowered without, and
//! after `old` it goes to WASI 0.2. What it prints is what two hosts of one directory must agree
//! on.

#![expect(
    clippy::duplicate_mod,
    reason = "the calls are compiled once for each lowering"
)]

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
#[allow(warnings)]
mod blocking_bindings {
    include!(concat!(env!("OUT_DIR"), "/blocking_bindings.rs"));
}
mod blocking;
mod entries;
mod flow;
mod latest;
mod operation;
#[path = "../../disk/src/program.rs"]
mod program;
#[allow(dead_code, reason = "the probe's, which uses all of it")]
#[path = "../../probe/src/script.rs"]
mod script;
#[path = "../../disk/src/streams.rs"]
mod streams;
#[path = "../../disk/src/text.rs"]
mod text;
#[path = "../../disk/src/tree.rs"]
mod tree;
mod waiting;

use latest::Lowering;
use script::Command;

struct Disk;

impl bindings::exports::test::probe::api::Guest for Disk {
    /// A script that begins with `wait` waits in `waitable-set.wait`, any other in its callback.
    async fn probe(script: String) -> String {
        match script.strip_prefix("wait\n") {
            Some(script) => wit_bindgen::block_on(run(script)),
            None => run(&script).await,
        }
    }
}

bindings::export!(Disk with_types_in bindings);

async fn run(script: &str) -> String {
    let mut old = program::Program::new();
    let mut latest = latest::Program::new();
    let mut out = String::new();
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let said = if let Some(line) = line.strip_prefix("old ") {
            old.perform(&Command::parse(line))
        } else if let Some(line) = line.strip_prefix("blocking ") {
            latest
                .perform(&Command::parse(line), Lowering::Blocking)
                .await
        } else {
            latest.perform(&Command::parse(line), Lowering::Async).await
        };
        out.push_str(&format!("{line}: {said}\n"));
    }
    out.push_str(&latest.finish().await);
    out
}
