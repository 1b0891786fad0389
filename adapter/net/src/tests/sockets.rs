//! Lookups, connections and binding.

use super::{address, socket, sockets, vectors};
use crate::decide::Lookup;
use crate::write::{AdmitsRule, RuleSet, TargetRule};
use crate::{Answers, Name, Protocol, Rules};
use std::format;
use std::vec;
use std::vec::Vec;

fn name(text: &str) -> Name {
    Name::parse(text.as_bytes()).unwrap()
}

fn looked_up(rules: &[u8], text: &str) -> &'static str {
    match Rules::new(rules).lookup(text.as_bytes()) {
        Lookup::Invalid => "invalid",
        Lookup::Refused => "no",
        Lookup::Literal(_) => "literal",
        Lookup::Name(_) => "yes",
    }
}

/// Whether a connection is allowed, by protocol, address and port.
fn connects(rules: &[u8], answers: &Answers, protocol: Protocol, to: (&str, u16)) -> bool {
    Rules::new(rules).connect(answers, protocol, address(to.0), to.1)
}

#[test]
fn names_are_looked_up_in_their_canonical_spelling() {
    let rules = vectors();
    for (text, came) in [
        ("A.Example.", "yes"),
        ("b.example", "no"),
        ("x.y.b.example", "yes"),
        ("evilb.example", "no"),
        (".b.example", "invalid"),
        ("a.example\0.b.example", "invalid"),
        ("%61.example", "invalid"),
        ("2130706433", "invalid"),
        ("0x7f.1", "invalid"),
        ("017700000001", "invalid"),
        ("a.0x", "invalid"),
        ("a.example..", "invalid"),
        ("a@a.example", "invalid"),
        ("[::1]", "invalid"),
        ("::1", "literal"),
        ("169.254.169.254", "literal"),
        ("127.0.0.1.", "literal"),
        ("127.1", "invalid"),
        ("", "invalid"),
        ("b\u{fc}cher.example", "invalid"),
    ] {
        assert_eq!(looked_up(&rules, text), came, "{text:?}");
    }
}

