use super::*;
use crate::plan::Files;
use crate::plan::streams::{Does, Ends, Handed, Kind};
use crate::policy::Policy;
use crate::relink::tests::{planned, verified};
use crate::testing::test;
use crate::wasi;
use semver::Version;
use std::collections::BTreeMap;

/// A pass-through under `policy`, and what it was made of.
fn made(policy: &Policy, version: &Version, scope: Coverage) -> (Component, Component) {
    let mut all = Component::importing(wasi::everything(version).unwrap());
    let served = select(&mut all, policy, Files::default(), version, scope).unwrap();
    let bytes = component(&all, &served, None).unwrap();
    let made = Component::read(&bytes).unwrap();
    let names: Vec<_> = made.exports.iter().map(|export| &export.name).collect();
    let wanted: Vec<_> = served.iter().map(|interface| &interface.name).collect();
    assert_eq!(names, wanted);
    (made, all)
}

/// The functions of every exported interface, by name.
fn exported(component: &Component) -> BTreeMap<String, Vec<String>> {
    let (resolve, world) = component.world.as_ref().unwrap();
    let exports = resolve.worlds[*world].exports.iter();
    exports
        .filter_map(|(key, item)| match item {
            WorldItem::Interface { id, .. } => {
                let functions = resolve.interfaces[*id].functions.keys();
                Some((resolve.name_world_key(key), functions.cloned().collect()))
            }
            _ => None,
        })
        .collect()
}

fn every_version() -> impl Iterator<Item = Version> {
    (0..=wasi::release::NEWEST.patch).map(|patch| Version::new(0, 2, patch))
}

#[test]
fn every_release_is_exported_whole_and_asks_for_the_same() {
    for version in every_version() {
        let (made, all) = made(&Policy::default(), &version, Coverage::All);
        let functions: BTreeMap<_, Vec<_>> = all.functions().into_iter().collect();
        let exported = exported(&made);
        assert_eq!(exported.len(), all.imports.len());
        for (name, exported) in &exported {
            assert!(name.ends_with(&format!("@{version}")), "{name}");
            assert_eq!(exported, &functions[name], "{name}");
            // What it exports, it imports; not even a type is left out.
            assert_eq!(made.functions().get(name), Some(exported), "{name}");
        }
        assert_eq!(made.imports.len(), exported.len());
    }
}

/// Whether each function of what is exported is `async`, by interface.
fn asynchronous(resolve: &wit_parser::Resolve, items: &[&WorldItem]) -> Vec<(String, bool)> {
    let interfaces = items.iter().filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(&resolve.interfaces[*id]),
        _ => None,
    });
    let functions = interfaces.flat_map(|interface| interface.functions.values());
    let mut all: Vec<_> = functions
        .map(|function| (function.name.clone(), function.kind.is_async()))
        .collect();
    all.sort();
    all
}

#[test]
fn every_release_of_0_3_is_exported_as_it_is_in_wit() {
    for patch in 0..=wasi::release::NEWEST_0_3.patch {
        let version = Version::new(0, 3, patch);
        let (made, all) = made(&Policy::default(), &version, Coverage::All);
        let functions: BTreeMap<_, Vec<_>> = all.functions().into_iter().collect();
        let exported = exported(&made);
        assert_eq!(exported.len(), all.imports.len());
        for (name, exported) in &exported {
            assert!(name.ends_with(&format!("@{version}")), "{name}");
            assert_eq!(exported, &functions[name], "{name}");
        }
        let (resolve, world) = made.world.as_ref().unwrap();
        let exports: Vec<_> = resolve.worlds[*world].exports.values().collect();
        let (original, everything) = all.world.as_ref().unwrap();
        let imports: Vec<_> = original.worlds[*everything].imports.values().collect();
        let of_exports = asynchronous(resolve, &exports);
        assert_eq!(of_exports, asynchronous(original, &imports));
        assert!(of_exports.iter().any(|(_, is_async)| *is_async));
    }
}

#[test]
fn of_0_3_nothing_is_forwarded() {
    let version = wasi::release::NEWEST_0_3;
    let policy = Policy {
        random: crate::Random::Allow,
        clocks: crate::Clocks::Allow,
        stdin: crate::StdioMode::Allow,
        stdout: crate::StdioMode::Ignore,
        ..Policy::default()
    };
    let (made, _) = made(&policy, &version, Coverage::All);
    let exported = exported(&made);
    for (name, is_exported) in [
        ("wasi:random/random", false),
        ("wasi:clocks/monotonic-clock", false),
        ("wasi:cli/stdin", false),
        // A terminal of the host's is of its type.
        ("wasi:cli/terminal-stdin", false),
        ("wasi:cli/terminal-input", false),
        ("wasi:cli/stdout", true),
        ("wasi:filesystem/types", true),
        ("wasi:http/client", true),
    ] {
        let found = exported.contains_key(&format!("{name}@{version}"));
        assert_eq!(found, is_exported, "{name}: {:?}", exported.keys());
    }
}

