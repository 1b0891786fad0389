//! Random rules, of which every decision is what it is by a look at all of them.

use super::naive;
use crate::write::{AdmitsRule, HeaderRule, HttpRule, RuleSet, SocketRule, TargetRule};
use crate::{Address, Answers, Block, Host, Lookup, Name, Ports, Protocol, Request, Rules};
use fastrand::Rng;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

const PROTOCOLS: [Protocol; 2] = [Protocol::Tcp, Protocol::Udp];

/// A name of few labels, so that many are equal, and many below others. How many labels there are
/// grows with `variety`.
fn name(random: &mut Rng, variety: usize) -> String {
    let ends = [
        "example",
        "test.example",
        "a.example",
        "b",
        "local",
        "localhost",
        "c\u{f6}rp",
    ];
    let end = random.choice(ends).unwrap();
    let above = (0..random.usize(0..3)).map(|_| match random.usize(0..4) {
        0 => "\u{fc}.".to_string(),
        1 => "a.".to_string(),
        _ => format!("l{}.", random.usize(0..variety)),
    });
    above.collect::<String>() + end
}

fn ascii(name: &str) -> String {
    idna::domain_to_ascii(name).unwrap()
}

/// An address near others.
fn address(random: &mut Rng, variety: usize) -> Address {
    let bits = u32::from_be_bytes([
        10,
        random.u8(0..3),
        random.usize(0..variety) as u8,
        random.u8(..),
    ]);
    let public = 0x0800_0000 | bits & 0xff_ffff;
    match random.usize(0..7) {
        0 | 1 => Address::V4(bits),
        2 => Address::V4(public),
        3 => Address::V6(0x0064_ff9b << 96 | u128::from(if random.bool() { bits } else { public })),
        4 => Address::V6(0x2002 << 112 | u128::from(public) << 80),
        5 => Address::V4(0x7f00_0001),
        _ => Address::V6(0x2001_0db8 << 96 | u128::from(bits) << random.u32(0..64)),
    }
}

fn block(random: &mut Rng, variety: usize) -> Block {
    let bits = random.u8(..=32);
    let (first, bits) = match address(random, variety) {
        Address::V4(first) => (
            Address::V4(
                first
                    .checked_shr(32 - u32::from(bits))
                    .unwrap_or(0)
                    .checked_shl(32 - u32::from(bits))
                    .unwrap_or(0),
            ),
            bits,
        ),
        Address::V6(first) => {
            let bits = random.u8(..=128);
            let shift = 128 - u32::from(bits);
            let first = first.checked_shr(shift).unwrap_or(0);
            (Address::V6(first.checked_shl(shift).unwrap_or(0)), bits)
        }
    };
    Block::new(first, bits).unwrap()
}

fn ports(random: &mut Rng) -> Ports {
    let (first, last) = random
        .choice([
            (443, 443),
            (80, 80),
            (80, 443),
            (0, 65_535),
            (8000, 9000),
            (0, 0),
        ])
        .unwrap();
    Ports { first, last }
}

fn target(random: &mut Rng, variety: usize) -> TargetRule {
    let admits = match random.usize(0..8) {
        0 => AdmitsRule::Private,
        1 => AdmitsRule::Any,
        2 => AdmitsRule::Blocks((0..3).map(|_| block(random, variety)).collect()),
        _ => AdmitsRule::Public,
    };
    let name = name(random, variety);
    let unicode = match name.is_ascii() {
        true => String::new(),
        false => name.clone(),
    };
    match random.usize(0..100) {
        0 => TargetRule::Local,
        1 => TargetRule::Any(admits),
        2..40 => TargetRule::Exact(ascii(&name), unicode, admits),
        40..60 => TargetRule::Below(ascii(&name), unicode, admits),
        _ => TargetRule::Block(block(random, variety)),
    }
}

fn socket(random: &mut Rng, variety: usize) -> SocketRule {
    SocketRule {
        protocol: random.choice(PROTOCOLS).unwrap(),
        target: target(random, variety),
        ports: ports(random),
    }
}

fn http(random: &mut Rng, variety: usize) -> HttpRule {
    let methods: &[&str] = random
        .choice([&[][..], &[], &["GET"], &["GET", "POST"], &["TRACE"]])
        .unwrap();
    let header = |random: &mut Rng| HeaderRule {
        name: format!("x-{}", random.usize(0..9)),
        variable: format!("V{}", random.usize(0..99)),
        prefix: String::new(),
    };
    let schemes = random.usize(0..4);
    HttpRule {
        methods: methods.iter().map(ToString::to_string).collect(),
        http: schemes != 0,
        https: schemes != 1,
        target: target(random, variety),
        ports: random.bool().then(|| ports(random)),
        path: random.choice(["", "", "/v1", "/v1/x"]).unwrap().into(),
        headers: (0..random.usize(0..3)).map(|_| header(random)).collect(),
    }
}

