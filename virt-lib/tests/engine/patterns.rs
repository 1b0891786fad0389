//! Patterns and rules that have no effect, and those that open what has no key.

use crate::common::{component, component_with};
use crate::{action, bytes, error, run};
use wasi_virt::{Action, Policy};

#[test]
fn rules_without_effect_are_errors_all_at_once() {
    let component = component("0.2.6", "import wasi:random/random@0.2.6;");
    let policy = Policy::default().with(|changed| {
        changed.env = vec![("A".to_string(), "B".to_string())];
        changed.args = vec!["x".to_string()];
        changed.cwd = Some("/".to_string());
        changed.allow_import = vec!["t:*".to_string()];
    });
    assert_eq!(error(&component, &policy).lines().count(), 4);
    let policy = Policy::default().with(|changed| {
        changed.deny_other = true;
        changed.allow_import = vec!["t:*".to_string()];
    });
    assert!(error(&component, &policy).contains("matches no import outside WASI"));
}

#[test]
fn a_pattern_that_matches_only_wasi_has_no_effect() {
    let component = component("0.2.6", "import wasi:random/random@0.2.6;");
    let policy = Policy::default().with(|changed| {
        changed.deny_other = true;
        changed.allow_import = vec!["wasi:random/*".to_string()];
    });
    assert!(error(&component, &policy).contains("no import outside WASI"));
}

#[test]
fn wasi_that_no_subsystem_covers_is_denied_unless_it_is_named() {
    let component = component_with(
        "package wasi:keyvalue@0.2.0-draft { interface store { count: func() -> u32; } }
         package wasi:logging { interface logging { log: func(text: string); } }
         package wasi:nn@0.3.0 { interface errors { enum error { busy } last: func() -> error; } }",
        "0.2.6",
        "import wasi:keyvalue/store@0.2.0-draft; import wasi:logging/logging; import wasi:nn/errors@0.3.0;",
    );
    let output = run(&component, &Policy::default());
    assert_eq!(output.report.imports_after, [""; 0]);
    let text = String::from_utf8_lossy(&bytes(&component, &output, &[])).into_owned();
    let flag = "(allow with --allow-import wasi:logging/logging)";
    assert!(text.contains(flag), "the trapping function names the flag");

    let named = Policy::default().with(|changed| {
        changed.allow_import = vec!["wasi:keyvalue/*".to_string(), "*:nn/*".to_string()];
    });
    let output = run(&component, &named);
    let store = "wasi:keyvalue/store@0.2.0-draft";
    assert_eq!(action(&output, store), Action::Host);
    assert_eq!(action(&output, "wasi:logging/logging"), Action::Denied);
    assert_eq!(output.report.imports_after, [store, "wasi:nn/errors@0.3.0"]);

    let all = run(&component, &Policy::allow_all());
    assert_eq!(all.report.imports_after, all.report.imports_before);
    let missing = Policy::default().with(|changed| {
        changed.allow_import = vec!["wasi:blobstore/*".to_string()];
    });
    assert!(
        error(&component, &missing).contains("`wasi:blobstore/*` in `allow-import` has no effect")
    );
}

#[test]
fn a_pattern_for_what_is_not_wasi_needs_deny_other() {
    let component = component_with(
        "package t:kv { interface store { count: func() -> u32; } }",
        "0.2.6",
        "import t:kv/store;",
    );
    let policy = Policy::default().with(|changed| {
        changed.allow_import = vec!["t:*".to_string()];
    });
    assert!(error(&component, &policy).contains("no effect without `deny-other = true`"));
}
