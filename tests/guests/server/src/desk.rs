//! The interface of our own.

use crate::Server;
use crate::bindings::exports::test::server::desk::{
    Answer, Guest, GuestReader, InputStream, Reader, ReaderBorrow, Request,
};
use crate::bindings::wasi::cli::stdin::get_stdin;
use crate::bindings::wasi::io::streams::StreamError;

/// A stream with a name, and what was read before.
pub struct NamedReader {
    name: String,
    sources: Vec<InputStream>,
}

fn all(stream: &InputStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(7) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return bytes,
            Err(error) => panic!("{error}"),
        }
    }
}

impl GuestReader for NamedReader {
    fn new(source: InputStream, name: String) -> Self {
        NamedReader {
            name,
            sources: vec![source],
        }
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn read(&self) -> Vec<u8> {
        self.sources.iter().flat_map(all).collect()
    }

    fn join(readers: Vec<Reader>, last: ReaderBorrow<'_>) -> Reader {
        let mut joined = NamedReader {
            name: String::new(),
            sources: Vec::new(),
        };
        for reader in readers {
            let reader = reader.into_inner::<NamedReader>();
            joined.name.push_str(&reader.name);
            joined.sources.extend(reader.sources);
        }
        joined.name.push_str(&last.get::<NamedReader>().name);
        Reader::new(joined)
    }
}

impl Guest for Server {
    type Reader = NamedReader;

    fn handle(request: Request, kind: String) -> Result<Answer, String> {
        for pollable in &request.wait {
            pollable.block();
        }
        let names = request.names.concat();
        match (kind.as_str(), request.body) {
            ("none", _) => Ok(Answer::None),
            ("text", Some(body)) => Ok(Answer::Text(format!(
                "{names}:{}",
                String::from_utf8_lossy(&all(&body))
            ))),
            ("back", Some(body)) => Ok(Answer::One(body)),
            ("both", Some(body)) => {
                let reader = NamedReader {
                    name: names,
                    sources: Vec::new(),
                };
                Ok(Answer::Both((Reader::new(reader), body)))
            }
            ("virtual", _) => Ok(Answer::One(get_stdin())),
            ("many", Some(body)) => Ok(Answer::Many(vec![body])),
            ("file", _) => Ok(Answer::Text(
                std::fs::read_to_string(format!("/site/{names}")).map_err(|e| e.to_string())?,
            )),
            (kind, body) => Err(format!("{kind}, {}", body.is_some())),
        }
    }
}
