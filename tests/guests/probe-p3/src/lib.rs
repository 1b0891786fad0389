//! The guest of the cases of WASI 0.3: it does what a script says and reports what happened, one
//! `command: result` line each, with WASI's own error codes. Built for wasm32-wasip2 it reaches the
//! host through std as well, which is WASI 0.2. What it prints must not depend on anything but the
//! script and its host.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod changes;
mod files;
mod futures_of_writes;
#[allow(dead_code)] // What the probe of 0.2 prints answers with.
#[path = "../../probe/src/script.rs"]
mod script;
#[cfg(target_os = "wasi")]
#[path = "../../probe/src/std_files.rs"]
mod std_files;
#[cfg(target_os = "wasi")]
mod std_system;
mod stdio;
mod streams;
mod system;
mod text;
mod time;
mod volume;

use script::Command;
use std::cell::Cell;
use wasip3::cli::environment;

struct Probe;

thread_local! {
    /// Whether `run` returns an error.
    static FAILS: Cell<bool> = const { Cell::new(false) };
}

impl bindings::exports::test::probe::api::Guest for Probe {
    async fn probe(script: String) -> String {
        run(&script).await
    }
}

bindings::export!(Probe with_types_in bindings);

/// As a command, the script is the arguments after the first, or the variable `PROBE`; `;`
/// separates commands, as line ends do. What happened goes to standard output.
impl wasip3::exports::cli::run::Guest for Probe {
    async fn run() -> Result<(), ()> {
        let arguments: Vec<String> = environment::get_arguments().into_iter().skip(1).collect();
        let script = if arguments.is_empty() {
            let variables = environment::get_environment();
            let probe = variables.into_iter().find(|(name, _)| name == "PROBE");
            probe.expect("a script as arguments or in PROBE").1
        } else {
            arguments.join(" ")
        };
        let said = run(&script.replace(';', "\n")).await;
        let _ = stdio::print(said.into_bytes()).await;
        match FAILS.get() {
            true => Err(()),
            false => Ok(()),
        }
    }
}

wasip3::cli::command::export!(Probe);

async fn run(script: &str) -> String {
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
        let answer = perform(&command, &base).await;
        out.push_str(line);
        out.push_str(": ");
        out.push_str(&answer);
        out.push('\n');
    }
    out
}

/// Runs one command. The families share no verb.
async fn perform(command: &Command, base: &str) -> String {
    if command.verb == "fail" {
        FAILS.set(true);
        return "ok".into();
    }
    if let Some(answer) = system::perform(command) {
        return answer;
    }
    #[cfg(target_os = "wasi")]
    if let Some(answer) = std_system::perform(command).or_else(|| std_files::perform(command)) {
        return answer;
    }
    if let Some(answer) = time::perform(command).await {
        return answer;
    }
    if let Some(answer) = stdio::perform(command, base).await {
        return answer;
    }
    let Some(root) = files::preopen(base) else {
        return format!("no preopen {base:?}");
    };
    if let Some(answer) = files::perform(command, &root).await {
        return answer;
    }
    if let Some(answer) = changes::perform(command, &root).await {
        return answer;
    }
    if let Some(answer) = streams::perform(command, &root).await {
        return answer;
    }
    if let Some(answer) = futures_of_writes::perform(command, &root).await {
        return answer;
    }
    if let Some(answer) = volume::perform(command, &root).await {
        return answer;
    }
    panic!("the probe has no command {:?}", command.verb)
}
