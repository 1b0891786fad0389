//! `wasi:http/client`: whether a request is sent, how it is spelled, and its headers of the host's
//! environment. Requests stay the host's. Nothing here may show the value of such a header.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{
    HostHttp, HttpError, Line, Transmission, check, forget, with_headers,
};
use wasi_virt_net::Header;

use super::imports as host;
use crate::imports::get_environment;
use crate::version::P3;

type Sent = Result<Own, HttpError>;

/// Drops a request that is refused.
fn refused(request: u32, error: HttpError) -> Result<u32, Sent> {
    // The call takes it.
    P3::drop_request(request);
    Err(Err(error))
}

/// The options of a request, as a copy that another one can have.
fn options(request: u32) -> Option<u32> {
    let Own(of_request) = host::get_options(request)?;
    let options = host::clone_options(of_request);
    host::drop_options(of_request);
    Some(options)
}

/// The request that is sent in the place of one, with further headers. It has body, trailers and
/// options. Nothing of the program runs before it is sent.
fn made(request: u32, headers: &[Header<'_>]) -> Result<u32, Sent> {
    let Some(fields) = with_headers::<P3>(request, headers, &get_environment()) else {
        return refused(request, HttpError::ConfigurationError(()));
    };
    let (line, options) = (Line::of::<P3>(request), options(request));
    let taken = Transmission::new();
    let (Own(contents), Own(trailers)) = host::consume_body(request, taken.readable());
    let (has_options, options) = (options.is_some().into(), options.unwrap_or_default());
    let (Own(made), Own(sent)) =
        host::new_request(fields, 1, contents, trailers, has_options, options);
    taken.succeeds();
    forget(sent);
    match line.give::<P3>(made) {
        true => Ok(made),
        false => refused(made, HttpError::HttpRequestUriInvalid(())),
    }
}

exports! {
    "[check]wasi:http/client@0.3#send" fn send(app, request: u32) ? Sent {
        match check::<P3>(request) {
            Ok(_) => Ok(request),
            Err(error) => refused(request, error),
        }
    }
    "[headers]wasi:http/client@0.3#send" fn send_with_headers(app, request: u32) ? Sent {
        match check::<P3>(request) {
            Ok(headers) if headers.is_empty() => Ok(request),
            Ok(headers) => made(request, &headers),
            Err(error) => refused(request, error),
        }
    }
}
