//! Calls that the adapter makes for the program: lookups of names, and `receive` of a UDP socket.
//! What they return is checked before the program gets it. This module must never let a call go on
//! that the program cannot see.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wasi_virt_adapter_core::abi::{Abi, Lift, Text};
use wasi_virt_adapter_core::begun::{Call, Calls, ROOM};
use wasi_virt_adapter_core::network::{self, IpAddress, IpSocketAddress, may_connect, may_listen};
use wasi_virt_adapter_core::places::Place;
use wasi_virt_adapter_core::{App, trap};
use wasi_virt_net::{Lookup, Name, Protocol};

use super::imports as host;
use super::types::{LookupError, SocketError, SocketResult};

static CALLS: Calls<Begun> = Calls::new();

/// A call.
enum Begun {
    Lookup(Box<Name>),
    /// On the socket of this handle, which the program cannot drop before the call has ended.
    Receive(u32),
}

/// What a call returned.
enum Given {
    Addresses(Addresses),
    Datagram(SocketResult<Datagram>),
}

type Addresses = Result<Vec<IpAddress>, LookupError>;
type Datagram = (Text, IpSocketAddress);

const _: () = {
    assert!(<Addresses as Abi>::SIZE as usize <= ROOM);
    assert!(<SocketResult<Datagram> as Abi>::SIZE as usize <= ROOM);
};

impl Call for Begun {
    type Given = Given;

    unsafe fn make(&self, into: *mut u8) -> u32 {
        // SAFETY: as the caller says. The name lies behind this value.
        unsafe {
            match self {
                Begun::Lookup(name) => {
                    let name = name.as_str().as_bytes();
                    host::begin_lookup(name.as_ptr(), name.len(), into)
                }
                Begun::Receive(socket) => host::begin_receive(*socket, into),
            }
        }
    }

    unsafe fn lift(&self, from: *const u8) -> Given {
        // SAFETY: as the caller says.
        unsafe {
            match self {
                Begun::Lookup(_) => Given::Addresses(Lift::lift(from)),
                Begun::Receive(_) => Given::Datagram(Lift::lift(from)),
            }
        }
    }

    fn give(&self, given: Given, app: App, result: u32) -> bool {
        match (self, given) {
            (Begun::Lookup(name), Given::Addresses(addresses)) => {
                app.give(result, addresses.and_then(|all| passing(name, all)));
            }
            (Begun::Receive(socket), Given::Datagram(datagram)) => {
                if let Ok((_, from)) = &datagram
                    && !may_receive(*socket, *from)
                {
                    return false;
                }
                app.give(result, datagram);
            }
            // A call gives its own kind.
            _ => trap(),
        }
        true
    }

    fn refuse(&self, app: App, result: u32) {
        match self {
            Begun::Lookup(_) => app.give(result, Addresses::Err(LookupError::AccessDenied(()))),
            Begun::Receive(_) => {
                let refused: SocketResult<Datagram> = Err(SocketError::AccessDenied(()));
                app.give(result, refused);
            }
        }
    }
}

/// The answers of the host to a name that reach the program.
fn passing(name: &Name, addresses: Vec<IpAddress>) -> Addresses {
    let mut addresses = addresses;
    let is_known = !addresses.is_empty();
    addresses.retain(|address| network::passes(name, *address));
    match addresses.is_empty() && is_known {
        true => Err(LookupError::AccessDenied(())),
        false => Ok(addresses),
    }
}

/// Whether a datagram reaches the program. The socket may have been connected, which was checked,
/// to a peer whose name the rules do not remember any more.
fn may_receive(socket: u32, from: IpSocketAddress) -> bool {
    host::udp_local_address(socket).is_ok_and(may_listen)
        || host::udp_remote_address(socket) == Ok(from)
        || may_connect(Protocol::Udp, from)
}

/// The status of a call that has returned.
const RETURNED: u32 = 2;

raw_exports! {
    "[begin]wasi:sockets/ip-name-lookup@0.3#resolve-addresses"
    fn resolve_addresses(context: u32, start: u32, len: u32, result: u32) -> u32 {
        let app = App::new(context);
        let addresses: Addresses = match network::lookup(&app.text(start, len)) {
            Lookup::Invalid => Err(LookupError::InvalidArgument(())),
            Lookup::Refused => Err(LookupError::AccessDenied(())),
            Lookup::Literal(address) => Ok(Vec::from([address.into()])),
            Lookup::Name(name) => {
                return CALLS.begin(app, result, Begun::Lookup(Box::new(name)));
            }
        };
        app.give(result, addresses);
        RETURNED
    }
    "[begin]wasi:sockets/types@0.3#[method]udp-socket.receive"
    fn receive(context: u32, this: u32, result: u32) -> u32 {
        CALLS.begin(App::new(context), result, Begun::Receive(this))
    }
    "[begun]join" fn join(waitable: u32, set: u32) {
        CALLS.join(waitable, set);
    }
    "[begun]event" fn event(number: u32, waitable: u32, code: u32) -> u32 {
        CALLS.event(number, waitable, code)
    }
    "[begun]woken" fn woken(set: u32, address: u32, number: u32) -> u32 {
        CALLS.woken(set, Place::at(address), number).into()
    }
    "[begun]cancel" fn cancel(call: u32, status: u32) -> u32 {
        CALLS.cancel(call, status)
    }
}
