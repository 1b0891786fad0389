//! Addresses in a rule: blocks of them, and numbers that some programs take for one. This module
//! must never know a port.

use super::faults::Faults;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wasi_virt_net::{Address, Block, Class};

/// Reads `10.0.0.0/8`, an address, or IPv6 in the same forms. `None` in the outer option stands for
/// a text that is none of them.
pub(super) fn read(text: &str, faults: &mut Faults) -> Option<Option<Block>> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let (address, scope) = match address.split_once('%') {
        Some((address, _)) => (address, true),
        None => (address, false),
    };
    let address: IpAddr = address.parse().ok()?;
    if scope {
        faults.mended("a rule has no scope");
    }
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => most,
        Some(bits) => match prefix(bits, address) {
            Some(bits) if bits <= most => bits,
            _ => {
                return Some(faults.lost(format!(
                    "`/{}` is no length of a prefix; give 0 to {most}",
                    bits.escape_debug()
                )));
            }
        },
    };
    Some(Some(block(address, bits, faults)))
}

/// The length of a prefix, which some write as a mask.
fn prefix(text: &str, address: IpAddr) -> Option<u8> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let mask: Ipv4Addr = text.parse().ok().filter(|_| address.is_ipv4())?;
        let bits = mask.to_bits().leading_ones();
        let is_mask = mask.to_bits().count_ones() == bits;
        return is_mask.then(|| u8::try_from(bits).ok()).flatten();
    }
    text.parse().ok()
}

/// The block with this prefix. Bits beyond the prefix are a fault.
fn block(address: IpAddr, bits: u8, faults: &mut Faults) -> Block {
    let (first, bits) = match (Address::from(address), address) {
        // IPv4 in IPv6 is IPv4, as the adapter has it.
        (first @ Address::V4(_), IpAddr::V6(_)) => {
            if bits < 96 {
                faults.mended("an IPv4 address in IPv6 is an IPv4 address");
                (first, bits.min(32))
            } else {
                (first, bits - 96)
            }
        }
        (first, _) => (first, bits),
    };
    if let Some(block) = Block::new(first, bits) {
        return block;
    }
    faults.mended(format!(
        "the address has bits that are set after the first {bits}"
    ));
    let masked = match first {
        Address::V4(all) => {
            Address::V4(all & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0))
        }
        Address::V6(all) => {
            Address::V6(all & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0))
        }
    };
    Block::new(masked, bits).expect("no bit after the prefix is set")
}

/// The address that `getaddrinfo` and browsers read from numbers such as `0x7f.1`, where they
/// agree: a leading zero makes octal for some.
pub(super) fn number(text: &str) -> Option<Block> {
    let parts: Vec<&str> = text.split('.').collect();
    let (last, first) = parts.split_last().filter(|_| parts.len() <= 4)?;
    let mut bits = 0u32;
    for (at, part) in (0..).zip(first) {
        bits |= u32::from(u8::try_from(digits(part)?).ok()?) << (24 - 8 * at);
    }
    let last = digits(last)?;
    let room = 32 - 8 * u32::try_from(first.len()).ok()?;
    if room < 32 && last >> room != 0 {
        return None;
    }
    Block::new(Address::V4(bits | last), 32)
}

fn digits(text: &str) -> Option<u32> {
    if let Some(hexadecimal) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
        let known = !hexadecimal.is_empty() && hexadecimal.bytes().all(|b| b.is_ascii_hexdigit());
        return known
            .then(|| u32::from_str_radix(hexadecimal, 16).ok())
            .flatten();
    }
    let is_decimal = text == "0" || !text.starts_with('0');
    let known = is_decimal && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    known.then(|| text.parse().ok()).flatten()
}

/// The block of `10.0.0.*`.
pub(super) fn starred(text: &str) -> Option<Block> {
    let mut address = 0u32;
    let (mut known, mut parts) = (0u8, text.split('.'));
    for part in parts.by_ref().take_while(|part| *part != "*") {
        let byte: u8 = part.parse().ok()?;
        address = address << 8 | u32::from(byte);
        known += 1;
    }
    let rest_is_starred = parts.all(|part| part == "*");
    let is_some = (1..4).contains(&known) && rest_is_starred && text.split('.').count() <= 4;
    let shift = 32 - 8 * u32::from(known);
    let address = is_some.then(|| address.checked_shl(shift)).flatten()?;
    Block::new(Address::V4(address), 8 * known)
}

/// Whether names never admit any address of the block.
pub(super) fn is_never_named(block: Block) -> bool {
    let class = block.first().class();
    let is_narrow = match block.first() {
        Address::V4(_) => block.bits() >= 8,
        Address::V6(_) => block.bits() >= 10,
    };
    is_narrow && matches!(class, Class::Never | Class::Loopback)
}

/// The block as a rule spells it, without brackets.
pub(super) fn print(block: Block) -> String {
    let (address, most) = match block.first() {
        Address::V4(bits) => (IpAddr::V4(Ipv4Addr::from_bits(bits)), 32),
        Address::V6(bits) => (IpAddr::V6(Ipv6Addr::from_bits(bits)), 128),
    };
    match block.bits() == most {
        true => address.to_string(),
        false => format!("{address}/{}", block.bits()),
    }
}

/// Reads a block of the addresses that a name may have. Brackets around it are left out.
///
/// # Errors
///
/// What is wrong with it, with the spelling that was meant.
pub(super) fn named(text: &str) -> Result<Block, String> {
    let mut faults = Faults::default();
    let trimmed = text.trim();
    if trimmed != text {
        faults.mended("there are spaces around it");
    }
    let inner = trimmed
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let block = match read(inner.unwrap_or(trimmed), &mut faults).or(starred(trimmed).map(Some)) {
        Some(Some(block)) if is_never_named(block) => faults.lost(
            "no name admits addresses of this machine, link-local addresses, those of metadata \
             services and those that are reserved; allow them by a rule of their own",
        ),
        Some(block) => block,
        None => faults.lost("it is no block of addresses, such as `10.1.0.0/16`"),
    };
    faults.judged(block, |block| print(*block))
}
