//! `wasi:sockets/ip-name-lookup`: which names are looked up, and which answers reach the program.
//! The streams of answers are the adapter's, because those of addresses written as names need no
//! host.

use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::Own;
use wasi_virt_adapter_core::network::{self, IpAddress};
use wasi_virt_adapter_core::{exports, memory};
use wasi_virt_net::{Lookup, Name};

use super::imports as host;
use super::types::{SocketError, SocketResult};
use crate::table::{self, Pollable, Resource};

/// The resource `resolve-address-stream`.
pub enum Answers {
    /// Of an address that was written as a name, until it is given.
    Literal(Option<IpAddress>),
    /// Of a name.
    Name {
        /// The host's handle.
        of_host: u32,
        /// The name.
        name: Vec<u8>,
        /// Whether an answer was withheld.
        withheld: bool,
        /// Whether an answer was passed on.
        passed: bool,
    },
}

/// The answers of the host to a name, which the stream of the host gives.
fn of_name(of_host: u32, name: &Name) -> Option<Answers> {
    memory::keep(|| {
        let text = name.as_str().as_bytes();
        let mut name = Vec::new();
        name.try_reserve_exact(text.len()).ok()?;
        name.extend_from_slice(text);
        Some(Answers::Name {
            of_host,
            name,
            withheld: false,
            passed: false,
        })
    })
}

/// The host's handle of a stream that has one.
fn of_host(this: u32) -> Option<u32> {
    table::answers(this, |answers| match answers {
        Answers::Literal(_) => None,
        Answers::Name { of_host, .. } => Some(*of_host),
    })
}

/// Whether an answer reaches the program.
fn passes(this: u32, address: IpAddress) -> bool {
    table::answers(this, |answers| {
        let Answers::Name {
            name,
            withheld,
            passed,
            ..
        } = answers
        else {
            return false;
        };
        let name = Name::parse(name);
        let passes = name.is_ok_and(|name| network::passes(&name, address));
        *if passes { passed } else { withheld } = true;
        passes
    })
}

/// The next answer that reaches the program.
fn next(this: u32) -> SocketResult<Option<IpAddress>> {
    let Some(of_host) = of_host(this) else {
        return Ok(table::answers(this, |answers| match answers {
            Answers::Literal(address) => address.take(),
            Answers::Name { .. } => None,
        }));
    };
    while let Some(address) = host::resolve_next_address(of_host)? {
        if passes(this, address) {
            return Ok(Some(address));
        }
    }
    let withheld = table::answers(this, |answers| match answers {
        Answers::Literal(_) => false,
        // Told once.
        Answers::Name {
            withheld, passed, ..
        } => core::mem::take(withheld) && !*passed,
    });
    match withheld {
        true => Err(SocketError::AccessDenied),
        false => Ok(None),
    }
}

exports! {
    "wasi:sockets/ip-name-lookup#resolve-addresses"
    fn resolve_addresses(app, network: u32, name: [text]) => SocketResult<Own> {
        if !table::has_room() {
            return Err(SocketError::OutOfMemory);
        }
        let answers = match network::lookup(&name) {
            Lookup::Invalid => return Err(SocketError::InvalidArgument),
            Lookup::Refused => return Err(SocketError::AccessDenied),
            Lookup::Literal(address) => Answers::Literal(Some(address.into())),
            Lookup::Name(name) => {
                let Own(of_host) = host::resolve_addresses(network, name.as_str().as_bytes())?;
                match of_name(of_host, &name) {
                    Some(answers) => answers,
                    None => {
                        host::drop_lookup(of_host);
                        return Err(SocketError::OutOfMemory);
                    }
                }
            }
        };
        Ok(table::add(Resource::Answers(answers)))
    }
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address"
    fn resolve_next_address(app, this: u32) => SocketResult<Option<IpAddress>> {
        next(this)
    }
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.subscribe"
    fn subscribe(app, this: u32) -> u32 {
        match of_host(this) {
            None => table::add_child(Resource::Pollable(Pollable::Ready), this).0,
            Some(of_host) => host::subscribe_lookup(of_host),
        }
    }
    "wasi:sockets/ip-name-lookup#[resource-drop]resolve-address-stream"
    fn drop_answers(app, this: u32) -> () {
        let of_host = of_host(this);
        table::remove(this);
        if let Some(of_host) = of_host {
            host::drop_lookup(of_host);
        }
    }
}
