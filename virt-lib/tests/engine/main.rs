//! The engine on components made from WIT: what stays open, what is closed, what is refused. The
//! components do nothing; what artifacts *do* is proved by the cases in `tests/`.

#![cfg(not(target_family = "wasm"))]

mod artifact;
#[path = "../common/mod.rs"]
mod common;
mod opened;
mod patterns;
mod releases;
mod types;

use wasi_virt::{Action, Output, Policy, Segment, virtualize};

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
