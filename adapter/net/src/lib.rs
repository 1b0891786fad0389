//! The network rules of a policy, as an adapter decides by them: canonical host names, addresses
//! and ports, which of them a rule admits, and the answers of name lookups that a program may
//! connect to. It has no bindings, so that the adapters of every WASI version share it and its
//! tests run natively.
//!
//! Everything that a program passes is hostile. It is parsed once, compared in its canonical
//! spelling, and only that spelling goes to the host. This crate must never panic, never resolve a
//! name, and never reach anything.

#![no_std]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod address;
mod answers;
mod decide;
mod hash;
mod host;
mod http;
mod read;
mod rule;
mod table;
#[cfg(any(test, feature = "write"))]
pub mod write;

pub use address::{Address, Block, Class};
pub use answers::Answers;
pub use decide::Lookup;
pub use host::{Host, Invalid, Name};
pub use http::{Header, Path, Refusal, Request, Sent};
pub use read::Rules;
pub use rule::{Ports, Protocol};

#[cfg(test)]
mod tests;
