//! What an artifact holds: contents by reference, the record, and a small adapter.

use crate::common::component;
use crate::{EVERYTHING, bytes, run};
use wasi_virt::{
    Access, ClaimContent, Clocks, Entry, EntryKind, Policy, Segment, StdioMode, virtualize,
};

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
        changed.sockets = Access::Allow.into();
        changed.http = Access::Allow.into();
    });
    let first = bytes(&component, &run(&component, &policy), &[]);
    for _ in 0..5 {
        assert_eq!(bytes(&component, &run(&component, &policy), &[]), first);
    }
}

#[test]
fn an_artifact_can_be_virtualized_again() {
    let component = component("0.2.6", EVERYTHING);
    let policy = Policy::default().with(|changed| {
        changed.sockets = Access::Allow.into();
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
        (&hello, Policy::default(), 18_000),
        (&hello, forwarded.clone(), 14_750),
        (&everything, Policy::default(), 39_000),
        (&everything, forwarded, 17_750),
    ] {
        let size = run(component, &policy).report.sizes.adapter;
        assert!(size < limit, "{size} of {limit}: {policy:?}");
    }
}
