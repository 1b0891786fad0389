//! A server: it answers requests from files and from what it is sent, and has an interface of its
//! own that carries streams.

#[allow(warnings)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

mod desk;

use bindings::exports::wasi::http::incoming_handler;
use bindings::wasi::http::outgoing_handler;
use bindings::wasi::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingRequest,
    OutgoingResponse, ResponseOutparam, Scheme,
};
use bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};

struct Server;

bindings::export!(Server with_types_in bindings);

impl incoming_handler::Guest for Server {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        match path.trim_start_matches('/').split_once('/') {
            Some(("file", name)) => file(name, out),
            Some(("fetch", authority)) => {
                let text = match fetch(authority) {
                    Ok(status) => format!("answered {status}"),
                    Err(error) => format!("{error:?}"),
                };
                answer(200, text.as_bytes(), out);
            }
            _ if path == "/env" => {
                let vars: String = std::env::vars()
                    .map(|(name, value)| format!("{name}={value}\n"))
                    .collect();
                answer(200, vars.as_bytes(), out);
            }
            _ if path == "/echo" && matches!(request.method(), Method::Post) => echo(&request, out),
            _ => answer(404, b"nothing here", out),
        }
    }
}

/// A file of the mounted site.
fn file(name: &str, out: ResponseOutparam) {
    match std::fs::read(format!("/site/{name}")) {
        Ok(bytes) => answer(200, &bytes, out),
        Err(error) => answer(404, format!("{name}: {:?}", error.kind()).as_bytes(), out),
    }
}

fn answer(status: u16, bytes: &[u8], out: ResponseOutparam) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a status");
    let body = response.body().expect("a body");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("a stream");
    for chunk in bytes.chunks(4096) {
        stream.blocking_write_and_flush(chunk).expect("it is taken");
    }
    drop(stream);
    OutgoingBody::finish(body, None).expect("the end");
}

/// Sends the body back while it comes in, and its trailers behind it.
fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let sent = request.consume().expect("a body");
    let from = sent.stream().expect("its stream");
    // Hosts send only trailers that were announced.
    let announced = request.headers().get("trailer");
    let headers = announced
        .into_iter()
        .map(|name| ("trailer".to_string(), name));
    let headers = Fields::from_list(&headers.collect::<Vec<_>>()).expect("fields");
    let response = OutgoingResponse::new(headers);
    let body = response.body().expect("a body");
    ResponseOutparam::set(out, Ok(response));
    let to = body.write().expect("a stream");
    copy(&from, &to);
    drop((from, to));
    let trailers = IncomingBody::finish(sent);
    trailers.subscribe().block();
    let trailers = trailers
        .get()
        .expect("ready")
        .expect("once")
        .expect("no error");
    let copied = trailers.map(|sent| Fields::from_list(&sent.entries()).expect("fields"));
    OutgoingBody::finish(body, copied).expect("the end");
}

fn copy(from: &InputStream, to: &OutputStream) {
    loop {
        match from.blocking_read(4096) {
            Ok(bytes) => to.blocking_write_and_flush(&bytes).expect("it is taken"),
            Err(StreamError::Closed) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Asks somebody else.
fn fetch(authority: &str) -> Result<u16, ErrorCode> {
    let request = OutgoingRequest::new(Fields::new());
    let _ = request.set_scheme(Some(&Scheme::Http));
    let _ = request.set_authority(Some(authority));
    let pending = outgoing_handler::handle(request, None)?;
    pending.subscribe().block();
    pending
        .get()
        .expect("ready")
        .expect("once")
        .map(|response| response.status())
}
