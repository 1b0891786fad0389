//! A program with an import outside WASI that carries streams and pollables, next to files.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::test::blob::store;
use bindings::wasi::filesystem::preopens;
use bindings::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use bindings::wasi::io::poll;
use bindings::wasi::io::streams::{InputStream, StreamError};

struct Blob;

/// `open NAME` reads a blob, `poll` waits for the store and a file at once, `measure NAME` gives a
/// blob's stream back to the store, `peek NAME` lends it, `measure-file PATH` gives a file's.
impl bindings::exports::test::probe::api::Guest for Blob {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let (verb, word) = line.split_once(' ').unwrap_or((line, ""));
            let answer = match verb {
                "open" => store::open(word).map(read),
                "measure" => store::open(word).map(|body| store::measure(body).to_string()),
                "measure-file" => Ok(store::measure(file(word)).to_string()),
                "peek" => store::open(word).map(|body| {
                    let peeked = store::peek(&body);
                    format!("{:?} then {}", peeked.map(|bytes| bytes.len()), read(body))
                }),
                "poll" => {
                    let (ready, stream) = (store::ready(), file(word));
                    let disk = stream.subscribe();
                    let mut which = poll::poll(&[&ready, &disk]);
                    which.sort();
                    Ok(format!("{which:?}"))
                }
                "read" => Ok(read(file(word))),
                other => panic!("no command {other:?}"),
            };
            out.push_str(&format!("{line}: {answer:?}\n"));
        }
        out
    }
}

bindings::export!(Blob with_types_in bindings);

fn file(path: &str) -> InputStream {
    let (root, _) = preopens::get_directories().remove(0);
    root.open_at(
        PathFlags::empty(),
        path,
        OpenFlags::empty(),
        DescriptorFlags::READ,
    )
    .and_then(|file| file.read_via_stream(0))
    .expect("a file")
}

fn read(stream: InputStream) -> String {
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(7) {
            Ok(bytes) => all.extend(bytes),
            Err(StreamError::Closed) => return String::from_utf8_lossy(&all).into_owned(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn main() {
    println!("{:?}", store::open("greeting").map(read));
}
