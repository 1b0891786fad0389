//! How rules are stored: how large that is, how much of it a decision reads, and what comes of
//! bytes that cannot be read.

use super::{LOOKED_AT, address, request, sockets, vectors};
use crate::write::{AdmitsRule, HeaderRule, HttpRule, RuleSet, SocketRule, TargetRule};
use crate::{Address, Answers, Block, Lookup, Name, Ports, Protocol, Refusal, Request, Rules};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// The lists, by their place.
const ALLOWED: usize = 0;
const REFUSED: usize = 1;
const HTTP: usize = 8;
const HTTP_REFUSED: usize = 9;

/// Where a list begins, behind its length.
fn start(bytes: &[u8], list: usize) -> usize {
    let len = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    (0..list).fold(0, |at, _| at + 4 + len(at)) + 4
}

fn connects(bytes: &[u8], to: &str) -> bool {
    Rules::new(bytes).connect(&Answers::new(), Protocol::Tcp, address(to), 80)
}

fn sends(bytes: &[u8], authority: &str) -> bool {
    let request = Request {
        method: "GET",
        scheme: Some("http"),
        authority: Some(authority),
        ..Request::default()
    };
    Rules::new(bytes).request(&request).is_ok()
}

/// Asks about everything.
fn ask(bytes: &[u8]) {
    let rules = Rules::new(bytes);
    for host in [
        "a.example",
        "x.b.example",
        "b\u{fc}cher.example",
        "x.b\u{fc}cher.example",
    ] {
        rules.lookup(host.as_bytes());
        if let Ok(name) = Name::parse(host.as_bytes()) {
            let mut answers = Answers::new();
            rules.answer(&mut answers, &name, address("8.8.8.8"));
            rules.answer(&mut answers, &name, address("64:ff9b::a00:1"));
        }
    }
    for host in ["10.0.0.1", "64:ff9b::a00:1", "192.0.2.53"] {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            rules.connect(&Answers::new(), protocol, address(host), 80);
            rules.bind(protocol, address(host), 0);
        }
    }
    for authority in ["a.example", "x.b.example", "127.0.0.1:8080", "[::1]"] {
        let request = Request {
            method: "GET",
            authority: Some(authority),
            path: Some("/v1"),
            ..Request::default()
        };
        let _ = rules.request(&request);
    }
}

#[test]
fn no_bytes_panic() {
    let mut more = RuleSet {
        sockets: sockets("b\u{fc}cher.example:443, *.b\u{fc}cher.example:443"),
        ..RuleSet::default()
    };
    for number in 0..6 {
        more.refused.extend(sockets(&format!("10.0.0.{number}:80")));
    }
    for whole in [vectors(), more.encode()] {
        for len in 0..whole.len() {
            ask(&whole[..len]);
        }
        for at in 0..whole.len() {
            for other in [0, 1, 2, 3, 4, 5, 7, 16, 31, 32, 33, 128, 129, 254, 255] {
                let mut bytes = whole.clone();
                bytes[at] = other;
                ask(&bytes);
            }
        }
    }
}

/// Every address is allowed but for eight, for sockets and for requests.
fn but_eight() -> RuleSet {
    let numbers = 0..8;
    RuleSet {
        sockets: sockets("0.0.0.0/0:80"),
        http: Vec::from([HttpRule {
            target: super::target("0.0.0.0/0"),
            ..request("http://a.example")
        }]),
        refused: numbers
            .clone()
            .flat_map(|number| sockets(&format!("10.0.0.{number}:80")))
            .collect(),
        http_refused: numbers
            .map(|number| request(&format!("http://10.0.0.{number}")))
            .collect(),
        ..RuleSet::default()
    }
}

/// What passes of those that are refused and of one that is not.
fn pass(bytes: &[u8]) -> (usize, bool, usize, bool) {
    let hosts: Vec<String> = (0..8).map(|number| format!("10.0.0.{number}")).collect();
    let count =
        |test: fn(&[u8], &str) -> bool| hosts.iter().filter(|host| test(bytes, host)).count();
    let other = "11.0.0.1";
    (
        count(connects),
        connects(bytes, other),
        count(sends),
        sends(bytes, other),
    )
}

