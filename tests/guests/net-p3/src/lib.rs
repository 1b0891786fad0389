//! A program that asks for single things of the network, of WASI 0.3, and shows the codes of what
//! is refused. `net` is the same for WASI 0.2, and both answer the same script alike.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod http;
#[allow(dead_code)] // What the probe prints answers with.
#[path = "../../probe/src/script.rs"]
mod script;
mod sockets;
#[path = "../../net/src/words.rs"]
mod words;

use script::Command;

struct Net;

impl bindings::exports::test::probe::api::Guest for Net {
    async fn probe(script: String) -> String {
        let mut out = String::new();
        let lines = script.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty()) {
            let said = words::answer(perform(&Command::parse(line)).await);
            out += &format!("{line}: {said}\n");
        }
        out
    }
}

bindings::export!(Net with_types_in bindings);

async fn perform(command: &Command) -> words::Said {
    if let Some(said) = sockets::perform(command).await {
        return said;
    }
    let said = http::perform(command).await;
    said.unwrap_or_else(|| panic!("no command {:?}", command.verb))
}
