//! Releases of WASI and names of interfaces: those that are served, and those that are refused.

use crate::common::{component, component_with};
use crate::{EVERYTHING, error, run};
use wasi_virt::{Access, HostNames, Policy};

#[test]
fn every_version_of_wasi_0_2_is_served() {
    for version in ["0.2.0", "0.2.3", "0.2.9", "0.2.12", "0.2.99"] {
        let world = EVERYTHING.replace("0.2.6", version);
        let output = run(
            &component(version, &world),
            &Policy::default().with(|changed| {
                changed.sockets = Access::Allow.into();
            }),
        );
        assert!(
            output
                .report
                .imports_after
                .contains(&format!("wasi:sockets/tcp@{version}")),
            "{version}"
        );
    }
}

#[test]
fn other_versions_are_named() {
    for (component, policy, name) in [
        (
            component(
                "0.2.0-rc-2023-12-05",
                "import wasi:cli/environment@0.2.0-rc-2023-12-05;",
            ),
            Policy::default(),
            "wasi:cli/environment@0.2.0-rc-2023-12-05",
        ),
        (
            component("1.0.0", "import wasi:cli/environment@1.0.0;"),
            Policy::default(),
            "wasi:cli/environment@1.0.0",
        ),
    ] {
        let message = error(&component, &policy);
        assert!(
            message.contains(name) && message.contains("build the component for WASI 0.2"),
            "{message}"
        );
    }
}

#[test]
fn an_interface_of_another_type_than_wasis_is_refused() {
    // The same core signature, another layout: read by the adapter's code, memory of the adapter.
    let component = component_with(
        "package wasi:cli@0.2.50 { interface environment {
            get-environment: func() -> list<tuple<u64, u64, u64, u64, u64, u64>>; } }",
        "0.2.6",
        "import wasi:cli/environment@0.2.50;",
    );
    let policy = Policy::default().with(|changed| {
        changed.host_env = HostNames::Except(vec!["SECRET".to_string()]);
    });
    let message = error(&component, &policy);
    assert!(
        message.contains("get-environment") && message.contains("type"),
        "{message}"
    );
}

#[test]
fn wasi_under_a_label_is_refused() {
    let component = wat::parse_str(
        r#"(component (import "net" (implements "wasi:sockets/x@0.2.6") (instance (export "f" (func (result u32))))))"#,
    )
    .unwrap();
    let message = error(&component, &Policy::default());
    assert!(
        message.contains("`net`") && message.contains("wasi:sockets/x@0.2.6"),
        "{message}"
    );
}
