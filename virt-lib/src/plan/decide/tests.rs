//! Who answers which function, by policy.

use super::*;
use crate::plan::Files as Mounted;
use crate::plan::network::Network;
use crate::policy::{Access, Clocks, Policy, Random, StdioMode};
use crate::relink::tests::{everything, planned};
use crate::testing::test;
use Service::{Denied, Either, Guarded, Host, Virtual};

/// The service of every function of a component, by its name without a version. What is not
/// replaced is the host's.
fn services(bytes: &[u8], policy: &Policy, files: Mounted) -> BTreeMap<String, Service> {
    planned(bytes, policy, files, |_, plan| {
        let plan = plan.unwrap();
        let replaced = plan.replaced.iter();
        replaced.map(|one| (one.site.key(), one.service)).collect()
    })
}

const READ: &str = "wasi:io/streams#[method]input-stream.read";
const WRITE: &str = "wasi:io/streams#[method]output-stream.write";
const DROP_INPUT: &str = "wasi:io/streams#[resource-drop]input-stream";
const POLL: &str = "wasi:io/poll#poll";
const STDIN: &str = "wasi:cli/stdin#get-stdin";
const STAT: &str = "wasi:filesystem/types#[method]descriptor.stat";
const OPEN: &str = "wasi:filesystem/types#[method]descriptor.open-at";
const PREOPENS: &str = "wasi:filesystem/preopens#get-directories";
const CODE: &str = "wasi:filesystem/types#filesystem-error-code";
const TCP: &str = "wasi:sockets/tcp#[method]tcp-socket.start-connect";
const SEND: &str = "wasi:http/outgoing-handler#handle";
const SLEEP: &str = "wasi:clocks/monotonic-clock#subscribe-duration";
const NOW: &str = "wasi:clocks/wall-clock#now";
const RANDOM: &str = "wasi:random/random#get-random-u64";
const EXIT: &str = "wasi:cli/exit#exit";

fn expect(policy: &Policy, files: Mounted, expected: &[(&str, Service)]) {
    for version in ["0.2.0", "0.2.12"] {
        let services = services(&everything(version), policy, files);
        for (name, service) in expected {
            let found = services.get(*name).copied().unwrap_or(Host);
            assert_eq!(found, *service, "{name} at {version}");
        }
    }
}

fn ignored() -> Policy {
    Policy {
        stdin: StdioMode::Ignore,
        stdout: StdioMode::Ignore,
        stderr: StdioMode::Ignore,
        ..Policy::default()
    }
}

#[test]
fn what_nobody_makes_is_denied() {
    let none = Mounted::default();
    expect(
        &ignored(),
        none,
        &[
            (STDIN, Virtual),
            (READ, Virtual),
            (DROP_INPUT, Virtual),
            (POLL, Virtual),
            (STAT, Denied),
            (PREOPENS, Denied),
            (TCP, Denied),
            (SEND, Denied),
            (NOW, Denied),
            (RANDOM, Denied),
            (EXIT, Denied),
        ],
    );
}

#[test]
fn everything_that_is_allowed_is_the_hosts() {
    let services = services(
        &everything("0.2.6"),
        &Policy::allow_all(),
        Mounted::default(),
    );
    assert_eq!(services, BTreeMap::new());
}

#[test]
fn streams_are_looked_at_where_both_sides_make_them() {
    let none = Mounted::default();
    let policy = Policy {
        sockets: Access::Allow.into(),
        ..ignored()
    };
    let both = [
        (STDIN, Virtual),
        (READ, Either),
        (WRITE, Either),
        (DROP_INPUT, Either),
        (POLL, Either),
        (TCP, Host),
        (STAT, Denied),
    ];
    expect(&policy, none, &both);
    // Only the host makes them.
    let policy = Policy {
        sockets: Access::Allow.into(),
        stdin: StdioMode::Allow,
        stdout: StdioMode::Allow,
        stderr: StdioMode::Allow,
        ..Policy::default()
    };
    expect(
        &policy,
        none,
        &[(STDIN, Host), (READ, Host), (POLL, Host), (EXIT, Denied)],
    );
}

