//! What generation costs inside the engine, and how large adapters are. Prints tables; asserts nothing.
//! `cargo xtask bench` runs it; component: `examples/hello.wasm`, a Rust program of today.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};
use wasi_virt::{Access, Entry, EntryKind, Policy, StdioMode, plan};

const RUNS: usize = 60;

fn main() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hello.wasm");
    let component = std::fs::read(path).expect("examples/hello.wasm");
    generation(&component);
    sizes(&component);
}

fn files(count: u32) -> Vec<Entry> {
    let entry = |guest: String, kind| Entry {
        mount: 0,
        source: guest.clone(),
        guest,
        kind,
    };
    let mut entries = vec![entry("/".to_string(), EntryKind::Directory)];
    entries.extend((0..count).map(|n| {
        entry(
            format!("/file-{n}"),
            EntryKind::File {
                size: 100,
                digest: None,
            },
        )
    }));
    entries
}

/// All the host's but the environment, which is fixed.
fn env_only() -> Policy {
    Policy {
        env: vec![("A".to_string(), "B".to_string())],
        ..Policy::allow_all()
    }
}

fn stdio() -> Policy {
    Policy {
        stdin: StdioMode::Allow,
        stdout: StdioMode::Allow,
        stderr: StdioMode::Allow,
        ..Policy::default()
    }
}

fn generation(component: &[u8]) {
    // Measured on such a machine, see the project's notes: (name, with wasm-opt, without).
    println!(
        "generation, ms (median of {RUNS}); the peer is WASI-Virt 0.2.0, measured on 2026-11-22"
    );
    println!(
        "{:<12} {:>8} {:>6} {:>10} {:>17}",
        "job", "median", "aim", "peer", "peer, no wasm-opt"
    );
    let jobs = [
        ("deny-all", Policy::default(), vec![], 269.0, 42.0),
        ("env only", env_only(), vec![], 266.0, 46.0),
        ("10 files", stdio(), files(10), 260.0, 41.0),
        ("1,000 files", stdio(), files(1000), 448.0, 81.0),
    ];
    for (name, policy, entries, peer, plain) in jobs {
        let median = median(|| drop(plan(component, &policy, &entries).expect("a plan")));
        println!(
            "{name:<12} {:>8.2} {:>6} {peer:>10} {plain:>17}",
            median.as_secs_f64() * 1e3,
            "5"
        );
    }
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

fn sizes(component: &[u8]) {
    println!("\nadapter, bytes; the peer's is 130,425 to 219,026");
    println!("{:<36} {:>8} {:>8}", "what it serves", "bytes", "aim");
    let ignore = |policy: Policy| Policy {
        stdin: StdioMode::Ignore,
        stdout: StdioMode::Ignore,
        stderr: StdioMode::Ignore,
        ..policy
    };
    let streams = common::component_with(
        "",
        "0.2.6",
        "import wasi:cli/stdin@0.2.6; import wasi:cli/stdout@0.2.6; import wasi:cli/stderr@0.2.6;",
    );
    let all = common::component(
        "0.2.6",
        "include wasi:cli/imports@0.2.6; include wasi:http/imports@0.2.6;",
    );
    let no_files = Policy {
        fs: Access::Deny,
        ..Policy::allow_all()
    };
    let jobs = [
        (
            "hello: environment",
            component,
            env_only(),
            vec![],
            "15,000",
        ),
        (
            "streams only: ignored",
            &streams,
            ignore(Policy::default()),
            vec![],
            "30,000",
        ),
        (
            "hello: files virtual, streams too",
            component,
            ignore(no_files.clone()),
            files(10),
            "70,000",
        ),
        (
            "hello: files virtual, streams open",
            component,
            no_files.clone(),
            files(10),
            "70,000",
        ),
        (
            "hello: all it imports",
            component,
            Policy::default(),
            files(10),
            "",
        ),
        (
            "all of WASI: forwarded",
            &all,
            ignore(no_files),
            files(10),
            "165,000",
        ),
        (
            "all of WASI: denied",
            &all,
            Policy::default(),
            vec![],
            "165,000",
        ),
    ];
    for (name, component, policy, entries, aim) in jobs {
        let report = plan(component, &policy, &entries).expect("a plan").report;
        println!("{name:<36} {:>8} {aim:>8}", report.sizes.adapter);
    }
}
