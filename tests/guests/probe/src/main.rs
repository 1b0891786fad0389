//! The guest most cases run: it does what a script says and reports what happened, one
//! `command: result` line each, with WASI's own error codes. It reaches WASI both directly and
//! through std. What it prints must not depend on anything but the script and its host.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod files;
mod net;
mod script;
mod std_files;
mod stdio;
mod system;
mod time;

use script::Command;

struct Probe;

impl bindings::exports::test::probe::api::Guest for Probe {
    fn probe(script: String) -> String {
        run(&script)
    }
}

bindings::export!(Probe with_types_in bindings);

/// As a command, the script is the arguments after the first, the variable `PROBE`, or the file
/// `/probe.txt`; `;` separates commands, as line ends do. What happened goes to standard output.
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let script = if args.is_empty() {
        std::env::var("PROBE")
            .or_else(|_| std::fs::read_to_string("/probe.txt"))
            .expect("a script as arguments, in PROBE or in /probe.txt")
    } else {
        args.join(" ")
    };
    print!("{}", run(&script.replace(';', "\n")));
}

fn run(script: &str) -> String {
    let mut out = String::new();
    let mut base = String::new();
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let command = Command::parse(line);
        if command.verb == "use" {
            base = command.word(0).to_string();
            continue;
        }
        let answer = perform(&command, &base);
        out.push_str(line);
        out.push_str(": ");
        out.push_str(&answer);
        out.push('\n');
    }
    out
}

/// Runs one command. The families share no verb.
fn perform(command: &Command, base: &str) -> String {
    system::perform(command)
        .or_else(|| stdio::perform(command))
        .or_else(|| time::perform(command))
        .or_else(|| net::perform(command, base))
        .or_else(|| std_files::perform(command))
        .or_else(|| files::perform(command, base))
        .unwrap_or_else(|| panic!("the probe has no command {:?}", command.verb))
}
