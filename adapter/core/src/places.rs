//! Places in the adapter's memory for what the host writes while a call of the application goes on:
//! eight bytes each. This module must never read one that the host may still write.

use alloc::boxed::Box;

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

impl Place {
    /// Makes one, full of zeros.
    #[expect(clippy::new_without_default, reason = "it has to be taken")]
    pub fn new() -> Self {
        Place(Box::into_raw(Box::new(0_u64)).expose_provenance())
    }

    /// The place at an address that [`Place::address`] gave.
    pub fn at(address: u32) -> Self {
        Place(address as usize)
    }

    /// Its address, as the host gets it.
    pub fn address(self) -> u32 {
        self.0 as u32
    }

    /// Its address, as [`crate::simulated`] gets it.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn pointer(self) -> *mut [u32; 2] {
        core::ptr::with_exposed_provenance_mut(self.0)
    }

    /// What the host wrote.
    ///
    /// # Safety
    ///
    /// The place was made and not taken yet, and the host does not write at the moment.
    pub unsafe fn read(self) -> u64 {
        // SAFETY: as the caller says.
        unsafe { core::ptr::with_exposed_provenance::<u64>(self.0).read() }
    }

    /// What the host wrote. The place is gone.
    ///
    /// # Safety
    ///
    /// The place was made and not taken yet, and the host does not write any more.
    pub unsafe fn take(self) -> u64 {
        // SAFETY: as the caller says.
        unsafe { *Box::from_raw(core::ptr::with_exposed_provenance_mut::<u64>(self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_what_was_written() {
        let (place, other) = (Place::new(), Place::new());
        // SAFETY: nobody has taken them.
        unsafe {
            place.pointer().write([1, 2]);
            assert_eq!(place.read(), 2 << 32 | 1);
            assert_eq!(other.take(), 0);
            assert_eq!(place.take(), 2 << 32 | 1);
        }
    }
}
