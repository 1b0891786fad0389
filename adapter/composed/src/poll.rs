//! `wasi:io/poll`: the host's pollables, and those of virtual streams, which are always ready. Timers of a
//! virtual clock are left to `clocks.rs`.

use alloc::vec::Vec;

use crate::bindings::Adapter;
use crate::bindings::exports::wasi::io::poll::{
    Guest, GuestPollable, Pollable as Resource, PollableBorrow,
};
use crate::bindings::host::io::poll as host;

/// The resource `pollable`.
pub enum Pollable {
    /// The host's.
    Host(host::Pollable),
    /// One that is ready.
    Ready,
    /// One that is ready when the virtual clock reaches this instant; `clocks.rs` knows what that means.
    Timer(u64),
}

/// A new pollable that is ready.
pub fn ready() -> Resource {
    Resource::new(Pollable::Ready)
}

/// A new pollable for one of the host's.
pub fn from_host(pollable: host::Pollable) -> Resource {
    Resource::new(Pollable::Host(pollable))
}

impl GuestPollable for Pollable {
    fn ready(&self) -> bool {
        match self {
            Pollable::Host(pollable) => pollable.ready(),
            Pollable::Ready | Pollable::Timer(_) => true,
        }
    }

    fn block(&self) {
        if let Pollable::Host(pollable) = self {
            pollable.block();
        }
    }
}

impl Guest for Adapter {
    type Pollable = Pollable;

    fn poll(pollables: Vec<PollableBorrow<'_>>) -> Vec<u32> {
        let mut of_host = Vec::with_capacity(pollables.len());
        for pollable in &pollables {
            if let Pollable::Host(pollable) = pollable.get() {
                of_host.push(pollable);
            }
        }
        // All of them the host's: the indices are the same. So an empty list traps as there.
        if of_host.len() == pollables.len() {
            return host::poll(&of_host);
        }
        let mut ready = Vec::with_capacity(pollables.len());
        for (index, pollable) in pollables.iter().enumerate() {
            if pollable.get::<Pollable>().ready() {
                ready.push(index as u32);
            }
        }
        ready
    }
}
