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

#[cfg(feature = "host")]
mod files {
    //! Descriptors of the host's that an interface outside WASI carries. One that is read-only here would be
    //! writable there, and is not handed over.

    use crate::bindings::exports::wasi::filesystem::types as ours;
    use crate::bindings::host::filesystem::types as host;
    use crate::descriptor::Descriptor;
    use crate::directory::DirectoryEntryStream;
    use crate::host::HostDescriptor;

    // SAFETY: the name is unlike any other symbol's.
    #[unsafe(export_name = "virt_wrap_descriptor")]
    unsafe extern "C" fn wrap(handle: u32) -> u32 {
        let descriptor = Descriptor::Host(HostDescriptor {
            // SAFETY: the engine passes a handle that it owns, and takes the one returned.
            descriptor: unsafe { host::Descriptor::from_handle(handle) },
            read_only: false,
        });
        ours::Descriptor::new(descriptor).take_handle()
    }

    // SAFETY: the name is unlike any other symbol's.
    #[unsafe(export_name = "virt_unwrap_descriptor")]
    unsafe extern "C" fn unwrap(rep: *mut u8) -> u32 {
        // SAFETY: the engine passes the representation of a resource of ours, which outlives this call.
        let borrow = unsafe { ours::DescriptorBorrow::lift(rep) };
        match borrow.get::<Descriptor>().of_host() {
            Some(host) if !host.read_only => host.descriptor.handle(),
            _ => 0,
        }
    }

    // SAFETY: the name is unlike any other symbol's.
    #[unsafe(export_name = "virt_take_descriptor")]
    unsafe extern "C" fn take(handle: u32) -> u32 {
        // SAFETY: the engine passes a handle that it owns, and takes the one returned.
        match unsafe { ours::Descriptor::from_handle(handle) }.into_inner() {
            Descriptor::Host(host) if !host.read_only => host.descriptor.take_handle(),
            _ => 0,
        }
    }

    // SAFETY: the name is unlike any other symbol's.
    #[unsafe(export_name = "virt_wrap_directory-entry-stream")]
    unsafe extern "C" fn wrap_entries(handle: u32) -> u32 {
        // SAFETY: the engine passes a handle that it owns, and takes the one returned.
        let entries = unsafe { host::DirectoryEntryStream::from_handle(handle) };
        ours::DirectoryEntryStream::new(DirectoryEntryStream::Host(entries)).take_handle()
    }

    // SAFETY: the name is unlike any other symbol's.
    #[unsafe(export_name = "virt_unwrap_directory-entry-stream")]
    unsafe extern "C" fn unwrap_entries(rep: *mut u8) -> u32 {
        // SAFETY: the engine passes the representation of a resource of ours, which outlives this call.
        let borrow = unsafe { ours::DirectoryEntryStreamBorrow::lift(rep) };
        match borrow.get() {
            DirectoryEntryStream::Host(host) => host.handle(),
            _ => 0,
        }
    }

    // SAFETY: the name is unlike any other symbol's.
    #[unsafe(export_name = "virt_take_directory-entry-stream")]
    unsafe extern "C" fn take_entries(handle: u32) -> u32 {
        // SAFETY: the engine passes a handle that it owns, and takes the one returned.
        match unsafe { ours::DirectoryEntryStream::from_handle(handle) }.into_inner() {
            DirectoryEntryStream::Host(host) => host.take_handle(),
            _ => 0,
        }
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
