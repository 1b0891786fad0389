//! What the log of calls adds to an artifact.

#![cfg(not(target_family = "wasm"))]

mod common;

use wasi_virt::{Access, Policy, StdioMode, virtualize};

fn logged(policy: Policy) -> Policy {
    policy.with(|changed| {
        changed.debug = wasi_virt::DebugLog::All;
    })
}

fn imports_of(component: &[u8], policy: Policy) -> Vec<String> {
    let output = virtualize(component, &logged(policy), &[]).unwrap();
    let mut imports = output.report.imports_after;
    imports.sort();
    imports
}

fn imports_after(version: &str, world: &str, policy: Policy) -> Vec<String> {
    imports_of(&common::component(version, world), policy)
}

fn of_log(version: &str) -> Vec<String> {
    ["cli/stderr", "io/error", "io/streams"]
        .map(|name| format!("wasi:{name}@{version}"))
        .to_vec()
}

#[test]
fn it_takes_standard_error_and_nothing_else_that_is_denied() {
    let all = "include wasi:cli/imports@0.2.6;";
    assert_eq!(
        imports_after("0.2.6", all, Policy::default()),
        of_log("0.2.6")
    );
    let ignore = Policy::default().with(|changed| {
        changed.stderr = StdioMode::Ignore;
    });
    assert_eq!(imports_after("0.2.6", all, ignore), of_log("0.2.6"));
}

#[test]
fn it_takes_standard_error_of_the_components_own_release() {
    for (version, import) in [
        ("0.2.3", "import wasi:random/random@0.2.3;"),
        ("0.2.1", "import wasi:io/poll@0.2.1;"),
        // Streams and errors are the component's own, and standard error is added.
        ("0.2.0", "import wasi:cli/stdout@0.2.0;"),
    ] {
        assert_eq!(
            imports_after(version, import, Policy::default()),
            of_log(version)
        );
    }
}

/// A component that calls one function of no parameters.
fn calling(import: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            {import}
            (core func $lowered (canon lower (func $f)))
            (core module $m (import "" "f" (func)))
            (core instance (instantiate $m (with "" (instance (export "f" (func $lowered)))))))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn it_takes_the_newest_release_where_the_component_has_none() {
    let interface = r#"(import "test:a/b" (instance $i (export "f" (func))))
        (alias export $i "f" (func $f))"#;
    let newer = interface.replace("test:a/b", "wasi:clocks/system-clock@0.3.0");
    let draft = interface.replace("test:a/b", "wasi:some/thing@0.2.0-draft");
    for import in [r#"(import "f" (func $f))"#, interface, &newer, &draft] {
        let imports = imports_of(&calling(import), Policy::allow_all());
        for name in of_log("0.2.12") {
            assert!(imports.contains(&name), "{imports:?}");
        }
        assert_eq!(imports.len(), 4);
    }
}

/// A component may use streams without their errors.
#[test]
fn it_adds_what_only_some_of_the_components_imports_have() {
    let streams = r#"(import "wasi:io/streams@0.2.3" (instance $streams
            (export "output-stream" (type (sub resource)))))
        (alias export $streams "output-stream" (type $stream))
        (import "test:a/b" (instance $i
            (export "output-stream" (type $s (eq $stream)))
            (export "g" (func (result (own $s)))) (export "f" (func))))
        (alias export $i "f" (func $f))"#;
    let imports = imports_of(&calling(streams), Policy::allow_all());
    let mut expected = of_log("0.2.3");
    expected.insert(0, "test:a/b".to_string());
    assert_eq!(imports, expected);
}

#[test]
fn names_of_wasi_that_mean_something_else_are_refused() {
    let other = r#"(import "wasi:cli/stderr@0.2.6" (instance $i
            (export "output-stream" (type $s (sub resource)))
            (export "get-stderr" (func (result (own $s)))) (export "f" (func))))
        (alias export $i "f" (func $f))"#;
    let error = virtualize(&calling(other), &logged(Policy::allow_all()), &[]).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("import `wasi:cli/stderr@0.2.6` differs"),
        "{error}"
    );
    assert!(error.contains("`debug = true` needs; remove it"), "{error}");
}

#[test]
fn what_is_allowed_stays_reachable() {
    let world = "include wasi:cli/imports@0.2.6; include wasi:http/imports@0.2.6;";
    let plain = virtualize(
        &common::component("0.2.6", world),
        &Policy::allow_all(),
        &[],
    )
    .unwrap();
    let mut plain = plain.report.imports_after;
    plain.sort();
    assert_eq!(imports_after("0.2.6", world, Policy::allow_all()), plain);
}

#[test]
fn what_is_no_wasi_is_logged_as_well() {
    let component = common::component_with("interface i { f: func(); }", "0.2.6", "import i;");
    let mut expected = vec!["test:test/i".to_string()];
    expected.extend(of_log("0.2.12"));
    assert_eq!(imports_of(&component, Policy::default()), expected);
    let deny = Policy::default().with(|changed| {
        changed.deny_other = true;
    });
    assert_eq!(imports_of(&component, deny), of_log("0.2.12"));
}

#[test]
fn it_is_refused_where_there_is_nothing_to_log() {
    for component in [
        common::component("0.2.6", ""),
        common::component_with("interface i { enum e { a } }", "0.2.6", "import i;"),
    ] {
        let error = virtualize(&component, &logged(Policy::default()), &[]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("`debug = \"all\"` has no effect"), "{error}");
    }
}

#[test]
fn strings_that_are_no_utf_8_are_refused() {
    let text = r#"(component
        (import "test:a/b" (instance $i (export "f" (func (param "s" string)))))
        (core module $n (memory (export "m") 1))
        (core instance $n (instantiate $n))
        (core func $f (canon lower (func $i "f") string-encoding=utf16
            (memory (core memory $n "m"))))
        (core module $m (import "" "f" (func (param i32 i32))))
        (core instance (instantiate $m (with "" (instance (export "f" (func $f)))))))"#;
    let component = wat::parse_str(text).unwrap();
    assert!(virtualize(&component, &Policy::default(), &[]).is_ok());
    let error = virtualize(&component, &logged(Policy::default()), &[]).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("`test:a/b#f` is lowered with strings"),
        "{error}"
    );
    assert!(error.contains("`debug = true` cannot log"), "{error}");
}

/// The report shows what is denied as it does without a log.
#[test]
fn the_report_says_the_same() {
    let component = common::component("0.2.6", "include wasi:cli/imports@0.2.6;");
    let http = Policy::default().with(|changed| {
        changed.http = Access::Allow.into();
    });
    for policy in [Policy::default(), Policy::allow_all(), http] {
        let plain = virtualize(&component, &policy, &[]).unwrap().report;
        let logged = virtualize(&component, &logged(policy), &[]).unwrap().report;
        for (plain, logged) in plain.interfaces.iter().zip(&logged.interfaces) {
            assert_eq!((&plain.name, plain.action), (&logged.name, logged.action));
        }
    }
}
