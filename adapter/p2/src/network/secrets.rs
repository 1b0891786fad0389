//! Requests with headers from the host's environment. WASI 0.2 fixes headers of a request before it
//! says where it goes. So the program keeps its request, and another one is sent, which has its
//! body. That one is in the table of the program's own handles until it is sent, so that the
//! program could guess its number: no function here may take it.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::network::{
    HostHttp, HttpError, Line, Refused, check, headers_of, with_headers,
};
use wasi_virt_adapter_core::{Shared, exports, memory, trap};
use wasi_virt_net::Header;

use super::imports as host;
use crate::imports::get_environment;
use crate::version::P2;

/// The program's requests that have a body, and what is sent for each: nothing where a value is
/// missing.
static MADE: Shared<Vec<(u32, Option<u32>)>> = Shared::new(Vec::new());

/// A request that the program may have. One that the adapter made, it cannot have.
fn of_program(request: u32) -> u32 {
    if MADE.with(|all| all.iter().any(|(_, made)| *made == Some(request))) {
        trap()
    }
    request
}

/// What is sent for a request that has a body. It is forgotten.
fn take(request: u32) -> Option<Option<u32>> {
    MADE.with(|all| {
        let at = all.iter().position(|(of, _)| *of == request)?;
        Some(all.swap_remove(at).1)
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
    MADE.with(|all| all.iter().any(|(of, _)| *of == request))
}

/// The request with further headers. None where it cannot have them.
fn made(request: u32, headers: &[Header<'_>]) -> Option<u32> {
    let fields = with_headers::<P2>(request, headers, &get_environment())?;
    let made = host::new_request(fields);
    if Line::of::<P2>(request).give::<P2>(made) {
        return Some(made);
    }
    P2::drop_request(made);
    None
}

/// What is sent for a request whose body nobody took.
fn made_without_body(request: u32, headers: &[Header<'_>]) -> Option<u32> {
    match host::request_body(request) {
        Ok(Own(body)) => {
            host::drop_body(body);
            made(request, headers)
        }
        // It was taken when no rule with headers admitted the request. What the program writes
        // would go nowhere.
        Err(()) => {
            Refused::Body.report();
            None
        }
    }
}

/// The request that is sent.
///
/// # Errors
///
/// Why none is.
pub fn sent(request: u32) -> Result<u32, HttpError> {
    let made = match take(of_program(request)) {
        // A number that left in another way may be that of another request by now.
        Some(Some(made)) => match check::<P2>(made) {
            Ok(_) => Some(made),
            Err(error) => {
                // Nobody remembers it any more, and the program must not find it.
                P2::drop_request(made);
                return Err(error);
            }
        },
        Some(None) => None,
        None => {
            let headers = check::<P2>(request)?;
            if headers.is_empty() {
                return Ok(request);
            }
            made_without_body(request, &headers)
        }
    };
    let made = made.ok_or(HttpError::ConfigurationError(()))?;
    P2::drop_request(request);
    Ok(made)
}

/// Takes a change to a request, unless it comes too late.
fn change(request: u32, act: impl FnOnce() -> u32) -> u32 {
    match is_made(of_program(request)) {
        true => 1,
        false => act(),
    }
}

/// The body of a request that gets headers: that of the one which is sent.
fn body_of_made(request: u32, headers: &[Header<'_>]) -> Result<Own, ()> {
    // With room for it, it is remembered in any case.
    memory::keep(|| MADE.with(|all| all.try_reserve(1)).ok()).ok_or(())?;
    let made = made(request, headers);
    let body = host::request_body(made.unwrap_or(request));
    MADE.with(|all| all.push((request, made)));
    body
}

exports! {
    "wasi:http/types#[constructor]outgoing-request" fn new(app, headers: u32) -> u32 {
        let request = host::new_request(headers);
        // The number may be that of one that left by a way that is not seen here.
        forget(request);
        request
    }
    "wasi:http/types#[method]outgoing-request.headers" fn headers(app, this: u32) -> u32 {
        P2::headers(of_program(this))
    }
    "wasi:http/types#[method]outgoing-request.body" fn body(app, this: u32) => Result<Own, ()> {
        if is_made(of_program(this)) {
            return Err(());
        }
        let headers = headers_of::<P2>(this);
        match headers.is_empty() {
            true => host::request_body(this),
            false => body_of_made(this, &headers),
        }
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
        P2::drop_request(of_program(this));
        forget(this);
    }
}
