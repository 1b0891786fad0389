//! Compositions: every part is relinked, and what one part's adapter knows cannot reach another.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::{component, component_with};
use wac_graph::{CompositionGraph, EncodeOptions, types::Package};
use wasi_virt::{
    Access, DenyMode, Entry, EntryKind, FileMode, Mount, Output, Policy, Segment, StdioMode,
    virtualize,
};

const CONTENTS: &[u8] = b"contents of a file";

/// Puts components into one, which exports what each exports; an export that a later one imports
/// is given to it.
fn composed(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut graph = CompositionGraph::new();
    let mut instances = Vec::new();
    for (at, bytes) in parts.iter().enumerate() {
        let name = format!("t:part{at}");
        let package = Package::from_bytes(&name, None, bytes.clone(), graph.types_mut()).unwrap();
        let package = graph.register_package(package).unwrap();
        let instance = graph.instantiate(package);
        let exports = wasi_virt::inspect(bytes).unwrap().exports;
        let imports = wasi_virt::inspect(bytes).unwrap().imports;
        for (of, names) in &instances {
            let names: &Vec<String> = names;
            for name in names
                .iter()
                .filter(|name| imports.iter().any(|it| it.name == **name))
            {
                let export = graph.alias_instance_export(*of, name).unwrap();
                graph
                    .set_instantiation_argument(instance, name, export)
                    .unwrap();
            }
        }
        instances.push((instance, exports));
    }
    for (at, (instance, exports)) in instances.iter().enumerate() {
        for export in exports {
            let alias = graph.alias_instance_export(*instance, export).unwrap();
            // Only the first export of a name keeps it.
            let again = format!("again{at}");
            let first = graph.export(alias, export).is_ok();
            if !first {
                graph.export(alias, &again).unwrap();
            }
        }
    }
    graph.encode(EncodeOptions::default()).unwrap()
}

fn mounted(writable: bool) -> (Policy, Vec<Entry>) {
    let policy = Policy::default().with(|changed| {
        changed.mounts = vec![Mount::new("/", "site").mode(match writable {
            true => FileMode::Rw,
            false => FileMode::Ro,
        })];
    });
    let entry = Entry {
        mount: 0,
        guest: "/a.txt".to_string(),
        source: "site/a.txt".to_string(),
        kind: EntryKind::File {
            size: CONTENTS.len() as u64,
            digest: None,
        },
    };
    (policy, vec![entry])
}

fn bytes(output: &Output, component: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for segment in &output.segments {
        match segment {
            Segment::Bytes(run) => bytes.extend_from_slice(run),
            Segment::File { .. } => bytes.extend_from_slice(CONTENTS),
            Segment::Component { offset, len } => {
                bytes.extend_from_slice(&component[*offset as usize..(*offset + *len) as usize]);
            }
        }
    }
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&bytes)
        .unwrap();
    assert_eq!(output.report.sizes.output, bytes.len() as u64);
    bytes
}

#[test]
fn every_part_is_relinked_and_the_contents_are_there_once() {
    let world = "include wasi:cli/command@0.2.6;";
    let parts = [component("0.2.6", world), component("0.2.6", world)];
    let composition = composed(&parts);
    for deny in [DenyMode::Trap, DenyMode::Error] {
        let (policy, entries) = mounted(false);
        let policy = policy.with(|changed| {
            changed.deny_mode = deny;
        });
        let output = virtualize(&composition, &policy, &entries).unwrap();
        assert_eq!(output.report.imports_after, [""; 0]);
        let artifact = bytes(&output, &composition);
        let found = artifact
            .windows(CONTENTS.len())
            .filter(|at| *at == CONTENTS);
        assert_eq!(found.count(), 1);
    }
}

const READS: &str = "include wasi:cli/command@0.2.6;";

/// What is said of a composition of two programs, the second of which does `second`.
fn refused(second: &[u8], policy: &Policy, entries: &[Entry]) -> String {
    let composition = composed(&[component("0.2.6", READS), second.to_vec()]);
    virtualize(&composition, policy, entries)
        .unwrap_err()
        .to_string()
}

#[test]
fn files_that_may_be_changed_are_one_parts_alone() {
    let (policy, entries) = mounted(true);
    let error = refused(&component("0.2.6", READS), &policy, &entries);
    assert!(
        error.contains("2 parts of the composition use files"),
        "{error}"
    );
    let clock = component("0.2.6", "import wasi:clocks/monotonic-clock@0.2.6;");
    let composition = composed(&[component("0.2.6", READS), clock]);
    let output = virtualize(&composition, &policy, &entries).unwrap();
    assert_eq!(output.report.imports_after, [""; 0]);
    bytes(&output, &composition);
}

/// Two parts, of which the second calls functions of the first.
fn pair(functions: &str) -> Vec<u8> {
    let packages = format!(
        "package t:api {{ interface api {{
            use wasi:io/streams@0.2.6.{{input-stream}};
            use wasi:filesystem/types@0.2.6.{{descriptor}};
            {functions}
        }} }}"
    );
    let part = |how: &str| {
        let world = format!("include wasi:cli/imports@0.2.6; {how} t:api/api;");
        component_with(&packages, "0.2.6", &world)
    };
    composed(&[part("export"), part("import")])
}

#[test]
fn what_only_one_adapter_knows_does_not_pass_from_part_to_part() {
    for (functions, resource) in [
        ("get: func() -> input-stream;", "input-stream"),
        ("get: func() -> option<descriptor>;", "descriptor"),
        ("put: func(them: list<descriptor>);", "descriptor"),
        ("put: func(it: borrow<descriptor>) -> u32;", "descriptor"),
    ] {
        let (policy, entries) = mounted(false);
        let composition = pair(functions);
        let error = virtualize(&composition, &policy, &entries)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!(
                "passes a {resource} from one part of the composition to another"
            )),
            "{functions}: {error}"
        );
        // The host answers all of it, or nothing does.
        let open = Policy::default().with(|changed| {
            changed.host_preopens = Access::Allow;
            changed.stdin = StdioMode::Allow;
            changed.stdout = StdioMode::Allow;
            changed.stderr = StdioMode::Allow;
            changed.sockets = Access::Allow.into();
        });
        for policy in [open, Policy::default()] {
            let output = virtualize(&composition, &policy, &[]).unwrap();
            bytes(&output, &composition);
        }
    }
}

#[test]
fn a_part_that_was_virtualized_before_has_handles_of_a_lower_layer() {
    let (policy, entries) = mounted(false);
    let program = component("0.2.6", READS);
    let once = bytes(&virtualize(&program, &policy, &entries).unwrap(), &program);
    let composition = composed(&[once, program]);
    let claims = wasi_virt::inspect(&composition).unwrap().claimed;
    assert_eq!(claims.len(), 1);
    let twice = virtualize(&composition, &policy, &entries).unwrap();
    let twice = bytes(&twice, &composition);
    let claims = wasi_virt::inspect(&twice).unwrap().claimed;
    let layers: Vec<_> = claims
        .into_iter()
        .map(|claim| match claim.content {
            wasi_virt::ClaimContent::Record(record) => record.layer,
            wasi_virt::ClaimContent::Unreadable(why) => panic!("{why}"),
        })
        .collect();
    assert_eq!(layers, [1, 2]);
}
