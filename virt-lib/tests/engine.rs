//! The engine on components made from WIT: what stays open, what is closed, what is refused. The
//! components do nothing; what artifacts *do* is proved by the cases in `tests/`.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::{component, component_with};
use wasi_virt::{
    Access, Action, ClaimContent, Clocks, DenyMode, Entry, EntryKind, HostNames, Output, Policy,
    Random, Segment, StdioMode, virtualize,
};

fn run(component: &[u8], policy: &Policy) -> Output {
    let output = virtualize(component, policy, &[]).unwrap();
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&bytes(component, &output, &[]))
        .unwrap();
    output
}

fn bytes(component: &[u8], output: &Output, files: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for segment in &output.segments {
        match segment {
            Segment::Bytes(bytes) => out.extend_from_slice(bytes),
            Segment::Component { offset, len } => {
                out.extend_from_slice(&component[*offset as usize..(*offset + *len) as usize]);
            }
            Segment::File { index, offset, len } => {
                out.extend_from_slice(
                    &files[*index as usize][*offset as usize..(*offset + *len) as usize],
                );
            }
        }
    }
    out
}

fn action(output: &Output, name: &str) -> Action {
    output
        .report
        .interfaces
        .iter()
        .find(|interface| interface.name == name)
        .unwrap()
        .action
}

fn error(component: &[u8], policy: &Policy) -> String {
    virtualize(component, policy, &[]).unwrap_err().to_string()
}