#[test]
fn results_and_entries_that_leave_are_real() {
    let files = Files {
        mounted: true,
        served: true,
        ..Files::default()
    };
    let version = wasi::release::NEWEST_0_3;
    let mut all = Component::importing(wasi::everything(&version).unwrap());
    let policy = Policy::default();
    let served = select(&mut all, &policy, files, &version, Coverage::All).unwrap();
    let bytes = component(&all, &served, None).unwrap();
    planned(&bytes, &policy, files, |component, plan| {
        let plan = plan.unwrap();
        let inner = plan.inner.values().find(|plan| !plan.replaced.is_empty());
        let inner = inner.unwrap();
        let built_ins = inner.streams.built_ins.iter();
        let handed = built_ins.filter_map(|one| match &one.does {
            Does::Hand(handed) => Some(handed.clone()),
            _ => None,
        });
        let handed: Vec<_> = handed.collect();
        let both = Ends::Parts(vec![
            (0, Ends::Here(Kind::Entries)),
            (1, Ends::Here(Kind::Files)),
        ]);
        assert!(handed.contains(&Handed::Flat(both)), "{handed:?}");
        let one = Handed::Flat(Ends::Here(Kind::Files));
        assert!(handed.contains(&one), "{handed:?}");
        assert_eq!(inner.own_context(), Some(inner.contexts.len() as u32));
        assert_eq!(plan.own_context(), None);
        verified(component, &plan, &policy);
    });
}

#[test]
fn what_is_forwarded_is_what_the_release_has() {
    let allowed = Policy::allow_all();
    for version in every_version() {
        let (made, _) = made(&allowed, &version, Coverage::All);
        let exported = exported(&made);
        assert!(!exported.contains_key(&format!("wasi:clocks/timezone@{version}")));
        let exit = &exported[&format!("wasi:cli/exit@{version}")];
        let has_code = exit.iter().any(|name| name == "exit-with-code");
        assert_eq!(has_code, version >= Version::new(0, 2, 12), "{version}");
    }
}

#[test]
fn what_can_be_left_to_the_host_is_not_exported() {
    let names = |policy: &Policy| {
        let (made, _) = made(policy, &wasi::release::NEWEST, Coverage::Closed);
        let exports = made.exports.into_iter().map(|export| export.name);
        exports.collect::<Vec<_>>()
    };
    assert_eq!(names(&Policy::allow_all()), [""; 0]);
    let random = names(&Policy {
        random: crate::Random::Deny,
        ..Policy::allow_all()
    });
    assert_eq!(random.len(), 3, "{random:?}");
    assert!(random.iter().all(|name| name.starts_with("wasi:random/")));
    // A denied filesystem takes and gives host streams.
    let files = names(&Policy {
        host_preopens: crate::Access::Deny,
        host_env: crate::HostNames::All,
        ..Policy::allow_all()
    });
    assert!(
        files
            .iter()
            .any(|name| name.starts_with("wasi:filesystem/types@"))
    );
    assert!(
        !files.iter().any(|name| name.starts_with("wasi:io/")),
        "{files:?}"
    );
    // Virtual streams are in everything that has streams, and the rest stays the host's.
    let output = names(&Policy {
        stdout: crate::StdioMode::Ignore,
        ..Policy::allow_all()
    });
    for (name, is_exported) in [
        ("wasi:io/streams", true),
        ("wasi:sockets/tcp", true),
        ("wasi:http/types", true),
        ("wasi:clocks/monotonic-clock", true),
        ("wasi:clocks/wall-clock", false),
        ("wasi:random/random", false),
    ] {
        let found = output.contains(&format!("{name}@{}", wasi::release::NEWEST));
        assert_eq!(found, is_exported, "{name}: {output:?}");
    }
    // Where all is denied, nothing needs what opens nothing by itself.
    let all = Component::importing(wasi::everything(&wasi::release::NEWEST).unwrap()).imports;
    assert_eq!(names(&Policy::default()).len(), all.len());
}

#[test]
fn its_memory_is_limited() {
    let all = Component::importing(wasi::everything(&wasi::release::NEWEST).unwrap());
    let least = |limit| {
        let bytes = component(&all, &[], limit).unwrap();
        let parsed = wasmparser::Parser::new(0).parse_all(&bytes);
        let mut memories = parsed.filter_map(|payload| match payload.unwrap() {
            wasmparser::Payload::MemorySection(section) => section.into_iter().next(),
            _ => None,
        });
        memories.next().unwrap().unwrap().maximum
    };
    assert_eq!(least(None), None);
    assert_eq!(least(Some(Size(3 << 16))), Some(3));
    assert_eq!(least(Some(Size(1))), Some(1));
    assert_eq!(least(Some(Size(1 << 40))), Some(1 << 16));
}