/// Rules of all kinds, about so many in each list. Refusals are rarer, so that something passes.
fn rules(random: &mut Rng, count: usize) -> RuleSet {
    let variety = count / 4 + 2;
    let list = |random: &mut Rng, count: usize| -> Vec<SocketRule> {
        let count = random.usize(..=count);
        (0..count).map(|_| socket(random, variety)).collect()
    };
    let requests = |random: &mut Rng, count: usize| -> Vec<HttpRule> {
        let count = random.usize(..=count);
        (0..count).map(|_| http(random, variety)).collect()
    };
    let mut set = RuleSet {
        sockets: list(random, count),
        refused: list(random, count / 4),
        listen: list(random, count),
        resolve: list(random, count / 4),
        http: requests(random, count),
        http_refused: requests(random, count / 4),
    };
    // Few blocks are so large that they refuse everything.
    let is_narrow = |target: &TargetRule| match target {
        TargetRule::Block(block) => block.bits() > 12,
        TargetRule::Local | TargetRule::Any(_) => false,
        TargetRule::Exact(..) | TargetRule::Below(..) => true,
    };
    set.refused
        .retain(|rule| is_narrow(&rule.target) || random.usize(0..50) == 0);
    set.http_refused
        .retain(|rule| is_narrow(&rule.target) || random.usize(0..50) == 0);
    set
}

/// How often something passed, by question.
#[derive(Debug, Default)]
struct Passed {
    lookups: usize,
    spelled: usize,
    answers: usize,
    connections: usize,
    bound: usize,
    requests: usize,
    headers: usize,
    refused: usize,
}

/// Asks about everything once, and says what passed.
fn compare(
    random: &mut Rng,
    set: &RuleSet,
    rules: &Rules<'_>,
    passed: &mut Passed,
    variety: usize,
) {
    let (mut known, mut naively) = (Answers::new(), Answers::new());
    for _ in 0..3 {
        let text = name(random, variety);
        let came = rules.lookup(text.as_bytes());
        assert_eq!(came, naive::lookup(set, &text), "{text}");
        if let Lookup::Name(_) = came {
            passed.lookups += 1;
            passed.spelled += usize::from(!text.is_ascii());
        }
        let name = Name::parse(ascii(&text).as_bytes()).unwrap();
        let address = address(random, variety);
        let passes = rules.answer(&mut known, &name, address);
        assert_eq!(
            passes,
            naive::answer(set, &mut naively, &name, address),
            "{name:?} {address:?}"
        );
        passed.answers += usize::from(passes);
        for protocol in PROTOCOLS {
            for port in [0, 80, 443, 8080] {
                let connects = rules.connect(&known, protocol, address, port);
                let by_all = naive::connect(set, &naively, protocol, address, port);
                assert_eq!(connects, by_all, "{protocol:?} {address:?} {port}");
                passed.connections += usize::from(connects);
                let binds = rules.bind(protocol, address, port);
                assert_eq!(binds, naive::bind(set, protocol, address, port));
                passed.bound += usize::from(binds);
            }
        }
        for host in [Host::Name(name), Host::Address(address)] {
            let to = naive::To {
                method: random.choice(["GET", "POST", "TRACE", "PURGE"]).unwrap(),
                is_https: random.bool(),
                host: &host,
                port: random.choice([80, 443, 443, 8080]).unwrap(),
                path: random
                    .choice(["/", "/v1", "/v1/%78?q", "/v2/..", "/%76"])
                    .unwrap(),
            };
            let authority = to.authority();
            let came = rules.request(&Request {
                method: to.method,
                scheme: Some(if to.is_https { "https" } else { "http" }),
                authority: Some(&authority),
                path: Some(to.path),
                hosts: &[],
            });
            assert_eq!(came, naive::request(set, &to), "{authority}");
            match came {
                Ok(sent) => {
                    passed.requests += 1;
                    passed.headers += sent.headers.len();
                }
                Err(_) => passed.refused += 1,
            }
        }
    }
}

#[test]
fn every_decision_is_that_of_all_rules() {
    let mut random = Rng::with_seed(11);
    let mut passed = Passed::default();
    for (count, sets, questions) in [
        (0, 1, 10),
        (2, 150, 5),
        (12, 80, 20),
        (200, 6, 60),
        (4000, 2, 30),
    ] {
        for _ in 0..sets {
            let set = rules(&mut random, count);
            let bytes = set.encode();
            for _ in 0..questions {
                compare(
                    &mut random,
                    &set,
                    &Rules::new(&bytes),
                    &mut passed,
                    count / 4 + 2,
                );
            }
        }
    }
    let Passed {
        lookups,
        spelled,
        answers,
        connections,
        bound,
        requests,
        headers,
        refused,
    } = passed;
    for count in [
        lookups,
        spelled,
        answers,
        connections,
        bound,
        requests,
        headers,
        refused,
    ] {
        assert!(count > 50, "{count}");
    }
}
