//! Requests of the programs: noted as the host gets them, and sent to the planted server without
//! TLS, whatever their scheme and host.

use super::Network;
use http_body_util::BodyExt;
use hyper::{Request, Response, Uri, header};
use std::fmt::Write;
use std::sync::Arc;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody,
    WasiHttpHooks, default_send_request,
};

/// What wasmtime asks before it sends a request.
pub struct Hooks(pub Network);

type Sending = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(Response<WasiBody>, Sending), Error>;

impl WasiHttpHooks for Hooks {
    /// Other hosts than wasmtime let a program set `host`.
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|name| *name != header::HOST && DEFAULT_FORBIDDEN_HEADERS.contains(name))
    }

    fn send_request(
        &mut self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Sending,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let shown = shown(&request);
        let authority = request.uri().authority();
        let authority = authority.map(ToString::to_string).unwrap_or_default();
        let to = self.0.request(&authority, shown);
        Box::new(async move {
            let to = to.ok_or(Error::DestinationNotFound)?;
            let path = request.uri().path_and_query().cloned();
            let mut uri = Uri::builder().scheme("http").authority(to.to_string());
            uri = uri.path_and_query(path.map_or("/".to_string(), |path| path.to_string()));
            *request.uri_mut() = uri.build().map_err(|_| Error::HttpRequestUriInvalid)?;
            let (response, sending) = default_send_request(request, options).await?;
            let response = response.map(BodyExt::boxed_unsync);
            Ok((response, Box::new(sending) as Sending))
        })
    }
}

/// Headers that are noted: those that the cases' policies give requests.
const GIVEN: [&str; 2] = ["authorization", "x-key"];

/// The method and the URI, every `host` header that differs from the authority, and the headers
/// that policies give requests.
fn shown(request: &Request<WasiBody>) -> String {
    let mut shown = format!("{} {}", request.method(), request.uri());
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    for host in request.headers().get_all(header::HOST) {
        let host = String::from_utf8_lossy(host.as_bytes());
        if Some(host.as_ref()) != authority {
            let _ = write!(shown, " (host: {host})");
        }
    }
    for name in GIVEN {
        for value in request.headers().get_all(name) {
            let value = String::from_utf8_lossy(value.as_bytes());
            let _ = write!(shown, " ({name}: {value})");
        }
    }
    shown
}
