//! Artifacts that are virtualized again.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::component;
use wasi_virt::{ClaimContent, HostNames, Policy, Segment, inspect, virtualize};

fn again(component: &[u8], policy: &Policy) -> Vec<u8> {
    let output = virtualize(component, policy, &[]).unwrap();
    let mut bytes = Vec::new();
    for segment in &output.segments {
        match segment {
            Segment::Bytes(own) => bytes.extend_from_slice(own),
            Segment::Component { offset, len } => {
                bytes.extend_from_slice(&component[*offset as usize..(*offset + *len) as usize]);
            }
            Segment::File { .. } => panic!("a file"),
        }
    }
    bytes
}

fn layers(artifact: &[u8]) -> Vec<u32> {
    let claimed = inspect(artifact).unwrap().claimed;
    let layer = |content| match content {
        ClaimContent::Record(record) => record.layer,
        ClaimContent::Unreadable(why) => panic!("{why}"),
    };
    claimed.into_iter().map(|it| layer(it.content)).collect()
}

#[test]
fn each_time_has_the_next_layer_and_there_are_fifteen() {
    let policy = Policy::default().with(|changed| {
        changed.host_env = HostNames::Only(vec!["PATH".to_string()]);
    });
    let mut artifact = component("0.2.6", "import wasi:cli/environment@0.2.6;");
    for layer in 1..=15 {
        artifact = again(&artifact, &policy);
        assert_eq!(layers(&artifact), (1..=layer).collect::<Vec<_>>());
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&artifact)
            .unwrap();
    }
    let error = virtualize(&artifact, &policy, &[]).unwrap_err().to_string();
    assert!(error.contains("virtualized 15 times"), "{error}");
    assert!(error.contains("15 is the limit"), "{error}");
}

#[test]
fn what_has_no_handles_takes_no_layer() {
    let component = component("0.2.6", "import wasi:random/random@0.2.6;");
    let denied = again(&component, &Policy::default());
    assert_eq!(layers(&denied), [0]);
}
