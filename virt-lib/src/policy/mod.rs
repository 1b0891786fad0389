//! The policy model: what a virtualized component may still reach. [`keys`] has a row for each key,
//! and every face of the policy is made from the rows. This module must never look at a component.

mod debug;
mod host;
#[macro_use]
mod key;
mod keys;
pub(crate) mod network;
mod places;
pub(crate) mod shape;
mod size;
mod text;
mod time;
mod values;
mod variables;
pub(crate) mod wildcard;

pub use debug::DebugLog;
pub use keys::{KEYS, Policy};
pub use network::{
    AddressKind, Addresses, HeaderValue, Http, HttpEntry, HttpRules, HttpTarget, NetworkRules,
    Port, Protocol, SocketEntry, SocketRules, SocketTarget, Sockets,
};
pub use places::{Mount, Preopen, Tmpfs};
pub use size::Size;
pub use time::Time;
pub use values::{Access, Clocks, DenyMode, FileMode, HostNames, Random, StdioMode, Symlinks};

/// The keys of the policy as data: the flags of the command line, the reader of policy files, the
/// JSON Schema and the reference are made from it.
pub mod rows {
    pub use super::key::{Flag, Key, Kind, Takes, kebab};
    pub use super::keys::{HEADINGS, heading};
    pub use super::network::Grammar;
    pub use super::shape::{Absent, Choice, Field, Shape, Table, Text, Word};
}
