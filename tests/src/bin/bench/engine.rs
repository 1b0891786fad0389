//! What planning takes inside the engine for a small component: `examples/hello.wasm`, a Rust
//! program of today.

use crate::table::{aim, median};
use anyhow::Result;
use std::time::Instant;
use wasi_virt::{Entry, EntryKind, Policy, StdioMode, virtualize};
use wasi_virt_tests::paths;

const RUNS: usize = 60;

pub fn table() -> Result<()> {
    let component = std::fs::read(paths::fixture("hello-example")?)?;
    println!("\ngeneration inside the engine, ms (median of {RUNS})");
    println!("{:<16}{:>10}  aim", "job", "time");
    let stdio = || {
        Policy::default().with(|changed| {
            changed.stdin = StdioMode::Allow;
            changed.stdout = StdioMode::Allow;
            changed.stderr = StdioMode::Allow;
        })
    };
    let env_only = Policy::allow_all().with(|changed| {
        changed.env = vec![("A".to_string(), "B".to_string())];
    });
    let jobs = [
        ("deny-all", Policy::default(), vec![]),
        ("env only", env_only, vec![]),
        ("10 files", stdio(), files(10)),
        ("1,000 files", stdio(), files(1000)),
    ];
    for (name, policy, entries) in jobs {
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let start = Instant::now();
            let output = virtualize(&component, &policy, &entries)?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
            drop(output);
        }
        let time = median(times);
        println!("{name:<16}{time:>10.2}  {}", aim(time, Some(5.0)));
    }
    Ok(())
}

fn files(count: u32) -> Vec<Entry> {
    let entry = |guest: String, kind| Entry {
        mount: 0,
        source: guest.clone(),
        guest,
        kind,
    };
    let file = EntryKind::File {
        size: 100,
        digest: None,
    };
    let files = (0..count).map(|n| entry(format!("/file-{n}"), file.clone()));
    [entry("/".to_string(), EntryKind::Directory)]
        .into_iter()
        .chain(files)
        .collect()
}
