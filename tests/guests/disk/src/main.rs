//! A program that does with files what a script says, call by call of `wasi:filesystem`, and
//! reports what each call gave. What it prints is what two hosts of one directory must agree on.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod program;
#[allow(dead_code, reason = "the probe's, which uses all of it")]
#[path = "../../probe/src/script.rs"]
mod script;
mod streams;
mod text;
mod tree;

use bindings::wasi::filesystem::preopens;
use program::Program;
use script::Command;

struct Disk;

impl bindings::exports::test::probe::api::Guest for Disk {
    fn probe(script: String) -> String {
        let mut program = Program::new();
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let said = program.perform(&Command::parse(line));
            out.push_str(&format!("{line}: {said}\n"));
        }
        out
    }
}

bindings::export!(Disk with_types_in bindings);

/// As a command, it says what the preopened directories hold.
fn main() {
    for (directory, name) in preopens::get_directories() {
        println!("{name}\n{}", tree::of(&directory));
    }
}
