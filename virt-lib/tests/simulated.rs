//! Virtual clocks, random numbers and configuration in the engine: who serves what, and what stays
//! open.

#![cfg(not(target_family = "wasm"))]

mod common;

use common::{changed_component, component, component_with};
use wasi_virt::{
    Access, Action, Clocks, HostNames, Output, Policy, Random, StdioMode, Time, adapter, virtualize,
};

fn action(output: &Output, name: &str) -> Action {
    let found = output.report.interfaces.iter().find(|i| i.name == name);
    found.unwrap_or_else(|| panic!("no {name}")).action
}

fn start() -> Clocks {
    Clocks::Start("2024-01-01T00:00:00Z".parse().unwrap())
}

#[test]
fn a_virtual_clock_makes_pollables_and_the_time_zone_virtual() {
    let component = component(
        "0.2.6",
        "import wasi:clocks/wall-clock@0.2.6; import wasi:clocks/monotonic-clock@0.2.6;
         import wasi:clocks/timezone@0.2.6; import wasi:sockets/tcp@0.2.6;",
    );
    let policy = Policy::default().with(|changed| {
        changed.clocks = start();
        changed.sockets = Access::Allow.into();
    });
    let output = virtualize(&component, &policy, &[]).unwrap();
    for (name, expected) in [
        ("wasi:clocks/wall-clock@0.2.6", Action::Virtual),
        ("wasi:clocks/monotonic-clock@0.2.6", Action::Virtual),
        ("wasi:clocks/timezone@0.2.6", Action::Virtual),
        ("wasi:io/poll@0.2.6", Action::Virtual),
        ("wasi:sockets/tcp@0.2.6", Action::Host),
    ] {
        assert_eq!(action(&output, name), expected, "{name}");
    }
    let open = &output.report.imports_after;
    assert!(
        !open.iter().any(|name| name.starts_with("wasi:clocks/")),
        "{open:?}"
    );
}

/// A function that has the name of WASI's and another type would be misread.
#[test]
fn a_time_zone_unlike_that_of_its_release_is_refused_or_denied() {
    let policy = Policy::default().with(|changed| changed.clocks = start());
    let imports = "import wasi:clocks/timezone@0.2.6;";
    let of_0_3 = ("(when: datetime) -> s32", "(when: datetime) -> option<s64>");
    let error = virtualize(&changed_component("0.2.6", imports, of_0_3), &policy, &[]);
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("`wasi:clocks/timezone@0.2.6`: the type of its function `utc-offset`"),
        "{error}"
    );
    let name = "  iana-id: func() -> option<string>;\n  display: func";
    let component = changed_component("0.2.6", imports, ("  display: func", name));
    let output = virtualize(&component, &policy, &[]).unwrap();
    assert_eq!(
        action(&output, "wasi:clocks/timezone@0.2.6"),
        Action::Virtual
    );
    let text = "denied by wasi-virt: wasi:clocks/timezone@0.2.6#iana-id";
    let written = output.segments.iter().any(|segment| match segment {
        wasi_virt::Segment::Bytes(bytes) => {
            bytes.windows(text.len()).any(|run| run == text.as_bytes())
        }
        _ => false,
    });
    assert!(written && output.report.imports_after.is_empty());
}

#[test]
fn a_wall_clock_alone_leaves_streams_to_the_host() {
    let component = component(
        "0.2.6",
        "import wasi:clocks/wall-clock@0.2.6; import wasi:cli/stdout@0.2.6; import wasi:filesystem/types@0.2.6;",
    );
    let policy = Policy::default().with(|changed| {
        changed.clocks = start();
        changed.stdout = StdioMode::Allow;
        changed.host_preopens = Access::Allow;
    });
    let output = virtualize(&component, &policy, &[]).unwrap();
    assert_eq!(action(&output, "wasi:cli/stdout@0.2.6"), Action::Host);
    assert_eq!(action(&output, "wasi:filesystem/types@0.2.6"), Action::Host);
    assert_eq!(
        action(&output, "wasi:clocks/wall-clock@0.2.6"),
        Action::Virtual
    );
}

