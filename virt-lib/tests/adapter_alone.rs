//! The adapter without a component: what it exports, and that the tools of others compose it with
//! components of its WASI release so that nothing stays open that the policy closes.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::{component, stable_component};
use std::collections::BTreeSet;
use wac_graph::{CompositionGraph, EncodeOptions, types::Package};
use wasi_virt::{
    Access, Clocks, DenyMode, Entry, EntryKind, FsEntry, HostNames, Http, HttpRules, Policy,
    Random, Segment, SocketRules, Sockets, StdioMode, WasiVirt, adapter, inspect,
};

const CONTENTS: &[u8] = b"contents of a file";

fn everything(version: &str) -> Vec<u8> {
    let world = format!("include wasi:cli/imports@{version}; include wasi:http/imports@{version};");
    stable_component(version, &world)
}

fn made(policy: &Policy, entries: &[Entry], version: &str) -> Vec<u8> {
    let output = adapter(policy, entries, version).unwrap();
    let mut bytes = Vec::new();
    for segment in &output.segments {
        match segment {
            Segment::Bytes(run) => bytes.extend_from_slice(run),
            Segment::File { .. } => bytes.extend_from_slice(CONTENTS),
            Segment::Component { .. } => panic!("there is no component"),
        }
    }
    validate(&bytes);
    assert_eq!(output.report.sizes.output, bytes.len() as u64);
    assert_eq!(
        imports(&bytes),
        output.report.imports_after.into_iter().collect()
    );
    bytes
}

fn validate(bytes: &[u8]) {
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(bytes)
        .unwrap();
}

fn imports(component: &[u8]) -> BTreeSet<String> {
    inspect(component)
        .unwrap()
        .imports
        .into_iter()
        .map(|import| import.name)
        .collect()
}

/// What `wac plug component --plug adapter` makes.
fn plugged(component: &[u8], adapter: &[u8]) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut register = |name: &str, bytes: &[u8]| {
        let package = Package::from_bytes(name, None, bytes, graph.types_mut()).unwrap();
        graph.register_package(package).unwrap()
    };
    let (plug, socket) = (register("t:plug", adapter), register("t:socket", component));
    wac_graph::plug(&mut graph, vec![plug], socket).unwrap();
    let bytes = graph.encode(EncodeOptions::default()).unwrap();
    validate(&bytes);
    bytes
}

/// What `wasm-tools compose component -d adapter` makes.
fn composed(component: &[u8], adapter: &[u8]) -> Result<Vec<u8>, String> {
    let folder = tempfile::tempdir().unwrap();
    let (root, definition) = (
        folder.path().join("app.wasm"),
        folder.path().join("virt.wasm"),
    );
    std::fs::write(&root, component).unwrap();
    std::fs::write(&definition, adapter).unwrap();
    let config = wasm_compose::config::Config {
        dir: folder.path().to_path_buf(),
        definitions: vec![definition],
        ..Default::default()
    };
    let bytes = wasm_compose::composer::ComponentComposer::new(&root, &config)
        .compose()
        .map_err(|error| format!("{error:#}"))?;
    validate(&bytes);
    Ok(bytes)
}

#[test]
fn it_exports_all_of_wasi_and_closes_it() {
    for version in ["0.2.0", "0.2.6", "0.2.12"] {
        let component = everything(version);
        for deny in [DenyMode::Trap, DenyMode::Error] {
            let policy = Policy::default().with(|changed| {
                changed.deny_mode = deny;
            });
            let adapter = made(&policy, &[], version);
            assert_eq!(imports(&adapter), BTreeSet::new());
            let exports: BTreeSet<_> = inspect(&adapter).unwrap().exports.into_iter().collect();
            assert!(exports.is_superset(&imports(&component)));
            assert_eq!(imports(&plugged(&component, &adapter)), BTreeSet::new());
            assert_eq!(
                imports(&composed(&component, &adapter).unwrap()),
                BTreeSet::new()
            );
        }
    }
}

#[test]
fn wasm_tools_composes_what_forwards_no_resource() {
    let policy = Policy::default().with(|changed| {
        changed.random = Random::Allow;
        changed.env = vec![("A".into(), "1".into())];
        changed.host_env = HostNames::Only(vec!["PATH".into()]);
        changed.stdout = StdioMode::Ignore;
    });
    let adapter = made(&policy, &[], "0.2.6");
    let open = imports(&composed(&everything("0.2.6"), &adapter).unwrap());
    assert_eq!(open, imports(&adapter));
    assert_eq!(open.len(), 4, "{open:?}");
}

#[test]
fn what_is_unstable_is_denied_and_never_asked_of_the_host() {
    let component = component(
        "0.2.6",
        "import wasi:clocks/timezone@0.2.6; import wasi:sockets/network@0.2.6;",
    );
    assert!(imports(&component).contains("wasi:clocks/timezone@0.2.6"));
    let adapter = made(&Policy::default(), &[], "0.2.6");
    assert_eq!(imports(&plugged(&component, &adapter)), BTreeSet::new());
    let allowed = made(&Policy::allow_all(), &[], "0.2.6");
    assert!(!imports(&allowed).contains("wasi:clocks/timezone@0.2.6"));
}

