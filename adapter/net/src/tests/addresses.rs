//! Blocks, classes and embedded addresses.

use super::address;
use crate::{Address, Block, Class};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ipnet::IpNet;

#[test]
fn blocks_hold_what_ipnet_says() {
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..200_000 {
        let v4 = random.bool();
        let number = |random: &mut fastrand::Rng| random.u128(..) >> random.u32(..128);
        let near = |base: IpAddr, random: &mut fastrand::Rng| -> IpAddr {
            let flip = 1u128.checked_shl(random.u32(..140)).unwrap_or_default();
            match base {
                IpAddr::V4(base) => Ipv4Addr::from_bits(base.to_bits() ^ flip as u32).into(),
                IpAddr::V6(base) => Ipv6Addr::from_bits(base.to_bits() ^ flip).into(),
            }
        };
        let base: IpAddr = match v4 {
            true => Ipv4Addr::from_bits(number(&mut random) as u32).into(),
            false => Ipv6Addr::from_bits(number(&mut random)).into(),
        };
        let bits = random.u8(..=if v4 { 32 } else { 128 });
        let net = IpNet::new(base, bits).unwrap();
        let other = near(base, &mut random);
        // IPv4-mapped addresses are IPv4, which ipnet does not know.
        let is_mapped = |of: IpAddr| matches!(of, IpAddr::V6(of) if of.to_ipv4_mapped().is_some());
        if is_mapped(base) || is_mapped(net.trunc().addr()) || is_mapped(other) {
            continue;
        }
        let whole = Block::new(net.trunc().addr().into(), bits).unwrap();
        assert_eq!(
            whole.has(other.into()),
            net.contains(&other),
            "{net} {other}"
        );
        let has_rest = net.trunc().addr() != base;
        assert_eq!(
            Block::new(base.into(), bits).is_none(),
            has_rest,
            "{base}/{bits}"
        );
    }
    assert!(Block::new(address("0.0.0.0"), 33).is_none());
    assert!(Block::new(address("::"), 129).is_none());
}

#[test]
fn classes_are_those_of_the_registries() {
    for (text, class) in [
        ("8.8.8.8", Class::Public),
        ("1.1.1.1", Class::Public),
        ("172.15.255.255", Class::Public),
        ("172.16.0.0", Class::Private),
        ("172.31.255.255", Class::Private),
        ("172.32.0.0", Class::Public),
        ("100.63.255.255", Class::Public),
        ("100.64.0.0", Class::Private),
        ("100.127.255.255", Class::Private),
        ("192.168.1.1", Class::Private),
        ("127.255.255.255", Class::Loopback),
        ("0.0.0.0", Class::Never),
        ("0.1.2.3", Class::Never),
        ("169.254.0.1", Class::Never),
        ("168.63.129.16", Class::Never),
        ("168.63.129.17", Class::Public),
        ("192.0.0.8", Class::Never),
        ("192.0.0.9", Class::Public),
        ("192.0.0.192", Class::Never),
        ("192.0.2.1", Class::Never),
        ("198.19.255.255", Class::Never),
        ("198.20.0.0", Class::Public),
        ("223.255.255.255", Class::Public),
        ("224.0.0.0", Class::Never),
        ("255.255.255.255", Class::Never),
        ("2606:4700::1", Class::Public),
        ("2001:db8::1", Class::Never),
        ("2001:0:1::", Class::Never),
        ("2001:3::1", Class::Public),
        ("2001:4:112::1", Class::Public),
        ("2001:20::1", Class::Public),
        ("2001:30::1", Class::Public),
        ("2001:200::", Class::Public),
        ("3fff::1", Class::Never),
        ("3ffe::1", Class::Public),
        ("fc00::1", Class::Private),
        ("fdff::1", Class::Private),
        ("fe80::1", Class::Never),
        ("fec0::1", Class::Never),
        ("ff02::1", Class::Never),
        ("::1", Class::Loopback),
        ("::", Class::Never),
        ("::2", Class::Never),
        ("4000::", Class::Never),
        ("64:ff9b::1", Class::Public),
        ("64:ff9b:1::1", Class::Private),
        ("fd00:ec2::254", Class::Never),
        ("fd20:ce::254", Class::Never),
        ("fd20:ce::255", Class::Private),
    ] {
        assert_eq!(address(text).class(), class, "{text}");
    }
}

#[test]
fn embedded_addresses_are_found() {
    for (text, embedded) in [
        ("64:ff9b::8.8.8.8", Some("8.8.8.8")),
        ("64:ff9b:1::8.8.8.8", Some("8.8.8.8")),
        ("2002:808:808::1", Some("8.8.8.8")),
        ("::ffff:0:8.8.8.8", Some("8.8.8.8")),
        ("::8.8.8.8", Some("8.8.8.8")),
        ("::", None),
        ("::1", None),
        ("2606:4700::808:808", None),
        ("8.8.8.8", None),
    ] {
        let found = address(text).embedded();
        assert_eq!(found, embedded.map(address), "{text}");
    }
    let mapped: Address = address("::ffff:8.8.8.8");
    assert_eq!(mapped, address("8.8.8.8"));
    assert_eq!(IpAddr::from(mapped), "8.8.8.8".parse::<IpAddr>().unwrap());
}

#[test]
fn blocks_that_meet_metadata_are_found() {
    let block = |text: &str, bits| Block::new(address(text), bits).unwrap();
    for (text, bits, has) in [
        ("169.254.0.0", 16, true),
        ("169.254.169.254", 32, true),
        ("169.254.169.252", 31, false),
        ("0.0.0.0", 0, true),
        ("10.0.0.0", 8, false),
        ("fd00:ec2::254", 128, true),
        ("fd00::", 8, true),
        ("::", 0, true),
        ("2001:db8::", 32, false),
    ] {
        assert_eq!(block(text, bits).has_metadata(), has, "{text}/{bits}");
    }
}
