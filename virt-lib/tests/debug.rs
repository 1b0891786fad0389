//! What a trace of calls adds to an artifact.

#![cfg(not(target_family = "wasm"))]

mod common;

use wasi_virt::{Access, Policy, StdioMode, plan};

fn imports_after(version: &str, world: &str, policy: Policy) -> Vec<String> {
    let policy = Policy {
        debug: true,
        ..policy
    };
    let output = plan(&common::component(version, world), &policy, &[]).unwrap();
    let mut imports = output.report.imports_after;
    // What is virtual of it may wrap what is the host's, but nobody hands any of that out.
    imports.retain(|import| policy.http == Access::Allow || !import.starts_with("wasi:io/poll@"));
    imports.sort();
    imports
}

fn told(version: &str) -> Vec<String> {
    ["cli/stderr", "io/error", "io/streams"]
        .map(|name| format!("wasi:{name}@{version}"))
        .to_vec()
}

#[test]
fn it_takes_standard_error_and_nothing_else_that_is_denied() {
    let all = "include wasi:cli/imports@0.2.6;";
    assert_eq!(
        imports_after("0.2.6", all, Policy::default()),
        told("0.2.6")
    );
    let ignore = Policy {
        stderr: StdioMode::Ignore,
        ..Policy::default()
    };
    assert_eq!(imports_after("0.2.6", all, ignore), told("0.2.6"));
}

#[test]
fn it_takes_standard_error_of_the_components_own_release() {
    let random = "import wasi:random/random@0.2.3;";
    assert_eq!(
        imports_after("0.2.3", random, Policy::default()),
        told("0.2.3")
    );
    let poll = "import wasi:io/poll@0.2.1;";
    assert_eq!(
        imports_after("0.2.1", poll, Policy::default()),
        told("0.2.1")
    );
}

#[test]
fn what_is_allowed_stays_reachable() {
    let world = "include wasi:cli/imports@0.2.6; include wasi:http/imports@0.2.6;";
    let plain = plan(
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
fn it_is_refused_where_there_is_nothing_to_tell() {
    let component = common::component_with("interface i { f: func(); }", "0.2.6", "import i;");
    let policy = Policy {
        debug: true,
        ..Policy::default()
    };
    let error = plan(&component, &policy, &[]).unwrap_err().to_string();
    assert!(error.contains("`--debug` can have no effect"), "{error}");
}
