//! What the engine's forwarders call: handles of the host's resources to handles of ours, and back.
//! These names are the contract with the engine.

use alloc::alloc::{Layout, dealloc};

use crate::bindings::exports::wasi::io as ours;
use crate::bindings::host::io as host;
use crate::error::Error;
use crate::input::InputStream;
use crate::output::OutputStream;
use crate::poll::Pollable;

/// Frees what `cabi_realloc` allocated.
#[unsafe(no_mangle)]
unsafe extern "C" fn virt_free(pointer: *mut u8, size: usize, align: usize) {
    if size != 0 {
        // SAFETY: the engine passes the pointer, size and alignment of an allocation.
        unsafe { dealloc(pointer, Layout::from_size_align_unchecked(size, align)) }
    }
}

macro_rules! bridge {
    ($module:ident, $name:literal, $rep:ident, $interface:ident::$resource:ident, $borrow:ident) => {
        mod $module {
            use super::*;

            /// Our new resource for one of the host's.
            // SAFETY: the name is unlike any other symbol's.
            #[unsafe(export_name = concat!("virt_wrap_", $name))]
            unsafe extern "C" fn wrap(handle: u32) -> u32 {
                // SAFETY: the engine passes a handle that it owns, and takes the one returned.
                unsafe {
                    let host = host::$interface::$resource::from_handle(handle);
                    ours::$interface::$resource::new($rep::Host(host)).take_handle()
                }
            }

            /// The host's handle in a borrowed resource of ours; 0 when it is virtual.
            #[unsafe(export_name = concat!("virt_unwrap_", $name))]
            unsafe extern "C" fn unwrap(rep: *const u8) -> u32 {
                // SAFETY: the engine passes the representation of a resource of ours, which
                // outlives this call.
                let borrow = unsafe { ours::$interface::$borrow::lift(rep) };
                match borrow.get() {
                    $rep::Host(host) => host.handle(),
                    _ => 0,
                }
            }

            /// The host's handle out of a resource of ours, which ends; 0 when it was virtual.
            #[unsafe(export_name = concat!("virt_take_", $name))]
            unsafe extern "C" fn take(handle: u32) -> u32 {
                // SAFETY: the engine passes a handle that it owns, and takes the one returned.
                match unsafe { ours::$interface::$resource::from_handle(handle) }.into_inner() {
                    $rep::Host(host) => host.take_handle(),
                    _ => 0,
                }
            }
        }
    };
}

bridge!(error, "error", Error, error::Error, ErrorBorrow);
bridge!(
    pollable,
    "pollable",
    Pollable,
    poll::Pollable,
    PollableBorrow
);
bridge!(
    input_stream,
    "input-stream",
    InputStream,
    streams::InputStream,
    InputStreamBorrow
);
bridge!(
    output_stream,
    "output-stream",
    OutputStream,
    streams::OutputStream,
    OutputStreamBorrow
);
