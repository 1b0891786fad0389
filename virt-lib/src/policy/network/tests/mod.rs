//! Rules as people write them: what they mean, and what is said of those that mean nothing.

mod policies;
#[cfg(not(target_family = "wasm"))]
mod random;
mod requests;
mod sockets;

use super::{request, socket};

/// A rule in its canonical spelling, or what is wrong with it.
fn socket(text: &str, of: socket::Use) -> Result<String, String> {
    socket::read(text, of).map(|rule| socket::print(&rule, of))
}

/// The same of a rule for requests.
fn request(text: &str) -> Result<String, String> {
    request::read(text).map(|rule| request::print(&rule))
}
