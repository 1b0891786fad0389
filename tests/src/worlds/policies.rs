//! The policies that every random world is put under. This module must never look at a world.

use wasi_virt::{
    Clocks, DebugLog, DenyMode, Entry, EntryKind, FileMode, Mount, Policy, Preopen, Random, Time,
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
            nothing().with(|changed| {
                changed.deny_mode = DenyMode::Error;
            }),
        ),
        given(
            "--deny-other",
            nothing().with(|changed| {
                changed.deny_other = true;
            }),
        ),
        given(
            "--debug",
            nothing().with(|changed| {
                changed.debug = DebugLog::All;
            }),
        ),
        mount("--mount", FileMode::Ro),
        mount("--mount :rw", FileMode::Rw),
        given(
            "--random and --clock",
            nothing().with(|changed| {
                changed.random = Random::Seed(7);
                changed.clocks = Clocks::Start(Time::default());
            }),
        ),
        given(
            "--preopen",
            nothing().with(|changed| {
                changed.preopens = vec![Preopen::new("/data", "/data").mode(FileMode::Ro)];
            }),
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
        policy: Policy::default().with(|changed| {
            changed.mounts = vec![Mount::new("/data", "data").mode(mode)];
        }),
        entries: vec![entry("", EntryKind::Directory), entry("/file", file)],
    }
}