const EVERYTHING: &str = "include wasi:cli/imports@0.2.6; include wasi:http/imports@0.2.6;";

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
                changed.sockets = Access::Allow;
            }),
            &["wasi:sockets/"],
        ),
        (
            "http",
            Policy::default().with(|changed| {
                changed.http = Access::Allow;
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
        changed.sockets = Access::Allow;
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
fn every_version_of_wasi_0_2_is_served() {
    for version in ["0.2.0", "0.2.3", "0.2.9", "0.2.12", "0.2.99"] {
        let world = EVERYTHING.replace("0.2.6", version);
        let output = run(
            &component(version, &world),
            &Policy::default().with(|changed| {
                changed.sockets = Access::Allow;
            }),
        );
        assert!(
            output
                .report
                .imports_after
                .contains(&format!("wasi:sockets/tcp@{version}")),
            "{version}"
        );
    }
}

#[test]
fn other_versions_are_named() {
    let newer = component("0.3.0", "import wasi:cli/environment@0.3.0;");
    // It can be denied, and not be made virtual.
    let denied = run(&newer, &Policy::default());
    assert_eq!(
        action(&denied, "wasi:cli/environment@0.3.0"),
        Action::Denied
    );
    assert_eq!(denied.report.imports_after, [""; 0]);
    let fixed = Policy::default().with(|changed| {
        changed.env = vec![("A".to_string(), "b".to_string())];
    });
    for (component, policy, name) in [
        (newer, fixed, "wasi:cli/environment@0.3.0"),
        (
            component(
                "0.2.0-rc-2023-12-05",
                "import wasi:cli/environment@0.2.0-rc-2023-12-05;",
            ),
            Policy::default(),
            "wasi:cli/environment@0.2.0-rc-2023-12-05",
        ),
        (
            component("1.0.0", "import wasi:cli/environment@1.0.0;"),
            Policy::default(),
            "wasi:cli/environment@1.0.0",
        ),
    ] {
        let message = error(&component, &policy);
        assert!(
            message.contains(name) && message.contains("build the component for WASI 0.2"),
            "{message}"
        );
    }
}

#[test]
fn value_types_do_not_keep_a_denied_interface_open() {
    let component = component("0.2.6", "include wasi:cli/imports@0.2.6;");
    let policy = Policy::allow_all().with(|changed| {
        changed.clocks = Clocks::Deny;
    });
    let output = run(&component, &policy);
    assert_eq!(action(&output, "wasi:filesystem/types@0.2.6"), Action::Host);
    assert!(
        !output
            .report
            .imports_after
            .iter()
            .any(|import| import.starts_with("wasi:clocks/")),
        "{output:?}"
    );
}

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

#[test]
fn file_contents_never_enter_the_engine() {
    let component = component("0.2.6", "include wasi:cli/imports@0.2.6;");
    let entry = |guest: &str, kind| Entry {
        mount: 0,
        guest: guest.into(),
        source: guest.into(),
        kind,
    };
    let entries = [
        entry("/", EntryKind::Directory),
        entry(
            "/b",
            EntryKind::File {
                size: 300,
                digest: None,
            },
        ),
        entry(
            "/a",
            EntryKind::File {
                size: 5,
                digest: None,
            },
        ),
        entry(
            "/empty",
            EntryKind::File {
                size: 0,
                digest: None,
            },
        ),
    ];
    let output = virtualize(&component, &Policy::default(), &entries).unwrap();
    let files: Vec<_> = output
        .segments
        .iter()
        .filter(|segment| matches!(segment, Segment::File { .. }))
        .collect();
    assert_eq!(
        files,
        [
            &Segment::File {
                index: 2,
                offset: 0,
                len: 5
            },
            &Segment::File {
                index: 1,
                offset: 0,
                len: 300
            }
        ]
    );
    let long = vec![b'x'; 300];
    let whole = bytes(&component, &output, &[b"", &long, b"hello", b""]);
    assert_eq!(whole.len() as u64, output.report.sizes.output);
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&whole)
        .unwrap();
    assert!(
        whole
            .windows(305)
            .any(|run| run == [b"hello".as_slice(), &long].concat())
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let component = component("0.2.6", EVERYTHING);
    let policy = Policy::default().with(|changed| {
        changed.sockets = Access::Allow;
        changed.http = Access::Allow;
    });
    let first = bytes(&component, &run(&component, &policy), &[]);
    for _ in 0..5 {
        assert_eq!(bytes(&component, &run(&component, &policy), &[]), first);
    }
}

#[test]
fn an_interface_of_another_type_than_wasis_is_refused() {
    // The same core signature, another layout: read by the adapter's code, memory of the adapter's.
    let component = component_with(
        "package wasi:cli@0.2.50 { interface environment {
            get-environment: func() -> list<tuple<u64, u64, u64, u64, u64, u64>>; } }",
        "0.2.6",
        "import wasi:cli/environment@0.2.50;",
    );
    let policy = Policy::default().with(|changed| {
        changed.host_env = HostNames::Except(vec!["SECRET".to_string()]);
    });
    let message = error(&component, &policy);
    assert!(
        message.contains("get-environment") && message.contains("type"),
        "{message}"
    );
}

#[test]
fn a_type_that_would_need_endless_code_is_a_trap() {
    let mut types = "type t0 = string;".to_string();
    for n in 1..16 {
        types += &format!("type t{n} = tuple<t{}, t{}>;", n - 1, n - 1);
    }
    let component = component_with(
        &format!("package t:t {{ interface deep {{ {types} f: func(x: list<t15>) -> result; }} }}"),
        "0.2.6",
        "import t:t/deep;",
    );
    let policy = Policy::default().with(|changed| {
        changed.deny_other = true;
        changed.deny_mode = DenyMode::Error;
    });
    let output = run(&component, &policy);
    assert_eq!(output.report.imports_after, [""; 0]);
    assert!(
        output.report.sizes.adapter < 1_000,
        "{}",
        output.report.sizes.adapter
    );
    let text = String::from_utf8_lossy(&bytes(&component, &output, &[])).into_owned();
    assert!(
        text.contains("denied by wasi-virt: t:t/deep#f (allow with"),
        "{text}"
    );
}

#[test]
fn an_import_stays_for_a_resource_that_another_needs_without_its_functions() {
    let component = component_with(
        "package a:d { interface d { resource d { constructor(); } count: func() -> u32; } }
         package a:a { interface a { use a:d/d.{d}; resource r; use-d: func(r: borrow<r>, d: borrow<d>); } }
         package a:b { interface b { use a:a/a.{r}; make: func() -> r; } }",
        "0.2.6",
        "import a:d/d; import a:a/a; import a:b/b;",
    );
    let allow_import = ["a:a/a", "a:b/b"].map(str::to_string).to_vec();
    let output = run(
        &component,
        &Policy::default().with(|changed| {
            changed.deny_other = true;
            changed.allow_import = allow_import;
        }),
    );
    let bytes = bytes(&component, &output, &[]);
    let left = &output.report.imports_after;
    assert_eq!(left, &["a:d/d", "a:a/a", "a:b/b"]);
    assert_eq!(action(&output, "a:d/d"), Action::Denied);
    let types = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&bytes)
        .unwrap();
    let types = types.as_ref();
    let exports = |import: &str| {
        let item = types.component_item_for_import(import).unwrap();
        let wasmparser::component_types::ComponentEntityType::Instance(id) = item.ty else {
            panic!("{import} is no instance");
        };
        let exports = types[id].exports.keys();
        exports.cloned().collect::<Vec<_>>()
    };
    assert_eq!(exports("a:d/d"), ["d"]);
    assert!(exports("a:a/a").contains(&"use-d".to_string()));
    assert!(exports("a:b/b").contains(&"make".to_string()));
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

#[test]
fn wasi_under_a_label_is_refused() {
    let component = wat::parse_str(
        r#"(component (import "net" (implements "wasi:sockets/x@0.2.6") (instance (export "f" (func (result u32))))))"#,
    )
    .unwrap();
    let message = error(&component, &Policy::default());
    assert!(
        message.contains("`net`") && message.contains("wasi:sockets/x@0.2.6"),
        "{message}"
    );
}

#[test]
fn nesting_beyond_reason_is_refused() {
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..20_000 {
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        // A size in four bytes, so that every level adds the same.
        let size = u32::try_from(component.len()).unwrap();
        outer.extend((0..4).map(|n| (size >> (7 * n)) as u8 & 0x7f | if n < 3 { 0x80 } else { 0 }));
        outer.append(&mut component);
        component = outer;
    }
    assert!(
        error(&component, &Policy::default()).contains("nested"),
        "{}",
        error(&component, &Policy::default())
    );
}

#[test]
fn an_artifact_can_be_virtualized_again() {
    let component = component("0.2.6", EVERYTHING);
    let policy = Policy::default().with(|changed| {
        changed.sockets = Access::Allow;
        changed.clocks = Clocks::Allow;
        changed.stdout = StdioMode::Allow;
    });
    let once = bytes(&component, &run(&component, &policy), &[]);
    let twice = run(
        &once,
        &Policy::default().with(|changed| {
            changed.stdout = StdioMode::Ignore;
            changed.clocks = Clocks::Allow;
        }),
    );
    for import in &twice.report.imports_after {
        assert!(
            import.starts_with("wasi:clocks/") || import.starts_with("wasi:io/"),
            "{import}"
        );
    }
}

#[test]
fn an_artifact_carries_a_record_of_what_was_done() {
    let component = component("0.2.6", EVERYTHING);
    let policy = Policy::default().with(|changed| {
        changed.env = vec![("TOKEN".into(), "hunter2".into())];
        changed.clocks = Clocks::Allow;
    });
    let output = run(&component, &policy);
    let once = bytes(&component, &output, &[]);
    assert_eq!(once.len() as u64, output.report.sizes.output);
    let twice = run(&once, &Policy::default());
    let claimed = wasi_virt::inspect(&bytes(&once, &twice, &[]))
        .unwrap()
        .claimed;
    let records: Vec<_> = claimed
        .iter()
        .map(|claim| match &claim.content {
            ClaimContent::Record(record) => (claim.depth, record),
            ClaimContent::Unreadable(why) => panic!("{why}"),
        })
        .collect();
    let [(0, inner), (0, outer)] = records[..] else {
        panic!("{claimed:?}")
    };
    assert_eq!(inner.wasi_virt, env!("CARGO_PKG_VERSION"));
    assert_eq!(inner.env, ["TOKEN"]);
    let reported: Vec<_> = output
        .report
        .interfaces
        .iter()
        .map(|interface| (interface.name.clone(), interface.action))
        .collect();
    assert_eq!(inner.imports, reported.into_iter().collect());
    assert!(
        outer
            .imports
            .keys()
            .all(|name| output.report.imports_after.contains(name))
    );
    // What changes nothing returns the component as it is.
    let untouched = run(&component, &Policy::allow_all());
    assert_eq!(bytes(&component, &untouched, &[]), component);
}

/// Upper bounds a little above what adapter, helpers and glue take today. The imports and names
/// that go are not taken off.
#[test]
fn adapters_are_small() {
    let hello = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hello.wasm");
    let hello = std::fs::read(hello).unwrap();
    let everything = component("0.2.6", EVERYTHING);
    let env = Policy::allow_all().with(|changed| {
        changed.env = vec![("A".to_string(), "B".to_string())];
    });
    let forwarded = Policy::allow_all().with(|changed| {
        changed.host_preopens = Access::Deny;
    });
    for (component, policy, limit) in [
        (&hello, env, 12_500),
        (&hello, Policy::default(), 17_500),
        (&hello, forwarded.clone(), 14_500),
        (&everything, Policy::default(), 38_500),
        (&everything, forwarded, 17_000),
    ] {
        let size = run(component, &policy).report.sizes.adapter;
        assert!(size < limit, "{size} of {limit}: {policy:?}");
    }
}
