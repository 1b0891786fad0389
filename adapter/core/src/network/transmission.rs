//! The future that WASI 0.3 wants for what becomes of a request whose body is taken over: that it
//! was. This module must never wait.

use super::HttpError;
use crate::abi::Abi;
use crate::canonical::{self, Pair, Status};

/// A result that is `ok`, as it lies in memory.
static OK: [u64; 8] = [0; 8];

const _: () = assert!(<Result<(), HttpError> as Abi>::SIZE as usize <= size_of_val(&OK));

/// A future whose readable end somebody takes.
#[derive(Debug)]
pub struct Transmission(Pair);

impl Transmission {
    /// Makes one.
    #[expect(
        clippy::new_without_default,
        reason = "it takes a place in the host's table"
    )]
    pub fn new() -> Self {
        Transmission(canonical::http_new())
    }

    /// The end to give away.
    pub fn readable(&self) -> u32 {
        self.0.readable
    }

    /// Writes, once the other end is with the host.
    pub fn succeeds(self) {
        // SAFETY: nobody changes what is constant.
        let status = unsafe { canonical::http_write(self.0.writable, OK.as_ptr().cast()) };
        // An end that still writes cannot be dropped. It stays until the instance goes.
        if status != Status::Blocked {
            canonical::http_drop_writable(self.0.writable);
        }
    }
}

/// Drops the future of a transmission that nobody waits for.
pub fn forget(readable: u32) {
    canonical::http_drop_readable(readable);
}