#[test]
fn refusals_that_cannot_be_read_refuse() {
    let whole = but_eight().encode();
    assert_eq!(pass(&whole), (0, true, 0, true));
    for len in 0..whole.len() {
        let (refused, _, requests, sends) = pass(&whole[..len]);
        assert_eq!((refused, requests, sends), (0, 0, false), "{len}");
    }
    // The only group has four buckets: behind the tag, the bits, the number of buckets and the
    // length are the starts of three.
    let with = |list: usize, at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        let at = start(&whole, list) + at;
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        pass(&changed)
    };
    for (at, bytes, what) in [
        (0, &[9][..], "a tag that is none"),
        (1, &[33], "bits that no address has"),
        (2, &[1], "many bits that no address has"),
        (3, &[200], "more buckets than numbers"),
        (3, &[31], "a table as large as memory"),
        (3, &[20], "more buckets than bytes"),
        (4, &[0, 0, 0, 0], "nothing in it"),
        (4, &[8], "too little in it"),
        (4, &[255, 255, 255, 255], "too much in it"),
    ] {
        let (refused, connects, requests, sends) = with(REFUSED, at, bytes);
        assert_eq!((refused, connects), (0, false), "{what}");
        assert_eq!((requests, sends), (0, true), "{what}");
        let (refused, connects, requests, sends) = with(HTTP_REFUSED, at, bytes);
        assert_eq!((refused, connects), (0, true), "{what}");
        assert_eq!((requests, sends), (0, false), "{what}");
    }
    for at in [8, 12, 16] {
        for bytes in [[255; 4], [0, 0, 1, 0]] {
            assert_eq!(with(REFUSED, at, &bytes).0, 0, "a start that is none");
            assert_eq!(with(HTTP_REFUSED, at, &bytes).2, 0, "a start that is none");
        }
    }
    // The first bucket begins with a key and the length of its rules.
    for len in [3, 255, u32::MAX] {
        assert_eq!(
            with(REFUSED, 24, &len.to_le_bytes()).0,
            0,
            "a rule of {len} bytes"
        );
        assert_eq!(
            with(HTTP_REFUSED, 24, &len.to_le_bytes()).2,
            0,
            "a rule of {len} bytes"
        );
    }
}

#[test]
fn allowances_that_cannot_be_read_admit_nothing() {
    let whole = but_eight().encode();
    for (list, at, bytes) in [
        (ALLOWED, 0, &[9][..]),
        (ALLOWED, 1, &[33]),
        (ALLOWED, 3, &[200]),
        (ALLOWED, 4, &[1]),
        (ALLOWED, 8, &[3]),
        (HTTP, 0, &[9]),
        (HTTP, 3, &[31]),
        (HTTP, 4, &[1]),
    ] {
        let mut changed = whole.clone();
        let at = start(&whole, list) + at;
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        let (_, connects, _, sends) = pass(&changed);
        assert_eq!(
            (connects, sends),
            (list != ALLOWED, list != HTTP),
            "{list} {at}"
        );
    }
}

/// So many rules of every list: names, names below others, and blocks as a registry has them.
fn many(count: usize) -> RuleSet {
    let target = |number: usize| {
        let admits = AdmitsRule::Public;
        let block = |first: usize, bits: u8| {
            let first = Address::V4((first as u32) << (32 - u32::from(bits)));
            TargetRule::Block(Block::new(first, bits).unwrap())
        };
        match number % 8 {
            0..4 => TargetRule::Exact(format!("host{number}.example"), String::new(), admits),
            4 => TargetRule::Below(format!("zone{number}.example"), String::new(), admits),
            5 => block(0x10_0000 + number, 24),
            6 => block(0x2_0000 + number, 20),
            _ => block(0x1600_0000 + number, 32),
        }
    };
    let socket = |number| SocketRule {
        protocol: Protocol::Tcp,
        target: target(number),
        ports: Ports::one(443),
    };
    let http = |number| HttpRule {
        target: target(number),
        ..request("https://a.example")
    };
    RuleSet {
        sockets: (0..count).map(socket).collect(),
        refused: (count..2 * count).map(socket).collect(),
        listen: (0..count).map(socket).collect(),
        resolve: (count..2 * count).map(socket).collect(),
        http: (0..count).map(http).collect(),
        http_refused: (count..2 * count).map(http).collect(),
    }
}

