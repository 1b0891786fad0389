//! A program that makes HTTP requests. As a command with `get AUTHORITY N` or `post AUTHORITY N` it
//! makes N of them, one after the other, and prints nanoseconds per request.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

use bindings::wasi::http::outgoing_handler;
use bindings::wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, Method, OutgoingBody, OutgoingRequest,
    Scheme,
};
use bindings::wasi::io::streams::StreamError;

struct Http;

/// `post AUTHORITY TEXT` sends a request and shows what came back; `fields` makes headers only.
impl bindings::exports::test::probe::api::Guest for Http {
    fn probe(script: String) -> String {
        let mut out = String::new();
        for line in script
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let words: Vec<&str> = line.split(' ').collect();
            let answer = match words[0] {
                "post" => match post(words[1], words[2], 64) {
                    Ok(text) => format!("ok {text}"),
                    Err(error) => format!("error {error:?}"),
                },
                "fields" => {
                    let fields = Fields::new();
                    format!(
                        "{:?}",
                        fields.append("x-test", b"1").map(|()| fields.get("x-test"))
                    )
                }
                other => panic!("no command {other:?}"),
            };
            out.push_str(&format!("{line}: {answer}\n"));
        }
        out
    }
}

bindings::export!(Http with_types_in bindings);

fn post(authority: &str, text: &str, piece: u64) -> Result<String, ErrorCode> {
    // What is denied along the way does not end it: the request itself must be what is refused.
    let headers = Fields::new();
    let _ = headers.append("x-test", b"sent");
    let request = OutgoingRequest::new(headers);
    let _ = request.set_method(&Method::Post);
    let _ = request.set_scheme(Some(&Scheme::Http));
    let _ = request.set_authority(Some(authority));
    let _ = request.set_path_with_query(Some("/echo?q=1"));
    let body = request.body();
    if let Ok(Ok(stream)) = body.as_ref().map(OutgoingBody::write) {
        let _ = stream.blocking_write_and_flush(text.as_bytes());
    }
    let pending = outgoing_handler::handle(request, None)?;
    if let Ok(body) = body {
        OutgoingBody::finish(body, None)?;
    }
    answer(&pending, piece)
}

fn get(authority: &str) -> Result<String, ErrorCode> {
    let request = OutgoingRequest::new(Fields::new());
    request.set_scheme(Some(&Scheme::Http)).expect("HTTP");
    request
        .set_authority(Some(authority))
        .expect("an authority");
    request.set_path_with_query(Some("/")).expect("a path");
    let body = request.body().expect("a body");
    let pending = outgoing_handler::handle(request, None)?;
    OutgoingBody::finish(body, None)?;
    answer(&pending, PIECE)
}

/// Waits for the answer, reads it in pieces of this size and shows it.
fn answer(pending: &FutureIncomingResponse, piece: u64) -> Result<String, ErrorCode> {
    pending.subscribe().block();
    let response = pending.get().expect("ready").expect("taken once")?;
    let status = response.status();
    let body = response.consume().expect("a body");
    let stream = body.stream().expect("a stream");
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(piece) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => break,
            Err(error) => panic!("{error}"),
        }
    }
    drop(stream);
    drop(IncomingBody::finish(body));
    Ok(format!("{status} {}", String::from_utf8_lossy(&bytes)))
}

/// What is sent, and what is read at once, where time matters: a stream takes no more at once.
const PIECE: u64 = 4096;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, command, authority, count] = args.as_slice() else {
        println!("{:?}", post("localhost:80", "hello", 64));
        return;
    };
    let count: u32 = count.parse().expect("a count");
    let text = "x".repeat(PIECE as usize);
    let start = std::time::Instant::now();
    for _ in 0..count {
        let (answer, expected) = match command.as_str() {
            "get" => (get(authority), "200 GET /"),
            "post" => (post(authority, &text, PIECE), "200 POST /"),
            other => panic!("no command `{other}`"),
        };
        let answer = answer.expect("an answer");
        assert!(answer.starts_with(expected), "{answer}");
    }
    println!("{}", start.elapsed().as_nanos() as f64 / f64::from(count));
}
