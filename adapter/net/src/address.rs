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

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Block {
    Block {
        first: Address::V4(u32::from_be_bytes([a, b, c, d])),
        bits,
    }
}

const fn v6(first: u128, bits: u8) -> Block {
    Block {
        first: Address::V6(first << (128 - bits)),
        bits,
    }
}

/// Metadata services of clouds, which hand out credentials. All but the first two families are
/// publicly routable or private, so that no other row holds them.
const METADATA: [Block; 6] = [
    v4(169, 254, 169, 254, 32),
    v4(100, 100, 100, 200, 32),
    v4(168, 63, 129, 16, 32),
    v4(192, 0, 0, 192, 32),
    v6(0xfd00_0ec2, 32),
    Block {
        first: Address::V6(0xfd20_00ce << 96 | 0x254),
        bits: 128,
    },
];

/// What is neither public nor metadata. The first block that holds an address decides.
const CLASSES: [(Block, Class); 29] = [
    (v4(10, 0, 0, 0, 8), Class::Private),
    (v4(172, 16, 0, 0, 12), Class::Private),
    (v4(192, 168, 0, 0, 16), Class::Private),
    (v4(100, 64, 0, 0, 10), Class::Private),
    (v4(127, 0, 0, 0, 8), Class::Loopback),
    (v4(0, 0, 0, 0, 8), Class::Never),
    (v4(169, 254, 0, 0, 16), Class::Never),
    (v4(192, 0, 0, 9, 32), Class::Public),
    (v4(192, 0, 0, 10, 32), Class::Public),
    (v4(192, 0, 0, 0, 24), Class::Never),
    (v4(192, 0, 2, 0, 24), Class::Never),
    (v4(198, 18, 0, 0, 15), Class::Never),
    (v4(198, 51, 100, 0, 24), Class::Never),
    (v4(203, 0, 113, 0, 24), Class::Never),
    // Multicast, and what is reserved above it.
    (v4(224, 0, 0, 0, 3), Class::Never),
    (
        Block {
            first: Address::V6(1),
            bits: 128,
        },
        Class::Loopback,
    ),
    (v6(0xfc >> 1, 7), Class::Private),
    // NAT64: the embedded address decides as well.
    (v6(0x0064_ff9b_0000_0000_0000_0000, 96), Class::Public),
    (v6(0x0064_ff9b_0001, 48), Class::Private),
    (v6(0x2001_0db8, 32), Class::Never),
    (v6(0x3fff0, 20), Class::Never),
    // Protocol assignments, and those of them that are reachable.
    (v6(0x2001_0003, 32), Class::Public),
    (v6(0x2001_0004_0112, 48), Class::Public),
    (v6(0x200_1002, 28), Class::Public),
    (v6(0x200_1003, 28), Class::Public),
    (v6(0x2001_0000 >> 9, 23), Class::Never),
    // 6to4: the embedded address decides as well.
    (v6(0x2002, 16), Class::Public),
    (v6(0b001, 3), Class::Public),
    // Everything else of IPv6 is not assigned, link-local, or multicast.
    (
        Block {
            first: Address::V6(0),
            bits: 0,
        },
        Class::Never,
    ),
];

/// Where an IPv4 address is embedded in IPv6: the block, and how far from the end it is in bits.
const EMBEDDING: [(Block, u32); 5] = [
    // NAT64, RFC 6052 and RFC 8215.
    (v6(0x0064_ff9b_0000_0000_0000_0000, 96), 0),
    (v6(0x0064_ff9b_0001, 48), 0),
    // 6to4, RFC 3056.
    (v6(0x2002, 16), 80),
    // IPv4-translated, RFC 2765.
    (v6(0xffff_0000, 96), 0),
    // IPv4-compatible, RFC 4291.
    (v6(0, 96), 0),
];

impl Address {
    /// Its class, without a look at what is embedded.
    pub fn class(self) -> Class {
        if METADATA.iter().any(|block| block.has(self)) {
            return Class::Never;
        }
        let mut classes = CLASSES.iter();
        let known = classes.find(|(block, _)| block.has(self));
        known.map_or(Class::Public, |(_, class)| *class)
    }

    /// Whether it is the metadata service of a cloud.
    pub fn is_metadata(self) -> bool {
        METADATA.iter().any(|block| block.has(self))
    }

    /// The IPv4 address that a gateway makes of it, if one does. A program that may reach this
    /// address has to be allowed that one as well. The unspecified address and the loopback address
    /// of IPv6 embed none.
    pub fn embedded(self) -> Option<Address> {
        let Address::V6(bits) = self else {
            return None;
        };
        if bits <= 1 {
            return None;
        }
        let mut embedding = EMBEDDING.iter();
        let (_, shift) = embedding.find(|(block, _)| block.has(self))?;
        Some(Address::V4((bits >> shift) as u32))
    }
}

impl Block {
    /// Whether it holds the metadata service of a cloud.
    pub fn has_metadata(self) -> bool {
        METADATA.iter().any(|block| block.meets(self))
    }
}
