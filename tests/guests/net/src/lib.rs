//! A program that asks for single things of the network, of WASI 0.2, and shows the codes of what
//! is refused. `net-p3` is the same for WASI 0.3, and both answer the same script alike.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod http;
#[allow(dead_code)] // What the probe prints answers with.
#[path = "../../probe/src/script.rs"]
mod script;
mod sockets;
mod through_std;
mod words;

use script::Command;

struct Net;

impl bindings::exports::test::probe::api::Guest for Net {
    fn probe(script: String) -> String {
        let lines = script.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty());
        lines
            .map(|line| {
                format!(
                    "{line}: {}\n",
                    words::answer(perform(&Command::parse(line)))
                )
            })
            .collect()
    }
}

bindings::export!(Net with_types_in bindings);

fn perform(command: &Command) -> words::Said {
    let said = sockets::perform(command)
        .or_else(|| http::perform(command))
        .or_else(|| through_std::perform(command));
    said.unwrap_or_else(|| panic!("no command {:?}", command.verb))
}