#[test]
fn clocks_make_pollables_and_no_streams() {
    let policy = Policy {
        clocks: Clocks::Fixed(crate::Time {
            seconds: 1,
            nanoseconds: 0,
        }),
        random: Random::Seed(1),
        exit: Access::Allow,
        stdin: StdioMode::Allow,
        stdout: StdioMode::Allow,
        stderr: StdioMode::Allow,
        ..Policy::default()
    };
    let expected = [
        (SLEEP, Virtual),
        (NOW, Virtual),
        (RANDOM, Virtual),
        (POLL, Either),
        (READ, Host),
        (STDIN, Host),
        (EXIT, Host),
    ];
    expect(&policy, Mounted::default(), &expected);
}

#[test]
fn files_are_the_adapters_and_the_hosts_where_they_are_mixed() {
    let mounted = Mounted {
        mounted: true,
        served: true,
        ..Mounted::default()
    };
    let allowed = Policy {
        stdin: StdioMode::Allow,
        stdout: StdioMode::Allow,
        stderr: StdioMode::Allow,
        ..Policy::default()
    };
    // In a read-only tree only the host makes output streams.
    let expected = [
        (STAT, Virtual),
        (OPEN, Virtual),
        (PREOPENS, Virtual),
        (CODE, Virtual),
        (READ, Either),
        (WRITE, Host),
    ];
    expect(&allowed, mounted, &expected);
    let writable = Mounted {
        writable: true,
        ..mounted
    };
    expect(
        &allowed,
        writable,
        &[(STAT, Virtual), (READ, Either), (WRITE, Either)],
    );
    let host = Mounted {
        host: true,
        ..mounted
    };
    let expected = [
        (STAT, Either),
        (OPEN, Either),
        (CODE, Either),
        (PREOPENS, Virtual),
        (READ, Either),
    ];
    expect(&allowed, host, &expected);
}

/// Two versions of streams, a foreign interface, and exports.
const MIXED: &str = r#"
    (import "wasi:io/streams@0.2.0" (instance $s0
        (export "input-stream" (type (sub resource)))))
    (import "wasi:io/streams@0.2.6" (instance $s6 (export "input-stream" (type (sub resource)))))
    (alias export $s0 "input-stream" (type $i0))
    (alias export $s6 "input-stream" (type $i6))
    (import "wasi:cli/stdin@0.2.0" (instance $in (export "input-stream" (type $i (eq $i0)))
        (export "get-stdin" (func (result (own $i))))))
    (type $lent (list (borrow $i0)))
    (import "t:t/foreign" (instance $foreign
        (export "input-stream" (type $i (eq $i0)))
        (export "newer" (type $n (eq $i6)))
        (export "take" (func (param "s" (own $i))))
        (export "newest" (func (param "s" (borrow $n))))))
    (import "lend" (func $lend (param "s" (borrow $i0))))
    (core func $get (canon lower (func $in "get-stdin")))
    (core func $take (canon lower (func $foreign "take")))
    (core func $newest (canon lower (func $foreign "newest")))
    (core func $bare (canon lower (func $lend)))
    (core func $drop0 (canon resource.drop $i0))
    (core func $drop6 (canon resource.drop $i6))
    (core module $m
        (import "" "get" (func (result i32)))
        (import "" "take" (func (param i32))) (import "" "newest" (func (param i32)))
        (import "" "bare" (func (param i32)))
        (import "" "drop0" (func (param i32))) (import "" "drop6" (func (param i32))))
    (core instance (instantiate $m (with "" (instance
        (export "get" (func $get)) (export "take" (func $take))
        (export "newest" (func $newest)) (export "bare" (func $bare))
        (export "drop0" (func $drop0)) (export "drop6" (func $drop6))))))"#;

