//! Memory: the allocator, and what is kept back for calls. Whoever calls puts arguments into this memory, and the
//! canonical ABI knows no answer but a trap where there is no room for them. So something is kept in reserve before anything
//! is stored that stays, and given up for what does not. This module must never know what is stored.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr;

use dlmalloc::GlobalDlmalloc;

use crate::bindings::exports::wasi::filesystem::types::ErrorCode;

/// How much is kept: more than a stream takes at once.
const LEAST: usize = 96 * 1024;

/// How much is kept at the most, where callers pass more than that.
#[cfg(feature = "write")]
const MOST: usize = 1 << 20;

struct Reserve {
    /// Where it is; null where it was given up.
    place: Cell<*mut u8>,
    size: Cell<usize>,
    /// How large it has to be.
    wanted: Cell<usize>,
    /// Whether what is stored now stays.
    #[cfg(feature = "write")]
    storing: Cell<bool>,
}

// SAFETY: a component instance has one thread.
unsafe impl Sync for Reserve {}

static RESERVE: Reserve = Reserve {
    place: Cell::new(ptr::null_mut()),
    size: Cell::new(LEAST),
    wanted: Cell::new(LEAST),
    #[cfg(feature = "write")]
    storing: Cell::new(false),
};

fn layout(size: usize) -> Layout {
    // SAFETY: an alignment of 1 is one, and the size is far from the end of memory.
    unsafe { Layout::from_size_align_unchecked(size, 1) }
}

impl Reserve {
    /// Frees it, if it is there and may be used now.
    fn give_up(&self) -> bool {
        #[cfg(feature = "write")]
        if self.storing.get() {
            return false;
        }
        let place = self.place.replace(ptr::null_mut());
        if place.is_null() {
            return false;
        }
        // SAFETY: it was made with this layout, and nobody else knows of it.
        unsafe { GlobalDlmalloc.dealloc(place, layout(self.size.get())) };
        true
    }
}

/// Refuses one more descriptor or stream where there is no memory for it.
pub fn room() -> Result<(), ErrorCode> {
    if keep() {
        Ok(())
    } else {
        Err(ErrorCode::InsufficientMemory)
    }
}

/// Makes sure that the reserve is there; false where there is no memory for it.
fn keep() -> bool {
    let (old, wanted) = (RESERVE.place.get(), RESERVE.wanted.get());
    if !old.is_null() && RESERVE.size.get() >= wanted {
        return true;
    }
    // SAFETY: the size is not zero.
    let new = unsafe { GlobalDlmalloc.alloc(layout(wanted)) };
    if new.is_null() {
        return false;
    }
    RESERVE.give_up();
    RESERVE.place.set(new);
    RESERVE.size.set(wanted);
    true
}

/// From here on what is stored stays, so that it does not get the reserve. False where there is no memory for that.
#[cfg(feature = "write")]
pub fn store() -> bool {
    let kept = keep();
    RESERVE.storing.set(kept);
    kept
}

/// What is stored from here on does not stay.
#[cfg(feature = "write")]
pub fn stored() {
    RESERVE.storing.set(false);
}

/// Notes that callers pass so many bytes.
#[cfg(feature = "write")]
pub fn passed(bytes: usize) {
    let wanted = bytes.saturating_add(LEAST / 2).min(MOST);
    if wanted > RESERVE.wanted.get() {
        RESERVE.wanted.set(wanted);
    }
}

struct Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

// SAFETY: everything is done by an allocator that keeps the rules.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        loop {
            // SAFETY: as the caller says.
            let place = unsafe { GlobalDlmalloc.alloc(layout) };
            if !place.is_null() || !RESERVE.give_up() {
                return place;
            }
        }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller says.
        unsafe { GlobalDlmalloc.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        loop {
            // SAFETY: as the caller says; what fails leaves everything as it was.
            let new = unsafe { GlobalDlmalloc.realloc(place, layout, size) };
            if !new.is_null() || !RESERVE.give_up() {
                return new;
            }
        }
    }
}
