//! Requests of WASI 0.2.

use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    Scheme,
};
use crate::bindings::wasi::io::streams::StreamError;
use crate::script::Command;
use crate::words::{Said, code, optional, other, text, url};

pub fn perform(command: &Command) -> Option<Said> {
    let word = |at| command.word(at);
    Some(match command.verb.as_str() {
        "request" => {
            let headers = (4..).map_while(|at| command.optional(at));
            request(
                word(0),
                word(1),
                optional(word(2)).as_deref(),
                optional(word(3)).as_deref(),
                headers,
            )
        }
        "follow" => follow(word(0)),
        "env" => Ok(format!("{:?}", std::env::vars().collect::<Vec<_>>())),
        "steps" => steps((0..).map_while(|at| command.optional(at))),
        _ => return None,
    })
}

fn method(word: &str) -> Method {
    match word {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        word => Method::Other(other(word).expect("a method").into()),
    }
}

fn scheme(word: &str) -> Option<Scheme> {
    Some(match word {
        "-" => return None,
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        word => Scheme::Other(other(word).expect("a scheme").into()),
    })
}

/// A request without a body, and what came. Setters that refuse say so instead.
fn request<'a>(
    method: &str,
    scheme: &str,
    authority: Option<&str>,
    path: Option<&str>,
    headers: impl Iterator<Item = &'a str>,
) -> Said {
    let response = send(method, scheme, authority, path, headers)?;
    let status = response.status();
    Ok(format!("{status} {}", body(response).map_err(code)?))
}

fn send<'a>(
    method: &str,
    scheme: &str,
    authority: Option<&str>,
    path: Option<&str>,
    headers: impl Iterator<Item = &'a str>,
) -> Result<IncomingResponse, String> {
    let fields = Fields::new();
    for header in headers {
        let (name, value) = header.split_once('=').expect("a header");
        let set = fields.append(name, text(value).as_bytes());
        set.map_err(|error| format!("setting a header: {}", code(error)))?;
    }
    let request = OutgoingRequest::new(fields);
    let set = request.set_method(&self::method(method));
    set.map_err(|()| "setting the method")?;
    let set = request.set_scheme(self::scheme(scheme).as_ref());
    set.map_err(|()| "setting the scheme")?;
    let set = request.set_authority(authority);
    set.map_err(|()| "setting the authority")?;
    let set = request.set_path_with_query(path);
    set.map_err(|()| "setting the path")?;
    let body = request.body().map_err(|()| "the body")?;
    let pending = outgoing_handler::handle(request, None).map_err(code)?;
    OutgoingBody::finish(body, None).map_err(code)?;
    pending.subscribe().block();
    let response = pending.get().expect("ready").expect("taken once");
    response.map_err(code)
}

fn body(response: IncomingResponse) -> Result<String, ErrorCode> {
    let body = response.consume().expect("a body");
    let stream = body.stream().expect("a stream");
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(4096) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => break,
            Err(error) => panic!("{error}"),
        }
    }
    drop(stream);
    drop(IncomingBody::finish(body));
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_string())
}

/// Follows redirections as a library does: every hop is a request of its own.
fn follow(from: &str) -> Said {
    let mut at = from.to_string();
    let mut hops = 0;
    loop {
        let (scheme, authority, path) = url(&at).expect("a URL");
        let path = if path.is_empty() { "/" } else { path };
        let none = std::iter::empty();
        let response = send("GET", scheme, Some(authority), Some(path), none)
            .map_err(|error| format!("{error} after {hops}"))?;
        let location = response.headers().get("location").pop();
        let Some(location) = location else {
            let status = response.status();
            return Ok(format!("{status} {}", body(response).map_err(code)?));
        };
        at = String::from_utf8(location).expect("a URL");
        hops += 1;
    }
}

/// Does single things to one request, and says what came of each. Headers stand in front.
fn steps<'a>(steps: impl Iterator<Item = &'a str>) -> Said {
    let mut steps = steps
        .map(|step| step.split_once('=').unwrap_or((step, "")))
        .peekable();
    let fields = Fields::new();
    while let Some((_, header)) = steps.next_if(|(step, _)| *step == "header") {
        let (name, value) = header.split_once('=').expect("a header");
        fields.append(name, value.as_bytes()).expect("a header");
    }
    let mut request = Some(OutgoingRequest::new(fields));
    let (mut body, mut said) = (None, Vec::new());
    for (step, value) in steps {
        let done = |result: Result<(), ()>| match result {
            Ok(()) => "done".to_string(),
            Err(()) => "too late".to_string(),
        };
        let it = || request.as_ref().expect("a request");
        let answer = match step {
            "method" => done(it().set_method(&method(value))),
            "scheme" => done(it().set_scheme(scheme(value).as_ref())),
            "authority" => done(it().set_authority(Some(value))),
            "path" => done(it().set_path_with_query(Some(value))),
            "headers" => {
                let entries = it().headers().entries().into_iter();
                let shown = entries
                    .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(&value)));
                shown.collect::<Vec<_>>().join(", ")
            }
            "set" => {
                let (name, value) = value.split_once('=').expect("a header");
                match it().headers().set(name, &[value.into()]) {
                    Ok(()) => "done".to_string(),
                    Err(error) => code(error),
                }
            }
            "body" => match it().body() {
                Ok(new) => {
                    body = Some(new);
                    "done".to_string()
                }
                Err(()) => "none".to_string(),
            },
            "write" => {
                let stream = body.as_ref().expect("a body").write().expect("a stream");
                let written = stream.blocking_write_and_flush(value.as_bytes());
                written.map_or_else(|error| format!("{error}"), |()| "done".to_string())
            }
            "drop" => {
                drop(request.take());
                "done".to_string()
            }
            "finish" => {
                let finished = OutgoingBody::finish(body.take().expect("a body"), None);
                finished.map_or_else(code, |()| "done".to_string())
            }
            "send" => answered(request.take().expect("a request"), body.take()),
            step => panic!("no step `{step}`"),
        };
        said.push(format!("{step}: {answer}"));
    }
    Ok(said.join("; "))
}

/// Sends a request, and says what came.
fn answered(request: OutgoingRequest, sent: Option<OutgoingBody>) -> String {
    let pending = match outgoing_handler::handle(request, None) {
        Ok(pending) => pending,
        Err(error) => return code(error),
    };
    if let Some(Err(error)) = sent.map(|sent| OutgoingBody::finish(sent, None)) {
        return code(error);
    }
    pending.subscribe().block();
    let response = pending.get().expect("ready").expect("taken once");
    match response.and_then(|response| Ok((response.status(), body(response)?))) {
        Ok((status, text)) => format!("{status} {text}"),
        Err(error) => code(error),
    }
}