/// The services of the functions of `MIXED`, in its order.
fn mixed(more: &str, policy: &Policy) -> Vec<(String, Service)> {
    let text = format!("(component {MIXED} {more})");
    // One key is of two versions.
    planned(
        &wat::parse_str(text).unwrap(),
        policy,
        Mounted::default(),
        |_, plan| {
            let plan = plan.unwrap();
            let replaced = plan.replaced.iter();
            replaced
                .map(|one| (one.site.label(), one.service))
                .collect()
        },
    )
}

#[test]
fn foreign_functions_are_guarded_against_what_is_virtual() {
    let services = mixed("", &ignored());
    let expected = [
        ("wasi:cli/stdin@0.2.0#get-stdin", Virtual),
        ("t:t/foreign#take", Guarded),
        ("lend", Guarded),
        ("wasi:io/streams@0.2.0#[resource-drop]input-stream", Virtual),
        // Nothing makes one of the newer version.
        ("wasi:io/streams@0.2.6#[resource-drop]input-stream", Denied),
    ];
    let expected = expected.map(|(label, service)| (label.to_string(), service));
    assert_eq!(services, expected);
}

#[test]
fn what_exports_are_given_is_the_hosts() {
    let export = r#"(core module $e (func (export "f") (param i32)))
        (core instance $e (instantiate $e))
        (func (export "f") (param "s" (own $i0)) (canon lift (core func $e "f")))"#;
    let services = mixed(export, &ignored());
    let of = |label: &str| {
        services
            .iter()
            .find(|(name, _)| name == label)
            .map(|(_, it)| *it)
    };
    let drop = "wasi:io/streams@0.2.0#[resource-drop]input-stream";
    assert_eq!(of(drop), Some(Either));
    assert_eq!(of("t:t/foreign#take"), Some(Guarded));
}

#[test]
fn what_only_the_host_makes_of_a_virtual_interface_is_the_hosts() {
    let text = r#"(component
        (import "wasi:filesystem/types@0.2.6" (instance $types
            (export "directory-entry-stream" (type (sub resource)))))
        (alias export $types "directory-entry-stream" (type $stream))
        (core func $drop (canon resource.drop $stream))
        (core module $m (import "" "drop" (func (param i32))) (func (export "f") (param i32)))
        (core instance $m (instantiate $m (with "" (instance (export "drop" (func $drop))))))
        (func (export "f") (param "s" (own $stream)) (canon lift (core func $m "f"))))"#;
    let served = Mounted {
        served: true,
        ..Mounted::default()
    };
    let (bytes, policy) = (wat::parse_str(text).unwrap(), Policy::default());
    planned(&bytes, &policy, served, |component, plan| {
        let plan = plan.unwrap();
        let services: Vec<_> = plan.replaced.iter().map(|one| one.service).collect();
        assert_eq!(services, [Guarded]);
        crate::relink::tests::verified(component, &plan, &policy);
    });
}

#[test]
fn every_version_in_a_component_is_closed() {
    let component = |versions: &[&str]| {
        let mut text = "(component".to_string();
        for (at, version) in versions.iter().enumerate() {
            text += &format!(
                r#"(import "wasi:random/random@{version}" (instance $r{at}
                    (export "get-random-u64" (func (result u64)))))
                (core func $f{at} (canon lower (func $r{at} "get-random-u64")))
                (core module $m{at} (import "" "" (func (result i64))))
                (core instance (instantiate $m{at} (with "" (instance (export "" (func $f{at}))))))"#
            );
        }
        wat::parse_str(text + ")").unwrap()
    };
    let bytes = component(&["0.2.0", "0.2.6", "0.2.12", "0.3.0"]);
    planned(&bytes, &Policy::default(), Mounted::default(), |_, plan| {
        let plan = plan.unwrap();
        let services: Vec<_> = plan.replaced.iter().map(|one| one.service).collect();
        assert_eq!(services, [Denied; 4]);
    });
    let seeded = Policy {
        random: Random::Seed(1),
        ..Policy::default()
    };
    planned(&bytes, &seeded, Mounted::default(), |_, plan| {
        let plan = plan.unwrap();
        let services: Vec<_> = plan.replaced.iter().map(|one| one.service).collect();
        assert_eq!(services, [Virtual; 4]);
    });
}

