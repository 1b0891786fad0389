//! `wasi:http/outgoing-handler`: whether a request is sent, and how it is spelled. Requests stay
//! the host's.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::network::{HostHttp, HttpError};
use wasi_virt_adapter_core::{exports, trap};

use super::{imports as host, secrets};
use crate::version::P2;

exports! {
    "[check]wasi:http/outgoing-handler#handle"
    fn handle(app, request: u32, has_options: u32, options: u32) ? Result<Own, HttpError> {
        secrets::sent(request).map_err(|error| {
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
}
