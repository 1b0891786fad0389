//! Files of WASI 0.3, lowered with and without `async`.

use super::*;
use crate::plan::layout::Operand;
use crate::policy::Clocks;
use crate::relink::tests::{files_0_3, verified};
use std::collections::BTreeMap;
use wit_parser::LiftLowerAbi::{self, AsyncCallback, Sync};

/// The replaced functions by name, of an artifact that is valid.
fn replaced(abi: LiftLowerAbi, files: Files) -> BTreeMap<String, Replaced> {
    let policy = Policy::default();
    planned(&files_0_3(abi), &policy, files, |component, plan| {
        let plan = plan.unwrap();
        verified(component, &plan, &policy);
        let replaced = plan.replaced.into_iter();
        replaced.map(|one| (one.site.name.clone(), one)).collect()
    })
}

fn in_memory(offset: u32) -> Operand {
    Operand::Memory { offset, width: 4 }
}

const OPEN: &str = "[method]descriptor.open-at";
const RENAME: &str = "[method]descriptor.rename-at";
const STAT: &str = "[method]descriptor.stat";

#[test]
fn all_functions_are_the_adapters() {
    for writable in [false, true] {
        let files = Files {
            mounted: true,
            served: true,
            writable,
            ..Files::default()
        };
        for abi in [Sync, AsyncCallback] {
            let is_async = matches!(abi, AsyncCallback);
            let mut replaced = replaced(abi, files);
            replaced.retain(|_, one| one.site.known.starts_with("wasi:filesystem/"));
            for (name, one) in &replaced {
                assert_eq!(one.service, Service::Virtual, "{name}");
                assert_eq!(one.lowered.is_some(), one.site.is_async, "{name}");
            }
            assert!(replaced.len() > 25, "{:?}", replaced.keys());
            let lowered = replaced.values().filter(|one| one.lowered.is_some());
            assert_eq!(lowered.count(), if is_async { 21 } else { 0 });
        }
    }
}

#[test]
fn handles_are_looked_at_wherever_they_lie() {
    let files = Files {
        mounted: true,
        served: true,
        host: true,
        hidden: true,
        ..Files::default()
    };
    let of = |abi| {
        let replaced = replaced(abi, files);
        [OPEN, RENAME, STAT].map(|name| {
            let one = &replaced[name];
            assert_eq!(one.service, Service::Either, "{name}");
            assert_eq!(one.handles, one.descriptors, "{name}");
            one.handles.clone()
        })
    };
    let param = Operand::param;
    let flat = [vec![param(0)], vec![param(0), param(3)], vec![param(0)]];
    assert_eq!(of(Sync), flat);
    let spilled = [
        vec![in_memory(0)],
        vec![in_memory(0), in_memory(12)],
        vec![param(0)],
    ];
    assert_eq!(of(AsyncCallback), spilled);
}

#[test]
fn the_clock_of_0_3_says_when_a_file_was_changed() {
    let policy = Policy {
        clocks: Clocks::Allow,
        ..Policy::default()
    };
    let files = Files {
        served: true,
        writable: true,
        tmpfs: true,
        ..Files::default()
    };
    planned(&files_0_3(Sync), &policy, files, |component, plan| {
        let plan = plan.unwrap();
        assert_eq!(plan.now, Now::Host);
        let clock = &plan.reached["wasi:clocks/wall-clock#now"];
        let expected = BTreeSet::from(["wasi:clocks/system-clock@0.3.2"]);
        assert_eq!(clock.imports(), expected);
        verified(component, &plan, &policy);
    });
}