/// A policy with rules for sockets and requests, and what the plan has to know of them.
fn ruled(allow: &[&str], http: &[&str]) -> (Policy, Mounted) {
    let policy: Policy = serde_json::from_value(serde_json::json!({
        "sockets": { "allow": allow },
        "http": { "allow": http },
    }))
    .unwrap();
    let network = Network::new(&policy, &policy.network().unwrap());
    let files = Mounted {
        network,
        ..Mounted::default()
    };
    (policy, files)
}

const BIND: &str = "wasi:sockets/tcp#[method]tcp-socket.start-bind";
const ACCEPT: &str = "wasi:sockets/tcp#[method]tcp-socket.accept";
const CREATE: &str = "wasi:sockets/tcp-create-socket#create-tcp-socket";
const UDP: &str = "wasi:sockets/udp#[method]udp-socket.start-bind";
const UDP_STREAM: &str = "wasi:sockets/udp#[method]udp-socket.stream";
const DATAGRAMS: &str = "wasi:sockets/udp#[method]outgoing-datagram-stream.send";
const RECEIVE: &str = "wasi:sockets/udp#[method]incoming-datagram-stream.receive";
const DROP_INCOMING: &str = "wasi:sockets/udp#[resource-drop]incoming-datagram-stream";
const LOOKUP: &str = "wasi:sockets/ip-name-lookup#resolve-addresses";
const ANSWER: &str =
    "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.resolve-next-address";
const AWAIT: &str = "wasi:sockets/ip-name-lookup#[method]resolve-address-stream.subscribe";
const DROP_ANSWERS: &str = "wasi:sockets/ip-name-lookup#[resource-drop]resolve-address-stream";
const BODY: &str = "wasi:http/types#[method]outgoing-request.body";

#[test]
fn rules_check_what_they_admit_and_leave_nothing_of_lookups_to_the_host() {
    let (policy, files) = ruled(
        &["a.example:443", "udp://192.0.2.1:53"],
        &["https://a.example"],
    );
    let expected = [
        (TCP, Service::Checked),
        (BIND, Service::Checked),
        (ACCEPT, Host),
        (CREATE, Host),
        (UDP, Service::Checked),
        (DATAGRAMS, Service::Checked),
        (UDP_STREAM, Virtual),
        (RECEIVE, Virtual),
        (DROP_INCOMING, Virtual),
        (LOOKUP, Virtual),
        (ANSWER, Virtual),
        (AWAIT, Virtual),
        (DROP_ANSWERS, Virtual),
        (POLL, Either),
        (SEND, Service::Checked),
        (BODY, Host),
    ];
    expect(&policy, files, &expected);
}

#[test]
fn what_no_rule_admits_is_denied() {
    let (policy, files) = ruled(&["10.0.0.0/8:443"], &["https://a.example"]);
    let expected = [
        (TCP, Service::Checked),
        (UDP, Denied),
        (UDP_STREAM, Denied),
        (DATAGRAMS, Denied),
        (RECEIVE, Denied),
        // Addresses that are written as names have answers.
        (LOOKUP, Virtual),
        (ANSWER, Virtual),
    ];
    expect(&policy, files, &expected);
    let (policy, files) = ruled(&["udp://10.0.0.1:53"], &["https://a.example"]);
    let expected = [(TCP, Denied), (CREATE, Denied), (UDP, Service::Checked)];
    expect(&policy, files, &expected);
}