#[test]
fn the_size_is_that_of_the_rules() {
    let size = |set: &RuleSet| set.encode().len();
    assert_eq!(size(&RuleSet::default()), 40);
    let one = RuleSet {
        sockets: sockets("api.example.com:443"),
        ..RuleSet::default()
    };
    let len = "api.example.com".len();
    // Beside the name: the group, the length of its rules, ports and what the name admits.
    assert_eq!(size(&one), 40 + len + 8 + 4 + 5);
    for (count, most) in [(1, 45), (100, 35), (10_000, 30)] {
        let size = size(&many(count)) / (6 * count);
        assert!(size <= most, "{count}: {size}");
    }
}

/// How much a decision compares and reads.
fn looked_at<T>(decide: impl FnOnce() -> T) -> (usize, T) {
    let before = LOOKED_AT.get();
    let decided = decide();
    (LOOKED_AT.get() - before, decided)
}

#[test]
fn a_decision_reads_few_of_many_rules() {
    for count in [100, 10_000] {
        let bytes = many(count).encode();
        let rules = Rules::new(&bytes);
        let (mut most, mut all, mut decisions, mut passed) = (0, 0, 0, 0);
        let mut took = |(looked_at, has_passed): (usize, bool)| {
            most = most.max(looked_at);
            all += looked_at;
            decisions += 1;
            passed += usize::from(has_passed);
        };
        for number in (0..3 * count).step_by(7) {
            let name = match number % 8 {
                4 => format!("a.b.zone{number}.example"),
                _ => format!("host{number}.example"),
            };
            let block = [
                0x1000_0000 + (number << 8),
                0x2000_0000 + (number << 12),
                0x1600_0000 + number,
            ];
            let address = Address::V4(block[number % 3] as u32);
            let mut answers = Answers::new();
            took(looked_at(|| {
                matches!(rules.lookup(name.as_bytes()), Lookup::Name(_))
            }));
            let parsed = Name::parse(name.as_bytes()).unwrap();
            took(looked_at(|| rules.answer(&mut answers, &parsed, address)));
            took(looked_at(|| {
                rules.connect(&answers, Protocol::Tcp, address, 443)
            }));
            took(looked_at(|| rules.bind(Protocol::Udp, address, 0)));
            took(looked_at(|| rules.listens(Protocol::Tcp, address, 443)));
            let mut authority = String::new();
            address.write(|byte| authority.push(byte.into()));
            for authority in [name, authority] {
                let request = Request {
                    method: "GET",
                    authority: Some(&authority),
                    ..Request::default()
                };
                took(looked_at(|| rules.request(&request).is_ok()));
            }
        }
        assert!(most <= 40, "{count}: {most}");
        assert!(all <= 6 * decisions, "{count}: {all} for {decisions}");
        assert!(passed > decisions / 10, "{count}: {passed} of {decisions}");
    }
}

#[test]
fn headers_come_in_the_order_of_their_rules() {
    let rule = |text: &str, name: &str| HttpRule {
        headers: Vec::from([HeaderRule {
            name: name.to_string(),
            variable: String::new(),
            prefix: String::new(),
        }]),
        ..request(text)
    };
    let rules = RuleSet {
        http: Vec::from([
            rule("https://*.example", "1"),
            rule("https://a.b.example", "2"),
            rule("https://*.b.example", "3"),
            rule("https://a.b.example/", "4"),
            rule("https://*", "5"),
        ]),
        ..RuleSet::default()
    }
    .encode();
    let request = Request {
        method: "GET",
        authority: Some("a.b.example"),
        ..Request::default()
    };
    let sent = Rules::new(&rules).request(&request).unwrap();
    let names: String = sent.headers.iter().map(|header| header.name).collect();
    assert_eq!(names, "12345");
    assert_eq!(Rules::new(&[]).request(&request), Err(Refusal::Denied));
}
