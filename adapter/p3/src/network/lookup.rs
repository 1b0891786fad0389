//! `wasi:sockets/ip-name-lookup`: which names are looked up, and which answers reach the program.

use alloc::vec::Vec;

use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::network::{self, IpAddress};
use wasi_virt_net::{Lookup, Name};

use super::imports as host;
use super::types::LookupError;

type Addresses = Result<Vec<IpAddress>, LookupError>;

/// The answers of the host to a name, as far as they reach the program.
fn answers(name: &Name) -> Addresses {
    let mut addresses = host::resolve_addresses(name.as_str().as_bytes())?;
    let is_known = !addresses.is_empty();
    addresses.retain(|address| network::passes(name, *address));
    match addresses.is_empty() && is_known {
        true => Err(LookupError::AccessDenied(())),
        false => Ok(addresses),
    }
}

exports! {
    "wasi:sockets/ip-name-lookup@0.3#resolve-addresses"
    fn resolve_addresses(app, name: [text]) => Addresses {
        match network::lookup(&name) {
            Lookup::Invalid => Err(LookupError::InvalidArgument(())),
            Lookup::Refused => Err(LookupError::AccessDenied(())),
            Lookup::Literal(address) => Ok(Vec::from([address.into()])),
            Lookup::Name(name) => answers(&name),
        }
    }
}
