//! The calls that rules refuse, for the log of `--debug`. In artifacts without a log the engine
//! removes the reports. This module must never fail.

use wasi_virt_net::{Header, Name, Protocol, Request};

use super::{IpAddress, IpSocketAddress};

/// What is refused.
#[derive(Clone, Copy, Debug)]
pub enum Refused<'r> {
    /// To connect or send to an address.
    Connect(Protocol, IpSocketAddress),
    /// To bind a socket to an address.
    Bind(Protocol, IpSocketAddress),
    /// To look up a text.
    Lookup(&'r [u8]),
    /// To pass on the answer to the lookup of a name.
    Answer(&'r Name, IpAddress),
    /// To send a request.
    Request(&'r Request<'r>),
    /// To send a request without this header.
    Header(&'r Header<'r>),
    /// To send a request with headers whose body was taken before it had any.
    Body,
}

impl Refused<'_> {
    /// Gives it to the log, if there is one.
    pub fn report(&self) {
        #[cfg(target_arch = "wasm32")]
        {
            #[link(wasm_import_module = "trace")]
            unsafe extern "C" {
                #[link_name = "refused"]
                safe fn on_refused(refused: *const ());
            }
            on_refused((&raw const *self).cast());
        }
    }
}

/// What a report is about, whose address the log is given.
///
/// # Safety
///
/// [`Refused::report`] is the caller's caller.
pub unsafe fn reported<'r>(address: *const ()) -> &'r Refused<'r> {
    // SAFETY: as the caller says, there is one, and it lives until the report ends.
    unsafe { &*address.cast() }
}
