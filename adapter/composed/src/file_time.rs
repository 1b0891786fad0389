//! The time of a change: the virtual clock's or the host's, whichever the program sees. This module must
//! never ask the host where the program may not.

use wasi_virt_layout::Now;
use wasi_virt_vfs::Time;

use crate::clocks;
use crate::config::config;

#[link(wasm_import_module = "host:clocks/wall-clock@0.2.12")]
unsafe extern "C" {
    /// Writes the time to `result`. Never called where the host's clock is not open to the program.
    #[link_name = "now"]
    fn host_now(result: *mut Time);
}

/// The time now; `None` where there is no clock.
pub fn now() -> Option<Time> {
    match config().now() {
        Now::Fixed => None,
        Now::Virtual => {
            let time = clocks::shown();
            Some(Time {
                seconds: time.seconds,
                nanoseconds: time.nanoseconds,
            })
        }
        Now::Host => {
            let mut time = Time {
                seconds: 0,
                nanoseconds: 0,
            };
            // SAFETY: a `datetime` is laid out as `Time` is: seconds, and nanoseconds behind them.
            unsafe { host_now(&raw mut time) };
            Some(time)
        }
    }
}
