//! Texts made at random: what is read has one spelling, what is suggested is right, and other
//! readers see the same host.

use super::{request, socket};
use crate::policy::network::faults::Faults;
use crate::policy::network::socket::Use;
use crate::policy::network::target::{self, Target};

const PARTS: [&str; 46] = [
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
    "*",
    "*.",
    "/",
    "/8",
    "//",
    "tcp://",
    "udp://",
    "https://",
    "http://",
    "*://",
    "GET ",
    "get,",
    " ",
    "?",
    "#",
    "@",
    "%",
    "\u{fc}",
    "\u{df}",
    ":80",
    "-99",
];

fn text(random: &mut fastrand::Rng) -> String {
    let count = random.usize(1..8);
    let part = |_| random.choice(PARTS).expect("there are parts");
    (0..count).map(part).collect()
}

#[test]
fn what_is_read_or_suggested_has_one_spelling() {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut read, mut mended) = (0, 0);
    let uses = [Use::Connect, Use::Refuse, Use::Listen, Use::Resolve];
    for _ in 0..200_000 {
        let text = text(&mut random);
        let of = random.choice(uses).expect("there are uses");
        let again = |rule: &str| match of {
            _ if text.starts_with(['G', 'g', 'h']) => request(rule),
            of => socket(rule, of),
        };
        let canonical = match again(&text) {
            Ok(canonical) => {
                read += 1;
                canonical
            }
            Err(why) => match why.split_once("; write `") {
                None => continue,
                Some((_, instead)) => {
                    mended += 1;
                    instead.trim_end_matches('`').to_string()
                }
            },
        };
        assert_eq!(again(&canonical).as_ref(), Ok(&canonical), "{text}");
    }
    assert!(read > 1000 && mended > 1000, "{read} {mended}");
}

/// Where a host is read without a fault, WHATWG's URL reads the same.
#[test]
fn a_url_parser_reads_the_same_host() {
    let mut random = fastrand::Rng::with_seed(2);
    let (mut names, mut addresses) = (0, 0);
    for _ in 0..200_000 {
        let text = text(&mut random);
        let mut faults = Faults::default();
        let read = target::read(&text, &mut faults);
        let Ok(target) = faults.judged(read, |_| String::new()) else {
            continue;
        };
        let theirs = url::Host::parse(&text);
        match (target, theirs) {
            (Target::Name(name), Ok(url::Host::Domain(domain))) => {
                assert_eq!(name.ascii, domain.trim_end_matches('.'), "{text}");
                names += 1;
            }
            // Blocks have a prefix, and IPv6 is read without brackets as well.
            (Target::Block(_), Err(_)) if text.contains(['/', ':']) => {}
            (Target::Block(block), Ok(theirs)) => {
                let theirs: std::net::IpAddr = match theirs {
                    url::Host::Ipv4(address) => address.into(),
                    url::Host::Ipv6(address) => address.into(),
                    url::Host::Domain(domain) => panic!("{text}: {domain}"),
                };
                assert_eq!(block.first(), theirs.into(), "{text}");
                addresses += 1;
            }
            (Target::Below(_) | Target::Any | Target::Nobody, _) => {}
            // They look at marks and directions as well.
            (Target::Name(name), Err(_)) if name.ascii.contains("xn--") => {}
            (ours, theirs) => panic!("{text}: {ours:?} {theirs:?}"),
        }
    }
    assert!(names > 1000 && addresses > 20, "{names} {addresses}");
}
