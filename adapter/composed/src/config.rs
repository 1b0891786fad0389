//! The configuration that the engine placed in this module's memory.

use alloc::string::String;
use core::slice;

use wasi_virt_layout::View;
use wasi_virt_vfs::Tree;

/// Where the configuration is. The engine writes both numbers into the finished module; as compiled
/// they are zero, the empty configuration.
#[repr(C)]
pub struct Place {
    address: u32,
    len: u32,
}

/// See [`Place`].
#[unsafe(no_mangle)]
pub static VIRT_CONFIG: Place = Place { address: 0, len: 0 };

/// The configuration.
pub fn config() -> View<'static> {
    // SAFETY: `VIRT_CONFIG` is a valid place. Its contents are not those the compiler knows, hence
    // the volatile read.
    let place = unsafe { (&raw const VIRT_CONFIG).read_volatile() };
    if place.len == 0 {
        return View::new(&[]);
    }
    // SAFETY: the engine placed `len` bytes there, past everything that this module allocates, and
    // nothing writes to them.
    View::new(unsafe { slice::from_raw_parts(place.address as *const u8, place.len as usize) })
}

/// The file tree of the configuration.
pub fn tree() -> Tree<'static> {
    Tree::new(config())
}

/// Copies a string out of the configuration.
pub fn text(bytes: &[u8]) -> String {
    // SAFETY: the strings of a configuration were written from strings, so they are UTF-8.
    unsafe { String::from_utf8_unchecked(bytes.to_vec()) }
}
