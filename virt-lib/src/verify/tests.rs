//! Outputs made by hand, each wrong in one way.

use super::*;
use crate::plan::Files;
use crate::policy::{Policy, Random};
use crate::relink::tests::planned;
use crate::testing::test;
use crate::wasm::skeleton::skeleton;
use wasmparser::{Parser, Payload};

const IMPORT: &str = r#"(import "wasi:random/random@0.2.6" (instance $r
    (export "get-random-u64" (func (result u64)))))
    (core func $host (canon lower (func $r "get-random-u64")))"#;

/// The component's modules.
const A: &str = r#"(core module $a (import "x" "f" (func (result i64))) (memory (export "m") 1))"#;
const B: &str = r#"(core module $b (memory (export "m") 2))"#;

/// Of ours: a function, a memory and a table.
const OURS: &str = r#"(core module $o
    (func (export "f") (result i64) i64.const 4) (memory (export "m") 1) (table
        (export "t") 1 funcref))
    (core instance $ours (instantiate $o))
    (core func $f (alias core export $ours "f"))"#;

const GIVEN: &str = r#"(core instance $i
    (instantiate $a (with "x" (instance (export "f" (func $f))))))
    (core instance (instantiate $b))"#;

/// What is said of an output of these parts, whose core modules are marked so.
fn verified(policy: &Policy, parts: &[&str], marked: &[Option<usize>]) -> Result<Vec<String>> {
    let input = format!(
        "(component {IMPORT} {A} {B} {})",
        GIVEN.replace("$f)", "$host)")
    );
    let output = ::wat::parse_str(format!("(component {})", parts.join("\n"))).unwrap();
    // Without names, as the component's own modules are where it is read.
    let output = skeleton(&output).unwrap();
    let mut ends = Vec::new();
    for payload in Parser::new(0).parse_all(&output) {
        if let Payload::ModuleSection {
            unchecked_range, ..
        } = payload.unwrap()
        {
            ends.push(unchecked_range.end as usize);
        }
    }
    assert_eq!(ends.len(), marked.len());
    let marks: Vec<_> = ends
        .iter()
        .zip(marked)
        .filter_map(|(end, position)| Some((0..*end, Mark::Module((*position)?))))
        .collect();
    let input = ::wat::parse_str(input).unwrap();
    planned(&input, policy, Files::default(), |component, plan| {
        let written = Encoded {
            bytes: output.clone(),
            marks: marks.clone(),
            added: 0,
        };
        verify(component, &plan.unwrap(), &written)
    })
}

fn wrong(parts: &[&str], marked: &[Option<usize>]) -> String {
    let denied = verified(&Policy::default(), parts, marked);
    denied.expect_err("it was let through").to_string()
}

const IN_ORDER: [Option<usize>; 3] = [None, Some(0), Some(1)];

#[test]
fn an_output_as_it_has_to_be_passes() {
    let imports = verified(&Policy::default(), &[OURS, A, B, GIVEN], &IN_ORDER).unwrap();
    assert!(imports.is_empty());
}

#[test]
fn an_altered_module_is_refused() {
    let altered = B.replace("2)", "3)");
    let error = wrong(&[OURS, A, &altered, GIVEN], &IN_ORDER);
    assert!(
        error.contains("core module 1 is not the input's"),
        "{error}"
    );
}

#[test]
fn modules_in_another_order_are_refused() {
    let error = wrong(&[OURS, B, A, GIVEN], &[None, Some(1), Some(0)]);
    assert!(
        error.contains("core module 0 is not the input's"),
        "{error}"
    );
    let error = wrong(
        &[OURS, A, &B.replace("$b", "$c"), B, GIVEN],
        &[None, Some(0), Some(1), Some(1)],
    );
    assert!(
        error.contains("core module 1 is not the input's"),
        "{error}"
    );
}

#[test]
fn a_module_is_given_nothing_of_ours_but_functions() {
    let with = |given: &str| {
        let given = format!("(core instance (instantiate $a (with \"x\" {given})))");
        wrong(&[OURS, A, B, &given], &IN_ORDER)
    };
    let whole = with("(instance $ours)");
    assert!(whole.contains("`x` is an instance of ours"), "{whole}");
    for (kind, name) in [("memory", "m"), ("table", "t")] {
        let error = with(&format!(
            r#"(instance (export "f" (func $f)) (export "{name}" ({kind} $ours "{name}")))"#
        ));
        assert!(
            error.contains(&format!("`{name}` is ours, and no function")),
            "{error}"
        );
    }
}

#[test]
fn a_module_is_given_nothing_of_ours_by_a_detour() {
    let given = r#"(core instance $again (export "m" (memory $ours "m")))
        (core instance (instantiate $a (with "x"
            (instance (export "f" (func $f)) (export "m" (memory $again "m"))))))"#;
    let error = wrong(&[OURS, A, B, given], &IN_ORDER);
    assert!(error.contains("`m` is ours, and no function"), "{error}");
}