#[test]
fn what_is_allowed_is_forwarded_under_the_hosts_names() {
    let policy = Policy::default().with(|changed| {
        changed.sockets = Access::Allow.into();
        changed.clocks = Clocks::Allow;
        changed.stdout = StdioMode::Allow;
        changed.env = vec![("A".into(), "1".into())];
        changed.host_env = HostNames::Only(vec!["PATH".into()]);
        changed.mounts = vec![wasi_virt::Mount::new("/etc/file", "file")];
    });
    let entries = [Entry {
        mount: 0,
        guest: "/etc/file".into(),
        source: "file".into(),
        kind: EntryKind::File {
            size: CONTENTS.len() as u64,
            digest: None,
        },
    }];
    let adapter = made(&policy, &entries, "0.2.6");
    let component = everything("0.2.6");
    assert!(adapter.windows(CONTENTS.len()).any(|run| run == CONTENTS));
    // wasm-tools takes resources of one name for the same, whatever interface has them.
    let error = composed(&component, &adapter).unwrap_err();
    assert!(
        error.contains("export `wasi:io/error@0.2.6` is not compatible"),
        "{error}"
    );
    for bytes in [adapter.clone(), plugged(&component, &adapter)] {
        let open = imports(&bytes);
        for name in [
            "wasi:sockets/tcp@0.2.6",
            "wasi:clocks/wall-clock@0.2.6",
            "wasi:cli/stdout@0.2.6",
            "wasi:cli/environment@0.2.6",
            "wasi:io/streams@0.2.6",
        ] {
            assert!(open.contains(name), "{name}: {open:?}");
        }
        for closed in [
            "wasi:filesystem/",
            "wasi:http/",
            "wasi:random/",
            "wasi:cli/exit@",
            "host",
        ] {
            assert!(
                !open.iter().any(|name| name.starts_with(closed)),
                "{closed}: {open:?}"
            );
        }
    }
}

#[test]
fn everything_can_be_forwarded() {
    let adapter = made(&Policy::allow_all(), &[], "0.2.6");
    let component = everything("0.2.6");
    assert_eq!(imports(&adapter), imports(&component));
    assert_eq!(imports(&plugged(&component, &adapter)), imports(&component));
}

#[test]
fn the_builder_exports_what_was_configured() {
    let mut virt = WasiVirt::new();
    virt.env().overrides(&[("A", "1")]);
    virt.random().deny();
    virt.wasi_version("0.2.6");
    let adapter = virt.finish().unwrap();
    validate(&adapter);
    let seen = inspect(&adapter).unwrap();
    assert!(
        seen.exports
            .iter()
            .all(|name| name.starts_with("wasi:random/") || name == "wasi:cli/environment@0.2.6"),
        "{:?}",
        seen.exports
    );
    let before = imports(&everything("0.2.6"));
    let after = imports(&plugged(&everything("0.2.6"), &adapter));
    assert!(after.iter().all(|name| before.contains(name)));
    assert!(!after.iter().any(|name| name.starts_with("wasi:random/")));

    // Files carry streams, and then everybody who carries streams is served.
    virt.fs().preopen("/a", FsEntry::Source("text"));
    let adapter = virt.finish().unwrap();
    validate(&adapter);
    let exports = inspect(&adapter).unwrap().exports;
    for name in [
        "wasi:io/streams@0.2.6",
        "wasi:cli/stdout@0.2.6",
        "wasi:sockets/tcp@0.2.6",
        "wasi:clocks/monotonic-clock@0.2.6",
    ] {
        assert!(
            exports.iter().any(|export| export == name),
            "{name}: {exports:?}"
        );
    }
    assert!(
        !exports
            .iter()
            .any(|name| name == "wasi:clocks/wall-clock@0.2.6")
    );
    plugged(&everything("0.2.6"), &adapter);
}

#[test]
fn one_of_0_3_exports_what_was_configured() {
    for version in ["0.3.0", "0.3.1", "0.3.2"] {
        for deny in [DenyMode::Trap, DenyMode::Error] {
            let policy = Policy::default().with(|changed| {
                changed.deny_mode = deny;
                changed.random = Random::Allow;
            });
            let adapter = inspect(&made(&policy, &[], version)).unwrap();
            assert!(adapter.imports.is_empty(), "{:?}", adapter.imports);
            let has = |name: &str| adapter.exports.contains(&format!("{name}@{version}"));
            assert!(has("wasi:filesystem/types") && has("wasi:cli/stdin"));
            assert!(!has("wasi:random/random"));
        }
        let mut virt = WasiVirt::new();
        virt.env().overrides(&[("MODE", "test")]);
        let adapter = virt.wasi_version(version).finish().unwrap();
        let exports = inspect(&adapter).unwrap().exports;
        assert_eq!(exports, [format!("wasi:cli/environment@{version}")]);
    }
}

/// It would forward nothing that rules are for, and a program would reach the host past it.
#[test]
fn one_of_0_3_has_no_network_rules() {
    let mut sockets = SocketRules::new();
    sockets.allow.push("10.0.0.1:80".into());
    let mut http = HttpRules::new();
    http.allow.push("https://a.example".into());
    let policy = Policy::default().with(|changed| {
        changed.sockets = Sockets::Rules(sockets);
        changed.http = Http::Rules(http);
    });
    for version in ["0.3.0", "0.3.1", "0.3.2"] {
        let error = wasi_virt::adapter(&policy, &[], version).unwrap_err();
        let error = error.to_string();
        for key in ["`sockets`", "`http`"] {
            let expected = format!("{key} has rules, which an adapter alone for WASI 0.3 cannot");
            assert!(error.contains(&expected), "{error}");
        }
    }
    assert!(wasi_virt::adapter(&policy, &[], "0.2.12").is_ok());
}

#[test]
fn nothing_configured_is_nothing_to_make() {
    let error = WasiVirt::new().finish().unwrap_err().to_string();
    assert!(error.contains("there is no adapter to make"), "{error}");
    let error = WasiVirt::new()
        .allow_all()
        .wasi_version("0.4.0")
        .finish()
        .unwrap_err()
        .to_string();
    assert!(error.contains("0.4.0"), "{error}");
}
