//! IP addresses as numbers: blocks of them, the classes that rules by name tell apart, and the
//! IPv4 addresses that are embedded in IPv6. This module must never read text.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address in its canonical form: an IPv4-mapped IPv6 address is the IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// IPv4.
    V4(u32),
    /// IPv6, without scope and flow.
    V6(u128),
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Address::V4(address.to_bits()),
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(mapped) => Address::V4(mapped.to_bits()),
                None => Address::V6(address.to_bits()),
            },
        }
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        match address {
            Address::V4(bits) => IpAddr::V4(Ipv4Addr::from_bits(bits)),
            Address::V6(bits) => IpAddr::V6(Ipv6Addr::from_bits(bits)),
        }
    }
}

/// All addresses with the same first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    first: Address,
    bits: u8,
}

impl Block {
    /// The block with this first address and so many bits in common; none if the address has
    /// further bits, or fewer than `bits`.
    pub const fn new(first: Address, bits: u8) -> Option<Block> {
        let is_first = match first {
            Address::V4(first) => bits <= 32 && first & !mask4(bits) == 0,
            Address::V6(first) => bits <= 128 && first & !mask6(bits) == 0,
        };
        match is_first {
            true => Some(Block { first, bits }),
            false => None,
        }
    }

    /// Whether it holds the address.
    pub const fn has(self, address: Address) -> bool {
        match (self.first, address) {
            (Address::V4(first), Address::V4(address)) => address & mask4(self.bits) == first,
            (Address::V6(first), Address::V6(address)) => address & mask6(self.bits) == first,
            _ => false,
        }
    }

    /// The first address.
    pub const fn first(self) -> Address {
        self.first
    }

    /// How many bits are common.
    pub const fn bits(self) -> u8 {
        self.bits
    }

    /// Whether it shares an address with another block.
    pub const fn meets(self, other: Block) -> bool {
        match self.bits <= other.bits {
            true => self.has(other.first),
            false => other.has(self.first),
        }
    }
}

/// `bits` ones, at most 32.
const fn mask4(bits: u8) -> u32 {
    match bits {
        0 => 0,
        1..32 => u32::MAX << (32 - bits),
        _ => u32::MAX,
    }
}

/// `bits` ones, at most 128.
const fn mask6(bits: u8) -> u128 {
    match bits {
        0 => 0,
        1..128 => u128::MAX << (128 - bits),
        _ => u128::MAX,
    }
}

/// What an address is good for, as far as a rule by name tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Globally reachable, by the IANA registries of special-purpose addresses.
    Public,
    /// Private networks: RFC 1918, RFC 6598 and RFC 4193.
    Private,
    /// This machine.
    Loopback,
    /// Nothing that a name ever admits by itself: unspecified, link-local, multicast, metadata
    /// services of clouds, and addresses reserved for other purposes.
    Never,
}

/// Whether the first bits are those of an address.
const fn is4(bits: u32, [a, b, c, d]: [u8; 4], count: u8) -> bool {
    bits & mask4(count) == u32::from_be_bytes([a, b, c, d])
}

/// Whether the first bits are these.
const fn is6(bits: u128, first: u128, count: u8) -> bool {
    bits >> (128 - count) == first
}

// The tables below are code, because an artifact without rules would carry them otherwise.

impl Address {
    /// Whether it is the metadata service of a cloud, which hands out credentials. All but the
    /// first two families are publicly routable or private, so that no other row holds them.
    pub const fn is_metadata(self) -> bool {
        match self {
            Address::V4(bits) => {
                is4(bits, [169, 254, 169, 254], 32)
                    || is4(bits, [100, 100, 100, 200], 32)
                    || is4(bits, [168, 63, 129, 16], 32)
                    || is4(bits, [192, 0, 0, 192], 32)
            }
            Address::V6(bits) => is6(bits, 0xfd00_0ec2, 32) || bits == 0xfd20_00ce << 96 | 0x254,
        }
    }

    /// Its class, without a look at what is embedded.
    pub const fn class(self) -> Class {
        match self {
            _ if self.is_metadata() => Class::Never,
            Address::V4(bits) => class4(bits),
            Address::V6(bits) => class6(bits),
        }
    }
}

/// The class of an IPv4 address. The first block that holds it decides.
const fn class4(bits: u32) -> Class {
    if is4(bits, [10, 0, 0, 0], 8)
        || is4(bits, [172, 16, 0, 0], 12)
        || is4(bits, [192, 168, 0, 0], 16)
        || is4(bits, [100, 64, 0, 0], 10)
    {
        Class::Private
    } else if is4(bits, [127, 0, 0, 0], 8) {
        Class::Loopback
    } else if is4(bits, [192, 0, 0, 9], 32) || is4(bits, [192, 0, 0, 10], 32) {
        Class::Public
    } else if is4(bits, [0, 0, 0, 0], 8)
        || is4(bits, [169, 254, 0, 0], 16)
        || is4(bits, [192, 0, 0, 0], 24)
        || is4(bits, [192, 0, 2, 0], 24)
        || is4(bits, [198, 18, 0, 0], 15)
        || is4(bits, [198, 51, 100, 0], 24)
        || is4(bits, [203, 0, 113, 0], 24)
        // Multicast, and what is reserved above it.
        || is4(bits, [224, 0, 0, 0], 3)
    {
        Class::Never
    } else {
        Class::Public
    }
}

