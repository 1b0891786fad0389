//! What a caller without a command line asks for and nothing could come of: it is refused, never dropped.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::component;
use wasi_virt::{Policy, Symlinks, adapter, virtualize};

#[test]
fn what_is_said_of_files_needs_a_mount() {
    let component = component("0.2.6", "include wasi:cli/imports@0.2.6;");
    let policies = [
        Policy {
            include: vec!["*.x".into()],
            ..Policy::default()
        },
        Policy {
            exclude: vec!["*.x".into()],
            ..Policy::default()
        },
        Policy {
            symlinks: Symlinks::Skip,
            ..Policy::default()
        },
        Policy {
            mtime: 1,
            ..Policy::default()
        },
    ];
    for policy in policies {
        let error = virtualize(&component, &policy, &[])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("has an effect only with `--mount`"),
            "{error}"
        );
    }
    let closed = Policy {
        deny_other: true,
        ..Policy::default()
    };
    let error = adapter(&closed, &[], "0.2.6").unwrap_err().to_string();
    assert!(error.contains("only with a component"), "{error}");
}
