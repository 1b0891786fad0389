//! `wasi:http/client`: whether a request is sent, and how it is spelled. Requests stay the host's.

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{HostHttp, HttpError, check};

use crate::version::P3;

exports! {
    "[check]wasi:http/client@0.3#send"
    fn send(app, request: u32) ? Result<Own, HttpError> {
        // The engine refuses headers from the environment here: WASI 0.3 cannot make a request
        // anew.
        let Err(error) = check::<P3>(request) else {
            return Ok(request);
        };
        // The call takes it.
        P3::drop_request(request);
        Err(Err(error))
    }
}
