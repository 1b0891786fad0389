//! The contents of the mounted files. The engine puts small ones into this module's memory, from where the
//! component's copy is made directly, and large ones into one passive segment, from where they pass
//! through a buffer of this module's.

#[cfg(not(feature = "write"))]
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ops::Range;
use core::slice;

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

/// The most bytes that one read returns when they pass through the buffer; as in wasmtime.
const MAX_COPY: u64 = 64 * 1024;

/// The most bytes that one read returns when they need no buffer.
const MAX_DIRECT: u64 = 1024 * 1024;

struct Buffer(UnsafeCell<[u8; MAX_COPY as usize]>);

// SAFETY: a component instance has one thread.
unsafe impl Sync for Buffer {}

static BUFFER: Buffer = Buffer(UnsafeCell::new([0; MAX_COPY as usize]));

/// The most bytes that one read returns.
pub fn max_read() -> u64 {
    if payload_address() == 0 {
        MAX_COPY
    } else {
        MAX_DIRECT
    }
}

/// A range of the payload of up to [`max_read`] bytes. The engine keeps the payload below 4 GiB, as it
/// must be to be a segment.
///
/// # Safety
///
/// The bytes may not be used after the next call.
pub unsafe fn lend(range: Range<u64>) -> &'static [u8] {
    let len = (range.end - range.start) as usize;
    let address = match payload_address() {
        0 => {
            let buffer = BUFFER.0.get().cast::<u8>();
            let len = len.min(MAX_COPY as usize);
            // SAFETY: the buffer has room for `len` bytes, and nobody looks at it now.
            unsafe { payload_read(buffer, range.start as u32, len as u32) };
            buffer.cast_const()
        }
        address => address.wrapping_add(range.start as u32) as *const u8,
    };
    // SAFETY: the buffer has `len` bytes, and so has the payload in memory, which nothing writes to.
    unsafe { slice::from_raw_parts(address, len) }
}

/// Copies a range of the payload of up to [`max_read`] bytes.
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

/// The buffer, for up to `len` bytes that do not lie together.
///
/// # Safety
///
/// It may not be used after the next call.
#[cfg(feature = "write")]
pub unsafe fn buffer(len: u64) -> &'static mut [u8] {
    let len = len.min(MAX_COPY) as usize;
    // SAFETY: it has room for `len` bytes, and nobody looks at it now.
    unsafe { slice::from_raw_parts_mut(BUFFER.0.get().cast::<u8>(), len) }
}
