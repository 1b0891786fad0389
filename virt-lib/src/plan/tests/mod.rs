//! What is refused, and what takes the place of functions in components of odd shapes.

mod files_0_3;
mod hidden;
mod labels;
mod named;

use super::*;
use crate::plan::Files;
use crate::policy::{DenyMode, Random};
use crate::relink::tests::{everything, planned, refused, relinked};
use crate::testing::test;
use wasmparser::{Validator, WasmFeatures};

const RANDOM: &str = "wasi:random/random@0.2.6";

/// A component that lowers `get-random-bytes` with these options and this memory.
fn bytes(memory: &str, options: &str) -> String {
    format!(
        r#"(component
        (import "{RANDOM}" (instance $r
            (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
        (core type $ty (func))
        (core module $m (memory (export "m") {memory})
            (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)
            (func (export "r64") (param i64 i64 i64 i64) (result i64) i64.const 0))
        (core instance $i (instantiate $m))
        (alias core export $i "m" (core memory $memory))
        (core func $f (canon lower (func $r "get-random-bytes") (memory $memory) {options}))
        (core instance $fs (export "f" (func $f)))
        (core module $u (import "" "f" (func (param i64 {0}))))
        (core instance (instantiate $u (with "" (instance $fs)))))"#,
        match memory.starts_with("i64") {
            true => "i64",
            false => "i32",
        }
    )
}

fn seeded() -> Policy {
    Policy {
        random: Random::Seed(7),
        ..Policy::default()
    }
}

#[test]
fn other_canonical_abis_are_refused_by_name() {
    let realloc = r#"(realloc (core func $i "r"))"#;
    let utf16 = format!("{realloc} string-encoding=utf16");
    let latin = format!("{realloc} string-encoding=latin1+utf16");
    for (memory, options, why) in [
        ("1", utf16.as_str(), "strings that are not UTF-8"),
        ("1", latin.as_str(), "strings that are not UTF-8"),
        (
            "i64 1",
            r#"(realloc (core func $i "r64"))"#,
            "a memory of 64 bits",
        ),
        (
            "1 (pagesize 1)",
            realloc,
            "a memory whose pages have a size of their own",
        ),
    ] {
        let text = bytes(memory, options);
        for policy in [seeded(), Policy::default()] {
            let error = refused(&text, &policy, Files::default());
            let expected = format!("`{RANDOM}#get-random-bytes` is lowered with {why}");
            assert!(error.contains(&expected), "{error}");
            assert!(error.contains("build the component for UTF-8"), "{error}");
        }
        // What is the host's is lowered as it was.
        planned(
            &::wat::parse_str(&text).unwrap(),
            &Policy {
                random: Random::Allow,
                ..Policy::default()
            },
            Files::default(),
            |_, plan| assert!(plan.unwrap().is_untouched()),
        );
    }
}

#[test]
fn garbage_collected_values_are_refused() {
    let text = format!(
        r#"(component
        (import "{RANDOM}" (instance $r (export "get-random-u64" (func (result u64)))))
        (core type $ty (func (result i64)))
        (core func $f (canon lower (func $r "get-random-u64") gc (core-type $ty)))
        (core module $u (import "" "f" (func (result i64))))
        (core instance (instantiate $u (with "" (instance (export "f" (func $f)))))))"#
    );
    let error = refused(&text, &seeded(), Files::default());
    assert!(error.contains("garbage-collected values"), "{error}");
}

#[test]
fn a_function_of_0_2_that_is_async_has_another_type() {
    let text = bytes("1", r#"(realloc (core func $i "r")) async"#)
        .replace("(func (param \"len\"", "(func async (param \"len\"")
        .replace("(param i64 i32)", "(param i64 i32) (result i32)");
    let error = refused(&text, &seeded(), Files::default());
    assert!(
        error.contains("the type of its function `get-random-bytes` differs from WASI"),
        "{error}"
    );
    // Denied, it traps or answers like any other.
    relinked(&text, &Policy::default());
}

#[test]
fn layers_are_counted_and_end() {
    let mut component =
        Component::read(&::wat::parse_str(bytes("1", r#"(realloc (core func $i "r"))"#)).unwrap());
    let component = component.as_mut().unwrap();
    let wasi = Wasi::default();
    for (before, layer) in [(0, 1), (1, 2), (14, 15)] {
        component.layer = before;
        let plan = Plan::new(component, &seeded(), Files::default(), &wasi, Vec::new()).unwrap();
        assert_eq!((plan.layer, plan.layer()), (layer, layer));
        let plan = Plan::new(
            component,
            &Policy::default(),
            Files::default(),
            &wasi,
            Vec::new(),
        );
        assert_eq!(plan.unwrap().layer(), 0, "nothing is virtual");
    }
    for before in [15, u32::MAX] {
        component.layer = before;
        let plan = Plan::new(component, &seeded(), Files::default(), &wasi, Vec::new());
        let error = plan.err().unwrap().to_string();
        assert!(
            error.contains(&format!("virtualized {before} times")),
            "{error}"
        );
        assert!(error.contains("15 is the limit"), "{error}");
    }
}

/// Lowers `get-random-bytes` once for each of these pairs of memory and realloc, by module.
fn contexts(pairs: &[(&str, &str)]) -> String {
    let mut text = format!(
        r#"(component
        (import "{RANDOM}" (instance $r
            (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
            (export "get-random-u64" (func (result u64)))))
        (core module $m (memory (export "m") 1)
            (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)
            (func (export "s") (param i32 i32 i32 i32) (result i32) i32.const 0))
        (core instance $one (instantiate $m)) (core instance $two (instantiate $m))
        (core func $plain (canon lower (func $r "get-random-u64")))
        (core module $p (import "" "f" (func (result i64))))
        (core instance (instantiate $p (with "" (instance (export "f" (func $plain))))))
        (core module $u (import "" "f" (func (param i64 i32))))"#
    );
    for (at, (module, realloc)) in pairs.iter().enumerate() {
        text += &format!(
            r#"(core func $f{at} (canon lower (func $r "get-random-bytes")
                (memory (core memory ${module} "m")) (realloc (core func ${module} "{realloc}"))))
            (core instance (instantiate $u (with "" (instance (export "f" (func $f{at}))))))"#
        );
    }
    text + ")"
}

#[test]
fn each_memory_with_its_realloc_is_a_context() {
    let of = |pairs: &[(&str, &str)]| {
        let text = contexts(pairs);
        relinked(&text, &seeded());
        planned(
            &::wat::parse_str(&text).unwrap(),
            &seeded(),
            Files::default(),
            |_, plan| {
                let plan = plan.unwrap();
                let contexts: Vec<_> = plan.replaced.iter().map(|one| one.context).collect();
                (plan.contexts.len(), contexts)
            },
        )
    };
    assert_eq!(of(&[("one", "r")]), (1, vec![None, Some(0)]));
    // The text aliases a memory anew for each use, under an index of its own.
    let (count, contexts) = of(&[("one", "r"), ("two", "r"), ("one", "s")]);
    assert_eq!(count, 3);
    assert_eq!(contexts, [None, Some(0), Some(1), Some(2)]);
}

#[test]
fn no_module_of_ours_has_two_memories() {
    let denied = |deny_mode| Policy {
        deny_mode,
        ..Policy::default()
    };
    let refuse = r#"(component
        (import "wasi:sockets/instance-network@0.2.6" (instance))
        (import "wasi:keyvalue/store@0.2.0" (instance $s
            (export "get" (func (result (result string (error string)))))))
        (core module $m (memory (export "m") 1)
            (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
        (core instance $one (instantiate $m)) (core instance $two (instantiate $m))
        (core func $f (canon lower (func $s "get") (memory (core memory $one "m")) (realloc
            (core func $one "r"))))
        (core func $g (canon lower (func $s "get") (memory (core memory $two "m")) (realloc
            (core func $two "r"))))
        (core module $u (import "" "f" (func (param i32))) (import "" "g" (func (param i32))))
        (core instance (instantiate $u
            (with "" (instance (export "f" (func $f)) (export "g" (func $g)))))))"#;
    for (text, policy) in [
        (refuse.to_string(), denied(DenyMode::Error)),
        (contexts(&[("one", "r"), ("two", "r")]), seeded()),
    ] {
        let bytes = relinked(&text, &policy).written.bytes;
        let mut features = WasmFeatures::all();
        features.remove(WasmFeatures::MULTI_MEMORY);
        let mut validator = Validator::new_with_features(features);
        validator.validate_all(&bytes).unwrap();
    }
}

#[test]
fn what_a_closed_import_has_cannot_be_handed_on() {
    let hands = |what: &str| {
        let text = format!(
            r#"(component
            (import "{RANDOM}" (instance $r (export "get-random-u64" (func $f (result u64)))))
            (alias export $r "get-random-u64" (func $f))
            (component $c (import "f" (func $f (result u64))) (export "g" (func $f)))
            (component $d (import "r" (instance $r (export "f" (func $f (result u64)))))
                (alias export $r "f" (func $f)) (export "g" (func $f)))
            {what})"#
        );
        [seeded(), Policy::default()].map(|policy| refused(&text, &policy, Files::default()))
    };
    let inside = "passes it to a component inside it";
    for (what, how) in [
        (r#"(export "g" (func $f))"#, "exports it"),
        (r#"(export "r" (instance $r))"#, "exports it"),
        (
            r#"(instance $b (export "g" (func $f))) (export "b" (instance $b))"#,
            "exports it",
        ),
        (
            r#"(instance $b (export "f" (func $f))) (instance $n (export "r" (instance $b)))
                (alias export $n "r" (instance $r2)) (instance (instantiate $d (with "r"
                    (instance $r2))))"#,
            inside,
        ),
        (
            r#"(instance (instantiate $c (with "f" (func $f))))"#,
            "exports it",
        ),
        (
            r#"(instance $b (export "f" (func $f))) (alias export $b "f" (func $g))
                (instance (instantiate $c (with "f" (func $g))))"#,
            "exports it",
        ),
        (
            r#"(instance (instantiate $d (with "r" (instance (export "f" (func $f))))))"#,
            inside,
        ),
        // What is lowered of it afterwards would be the host's.
        (
            r#"(instance $i (instantiate $c (with "f" (func $f)))) (alias export $i "g" (func $g))
                (core func $h (canon lower (func $g)))
                (core module $m (import "" "" (func (result i64))))
                (core instance (instantiate $m (with "" (instance (export "" (func $h))))))"#,
            "exports it",
        ),
    ] {
        for error in hands(what) {
            let expected = format!("the policy closes import `{RANDOM}`, but the component {how};");
            assert!(error.contains(&expected), "{what}: {error}");
        }
    }
}

#[test]
fn a_function_is_replaced_under_whatever_index_it_is_lowered() {
    for what in [
        r#"(instance $b (export "f" (func $f))) (alias export $b "f" (func $g))"#,
        r#"(instance $b (export "f" (func $f))) (instance $n (export "b" (instance $b)))
            (alias export $n "b" (instance $c)) (alias export $c "f" (func $g))"#,
    ] {
        let text = format!(
            r#"(component
            (import "{RANDOM}" (instance $r (export "get-random-u64" (func $f (result u64)))))
            (alias export $r "get-random-u64" (func $f))
            {what}
            (core func $h (canon lower (func $g)))
            (core module $m (import "" "" (func (result i64))))
            (core instance (instantiate $m (with "" (instance (export "" (func $h)))))))"#
        );
        let bytes = ::wat::parse_str(&text).unwrap();
        for (policy, service) in [
            (seeded(), Service::Virtual),
            (Policy::default(), Service::Denied),
        ] {
            planned(&bytes, &policy, Files::default(), |_, plan| {
                let plan = plan.unwrap();
                let [one] = plan.replaced.as_slice() else {
                    panic!("{:?}", plan.replaced);
                };
                assert_eq!(one.site.key(), "wasi:random/random#get-random-u64");
                assert_eq!(one.service, service);
            });
            assert!(relinked(&text, &policy).imports.is_empty());
        }
    }
}

/// Streams, and standard input that gives one under a name of its own.
const FOREIGN: &str = r#"
    (import "wasi:io/streams@0.2.6" (instance $streams
        (export "input-stream" (type (sub resource)))))
    (alias export $streams "input-stream" (type $stream))
    (import "wasi:cli/stdin@0.2.6" (instance $stdin
        (export "input-stream" (type $s (eq $stream)))
        (export "get-stdin" (func (result (own $s))))))
    (core func $get (canon lower (func $stdin "get-stdin")))"#;

#[test]
fn a_resource_is_dropped_where_it_is_defined() {
    let text = format!(
        r#"(component {FOREIGN}
        (alias export $stdin "input-stream" (type $renamed))
        (core func $drop (canon resource.drop $renamed))
        (core module $m (import "" "get" (func (result i32))) (import "" "drop" (func (param i32))))
        (core instance (instantiate $m
            (with "" (instance (export "get" (func $get)) (export "drop" (func $drop)))))))"#
    );
    let bytes = ::wat::parse_str(&text).unwrap();
    planned(&bytes, &Policy::default(), Files::default(), |_, plan| {
        let plan = plan.unwrap();
        let services = plan
            .replaced
            .iter()
            .map(|one| (one.site.key(), one.service));
        let expected = [
            ("wasi:cli/stdin#get-stdin", Service::Virtual),
            (
                "wasi:io/streams#[resource-drop]input-stream",
                Service::Virtual,
            ),
        ];
        let expected = expected.map(|(key, service)| (key.to_string(), service));
        assert_eq!(services.collect::<Vec<_>>(), expected);
    });
    relinked(&text, &Policy::default());
}

/// A `realloc` that is an imported function, which is replaced itself.
#[test]
fn a_realloc_may_be_a_replaced_function() {
    let text = format!(
        r#"(component
        (import "{RANDOM}" (instance $r
            (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
        (import "give" (func $give
            (param "a" u32) (param "b" u32) (param "c" u32) (param "d" u32) (result u32)))
        (core module $m (memory (export "m") 1))
        (core instance $i (instantiate $m))
        (core func $realloc (canon lower (func $give)))
        (core func $f (canon lower (func $r "get-random-bytes") (memory (core memory $i "m"))
            (realloc $realloc)))
        (core module $u (import "" "f" (func (param i64 i32))))
        (core instance (instantiate $u (with "" (instance (export "f" (func $f)))))))"#
    );
    let policy = Policy {
        deny_other: true,
        ..seeded()
    };
    relinked(&text, &policy);
    relinked(&text, &seeded());
}

/// What of all denied functions answers although the policy says `trap`: what is empty in both
/// modes, and questions about an error.
#[test]
fn questions_about_errors_are_answered_in_both_modes() {
    let component = everything("0.2.12");
    for deny in [DenyMode::Trap, DenyMode::Error] {
        let policy = Policy {
            deny_mode: deny,
            ..Policy::default()
        };
        planned(&component, &policy, Files::default(), |_, plan| {
            let plan = plan.unwrap();
            let asks = |one: &&Replaced| one.site.name.ends_with("error-code");
            let asked: BTreeMap<String, bool> = plan
                .replaced
                .iter()
                .filter(asks)
                .map(|one| (one.site.key(), one.answer.is_some()))
                .collect();
            let expected = [
                "wasi:filesystem/types#filesystem-error-code",
                "wasi:http/types#http-error-code",
                "wasi:sockets/network#network-error-code",
            ];
            let expected = expected.map(|key| (key.to_string(), true));
            assert_eq!(asked, BTreeMap::from(expected), "{deny:?}");
        });
    }
}
