//! The handles of the host's that the adapter keeps for itself. They are in the table that the
//! application's own are in, so that it could guess their numbers. This module must know them all.

use alloc::vec::Vec;

use crate::Shared;

/// The handles, sorted.
static HIDDEN: Shared<Vec<u32>> = Shared::new(Vec::new());

/// Notes that the adapter keeps a handle.
pub fn hide(handle: u32) {
    HIDDEN.with(|hidden| {
        if let Err(at) = hidden.binary_search(&handle) {
            hidden.insert(at, handle);
        }
    });
}

/// Notes that the adapter does not keep a handle any more.
pub fn show(handle: u32) {
    HIDDEN.with(|hidden| {
        if let Ok(at) = hidden.binary_search(&handle) {
            hidden.remove(at);
        }
    });
}

/// Whether the adapter keeps a handle.
pub fn is_hidden(handle: u32) -> bool {
    HIDDEN.with(|hidden| hidden.binary_search(&handle).is_ok())
}

/// What the glue asks before it lets a descriptor through to the host.
// SAFETY: the name is unlike any other symbol's.
#[cfg_attr(target_arch = "wasm32", unsafe(export_name = "[hidden]"))]
#[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "an export"))]
extern "C" fn hidden(handle: u32) -> u32 {
    is_hidden(handle).into()
}