#[test]
fn names_of_other_letters_are_those_that_the_policy_has() {
    let rules = RuleSet {
        sockets: sockets("b\u{fc}cher.example:443, *.stra\u{df}e.example:443"),
        ..RuleSet::default()
    }
    .encode();
    let rules = Rules::new(&rules);
    let same = |text: &str| match rules.lookup(text.as_bytes()) {
        Lookup::Name(name) => name.as_str().len(),
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(same("b\u{fc}cher.example"), "xn--bcher-kva.example".len());
    assert_eq!(same("b\u{fc}cher.example."), "xn--bcher-kva.example".len());
    assert_eq!(same("XN--BCHER-KVA.example"), "xn--bcher-kva.example".len());
    let below = "a.xn--strae-oqa.example";
    assert_eq!(same("a.stra\u{df}e.example"), below.len());
    for text in [
        "B\u{dc}CHER.example",
        "x.b\u{fc}cher.example",
        "stra\u{df}e.example",
        ".stra\u{df}e.example",
        "\u{fc}.stra\u{df}e.example",
        "xstra\u{df}e.example",
    ] {
        assert_eq!(rules.lookup(text.as_bytes()), Lookup::Invalid, "{text}");
    }
}

#[test]
fn a_rule_or_an_answer_admits_an_address() {
    let rules = vectors();
    let tcp = Protocol::Tcp;
    let mut answers = Answers::new();
    let host = ("93.184.216.34", 443);
    assert!(
        !connects(&rules, &answers, tcp, host),
        "it was not asked for"
    );
    assert!(!connects(&rules, &answers, tcp, ("169.254.169.254", 443)));
    let parsed = Rules::new(&rules);
    let a = name("a.example");
    assert!(parsed.answer(&mut answers, &a, address(host.0)));
    assert!(connects(&rules, &answers, tcp, host));
    assert!(
        !connects(&rules, &answers, tcp, (host.0, 80)),
        "the rule has other ports"
    );
    assert!(!connects(&rules, &answers, Protocol::Udp, host));
    for (withheld, why) in [
        ("169.254.169.254", "metadata"),
        ("10.0.0.5", "private; the rule of addresses has other ports"),
        ("::ffff:127.0.0.1", "mapped"),
        ("64:ff9b::a9fe:a9fe", "embedded metadata"),
        ("64:ff9b::a00:5", "embedded private"),
        ("2002:a9fe:a9fe::1", "6to4 to metadata"),
        ("::7f00:1", "IPv4-compatible"),
        ("::ffff:0:7f00:1", "IPv4-translated"),
        ("224.0.0.1", "multicast"),
        ("0.0.0.0", "unspecified"),
        ("fe80::1", "link-local"),
        ("fd00:ec2::254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("fc00::1", "private"),
        ("::", "unspecified"),
    ] {
        let before = format!("{answers:?}");
        assert!(!parsed.answer(&mut answers, &a, address(withheld)), "{why}");
        assert_eq!(format!("{answers:?}"), before, "{why}");
    }
}

#[test]
fn addresses_are_numbers() {
    let rules = vectors();
    for (protocol, host, port, allowed) in [
        (Protocol::Tcp, "10.255.0.1", 81, true),
        (Protocol::Tcp, "10.255.0.1", 82, false),
        (Protocol::Tcp, "11.0.0.0", 80, false),
        (Protocol::Tcp, "10.0.0.13", 80, false),
        (Protocol::Tcp, "::ffff:10.0.0.13", 80, false),
        (Protocol::Tcp, "::ffff:10.0.0.12", 80, true),
        (Protocol::Tcp, "2001:db8::1", 443, true),
        (Protocol::Tcp, "64:ff9b::808:808", 443, false),
        (Protocol::Tcp, "192.0.2.53", 53, false),
        (Protocol::Udp, "192.0.2.53", 53, true),
        (Protocol::Udp, "192.0.2.53", 54, false),
    ] {
        let allows = connects(&rules, &Answers::new(), protocol, (host, port));
        assert_eq!(allows, allowed, "{protocol:?} {host} {port}");
    }
}

#[test]
fn a_gateways_address_needs_what_it_leads_to() {
    let of = |allow: &str, refuse: &[&str]| RuleSet {
        sockets: sockets(allow),
        refused: refuse.iter().map(|text| socket(text)).collect(),
        ..RuleSet::default()
    };
    let to = ("64:ff9b::808:808", 443);
    let both = of("[64:ff9b::/96]:443, 8.8.8.0/24:443", &[]).encode();
    assert!(connects(&both, &Answers::new(), Protocol::Tcp, to));
    let refused = of("[64:ff9b::/96]:443, 8.8.8.0/24:443", &["8.8.8.8:443"]).encode();
    assert!(!connects(&refused, &Answers::new(), Protocol::Tcp, to));
}

#[test]
fn binding_is_for_listening_and_for_sending() {
    let rules = vectors();
    let rules = Rules::new(&rules);
    for (protocol, host, port, allowed) in [
        (Protocol::Udp, "0.0.0.0", 0, true),
        (Protocol::Udp, "0.0.0.0", 5353, false),
        (Protocol::Tcp, "127.0.0.1", 8080, true),
        (Protocol::Tcp, "0.0.0.0", 8080, false),
        (Protocol::Tcp, "::", 0, true),
        (Protocol::Udp, "127.0.0.1", 8080, false),
    ] {
        let allows = rules.bind(protocol, address(host), port);
        assert_eq!(allows, allowed, "{protocol:?} {host} {port}");
    }
    // Without a rule for UDP, nothing is sent, so that nothing has to be bound.
    let tcp = RuleSet {
        sockets: sockets("a.example:443"),
        ..RuleSet::default()
    };
    let tcp = tcp.encode();
    assert!(!Rules::new(&tcp).bind(Protocol::Udp, address("0.0.0.0"), 0));
}

#[test]
fn datagrams_come_from_whom_they_may_be_sent_to() {
    let rules = RuleSet {
        sockets: sockets("udp://192.0.2.53:53"),
        listen: sockets("udp://127.0.0.1:5353"),
        ..RuleSet::default()
    }
    .encode();
    let rules = Rules::new(&rules);
    let answers = Answers::new();
    let peer = |text| rules.connect(&answers, Protocol::Udp, address(text), 53);
    assert!(peer("192.0.2.53"));
    assert!(!peer("192.0.2.54"));
    assert!(!rules.listens(Protocol::Udp, address("0.0.0.0"), 40_000));
    assert!(!rules.listens(Protocol::Udp, address("127.0.0.1"), 8080));
}

#[test]
fn a_rule_for_port_0_is_for_every_port_that_the_host_picks() {
    let rules = RuleSet {
        listen: sockets("udp://127.0.0.1:0"),
        ..RuleSet::default()
    }
    .encode();
    let rules = Rules::new(&rules);
    let here = address("127.0.0.1");
    assert!(rules.bind(Protocol::Udp, here, 0) && rules.listens(Protocol::Udp, here, 40_000));
    assert!(!rules.bind(Protocol::Udp, here, 40_000));
    assert!(!rules.listens(Protocol::Udp, address("0.0.0.0"), 40_000));
    assert!(!rules.listens(Protocol::Tcp, here, 40_000));
}

#[test]
fn a_name_admits_what_its_rule_says() {
    let blocks = AdmitsRule::Blocks(vec![
        match super::target("10.1.0.0/16") {
            TargetRule::Block(block) => block,
            other => panic!("{other:?}"),
        },
        match super::target("127.0.0.0/8") {
            TargetRule::Block(block) => block,
            other => panic!("{other:?}"),
        },
    ]);
    for (admits, answer, passes) in [
        (AdmitsRule::Public, "8.8.8.8", true),
        (AdmitsRule::Public, "10.1.0.1", false),
        (AdmitsRule::Private, "8.8.8.8", false),
        (AdmitsRule::Private, "10.1.0.1", true),
        (AdmitsRule::Any, "8.8.8.8", true),
        (AdmitsRule::Any, "10.1.0.1", true),
        (AdmitsRule::Any, "127.0.0.1", false),
        (AdmitsRule::Any, "169.254.169.254", false),
        (blocks.clone(), "10.1.0.1", true),
        (blocks.clone(), "10.2.0.1", false),
        (blocks, "127.0.0.1", false),
    ] {
        let mut rule = socket("db.example:5432");
        rule.target = TargetRule::Exact("db.example".into(), "".into(), admits.clone());
        let rules = RuleSet {
            sockets: vec![rule],
            ..RuleSet::default()
        }
        .encode();
        let mut answers = Answers::new();
        let came = Rules::new(&rules).answer(&mut answers, &name("db.example"), address(answer));
        assert_eq!(came, passes, "{admits:?} {answer}");
        let connects = connects(&rules, &answers, Protocol::Tcp, (answer, 5432));
        assert_eq!(connects, passes, "{admits:?} {answer}");
    }
}

#[test]
fn localhost_is_this_machine() {
    let rules = RuleSet {
        sockets: sockets("localhost:80"),
        ..RuleSet::default()
    }
    .encode();
    let rules = Rules::new(&rules);
    let mut answers = Answers::new();
    for (answer, passes) in [("127.0.0.1", true), ("::1", true), ("8.8.8.8", false)] {
        let came = rules.answer(&mut answers, &name("localhost"), address(answer));
        assert_eq!(came, passes, "{answer}");
    }
}

#[test]
fn what_a_rule_of_lookups_admits_is_not_remembered() {
    let rules = RuleSet {
        resolve: sockets("*.corp.example:0"),
        ..RuleSet::default()
    }
    .encode();
    assert_eq!(looked_up(&rules, "a.corp.example"), "yes");
    let mut answers = Answers::new();
    let came = Rules::new(&rules).answer(&mut answers, &name("a.corp.example"), address("8.8.8.8"));
    assert!(came);
    assert!(!connects(&rules, &answers, Protocol::Tcp, ("8.8.8.8", 0)));
}

#[test]
fn an_address_that_is_refused_on_every_port_is_withheld() {
    let rules = RuleSet {
        sockets: sockets("a.example:80-90"),
        refused: sockets("8.8.8.8:80-100, 9.9.9.9:80"),
        ..RuleSet::default()
    }
    .encode();
    let (rules, mut answers) = (Rules::new(&rules), Answers::new());
    assert!(!rules.answer(&mut answers, &name("a.example"), address("8.8.8.8")));
    assert!(rules.answer(&mut answers, &name("a.example"), address("9.9.9.9")));
    let connects = |port| rules.connect(&answers, Protocol::Tcp, address("9.9.9.9"), port);
    assert!(!connects(80) && connects(81));
}

#[test]
fn the_oldest_answers_are_forgotten() {
    let rules = RuleSet {
        sockets: sockets("*:443"),
        ..RuleSet::default()
    }
    .encode();
    let rules = Rules::new(&rules);
    let mut answers = Answers::new();
    let numbered = |number: u32| crate::Address::V4(0x0800_0000 + number);
    let one = name("one.example");
    for number in 0..65 {
        assert!(rules.answer(&mut answers, &one, numbered(number)));
    }
    let has = |answers: &Answers, number| answers.has(Protocol::Tcp, numbered(number), 443);
    assert!(!has(&answers, 0) && has(&answers, 1) && has(&answers, 64));
    // What comes again is young again.
    assert!(rules.answer(&mut answers, &one, numbered(1)));
    assert!(rules.answer(&mut answers, &one, numbered(65)));
    assert!(has(&answers, 1) && !has(&answers, 2));
    for number in 0..1024 {
        let other = name(&format!("n{number}.example"));
        rules.answer(&mut answers, &other, numbered(1000 + number));
    }
    assert!(!has(&answers, 65) && has(&answers, 1000) && has(&answers, 2023));
}

#[test]
fn rules_that_cannot_be_read_admit_nothing() {
    let whole = vectors();
    let to = (address("10.255.0.1"), 81);
    let connects =
        |bytes: &[u8]| Rules::new(bytes).connect(&Answers::new(), Protocol::Tcp, to.0, to.1);
    assert!(connects(&whole));
    let lists: Vec<usize> = (0..whole.len())
        .filter(|len| connects(&whole[..*len]))
        .collect();
    // Only what lies behind the list of refusals may be missing.
    let first = u32::from_le_bytes(whole[..4].try_into().unwrap()) as usize + 4;
    let second = u32::from_le_bytes(whole[first..first + 4].try_into().unwrap()) as usize;
    assert_eq!(lists.first(), Some(&(first + 4 + second)));
    // Nothing panics, whatever the bytes.
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..20_000 {
        let mut bytes = whole.clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        connects(&bytes);
        Rules::new(&bytes).lookup(b"a.example");
        let request = crate::Request {
            method: "GET",
            authority: Some("a.example"),
            ..crate::Request::default()
        };
        let _ = Rules::new(&bytes).request(&request);
    }
}
