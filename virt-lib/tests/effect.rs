//! What a caller without a command line asks for and nothing could come of: it is refused, never dropped.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::component;
use wasi_virt::{Policy, Symlinks, adapter, virtualize};

#[test]
fn what_is_said_of_files_needs_a_mount() {
    let component = component("0.2.6", "include wasi:cli/imports@0.2.6;");
    let policies = [
        Policy::default().with(|changed| {
            changed.include = vec!["*.x".into()];
        }),
        Policy::default().with(|changed| {
            changed.exclude = vec!["*.x".into()];
        }),
        Policy::default().with(|changed| {
            changed.symlinks = Symlinks::Skip;
        }),
        Policy::default().with(|changed| {
            changed.mtime = 1;
        }),
    ];
    for policy in policies {
        let error = virtualize(&component, &policy, &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains(" has no effect without `mounts`"), "{error}");
    }
    let closed = Policy::default().with(|changed| {
        changed.deny_other = true;
    });
    let error = adapter(&closed, &[], "0.2.6").unwrap_err().to_string();
    assert!(
        error.contains("has no effect without a component"),
        "{error}"
    );
}
