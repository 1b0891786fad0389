//! The contents of the mounted files. The engine puts small ones into this module's memory, from where the
//! component's copy is made directly, and large ones into one passive segment, from where they pass
//! through a buffer of this module's.

use alloc::alloc::{Layout, alloc_zeroed, dealloc};
#[cfg(not(feature = "write"))]
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::ops::Range;
use core::{ptr, slice};

#[link(wasm_import_module = "virt:payload")]
unsafe extern "C" {
    /// Copies `len` bytes at `offset` of the payload to `dst`; replaced by the engine. Never called where
    /// the payload is in memory.
    #[link_name = "read"]
    fn payload_read(dst: *mut u8, offset: u32, len: u32);

    /// Where the payload is in memory, 0 when it is in the segment; replaced by the engine.
    #[link_name = "address"]
    safe fn payload_address() -> u32;
}

/// The most bytes that one read of a descriptor returns; as in wasmtime.
pub const MAX_READ: u64 = 64 * 1024;

/// The most bytes that one read of a stream returns when they pass through the buffer. In wasmtime it returns whatever it is
/// asked for, and programs rely on that.
const MAX_STREAM: u64 = 16 * 1024 * 1024;

struct Buffer(UnsafeCell<[u8; MAX_READ as usize]>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Buffer {}

static BUFFER: Buffer = Buffer(UnsafeCell::new([0; MAX_READ as usize]));

/// For reads that are larger than [`BUFFER`]: where it is, and how many bytes it has.
struct Large(Cell<(*mut u8, usize)>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Large {}

static LARGE: Large = Large(Cell::new((ptr::null_mut(), 0)));

/// How many of so many bytes that there are one read can return.
pub fn room(len: u64) -> u64 {
    let len = len.min(MAX_STREAM);
    let (old, size) = LARGE.0.get();
    if len <= MAX_READ.max(size as u64) {
        return len;
    }
    // SAFETY: the sizes are neither zero nor near the end of memory, and the old one is what it was made with.
    unsafe {
        let new = alloc_zeroed(Layout::from_size_align_unchecked(len as usize, 1));
        if new.is_null() {
            return MAX_READ;
        }
        if size != 0 {
            dealloc(old, Layout::from_size_align_unchecked(size, 1));
        }
        LARGE.0.set((new, len as usize));
    }
    len
}

/// Where up to [`room`] bytes have place.
fn place(len: usize) -> *mut u8 {
    if len <= MAX_READ as usize {
        return BUFFER.0.get().cast();
    }
    LARGE.0.get().0
}

/// A range of the payload of up to [`room`] bytes. The engine keeps the payload below 4 GiB, as it
/// must be to be a segment.
///
/// # Safety
///
/// The bytes may not be used after the next call.
pub unsafe fn lend(range: Range<u64>) -> &'static [u8] {
    let len = (range.end - range.start) as usize;
    let address = match payload_address() {
        0 => {
            let buffer = place(len);
            // SAFETY: the buffer has room for `len` bytes, and nobody looks at it now.
            unsafe { payload_read(buffer, range.start as u32, len as u32) };
            buffer.cast_const()
        }
        address => address.wrapping_add(range.start as u32) as *const u8,
    };
    // SAFETY: the buffer has `len` bytes, and so has the payload in memory, which nothing writes to.
    unsafe { slice::from_raw_parts(address, len) }
}

/// Copies a range of the payload of up to [`room`] bytes.
#[cfg(not(feature = "write"))]
pub fn read(range: Range<u64>) -> Vec<u8> {
    // SAFETY: copied at once.
    unsafe { lend(range) }.to_vec()
}

/// Fills `into` with what is at `offset` of the payload.
#[cfg(feature = "write")]
pub fn copy(offset: u64, into: &mut [u8]) {
    match payload_address() {
        // SAFETY: `into` has room for as many bytes.
        0 => unsafe { payload_read(into.as_mut_ptr(), offset as u32, into.len() as u32) },
        address => {
            let from = address.wrapping_add(offset as u32) as *const u8;
            // SAFETY: the payload has as many bytes there, and they are nobody's to write.
            into.copy_from_slice(unsafe { slice::from_raw_parts(from, into.len()) });
        }
    }
}

/// A buffer for up to [`room`] bytes that do not lie together.
///
/// # Safety
///
/// It may not be used after the next call.
#[cfg(feature = "write")]
pub unsafe fn buffer(len: u64) -> &'static mut [u8] {
    let len = len as usize;
    // SAFETY: it has room for `len` bytes, and nobody looks at it now.
    unsafe { slice::from_raw_parts_mut(place(len), len) }
}