/// Something forwarded carries streams, so that the adapter imports what is the host's of
/// `wasi:io`: of nothing else.
#[test]
fn what_is_virtual_beside_forwarded_streams_is_no_import() {
    let component = component(
        "0.2.6",
        "include wasi:cli/imports@0.2.6; import wasi:random/random@0.2.6;",
    );
    let policy = Policy::default().with(|changed| {
        changed.env = vec![("A".into(), "b".into())];
        changed.clocks = start();
        changed.random = Random::Seed(1);
        changed.sockets = Access::Allow.into();
        changed.stdout = StdioMode::Ignore;
    });
    let output = virtualize(&component, &policy, &[]).unwrap();
    assert_eq!(
        action(&output, "wasi:cli/environment@0.2.6"),
        Action::Virtual
    );
    for import in &output.report.imports_after {
        assert!(
            ["wasi:io/", "wasi:sockets/"]
                .iter()
                .any(|start| import.starts_with(start)),
            "{import}"
        );
    }
}

const CONFIG: &str = "package wasi:config@0.2.0-rc.1 { interface store {
        variant error { upstream(string), io(string) }
        get: func(key: string) -> result<option<string>, error>;
        later: func() -> result<string, error>; } }
    package wasi:config@0.2.0-next { interface store { get: func(key: string) -> option<string>; } }";

#[test]
fn only_known_configuration_is_served() {
    let imports = "import wasi:config/store@0.2.0-rc.1; import wasi:config/store@0.2.0-next;";
    let component = component_with(CONFIG, "0.2.6", imports);
    let action_of = |policy: &Policy, version: &str| {
        let output = virtualize(&component, policy, &[]).unwrap();
        action(&output, &format!("wasi:config/store@{version}"))
    };
    let fixed = Policy::default().with(|changed| {
        changed.config = vec![("a".into(), "b".into())];
    });
    assert_eq!(action_of(&fixed, "0.2.0-rc.1"), Action::Virtual);
    assert_eq!(action_of(&fixed, "0.2.0-next"), Action::Denied);
    let listed = Policy::default().with(|changed| {
        changed.host_config = HostNames::Only(vec!["a".into()]);
    });
    assert_eq!(action_of(&listed, "0.2.0-rc.1"), Action::Forwarded);
    assert_eq!(action_of(&listed, "0.2.0-next"), Action::Denied);
    let open = virtualize(&component, &listed, &[])
        .unwrap()
        .report
        .imports_after;
    assert_eq!(open, ["wasi:config/store@0.2.0-rc.1"]);
    assert_eq!(action_of(&Policy::default(), "0.2.0-rc.1"), Action::Denied);

    let only_next = component_with(CONFIG, "0.2.6", "import wasi:config/store@0.2.0-next;");
    let error = virtualize(&only_next, &fixed, &[]).unwrap_err().to_string();
    assert!(error.contains("`config` has no effect"), "{error}");
}

#[test]
fn values_out_of_range_are_refused() {
    let component = component(
        "0.2.6",
        "import wasi:clocks/wall-clock@0.2.6; import wasi:random/random@0.2.6;",
    );
    for time in [
        Time {
            seconds: Time::LAST + 1,
            nanoseconds: 0,
        },
        Time {
            seconds: 0,
            nanoseconds: 1_000_000_000,
        },
    ] {
        let policy = Policy::default().with(|changed| {
            changed.clocks = Clocks::Fixed(time);
            changed.random = Random::Seed(u64::MAX);
        });
        let error = virtualize(&component, &policy, &[])
            .unwrap_err()
            .to_string();
        assert_eq!(error.lines().count(), 2, "{error}");
    }
}

/// An adapter alone has what its release has: `exit-with-code` came with 0.2.12. Denied, it is
/// there before, so that a component that imports it early finds it closed.
#[test]
fn an_adapter_alone_serves_clocks_random_and_exit() {
    for (version, exit, expected) in [
        ("0.2.6", Access::Allow, false),
        ("0.2.12", Access::Allow, true),
        ("0.2.6", Access::Deny, true),
    ] {
        let policy = Policy::default().with(|changed| {
            changed.clocks = start();
            changed.random = Random::Seed(1);
            changed.exit = exit;
        });
        let output = adapter(&policy, &[], version).unwrap();
        let name = format!("wasi:cli/exit@{version}");
        assert_eq!(
            action(&output, &format!("wasi:random/insecure@{version}")),
            Action::Virtual
        );
        let left: Vec<_> = match exit {
            Access::Allow => vec![name.clone()],
            Access::Deny => vec![],
        };
        assert_eq!(output.report.imports_after, left);
        let bytes: Vec<u8> = output
            .segments
            .into_iter()
            .flat_map(|segment| match segment {
                wasi_virt::Segment::Bytes(bytes) => bytes,
                other => panic!("{other:?}"),
            })
            .collect();
        let found = bytes
            .windows(b"exit-with-code".len())
            .any(|run| run == b"exit-with-code");
        assert_eq!(found, expected, "{version} {exit:?}");
    }
}
