//! The contents of the mounted files: one passive segment, which the engine adds to the module.

use alloc::vec::Vec;
use core::ops::Range;

#[link(wasm_import_module = "virt:payload")]
unsafe extern "C" {
    /// Copies `len` bytes at `offset` of the payload to `dst`; replaced by the engine.
    #[link_name = "read"]
    fn payload_read(dst: *mut u8, offset: u32, len: u32);
}

/// Copies a range of the payload. The engine keeps the payload below 4 GiB, as it must be to be a
/// segment.
pub fn read(range: Range<u64>) -> Vec<u8> {
    let len = (range.end - range.start) as usize;
    let mut bytes = Vec::with_capacity(len);
    // SAFETY: the buffer has room for `len` bytes, and `read` fills them all or traps.
    unsafe {
        payload_read(bytes.as_mut_ptr(), range.start as u32, len as u32);
        bytes.set_len(len);
    }
    bytes
}
