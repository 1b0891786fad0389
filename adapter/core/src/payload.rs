//! The contents of mounted files, which lie in a segment that only the helper modules can read.
//! This module must never ask for what lies outside of it; the engine keeps it below 4 GiB.

#[cfg(not(target_arch = "wasm32"))]
use crate::simulated::read;

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "payload")]
unsafe extern "C" {
    /// Copies a range of the payload to `into`, which has room for it.
    fn read(into: *mut u8, offset: u32, len: u32);
}

/// Copies longer than this go in pieces where the addresses are not aligned to each other.
const LONG: u32 = 4096;

/// The length of a piece.
const PIECE: u32 = 2048;

/// How addresses have to agree for one long copy to be fast.
///
/// Long copies between others take five times as long on some processors.
const AGREE: u32 = 31;

/// Calls `copy` with the whole range, or with pieces of it.
pub(crate) fn in_pieces(at: u32, offset: u32, len: u32, mut copy: impl FnMut(u32, u32, u32)) {
    if len <= LONG || (at ^ offset) & AGREE == 0 {
        return copy(at, offset, len);
    }
    let mut done = 0;
    while done < len {
        let piece = PIECE.min(len - done);
        copy(at.wrapping_add(done), offset.wrapping_add(done), piece);
        done += piece;
    }
}

/// Fills `into` with what is at `offset` of the payload.
pub fn copy(offset: u64, into: &mut [u8]) {
    let at = into.as_mut_ptr();
    let address = at.addr() as u32;
    in_pieces(
        address,
        offset as u32,
        into.len() as u32,
        |place, offset, len| {
            // SAFETY: the piece lies in `into`, as far from its start as `place` is from `address`.
            unsafe { read(at.add((place - address) as usize), offset, len) }
        },
    );
}
