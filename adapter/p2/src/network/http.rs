//! `wasi:http/outgoing-handler`: whether a request is sent, and how it is spelled. Requests stay
//! the host's.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::network::{HostHttp, HttpError, check};
use wasi_virt_adapter_core::{exports, trap};

use super::{imports as host, secrets};
use crate::version::P2;

/// What the host is called with for a request, or why it is not.
fn passed(
    request: u32,
    sent: Result<u32, HttpError>,
    has_options: u32,
    options: u32,
) -> Result<u32, Result<Own, HttpError>> {
    sent.map_err(|error| {
        // The call takes both.
        P2::drop_request(request);
        match has_options {
            0 => {}
            1 => host::drop_options(options),
            _ => trap(),
        }
        Err(error)
    })
}

exports! {
    "[check]wasi:http/outgoing-handler#handle"
    fn handle(app, request: u32, has_options: u32, options: u32) ? Result<Own, HttpError> {
        let sent = check::<P2>(request).map(|_| request);
        passed(request, sent, has_options, options)
    }
    "[headers]wasi:http/outgoing-handler#handle"
    fn handle_with_headers(
        app,
        request: u32,
        has_options: u32,
        options: u32
    ) ? Result<Own, HttpError> {
        passed(request, secrets::sent(request), has_options, options)
    }
}
