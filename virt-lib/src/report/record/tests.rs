//! What is recorded, and that a forged record is only ever a claim.

use super::*;
use crate::inspect;
use crate::mounts::Filter;
use crate::mounts::Tree;
use crate::mounts::{Entry, EntryKind};
use crate::policy::{Mount, Preopen};
use crate::testing::test;
use wasm_encoder::RawSection;

fn entry(mount: u32, guest: &str, kind: EntryKind) -> Entry {
    Entry {
        mount,
        guest: guest.into(),
        source: "/home/builder/secret".into(),
        kind,
    }
}

fn file(size: u64) -> EntryKind {
    EntryKind::File { size, digest: None }
}

/// A component with these custom sections, each in a component of its own around the one before.
fn nested(sections: &[Vec<u8>]) -> Vec<u8> {
    let mut component = Vec::new();
    for section in sections {
        let mut outer = b"\0asm\x0d\0\x01\0".to_vec();
        if !component.is_empty() {
            let (id, data) = (crate::wasm::sections::COMPONENT_SECTION, &component);
            RawSection { id, data }.append_to(&mut outer);
        }
        outer.extend_from_slice(section);
        component = outer;
    }
    component
}

fn forged(data: &[u8]) -> Vec<u8> {
    let mut contents = b"\x09wasi-virt".to_vec();
    contents.extend_from_slice(data);
    let mut section = Vec::new();
    let (id, data) = (CUSTOM_SECTION, &contents);
    RawSection { id, data }.append_to(&mut section);
    section
}

#[test]
fn names_counts_and_modes_but_no_value_and_no_source() {
    let policy = Policy {
        env: vec![("TOKEN".into(), "hunter2".into())],
        args: vec!["private".into()],
        cwd: Some("/work/place".into()),
        clocks: Clocks::Fixed("2031-07-08T00:00:00Z".parse().unwrap()),
        random: Random::Seed(314_159),
        config: vec![("colour".into(), "ultramarine".into())],
        host_config: HostNames::Only(vec!["shape".into()]),
        mounts: vec![Mount::new("/", "/home/builder/secret")],
        preopens: vec![Preopen::new("/data", "/host/path").mode(FileMode::Ro)],
        ..Policy::default()
    };
    let entries = [
        entry(1, "/x", file(9)),
        entry(0, "/a", EntryKind::Directory),
        entry(0, "/a/f", file(5)),
        entry(0, "/", EntryKind::Directory),
        entry(
            0,
            "/l",
            EntryKind::Symlink {
                target: "elsewhere".into(),
            },
        ),
    ];
    let actions = [("b:c/d".to_string(), Action::Open)];
    let tree = Tree::new(
        &entries,
        &Filter::new(&policy).unwrap(),
        &policy,
        &mut Vec::new(),
    );
    let record = Record::new(&policy, tree.recorded, &actions, 3);
    let text = serde_json::to_string(&record).unwrap();
    for hidden in [
        "hunter2",
        "2031",
        "314159",
        "ultramarine",
        "private",
        "/work/place",
        "builder",
        "/host/path",
        "elsewhere",
    ] {
        assert!(!text.contains(hidden), "{text}");
    }
    assert_eq!(record.env, ["TOKEN"]);
    assert_eq!((record.args, record.cwd), (1, true));
    assert_eq!(record.mounts[0].guest, "/");
    assert_eq!(
        (
            record.mounts[0].files,
            record.mounts[0].symlinks,
            record.mounts[0].bytes
        ),
        (1, 1, 5)
    );
    assert_eq!(
        (record.mounts[1].guest.as_str(), record.mounts[1].bytes),
        ("/x", 9)
    );
    assert_eq!(record.imports["b:c/d"], Action::Open);

    let claims = inspect(&nested(&[record.section()])).unwrap().claimed;
    assert_eq!(
        claims,
        [Claim {
            depth: 0,
            content: ClaimContent::Record(Box::new(record))
        }]
    );
}

#[test]
fn every_record_is_found_the_outermost_last() {
    let record = |version: &str| Record {
        wasi_virt: version.into(),
        ..Record::default()
    };
    let sections = [record("inner").section(), record("outer").section()];
    let claims = inspect(&nested(&sections)).unwrap().claimed;
    let found: Vec<_> = claims
        .iter()
        .map(|claim| match &claim.content {
            ClaimContent::Record(record) => (claim.depth, record.wasi_virt.as_str()),
            ClaimContent::Unreadable(why) => panic!("{why}"),
        })
        .collect();
    assert_eq!(found, [(1, "inner"), (0, "outer")]);
}

#[test]
fn what_is_no_record_is_said_to_be_none() {
    let deep = "[".repeat(100_000);
    for data in [
        &b""[..],
        b"\xff\xfe",
        b"{",
        b"[]",
        b"{\"imports\":3}",
        b"{\"deny\":\"maybe\\u001b[31m\"}",
        deep.as_bytes(),
        &[b' '; LIMIT + 1],
    ] {
        let claims = inspect(&nested(&[forged(data)])).unwrap().claimed;
        match &claims[..] {
            [
                Claim {
                    content: ClaimContent::Unreadable(why),
                    ..
                },
            ] => {
                assert!(why.len() < 100 && !why.contains("maybe"), "{why}");
            }
            other => panic!("{other:?}"),
        }
    }
    // Words of later releases are passed over.
    let claims = inspect(&nested(&[forged(b"{\"wasi-virt\":\"9\",\"new\":1}")]))
        .unwrap()
        .claimed;
    assert!(matches!(&claims[0].content, ClaimContent::Record(record) if record.wasi_virt == "9"));
}

#[test]
fn a_section_of_a_core_module_is_none_of_ours() {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend_from_slice(&forged(b"{}"));
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    let (id, data) = (crate::wasm::sections::CORE_MODULE_SECTION, &module);
    RawSection { id, data }.append_to(&mut component);
    assert_eq!(inspect(&component).unwrap().claimed, []);
}
