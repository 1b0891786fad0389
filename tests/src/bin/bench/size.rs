//! How many bytes an artifact of a Rust command has more than its component, contents of files not
//! counted.

use crate::artifact::rest_allowed;
use crate::table::aim;
use anyhow::Result;
use std::fs;
use wasi_virt::{
    Clocks, Entry, EntryKind, Http, HttpRules, Policy, Random, SocketRules, Sockets, StdioMode,
    Time, Tmpfs,
};
use wasi_virt_tests::paths;

pub fn table() -> Result<()> {
    println!("\nbytes added, KB");
    println!("{:<60}{:>12}{:>10}  aim", "artifact", "component", "added");
    let tmpfs = Tmpfs::new("/to");
    let writable = all_virtual().with(|changed| {
        changed.tmpfs = vec![tmpfs.clone()];
    });
    let jobs = [
        (
            "read-only, the rest the host's",
            "bench",
            rest_allowed(),
            Some(20.0),
        ),
        (
            "writable, the rest the host's",
            "bench",
            rest_allowed().with(|changed| {
                changed.tmpfs = vec![tmpfs];
            }),
            Some(45.0),
        ),
        (
            "read-only, the rest denied",
            "bench",
            Policy::default(),
            None,
        ),
        (
            "all of WASI imported, all virtual, writable",
            "probe",
            writable.clone(),
            Some(60.0),
        ),
        (
            "0.3 alone, read-only, the rest the host's",
            "bench-p3",
            rest_allowed(),
            None,
        ),
        (
            "0.3 alone, all virtual, writable",
            "probe-p3",
            writable.clone(),
            None,
        ),
        (
            "0.2 and 0.3, all virtual, writable",
            "probe-p3-mixed",
            writable.clone(),
            Some(60.0),
        ),
        (
            "all of WASI imported, all denied, read-only",
            "probe",
            Policy::default(),
            Some(60.0),
        ),
    ];
    let with_files = jobs.map(|job| (job, entries()));
    let of_network = [
        (
            "rules for sockets, by name, the rest the host's",
            "net",
            true,
            false,
        ),
        (
            "rules for requests, the rest the host's",
            "net",
            false,
            true,
        ),
        ("rules for both, the rest the host's", "net", true, true),
        (
            "0.3 alone, rules for both, the rest the host's",
            "net-p3",
            true,
            true,
        ),
    ];
    let of_network = of_network.map(|(name, component, sockets, http)| {
        let job = (name, component, ruled(sockets, http), Some(15.0));
        (job, Vec::new())
    });
    let all = with_files.into_iter().chain(of_network);
    for ((name, component, policy, most), entries) in all {
        let bytes = fs::read(paths::fixture(component)?)?;
        let added = match wasi_virt::virtualize(&bytes, &policy, &entries) {
            Ok(output) => output.report.sizes.adapter as f64 / 1e3,
            Err(error) => {
                println!("{name:<60}{error}");
                continue;
            }
        };
        println!(
            "{name:<60}{component:>12}{added:>10.1}  {}",
            aim(added, most)
        );
    }
    Ok(())
}

/// Everything, but for sockets and requests what a rule allows.
fn ruled(sockets: bool, http: bool) -> Policy {
    Policy::allow_all().with(|changed| {
        if sockets {
            let mut rules = SocketRules::new();
            rules.allow = vec!["api.example.com:443".into()];
            changed.sockets = Sockets::Rules(rules);
        }
        if http {
            let mut rules = HttpRules::new();
            rules.allow = vec!["https://api.example.com/v1".into()];
            changed.http = Http::Rules(rules);
        }
    })
}

/// A folder with a file.
fn entries() -> Vec<Entry> {
    let entry = |guest: &str, kind| Entry {
        mount: 0,
        guest: guest.into(),
        source: guest.into(),
        kind,
    };
    let file = EntryKind::File {
        size: 100,
        digest: None,
    };
    vec![entry("/", EntryKind::Directory), entry("/a.txt", file)]
}

fn all_virtual() -> Policy {
    Policy::default().with(|changed| {
        changed.env = vec![("A".into(), "B".into())];
        changed.args = vec!["program".into()];
        changed.stdin = StdioMode::Ignore;
        changed.stdout = StdioMode::Ignore;
        changed.stderr = StdioMode::Ignore;
        changed.clocks = Clocks::Start(Time {
            seconds: 0,
            nanoseconds: 0,
        });
        changed.random = Random::Seed(1);
    })
}