#[test]
fn an_import_that_was_not_there_is_refused() {
    let more = r#"(import "test:more/more" (instance))"#;
    let error = wrong(&[more, OURS, A, B, GIVEN], &IN_ORDER);
    assert!(
        error.contains("imports `test:more/more`, but the component given"),
        "{error}"
    );
    let newer = IMPORT.replace("0.2.6", "0.2.7");
    let error = wrong(&[&newer, OURS, A, B, GIVEN], &IN_ORDER);
    assert!(
        error.contains("random@0.2.7`, but the component given"),
        "{error}"
    );
}

#[test]
fn an_import_that_the_policy_closes_is_refused() {
    let error = wrong(&[IMPORT, OURS, A, B, GIVEN], &IN_ORDER);
    assert!(
        error.contains("random@0.2.6#get-random-u64`, but the policy closes it"),
        "{error}"
    );
}

#[test]
fn the_hosts_function_of_what_is_virtual_is_refused() {
    let virtual_ = Policy {
        random: Random::Seed(1),
        ..Policy::default()
    };
    let host = |given: &str| {
        let parts = [IMPORT, OURS, A, B, given];
        let verified = verified(&virtual_, &parts, &IN_ORDER);
        verified.map_err(|error| error.to_string())
    };
    // A function that nothing calls does not keep the import.
    let unused = host(GIVEN).unwrap_err();
    let expected = "imports `wasi:random/random@0.2.6#get-random-u64`, but the policy closes it";
    assert!(unused.contains(expected), "{unused}");
    let label = "the host's `wasi:random/random@0.2.6#get-random-u64`";
    for given in [
        &GIVEN.replace("$f)", "$host)"),
        r#"(core instance $again (export "g" (func $host)))
            (core instance (instantiate $a (with "x" (instance (export "f" (func $again "g"))))))"#,
        r#"(alias export $r "get-random-u64" (func $g)) (export $g2 "g" (func $g))
            (core func $lowered (canon lower (func $g2)))
            (core instance (instantiate $a (with "x" (instance (export "f" (func $lowered))))))"#,
        r#"(func (export "g") (result u64) (canon lift (core func $host)))"#,
    ] {
        let error = host(given).unwrap_err();
        assert!(error.contains(label), "{error}");
    }
}

#[test]
fn what_is_not_valid_is_refused() {
    let planned = planned(
        &::wat::parse_str(format!("(component {IMPORT} {A} {B})")).unwrap(),
        &Policy::default(),
        Files::default(),
        |component, plan| {
            let written = Encoded {
                bytes: b"\0asm\x0d\0\x01\0\x01\xff".to_vec(),
                marks: Vec::new(),
                added: 0,
            };
            verify(component, &plan.unwrap(), &written)
        },
    );
    assert!(planned.unwrap_err().to_string().contains("not valid"));
}

/// What the log adds for a component that imports 0.2.6, with these functions.
fn stderr(functions: &str) -> String {
    format!(r#"(import "wasi:cli/stderr@0.2.6" (instance $stderr {functions}))"#)
}

const GET_STDERR: &str = r#"(export "get-stderr" (func (result u64)))"#;

#[test]
fn imports_of_the_log_have_nothing_else() {
    let logged = Policy {
        debug: crate::policy::DebugLog::All,
        ..Policy::default()
    };
    let verified = |policy: &Policy, import: &str, given: &str| {
        let parts = [import, OURS, A, B, given];
        let verified = verified(policy, &parts, &IN_ORDER);
        verified.map_err(|error| error.to_string())
    };
    let only = stderr(GET_STDERR);
    let imports = verified(&logged, &only, GIVEN).unwrap();
    assert_eq!(imports, ["wasi:cli/stderr@0.2.6"]);
    let more = stderr(&format!(r#"{GET_STDERR} (export "other" (func))"#));
    for (policy, import) in [
        // Nothing is added where nothing is logged, nor under another name.
        (&Policy::default(), only.as_str()),
        (&logged, &only.replace("0.2.6", "0.2.7")),
        (&logged, &only.replace("cli/stderr", "cli/stdout")),
        (&logged, &more),
    ] {
        let error = verified(policy, import, GIVEN).unwrap_err();
        assert!(
            error.contains("the component given does not import it"),
            "{error}"
        );
    }
    // The component's own modules are not given any of it.
    let host = r#"(core func $host (canon lower (func $stderr "get-stderr")))"#;
    let given = format!("{host} {}", GIVEN.replace("$f)", "$host)"));
    let error = verified(&logged, &only, &given).unwrap_err();
    let expected = "`f` is the host's `wasi:cli/stderr@0.2.6#get-stderr`";
    assert!(error.contains(expected), "{error}");
}
