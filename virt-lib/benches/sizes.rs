//! How many bytes are added for what. Prints tables; asserts nothing. `cargo xtask bench` runs it;
//! component: `examples/hello.wasm`, a Rust program of today.

#[path = "../tests/common/mod.rs"]
mod common;

use wasi_virt::{
    Access, Clocks, DEFAULT_WASI_VERSION, Entry, EntryKind, Policy, Random, StdioMode, Time, Tmpfs,
    adapter, virtualize,
};

fn main() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hello.wasm");
    let component = std::fs::read(path).expect("examples/hello.wasm");
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
    Policy::allow_all().with(|changed| {
        changed.env = vec![("A".to_string(), "B".to_string())];
    })
}

fn sizes(component: &[u8]) {
    println!("\nbytes added, contents of files not counted");
    println!("{:<36} {:>8}", "what is served", "bytes");
    let ignore = |policy: Policy| {
        policy.with(|changed| {
            changed.stdin = StdioMode::Ignore;
            changed.stdout = StdioMode::Ignore;
            changed.stderr = StdioMode::Ignore;
        })
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
    let no_files = Policy::allow_all().with(|changed| {
        changed.host_preopens = Access::Deny;
    });
    let jobs = [
        ("hello: environment", component, env_only(), vec![]),
        (
            "streams only: ignored",
            &streams,
            ignore(Policy::default()),
            vec![],
        ),
        (
            "hello: files virtual, streams too",
            component,
            ignore(no_files.clone()),
            files(10),
        ),
        (
            "hello: files virtual, streams open",
            component,
            no_files.clone(),
            files(10),
        ),
        (
            "hello: all it imports",
            component,
            Policy::default(),
            files(10),
        ),
        ("all of WASI: forwarded", &all, ignore(no_files), files(10)),
        ("all of WASI: denied", &all, Policy::default(), vec![]),
    ];
    for (name, component, policy, entries) in jobs {
        let report = virtualize(component, &policy, &entries)
            .expect("a plan")
            .report;
        println!("{name:<36} {:>8}", report.sizes.adapter);
    }
    alone();
    subsystems();
}

/// The adapter alone, which is all that is made.
fn alone() {
    println!("\nbytes of the adapter alone, contents of files not counted");
    println!("{:<36} {:>8}", "what is served", "bytes");
    let writable = Policy::default().with(|changed| {
        changed.tmpfs = vec![Tmpfs::new("/tmp")];
    });
    for (name, policy, entries) in [
        ("everything forwarded", Policy::allow_all(), vec![]),
        ("everything denied", Policy::default(), vec![]),
        ("files to read", Policy::default(), files(10)),
        ("files to write to", writable, vec![]),
    ] {
        let output = adapter(&policy, &entries, DEFAULT_WASI_VERSION);
        let report = output.expect("an adapter").report;
        println!("{name:<36} {:>8}", report.sizes.adapter);
    }
}

/// What each subsystem takes by itself: for a component that imports nothing else.
fn subsystems() {
    println!("\nbytes added for one subsystem alone");
    println!("{:<36} {:>8} {:>8}", "subsystem", "denied", "virtual");
    let clock = Clocks::Start(Time {
        seconds: 0,
        nanoseconds: 0,
    });
    let tmpfs = Tmpfs::new("/");
    let environment = Policy::default().with(|changed| {
        changed.env = vec![("A".into(), "B".into())];
    });
    let streams = Policy::default().with(|changed| {
        changed.stdin = StdioMode::Ignore;
        changed.stdout = StdioMode::Ignore;
        changed.stderr = StdioMode::Ignore;
    });
    let clocks = Policy::default().with(|changed| {
        changed.clocks = clock;
    });
    let random = Policy::default().with(|changed| {
        changed.random = Random::Seed(1);
    });
    let written = Policy::default().with(|changed| {
        changed.tmpfs = vec![tmpfs];
    });
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
            let output = virtualize(&component, policy, entries).expect("a plan");
            output.report.sizes.adapter
        };
        let files = if count > 0 { files(count) } else { vec![] };
        let denied = size(&Policy::default(), &[]);
        let given = virtual_.map_or(String::new(), |policy| size(&policy, &files).to_string());
        println!("{name:<36} {denied:>8} {given:>8}");
    }
}
