//! What each permission opens, and that nothing else stays.

use crate::common::{component, component_with};
use crate::{EVERYTHING, action, bytes, run};
use wasi_virt::{Access, Action, Clocks, DenyMode, HostNames, Policy, Random, StdioMode};

#[test]
fn everything_denied_imports_nothing() {
    let component = component("0.2.6", EVERYTHING);
    for deny in [DenyMode::Trap, DenyMode::Error] {
        let output = run(
            &component,
            &Policy::default().with(|changed| {
                changed.deny_mode = deny;
            }),
        );
        assert_eq!(output.report.imports_after, Vec::<String>::new());
        assert!(output.report.imports_before.len() > 25);
    }
}

#[test]
fn everything_allowed_is_the_component_itself() {
    let component = component("0.2.6", EVERYTHING);
    let output = run(&component, &Policy::allow_all());
    assert_eq!(bytes(&component, &output, &[]), component);
}

#[test]
fn every_single_permission_opens_only_what_it_names() {
    let component = component("0.2.6", EVERYTHING);
    let shared = [
        "wasi:io/",
        "wasi:cli/terminal-input@",
        "wasi:cli/terminal-output@",
    ];
    let cases: [(&str, Policy, &[&str]); 7] = [
        (
            "clocks",
            Policy::default().with(|changed| {
                changed.clocks = Clocks::Allow;
            }),
            &["wasi:clocks/"],
        ),
        (
            "random",
            Policy::default().with(|changed| {
                changed.random = Random::Allow;
            }),
            &["wasi:random/"],
        ),
        (
            "exit",
            Policy::default().with(|changed| {
                changed.exit = Access::Allow;
            }),
            &["wasi:cli/exit@"],
        ),
        (
            "sockets",
            Policy::default().with(|changed| {
                changed.sockets = Access::Allow.into();
            }),
            &["wasi:sockets/"],
        ),
        (
            "http",
            Policy::default().with(|changed| {
                changed.http = Access::Allow.into();
            }),
            &["wasi:http/"],
        ),
        (
            "fs",
            Policy::default().with(|changed| {
                changed.host_preopens = Access::Allow;
            }),
            &["wasi:filesystem/", "wasi:cli/environment@"],
        ),
        (
            "stdout",
            Policy::default().with(|changed| {
                changed.stdout = StdioMode::Allow;
            }),
            &["wasi:cli/stdout@", "wasi:cli/terminal-stdout@"],
        ),
    ];
    for (word, policy, open) in cases {
        let output = run(&component, &policy);
        assert!(!output.report.imports_after.is_empty(), "{word}");
        for import in &output.report.imports_after {
            assert!(
                open.iter()
                    .chain(&shared)
                    .any(|start| import.starts_with(start)),
                "{word} leaves `{import}` open"
            );
        }
    }
}

#[test]
fn interfaces_that_share_streams_are_left_to_the_host() {
    let component = component("0.2.6", EVERYTHING);
    let policy = Policy::default().with(|changed| {
        changed.sockets = Access::Allow.into();
        changed.clocks = Clocks::Allow;
    });
    let output = run(&component, &policy);
    assert_eq!(action(&output, "wasi:sockets/tcp@0.2.6"), Action::Host);
    let left = &output.report.imports_after;
    assert!(
        left.contains(&"wasi:sockets/tcp@0.2.6".to_string()),
        "{left:?}"
    );
    assert!(
        !left.iter().any(|name| name.starts_with("wasi:http/")),
        "{left:?}"
    );
    assert_eq!(
        action(&output, "wasi:clocks/wall-clock@0.2.6"),
        Action::Host
    );
    assert_eq!(action(&output, "wasi:io/streams@0.2.6"), Action::Virtual);
    assert_eq!(action(&output, "wasi:http/types@0.2.6"), Action::Denied);
}

#[test]
fn foreign_interfaces_with_streams_stay_open_and_are_listed() {
    let component = component_with(
        "package t:kv@1.0.0 { interface store { use wasi:io/streams@0.2.6.{input-stream};
            resource bucket { constructor(name: string); open: func(key: string) -> result<input-stream, string>; }
            gift: func(source: input-stream, to: option<list<borrow<bucket>>>) -> list<bucket>; } }",
        "0.2.6",
        "import wasi:cli/stdin@0.2.6; import t:kv/store@1.0.0;",
    );
    let output = run(&component, &Policy::default());
    assert_eq!(action(&output, "t:kv/store@1.0.0"), Action::Open);
    assert!(
        output
            .report
            .imports_after
            .contains(&"t:kv/store@1.0.0".to_string())
    );
    // A virtual stream that is handed to it traps by name.
    let text = String::from_utf8_lossy(&bytes(&component, &output, &[])).into_owned();
    assert!(
        text.contains("a virtual input-stream cannot be handed to the host: t:kv/store@1.0.0#gift"),
        "{text}"
    );
    let closed = run(
        &component,
        &Policy::default().with(|changed| {
            changed.deny_other = true;
        }),
    );
    assert_eq!(closed.report.imports_after, Vec::<String>::new());
    let let_through = Policy::default().with(|changed| {
        changed.deny_other = true;
        changed.allow_import = vec!["t:kv/*".to_string()];
    });
    assert_eq!(
        action(&run(&component, &let_through), "t:kv/store@1.0.0"),
        Action::Open
    );
}

#[test]
fn accessors_are_open_and_denied_as_functions() {
    let component = component_with(
        "package t:kv@1.0.0 { interface store { use wasi:io/streams@0.2.6.{input-stream};
            size: get() -> u32; size: set(value: u32);
            resource bucket { name: get() -> string; name: set(value: string) -> result<_, string>;
                limit: static get() -> u64; open: func() -> input-stream; } } }",
        "0.2.6",
        "import wasi:cli/stdout@0.2.6; import t:kv/store@1.0.0;",
    );
    let output = run(&component, &Policy::default());
    assert_eq!(action(&output, "t:kv/store@1.0.0"), Action::Open);
    let left = &output.report.imports_after;
    assert!(left.contains(&"t:kv/store@1.0.0".to_string()), "{left:?}");
    let closed = Policy::default().with(|changed| {
        changed.deny_other = true;
    });
    let closed = run(&component, &closed);
    assert_eq!(action(&closed, "t:kv/store@1.0.0"), Action::Denied);
    assert_eq!(closed.report.imports_after, Vec::<String>::new());
}

#[test]
fn an_allow_list_keeps_only_the_environment_open() {
    let component = component(
        "0.2.6",
        "import wasi:cli/environment@0.2.6; import wasi:random/random@0.2.6;",
    );
    let policy = Policy::default().with(|changed| {
        changed.host_env = HostNames::Only(vec!["PATH".to_string()]);
    });
    let output = run(&component, &policy);
    assert_eq!(output.report.imports_after, ["wasi:cli/environment@0.2.6"]);
    assert_eq!(
        action(&output, "wasi:cli/environment@0.2.6"),
        Action::Forwarded
    );
}
