//! What generation costs inside the engine, and how large adapters are. Prints tables; asserts nothing.
//! `cargo xtask bench` runs it; component: `examples/hello.wasm`, a Rust program of today.

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};
use wasi_virt::{Access, Clocks, Entry, EntryKind, Policy, Random, StdioMode, Time, Tmpfs, plan};

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
    subsystems();
}

/// What each subsystem's adapter takes by itself: for a component that imports nothing else.
fn subsystems() {
    println!("\nadapter of one subsystem alone, bytes");
    println!("{:<36} {:>8} {:>8}", "subsystem", "denied", "virtual");
    let clock = Clocks::Start(Time {
        seconds: 0,
        nanoseconds: 0,
    });
    let tmpfs = Tmpfs {
        guest: "/".into(),
        size: None,
        nodes: None,
    };
    let environment = Policy {
        env: vec![("A".into(), "B".into())],
        ..Policy::default()
    };
    let streams = Policy {
        stdin: StdioMode::Ignore,
        stdout: StdioMode::Ignore,
        stderr: StdioMode::Ignore,
        ..Policy::default()
    };
    let clocks = Policy {
        clocks: clock,
        ..Policy::default()
    };
    let random = Policy {
        random: Random::Seed(1),
        ..Policy::default()
    };
    let written = Policy {
        tmpfs: vec![tmpfs],
        ..Policy::default()
    };
    let jobs: [(&str, &[&str], Option<Policy>, u32); 9] = [
        ("environment", &["cli/environment"], Some(environment), 0),
        (
            "standard streams",
            &["cli/stdin", "cli/stdout", "cli/stderr"],
            Some(streams),
            0,
        ),
        (
            "files",
            &["filesystem/types", "filesystem/preopens"],
            Some(Policy::default()),
            10,
        ),
        (
            "files that may be changed",
            &["filesystem/types", "filesystem/preopens"],
            Some(written),
            0,
        ),
        (
            "clocks",
            &["clocks/wall-clock", "clocks/monotonic-clock"],
            Some(clocks),
            0,
        ),
        (
            "random numbers",
            &["random/random", "random/insecure", "random/insecure-seed"],
            Some(random),
            0,
        ),
        ("exit", &["cli/exit"], None, 0),
        (
            "sockets",
            &[
                "sockets/tcp",
                "sockets/tcp-create-socket",
                "sockets/udp",
                "sockets/udp-create-socket",
                "sockets/ip-name-lookup",
                "sockets/instance-network",
            ],
            None,
            0,
        ),
        ("HTTP", &["http/types", "http/outgoing-handler"], None, 0),
    ];
    for (name, interfaces, virtual_, count) in jobs {
        let world: String = interfaces
            .iter()
            .map(|path| format!("import wasi:{path}@0.2.6;"))
            .collect();
        let component = common::component("0.2.6", &world);
        let size = |policy: &Policy, entries: &[Entry]| {
            let output = plan(&component, policy, entries).expect("a plan");
            output.report.sizes.adapter
        };
        let files = if count > 0 { files(count) } else { vec![] };
        let denied = size(&Policy::default(), &[]);
        let given = virtual_.map_or(String::new(), |policy| size(&policy, &files).to_string());
        println!("{name:<36} {denied:>8} {given:>8}");
    }
}
