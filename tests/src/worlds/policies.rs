//! The policies that every random world is put under. This module must never look at a world.

use wasi_virt::{
    Clocks, DenyMode, Entry, EntryKind, FileMode, Mount, Policy, Preopen, Random, Time,
};

/// A policy with what is mounted.
pub struct Given {
    pub name: &'static str,
    pub policy: Policy,
    pub entries: Vec<Entry>,
}

/// What the one mounted file holds.
pub const CONTENTS: &[u8] = b"mounted";

/// All of them.
pub fn policies() -> Vec<Given> {
    let given = |name, policy| Given {
        name,
        policy,
        entries: Vec::new(),
    };
    let nothing = Policy::default;
    vec![
        given("nothing", nothing()),
        given("--allow-all", Policy::allow_all()),
        given(
            "--deny=error",
            Policy {
                deny: DenyMode::Error,
                ..nothing()
            },
        ),
        given(
            "--deny-other",
            Policy {
                deny_other: true,
                ..nothing()
            },
        ),
        given(
            "--debug",
            Policy {
                debug: true,
                ..nothing()
            },
        ),
        mount("--mount", FileMode::Ro),
        mount("--mount :rw", FileMode::Rw),
        given(
            "--random and --clock",
            Policy {
                random: Random::Seed(7),
                clocks: Clocks::Start(Time::default()),
                ..nothing()
            },
        ),
        given(
            "--preopen",
            Policy {
                preopens: vec![Preopen {
                    guest: "/data".to_string(),
                    host: "/data".to_string(),
                    mode: FileMode::Ro,
                }],
                ..nothing()
            },
        ),
    ]
}

/// A directory with a file.
fn mount(name: &'static str, mode: FileMode) -> Given {
    let entry = |name: &str, kind| Entry {
        mount: 0,
        guest: format!("/data{name}"),
        source: format!("data{name}"),
        kind,
    };
    let file = EntryKind::File {
        size: CONTENTS.len() as u64,
        digest: None,
    };
    Given {
        name,
        policy: Policy {
            mounts: vec![Mount {
                guest: "/data".to_string(),
                source: "data".to_string(),
                mode,
                size: None,
                nodes: None,
            }],
            ..Policy::default()
        },
        entries: vec![entry("", EntryKind::Directory), entry("/file", file)],
    }
}
