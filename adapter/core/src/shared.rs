//! State of the instance. This module must never let two parts of the adapter hold it at once.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::trap;

/// A value that one part of the adapter at a time may use.
#[derive(Debug)]
pub struct Shared<T> {
    value: UnsafeCell<T>,
    in_use: AtomicBool,
}

// SAFETY: `with` gives the value to one caller at a time.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// Shares a value.
    pub const fn new(value: T) -> Self {
        Shared {
            value: UnsafeCell::new(value),
            in_use: AtomicBool::new(false),
        }
    }

    /// Uses the value. Traps where it is in use already.
    pub fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        claim(&self.in_use);
        let _release = Release(&self.in_use);
        // SAFETY: the flag was not set, so that nobody else has a reference until it is reset.
        act(unsafe { &mut *self.value.get() })
    }
}

/// Declares state of the instance. In native tests, a thread is an instance.
#[cfg(feature = "write")]
macro_rules! instance {
    ($(#[$attribute:meta])* static $name:ident: $ty:ty = $value:expr;) => {
        #[cfg(target_arch = "wasm32")]
        $(#[$attribute])*
        static $name: $crate::Shared<$ty> = $crate::Shared::new($value);

        #[cfg(not(target_arch = "wasm32"))]
        $(#[$attribute])*
        static $name: $crate::shared::OfThread<$ty> = {
            std::thread_local! {
                static VALUE: $crate::Shared<$ty> = const { $crate::Shared::new($value) };
            }
            $crate::shared::OfThread(&VALUE)
        };
    };
}

#[cfg(feature = "write")]
pub(crate) use instance;

/// State of a thread.
#[cfg(all(feature = "write", not(target_arch = "wasm32")))]
pub(crate) struct OfThread<T: 'static>(pub(crate) &'static std::thread::LocalKey<Shared<T>>);

#[cfg(all(feature = "write", not(target_arch = "wasm32")))]
impl<T> OfThread<T> {
    /// Uses the value. Traps where it is in use already.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        self.0.with(|value| value.with(act))
    }
}

/// Notes that the value is not in use any more: in a test, even after a trap.
struct Release<'a>(&'a AtomicBool);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Notes that the value is in use.
#[inline(never)]
fn claim(in_use: &AtomicBool) {
    if in_use.swap(true, Ordering::Acquire) {
        trap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_used_by_one_at_a_time() {
        let shared = Shared::new(1);
        shared.with(|value| *value += 1);
        assert_eq!(shared.with(|value| *value), 2);
        let twice = std::panic::AssertUnwindSafe(|| shared.with(|_| shared.with(|value| *value)));
        assert!(std::panic::catch_unwind(twice).is_err());
    }
}
