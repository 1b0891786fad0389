//! Addresses as WASI passes them. This module must never decide what an address is good for.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wasi_virt_net::Address;

use crate::abi::{Abi, Lift, Lower};
use crate::{App, records, trap, variants};

/// `ipv4-address`: a tuple of four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Address(pub [u8; 4]);

/// `ipv6-address`: a tuple of eight numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6Address(pub [u16; 8]);

macro_rules! tuple {
    ($name:ident: $number:ty) => {
        impl Abi for $name {
            const SIZE: u32 = size_of::<Self>() as u32;
            const ALIGN: u32 = <$number>::ALIGN;
        }

        impl Lower for $name {
            fn lower(self, app: App, at: u32) {
                let mut at = at;
                for number in self.0 {
                    number.lower(app, at);
                    at = at.wrapping_add(<$number>::SIZE);
                }
            }
        }

        impl Lift for $name {
            unsafe fn lift(at: *const u8) -> Self {
                let mut numbers = [0; _];
                for (index, number) in numbers.iter_mut().enumerate() {
                    // SAFETY: as the caller says.
                    *number = unsafe { <$number>::lift(at.add(index * <$number>::SIZE as usize)) };
                }
                $name(numbers)
            }
        }
    };
}

tuple!(Ipv4Address: u8);
tuple!(Ipv6Address: u16);

records! {
    /// `ipv4-socket-address` of `wasi:sockets`.
    #[derive(Clone, Copy, PartialEq, Eq)]
    Ipv4SocketAddress {
        /// The port.
        port: u16,
        /// The address.
        address: Ipv4Address,
    }
    /// `ipv6-socket-address` of `wasi:sockets`.
    #[derive(Clone, Copy, PartialEq, Eq)]
    Ipv6SocketAddress {
        /// The port.
        port: u16,
        /// The flow.
        flow_info: u32,
        /// The address.
        address: Ipv6Address,
        /// The scope.
        scope_id: u32,
    }
}

variants! {
    /// `ip-socket-address` of `wasi:sockets`.
    #[derive(Clone, Copy, PartialEq, Eq)]
    IpSocketAddress {
        /// IPv4.
        Ipv4(Ipv4SocketAddress),
        /// IPv6.
        Ipv6(Ipv6SocketAddress),
    }
    /// `ip-address` of `wasi:sockets`.
    #[derive(Clone, Copy, PartialEq, Eq)]
    IpAddress {
        /// IPv4.
        Ipv4(Ipv4Address),
        /// IPv6.
        Ipv6(Ipv6Address),
    }
}

impl IpSocketAddress {
    /// The address of these core values, the number of the case first. As in the canonical ABI,
    /// higher bits than a number has mean nothing, and a case that is not there traps.
    pub fn lift([case, values @ ..]: [u32; 12]) -> Self {
        match (case, values) {
            (0, [port, a, b, c, d, ..]) => IpSocketAddress::Ipv4(Ipv4SocketAddress {
                port: port as u16,
                address: Ipv4Address([a, b, c, d].map(|number| number as u8)),
            }),
            (1, [port, flow_info, address @ .., scope_id]) => {
                IpSocketAddress::Ipv6(Ipv6SocketAddress {
                    port: port as u16,
                    flow_info,
                    address: Ipv6Address(address.map(|number| number as u16)),
                    scope_id,
                })
            }
            _ => trap(),
        }
    }

    /// The address of these core values, after the number of the case of an option.
    pub fn lift_optional(is_some: u32, values: [u32; 12]) -> Option<Self> {
        match is_some {
            0 => None,
            1 => Some(Self::lift(values)),
            _ => trap(),
        }
    }

    /// The core values of an option.
    pub fn flat_optional(address: Option<Self>) -> [u32; 13] {
        let mut values = [0; 13];
        let Some(address) = address else {
            return values;
        };
        values[0] = 1;
        match address {
            IpSocketAddress::Ipv4(of) => {
                values[2] = of.port.into();
                for (value, number) in values[3..].iter_mut().zip(of.address.0) {
                    *value = number.into();
                }
            }
            IpSocketAddress::Ipv6(of) => {
                values[1] = 1;
                values[2] = of.port.into();
                values[3] = of.flow_info;
                for (value, number) in values[4..].iter_mut().zip(of.address.0) {
                    *value = number.into();
                }
                values[12] = of.scope_id;
            }
        }
        values
    }

    /// The unspecified address of a family, and port 0.
    pub fn unspecified(is_ipv6: bool) -> Self {
        let mut values = [0; 12];
        values[0] = is_ipv6.into();
        Self::lift(values)
    }
}

impl From<IpAddress> for Address {
    fn from(address: IpAddress) -> Self {
        let address = match address {
            IpAddress::Ipv4(Ipv4Address(address)) => IpAddr::V4(Ipv4Addr::from(address)),
            IpAddress::Ipv6(Ipv6Address(address)) => IpAddr::V6(Ipv6Addr::from(address)),
        };
        address.into()
    }
}

impl From<Address> for IpAddress {
    fn from(address: Address) -> Self {
        match address.into() {
            IpAddr::V4(address) => IpAddress::Ipv4(Ipv4Address(address.octets())),
            IpAddr::V6(address) => IpAddress::Ipv6(Ipv6Address(address.segments())),
        }
    }
}

impl From<IpSocketAddress> for (Address, u16) {
    fn from(address: IpSocketAddress) -> Self {
        match address {
            IpSocketAddress::Ipv4(of) => (IpAddress::Ipv4(of.address).into(), of.port),
            IpSocketAddress::Ipv6(of) => (IpAddress::Ipv6(of.address).into(), of.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_values_are_masked_as_the_canonical_abi_does() {
        let high = 0xffff_0000;
        let v4 =
            IpSocketAddress::lift([0, high | 80, high | 10, 0, 0, 0x100 | 1, 9, 9, 9, 9, 9, 9]);
        let (address, port) = v4.into();
        assert_eq!((address, port), (Address::V4(0x0a00_0001), 80));
        let v6 = IpSocketAddress::lift([1, 443, 7, 0x2001, high | 0xdb8, 0, 0, 0, 0, 0, 1, 8]);
        let (address, port) = v6.into();
        assert_eq!((address, port), (Address::V6(0x2001_0db8 << 96 | 1), 443));
    }

    #[test]
    fn mapped_addresses_are_ipv4() {
        let mapped = IpSocketAddress::lift([1, 1, 0, 0, 0, 0, 0, 0, 0xffff, 0x7f00, 1, 0]);
        let (address, _): (Address, u16) = mapped.into();
        assert_eq!(address, Address::V4(0x7f00_0001));
    }

    #[test]
    fn a_case_that_is_not_there_traps() {
        assert!(std::panic::catch_unwind(|| IpSocketAddress::lift([2; 12])).is_err());
    }

    #[test]
    fn the_unspecified_address_has_port_0() {
        for (is_ipv6, unspecified) in [(false, Address::V4(0)), (true, Address::V6(0))] {
            let (address, port) = IpSocketAddress::unspecified(is_ipv6).into();
            assert_eq!((address, port), (unspecified, 0));
        }
    }
}
