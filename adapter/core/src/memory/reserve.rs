//! The allocator of the module, with a reserve.

use core::alloc::{GlobalAlloc, Layout};
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};

use dlmalloc::GlobalDlmalloc;

/// How much is kept: more than a stream takes at once.
const KEPT: Layout = match Layout::from_size_align(96 * 1024, 1) {
    Ok(layout) => layout,
    Err(_) => panic!(),
};

/// Where the reserve is; null where it was given up.
static RESERVE: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());

/// Whether what is allocated now stays.
static STORING: AtomicBool = AtomicBool::new(false);

/// Begins to store what stays: until [`stored`], nothing gets the reserve.
///
/// Gives false where there is no memory for the reserve, and begins nothing.
pub fn store() -> bool {
    if RESERVE.load(Relaxed).is_null() {
        // SAFETY: the size is not zero.
        RESERVE.store(unsafe { GlobalDlmalloc.alloc(KEPT) }, Relaxed);
    }
    let is_kept = !RESERVE.load(Relaxed).is_null();
    STORING.store(is_kept, Relaxed);
    is_kept
}

/// Ends what [`store`] began.
pub fn stored() {
    STORING.store(false, Relaxed);
}

/// Frees the reserve, if it is there and may be used now.
fn give_up() -> bool {
    if STORING.load(Relaxed) {
        return false;
    }
    let place = RESERVE.swap(ptr::null_mut(), Relaxed);
    if place.is_null() {
        return false;
    }
    // SAFETY: it was made with this layout, and nobody else knows of it.
    unsafe { GlobalDlmalloc.dealloc(place, KEPT) };
    true
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
            if !place.is_null() || !give_up() {
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
            if !new.is_null() || !give_up() {
                return new;
            }
        }
    }
}
