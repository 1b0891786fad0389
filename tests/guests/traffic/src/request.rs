//! An HTTP request with a body that is spliced from a file and with trailers, and its answer with
//! trailers, as a task.

use crate::Task;
use crate::bindings::wasi::http::outgoing_handler;
use crate::bindings::wasi::http::types::{
    Fields, FutureIncomingResponse, FutureTrailers, IncomingBody, Method, OutgoingBody,
    OutgoingRequest, Scheme,
};
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{InputStream, OutputStream, StreamError};

pub struct Request {
    state: State,
    body: Vec<u8>,
    trailers: String,
}

enum State {
    /// The body goes out. Fields are dropped in this order: streams before what they are of.
    Sending {
        file: InputStream,
        output: OutputStream,
        body: OutgoingBody,
        response: FutureIncomingResponse,
    },
    Waiting(FutureIncomingResponse),
    Receiving {
        input: InputStream,
        body: IncomingBody,
    },
    Trailers(FutureTrailers),
    Done,
}

impl Request {
    pub fn new(authority: &str, file: InputStream) -> Request {
        let headers = Fields::new();
        headers.append("x-test", b"sent").expect("a header");
        // HTTP/1.1 sends no trailers that were not announced.
        headers.append("trailer", b"x-sum").expect("a header");
        headers.append("te", b"trailers").expect("a header");
        let request = OutgoingRequest::new(headers);
        request.set_method(&Method::Post).expect("a method");
        request.set_scheme(Some(&Scheme::Http)).expect("a scheme");
        request
            .set_authority(Some(authority))
            .expect("an authority");
        request
            .set_path_with_query(Some("/traffic"))
            .expect("a path");
        let body = request.body().expect("a body");
        let output = body.write().expect("a stream");
        let response = outgoing_handler::handle(request, None).expect("a request");
        Request {
            state: State::Sending {
                file,
                output,
                body,
                response,
            },
            body: Vec::new(),
            trailers: String::new(),
        }
    }

    fn text(trailers: &Fields) -> String {
        let entries = trailers.entries().into_iter();
        let lines =
            entries.map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(&value)));
        lines.collect::<Vec<_>>().join(",")
    }
}

impl Task for Request {
    fn waits(&self) -> Option<Pollable> {
        Some(match &self.state {
            State::Sending { output, .. } => output.subscribe(),
            State::Waiting(response) => response.subscribe(),
            State::Receiving { input, .. } => input.subscribe(),
            State::Trailers(trailers) => trailers.subscribe(),
            State::Done => return None,
        })
    }

    fn go_on(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Sending {
                file,
                output,
                body,
                response,
            } => match output.splice(&file, 9) {
                Ok(_) => State::Sending {
                    file,
                    output,
                    body,
                    response,
                },
                Err(StreamError::Closed) => {
                    output.blocking_flush().expect("flush");
                    drop(output);
                    let trailers = Fields::new();
                    trailers.append("x-sum", b"all of it").expect("a trailer");
                    OutgoingBody::finish(body, Some(trailers)).expect("the end of a body");
                    State::Waiting(response)
                }
                Err(error) => panic!("{error}"),
            },
            State::Waiting(response) => match response.get() {
                None => State::Waiting(response),
                Some(answer) => {
                    let answer = answer.expect("taken once").expect("an answer");
                    assert_eq!(answer.status(), 200);
                    let body = answer.consume().expect("a body");
                    State::Receiving {
                        input: body.stream().expect("a stream"),
                        body,
                    }
                }
            },
            State::Receiving { input, body } => match input.read(11) {
                Ok(piece) => {
                    self.body.extend(piece);
                    State::Receiving { input, body }
                }
                Err(StreamError::Closed) => {
                    drop(input);
                    State::Trailers(IncomingBody::finish(body))
                }
                Err(error) => panic!("{error}"),
            },
            State::Trailers(trailers) => match trailers.get() {
                None => State::Trailers(trailers),
                Some(came) => {
                    let came = came.expect("taken once").expect("the end of an answer");
                    self.trailers = came.as_ref().map(Request::text).unwrap_or_default();
                    State::Done
                }
            },
            State::Done => State::Done,
        };
    }

    fn outcome(self: Box<Self>) -> String {
        format!(
            "http: {:?}, trailers {}",
            String::from_utf8_lossy(&self.body),
            self.trailers
        )
    }
}
