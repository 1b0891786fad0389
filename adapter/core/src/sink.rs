//! Where bytes of the application's memory arrive: the helper module hands them over 64 at a time.
//! This module must never take more than were asked for.

use crate::{Shared, trap};

/// How many bytes arrive at once.
pub(crate) const BLOCK: usize = 64;

/// Those that are expected: where they go, and how many blocks are missing.
struct Expected {
    next: *mut [u8; BLOCK],
    missing: usize,
}

// SAFETY: the pointer is used only while `receive` has the slice that it points into.
unsafe impl Send for Expected {}

static EXPECTED: Shared<Expected> = Shared::new(Expected {
    next: core::ptr::null_mut(),
    missing: 0,
});

/// Fills `into` with what `send` makes arrive.
pub(crate) fn receive(into: &mut [[u8; BLOCK]], send: impl FnOnce()) {
    #[cfg(not(target_arch = "wasm32"))]
    let _alone = alone();
    EXPECTED.with(|expected| {
        *expected = Expected {
            next: into.as_mut_ptr(),
            missing: into.len(),
        }
    });
    send();
    if EXPECTED.with(|expected| expected.missing) != 0 {
        trap()
    }
}

/// Keeps other threads from reading their applications' memory until it is dropped: tests run in
/// several.
#[cfg(not(target_arch = "wasm32"))]
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Takes a block.
pub(crate) fn arrive(block: [u64; BLOCK / 8]) {
    EXPECTED.with(|expected| {
        let Some(missing) = expected.missing.checked_sub(1) else {
            trap()
        };
        expected.missing = missing;
        // SAFETY: `missing` was not zero, so that `receive` still has a slice with this block, and
        // lends it to nobody else.
        unsafe {
            expected
                .next
                .cast::<[u64; BLOCK / 8]>()
                .write_unaligned(block);
            expected.next = expected.next.add(1);
        }
    });
}

/// Takes 64 bytes, as eight words in the order of their addresses.
// SAFETY: the name is unlike any other symbol's.
#[cfg_attr(target_arch = "wasm32", unsafe(export_name = "[sink]"))]
#[cfg_attr(not(target_arch = "wasm32"), expect(dead_code, reason = "an export"))]
extern "C" fn sink(a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64) {
    arrive([a, b, c, d, e, f, g, h]);
}
