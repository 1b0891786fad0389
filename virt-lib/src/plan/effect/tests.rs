//! What of a policy has no effect, and what nothing needs.

use super::*;
use crate::policy::{Access, HostNames, Mount, Size, StdioMode, Time, Tmpfs};
use crate::testing::test;

#[test]
fn a_clock_that_only_changed_files_show_has_an_effect() {
    let text = r#"(component
        (import "wasi:clocks/wall-clock@0.2.6" (instance))
        (import "wasi:filesystem/preopens@0.2.6" (instance)))"#;
    let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
    let policy = Policy {
        clocks: Clocks::Fixed(Time::default()),
        ..Policy::default()
    };
    let problems = |writable| {
        let mut problems = Vec::new();
        let files = Files {
            writable,
            ..Files::default()
        };
        of_component(&component, &policy, files, &mut problems);
        problems
    };
    let [problem] = &problems(false)[..] else {
        panic!("one problem");
    };
    assert!(problem.to_string().contains("wasi:clocks/wall-clock#now"));
    assert_eq!(problems(true), []);
}

#[test]
fn files_hide_no_clock_that_functions_show() {
    for (interface, function) in [
        ("wasi:clocks/monotonic-clock@0.2.6", "now"),
        ("wasi:clocks/timezone@0.2.6", "utc-offset"),
    ] {
        let text = format!(
            r#"(component (import "{interface}" (instance
                (export "{function}" (func (result u64))))))"#
        );
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        for writable in [false, true] {
            assert!(
                is_noticed(Notice::Clock, &component, writable),
                "{interface}"
            );
        }
    }
}

#[test]
fn limits_need_something_to_limit() {
    let problems = |policy: &Policy| {
        let mut problems = Vec::new();
        limits(policy, &mut problems);
        problems
    };
    let mut policy = Policy {
        mounts: vec![Mount::new("/a", "a").inodes(Some(1))],
        write_size: Some(Size(1)),
        write_inodes: Some(1),
        ..Policy::default()
    };
    let found = problems(&policy);
    assert_eq!(found.len(), 3, "{found:?}");
    for (problem, name) in found.iter().zip(["`/a`", "`write-size`", "`write-inodes`"]) {
        assert!(problem.to_string().contains(name), "{problem}");
    }
    policy.mounts[0].mode = FileMode::Rw;
    assert_eq!(problems(&policy), []);
    policy.mounts.clear();
    policy.tmpfs.push(Tmpfs::new("/t"));
    assert_eq!(problems(&policy), []);
}

#[test]
fn what_is_allowed_and_not_needed_is_a_warning() {
    let text = r#"(component
        (import "wasi:cli/stdout@0.2.6" (instance))
        (import "wasi:clocks/wall-clock@0.2.6" (instance)))"#;
    let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
    let policy = Policy {
        stdout: StdioMode::Allow,
        clocks: Clocks::Allow,
        http: Access::Allow.into(),
        host_env: HostNames::Only(vec!["A".into()]),
        ..Policy::default()
    };
    let text = |exported| texts(&component, &policy, exported);
    assert_eq!(
        text(None),
        [
            "`host-env` has no effect: the component does not import env",
            "`http` has no effect: the component does not import http"
        ]
    );
    let all = ["wasi:cli/stdout@0.2.6", "wasi:clocks/wall-clock@0.2.6"];
    assert!(text(Some(&all))[1].ends_with("the adapter does not cover http"));
    let of_0_3 = text(Some(&all[1..]));
    let expected = "`stdout` adds nothing to the adapter, which forwards nothing of WASI 0.3: a \
                    program imports stdio from the host itself";
    assert!(
        of_0_3.len() == 3 && of_0_3.contains(&expected.to_string()),
        "{of_0_3:?}"
    );
}

fn texts(component: &Component, policy: &Policy, exported: Option<&[&str]>) -> Vec<String> {
    let warnings = warnings(component, policy, exported);
    warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_stream_that_is_not_imported_is_not_needed_nor_are_types_of_clocks() {
    let warned = |imports: &str| {
        let text = format!("(component {imports})");
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        let policy = Policy {
            stdin: StdioMode::Allow,
            stdout: StdioMode::Ignore,
            clocks: Clocks::Allow,
            ..Policy::default()
        };
        texts(&component, &policy, None)
    };
    let stdin = "`stdin` has no effect: the component does not import stdin";
    let clocks = "`clocks` has no effect: the component does not import clocks";
    let stdout = r#"(import "wasi:cli/terminal-stdout@0.2.6" (instance))"#;
    assert_eq!(warned(stdout), [stdin, clocks]);
    let types = r#"(import "wasi:clocks/types@0.3.2" (instance))
        (import "wasi:cli/stdin@0.3.2" (instance))
        (import "wasi:cli/stdout@0.3.2" (instance))"#;
    assert_eq!(warned(types), [clocks]);
    let none = warned("");
    assert!(
        none[0].ends_with("import stdio") && none[1].ends_with("import stdio"),
        "{none:?}"
    );
}
