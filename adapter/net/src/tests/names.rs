//! Names and addresses as text, compared with what other readers take them for.

use crate::{Address, Host, Name};
use core::net::IpAddr;
use std::string::String;

#[test]
fn a_name_has_bounds() {
    let label = "a".repeat(63);
    assert!(Name::parse(label.as_bytes()).is_ok());
    assert!(Name::parse("a".repeat(64).as_bytes()).is_err());
    let most = [label.as_str(); 3].join(".") + "." + &"b".repeat(61);
    assert_eq!(most.len(), 253);
    assert!(Name::parse(most.as_bytes()).is_ok());
    assert!(Name::parse((most.clone() + ".").as_bytes()).is_ok());
    assert!(Name::parse((most + "b").as_bytes()).is_err());
}

/// Where this crate reads a host, WHATWG's URL reads the same; where that reads an address, this
/// crate never reads a name.
#[test]
fn a_url_parser_reads_the_same_host() {
    let parts = [
        "a",
        "B",
        "1",
        "0",
        "9",
        "x",
        "0x",
        ".",
        "..",
        "-",
        "_",
        "127",
        "256",
        "0177",
        "%2e",
        "xn--",
        ":",
        "[",
        "]",
        "f",
        "::",
        "example",
        "127.0.0.1",
        "10.",
        "[::",
    ];
    let mut random = fastrand::Rng::with_seed(3);
    let (mut names, mut addresses) = (0, 0);
    for _ in 0..300_000 {
        let count = random.usize(1..7);
        let text: String = (0..count).map(|_| random.choice(parts).unwrap()).collect();
        let theirs = url::Host::parse(&text);
        match (Host::parse(text.as_bytes(), true), theirs) {
            (Ok(Host::Name(name)), Ok(url::Host::Domain(domain))) => {
                assert_eq!(name.as_str(), domain.trim_end_matches('.'), "{text}");
                names += 1;
            }
            // It refuses names of A-labels that say nothing.
            (Ok(Host::Name(name)), Err(_)) => assert!(name.as_str().contains("xn--"), "{text}"),
            (Ok(Host::Address(address)), Ok(theirs)) => {
                let theirs: IpAddr = match theirs {
                    url::Host::Ipv4(address) => address.into(),
                    url::Host::Ipv6(address) => address.into(),
                    url::Host::Domain(domain) => panic!("{text}: {domain}"),
                };
                assert_eq!(address, Address::from(theirs), "{text}");
                addresses += 1;
            }
            (Ok(ours), theirs) => panic!("{text}: {ours:?}, {theirs:?}"),
            (Err(_), _) => {}
        }
    }
    assert!(names > 1000 && addresses > 20, "{names} {addresses}");
}

/// What the engine stores for a name of other letters is a name here.
#[test]
fn a_labels_are_names() {
    for text in [
        "b\u{fc}cher.example",
        "\u{4f8b}\u{3048}.\u{30c6}\u{30b9}\u{30c8}",
    ] {
        let ascii = idna::domain_to_ascii(text).unwrap();
        assert_eq!(Name::parse(ascii.as_bytes()).unwrap().as_str(), ascii);
    }
}
