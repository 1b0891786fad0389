//! The configuration that the engine placed in the adapter's memory. This module must only find it.

use wasi_virt_layout::View;
use wasi_virt_layout::abi::LAYER_SHIFT;

/// Where the configuration is, and which layer of virtualization the adapter is.
///
/// The engine writes all three into the finished module. As compiled they are zero, which is the
/// empty configuration.
#[repr(C)]
#[derive(Debug)]
pub struct Place {
    address: u32,
    len: u32,
    layer: u32,
}

/// See [`Place`].
// SAFETY: the name is unlike any other symbol's.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub static VIRT_CONFIG: Place = Place {
    address: 0,
    len: 0,
    layer: 0,
};

fn place() -> Place {
    // SAFETY: `VIRT_CONFIG` is a valid place. The engine changed its contents behind the compiler's
    // back, hence the volatile read.
    unsafe { (&raw const VIRT_CONFIG).read_volatile() }
}

/// The configuration.
#[cfg(not(target_arch = "wasm32"))]
pub fn config() -> View<'static> {
    View::new(crate::simulated::configuration())
}

/// The configuration.
#[cfg(target_arch = "wasm32")]
pub fn config() -> View<'static> {
    let place = place();
    if place.len == 0 {
        return View::new(&[]);
    }
    let start = place.address as usize as *const u8;
    // SAFETY: the engine placed `len` bytes there, past everything that this module allocates, and
    // nothing writes to them.
    View::new(unsafe { core::slice::from_raw_parts(start, place.len as usize) })
}

/// The layer in the numbers of this adapter's handles, where it belongs in them. Tests are in the
/// first.
pub fn layer() -> u32 {
    let layer = if cfg!(target_arch = "wasm32") {
        place().layer
    } else {
        1
    };
    layer << LAYER_SHIFT
}
