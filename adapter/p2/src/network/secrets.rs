//! Headers whose values come from the host's environment, which the program never sees. WASI 0.2
//! fixes the headers of a request before it says where it goes. So the program keeps its request,
//! and another one is sent, which has its body. Nothing here may show a value.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::host::List;
use wasi_virt_adapter_core::network::{HostHttp, HttpError, check, copy};
use wasi_virt_adapter_core::{Shared, exports};
use wasi_virt_net::Header;

use super::imports as host;
use crate::imports::get_environment;
use crate::version::P2;

/// The program's requests that have a body, and what is sent for each: nothing where a value is
/// missing.
static MADE: Shared<Vec<(u32, Option<u32>)>> = Shared::new(Vec::new());

/// What is sent for a request that has a body. It is forgotten.
fn take(request: u32) -> Option<Option<u32>> {
    MADE.with(|made| {
        let at = made.iter().position(|(of, _)| *of == request)?;
        Some(made.swap_remove(at).1)
    })
}

/// Forgets a request.
fn forget(request: u32) {
    if let Some(Some(made)) = take(request) {
        P2::drop_request(made);
    }
}

/// Whether what is sent for a request is there already, so that changes come too late.
fn is_made(request: u32) -> bool {
    MADE.with(|made| made.iter().any(|(of, _)| *of == request))
}

/// The request with further headers. None where a variable is missing or holds what no header can.
fn with_headers(request: u32, headers: &[Header<'_>]) -> Option<u32> {
    let environment = get_environment();
    let of_program = P2::headers(request);
    let fields = host::clone_fields(of_program);
    P2::drop_fields(of_program);
    let is_set = headers.iter().all(|header| {
        let mut variables = environment.iter();
        let variable = variables.find(|(name, _)| *name.0 == *header.variable.as_bytes());
        variable.is_some_and(|(_, value)| {
            let value = [header.prefix.as_bytes(), &value.0].concat();
            host::set_field(fields, header.name.as_bytes(), &[List::new(&value)]).is_ok()
        })
    });
    if !is_set {
        P2::drop_fields(fields);
        return None;
    }
    let made = host::new_request(fields);
    copy::<P2>(request, made);
    Some(made)
}

/// The request that is sent.
///
/// # Errors
///
/// Why none is.
pub fn sent(request: u32) -> Result<u32, HttpError> {
    let made = match take(request) {
        Some(made) => made,
        None => {
            let headers = check::<P2>(request)?;
            if headers.is_empty() {
                return Ok(request);
            }
            with_headers(request, &headers)
        }
    };
    let made = made.ok_or(HttpError::ConfigurationError(()))?;
    P2::drop_request(request);
    Ok(made)
}

/// Takes a change to a request, unless it comes too late.
fn change(request: u32, act: impl FnOnce() -> u32) -> u32 {
    match is_made(request) {
        true => 1,
        false => act(),
    }
}

exports! {
    "wasi:http/types#[constructor]outgoing-request" fn new(app, headers: u32) -> u32 {
        let request = host::new_request(headers);
        // The number may be that of one that left by a way that is not seen here.
        forget(request);
        request
    }
    "wasi:http/types#[method]outgoing-request.body" fn body(app, this: u32) => Result<Own, ()> {
        if is_made(this) {
            return Err(());
        }
        let headers = check::<P2>(this).unwrap_or_default();
        if headers.is_empty() {
            return host::request_body(this);
        }
        let made = with_headers(this, &headers);
        let body = host::request_body(made.unwrap_or(this));
        MADE.with(|all| all.push((this, made)));
        body
    }
    "wasi:http/types#[method]outgoing-request.set-method"
    fn set_method(app, this: u32, case: u32, other: [passed]) -> u32 {
        change(this, || P2::set_method(this, case, &other.text_if(case == 9)))
    }
    "wasi:http/types#[method]outgoing-request.set-scheme"
    fn set_scheme(app, this: u32, is_some: u32, case: u32, other: [passed]) -> u32 {
        let other = other.text_if(is_some == 1 && case == 2);
        change(this, || P2::set_scheme(this, is_some, case, &other))
    }
    "wasi:http/types#[method]outgoing-request.set-authority"
    fn set_authority(app, this: u32, is_some: u32, authority: [passed]) -> u32 {
        let authority = authority.text_if(is_some == 1);
        change(this, || P2::set_authority(this, is_some, &authority))
    }
    "wasi:http/types#[method]outgoing-request.set-path-with-query"
    fn set_path_with_query(app, this: u32, is_some: u32, path: [passed]) -> u32 {
        let path = path.text_if(is_some == 1);
        change(this, || P2::set_path_with_query(this, is_some, &path))
    }
    "wasi:http/types#[resource-drop]outgoing-request" fn drop_request(app, this: u32) -> () {
        P2::drop_request(this);
        forget(this);
    }
}