/// The class of an IPv6 address. The first block that holds it decides.
const fn class6(bits: u128) -> Class {
    if bits == 1 {
        Class::Loopback
    } else if is6(bits, 0xfc >> 1, 7) || is6(bits, 0x0064_ff9b_0001, 48) {
        Class::Private
    } else if is6(bits, 0x2001_0db8, 32) || is6(bits, 0x3fff0, 20) {
        Class::Never
    } else if is6(bits, 0x2001_0003, 32)
        // Protocol assignments that are reachable.
        || is6(bits, 0x2001_0004_0112, 48)
        || is6(bits, 0x200_1002, 28)
        || is6(bits, 0x200_1003, 28)
        // NAT64: the embedded address decides as well.
        || is6(bits, 0x0064_ff9b_0000_0000_0000_0000, 96)
    {
        Class::Public
    } else if is6(bits, 0x2001_0000 >> 9, 23) {
        // The other protocol assignments.
        Class::Never
    } else if is6(bits, 0b001, 3) {
        // Everything that is assigned; 6to4 is in it, where the embedded address decides as well.
        Class::Public
    } else {
        // What is not assigned, link-local, or multicast.
        Class::Never
    }
}

impl Address {
    /// The IPv4 address that a gateway makes of it, if one does. A program that may reach this
    /// address has to be allowed that one as well. The unspecified address and the loopback address
    /// of IPv6 embed none.
    pub fn embedded(self) -> Option<Address> {
        let Address::V6(bits) = self else {
            return None;
        };
        let shift = match bits {
            0 | 1 => return None,
            // NAT64, RFC 6052 and RFC 8215.
            _ if is6(bits, 0x0064_ff9b_0000_0000_0000_0000, 96) => 0,
            _ if is6(bits, 0x0064_ff9b_0001, 48) => 0,
            // 6to4, RFC 3056.
            _ if is6(bits, 0x2002, 16) => 80,
            // IPv4-translated, RFC 2765, and IPv4-compatible, RFC 4291.
            _ if is6(bits, 0xffff_0000, 96) || is6(bits, 0, 96) => 0,
            _ => return None,
        };
        Some(Address::V4((bits >> shift) as u32))
    }
}

impl Address {
    /// Gives the letters of the address as it stands in an authority. IPv6 is in brackets and not
    /// compressed, because readers agree about that as well.
    pub fn write(self, mut give: impl FnMut(u8)) {
        match self {
            Address::V4(bits) => {
                for (at, byte) in bits.to_be_bytes().into_iter().enumerate() {
                    if at > 0 {
                        give(b'.');
                    }
                    write_number(byte.into(), &mut give);
                }
            }
            Address::V6(bits) => {
                give(b'[');
                for at in (0..8).rev() {
                    let group = (bits >> (at * 16)) as u16;
                    let digits = (16 - group.leading_zeros()).div_ceil(4).max(1);
                    for digit in (0..digits).rev() {
                        let nibble = (group >> (digit * 4) & 15) as u8;
                        give(match nibble {
                            0..10 => b'0' + nibble,
                            _ => b'a' + nibble - 10,
                        });
                    }
                    give(if at > 0 { b':' } else { b']' });
                }
            }
        }
    }
}

/// Gives the decimal digits of a number.
pub(crate) fn write_number(number: u32, give: &mut impl FnMut(u8)) {
    let mut unit = 1;
    while number / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        give(b'0' + (number / unit % 10) as u8);
        unit /= 10;
    }
}

#[cfg(any(test, feature = "write"))]
impl Block {
    /// Whether it holds the metadata service of a cloud.
    pub fn has_metadata(self) -> bool {
        let v4 = |address: [u8; 4]| Address::V4(u32::from_be_bytes(address));
        let ends = [
            v4([169, 254, 169, 254]),
            v4([100, 100, 100, 200]),
            v4([168, 63, 129, 16]),
            v4([192, 0, 0, 192]),
            Address::V6(0xfd20_00ce << 96 | 0x254),
        ];
        let family = Block {
            first: Address::V6(0xfd00_0ec2 << 96),
            bits: 32,
        };
        ends.into_iter().any(|address| self.has(address)) || self.meets(family)
    }
}
