//! Memory: the allocator, and what it keeps back. What stays is stored only while the reserve is
//! whole, and does not get it. What goes when the call ends may take it, so that calls still work
//! where nothing more can be stored. This module must never know what is stored.

#[cfg(target_arch = "wasm32")]
mod reserve;

#[cfg(target_arch = "wasm32")]
pub use reserve::{store, stored};

/// Begins to store what stays.
#[cfg(not(target_arch = "wasm32"))]
pub fn store() -> bool {
    true
}

/// Ends what [`store`] began.
#[cfg(not(target_arch = "wasm32"))]
pub fn stored() {}

/// Stores something that stays. Gives `None` where there is no memory for it.
pub fn keep<T>(act: impl FnOnce() -> Option<T>) -> Option<T> {
    if !store() {
        return None;
    }
    let result = act();
    stored();
    result
}

/// Allocates for what the host's functions return.
///
/// # Safety
///
/// As the canonical ABI calls it: `old` is null or was allocated here with the other numbers.
// SAFETY: the name is unlike any other symbol's.
#[cfg(target_arch = "wasm32")]
#[unsafe(export_name = "cabi_realloc")]
unsafe extern "C" fn reallocate(old: *mut u8, old_len: usize, align: usize, len: usize) -> *mut u8 {
    use alloc::alloc::{Layout, alloc, realloc};
    let Ok(layout) = Layout::from_size_align(if old_len == 0 { len } else { old_len }, align)
    else {
        crate::trap()
    };
    if len == 0 {
        return core::ptr::without_provenance_mut(align);
    }
    // SAFETY: the sizes are not zero, and the old one is what the place was allocated with.
    let place = unsafe {
        match old_len {
            0 => alloc(layout),
            _ => realloc(old, layout, len),
        }
    };
    if place.is_null() {
        crate::trap()
    }
    place
}
