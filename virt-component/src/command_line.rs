//! A policy as a command line to copy. What comes out is read again before it is shown: a policy that flags
//! cannot say is left to a policy file.

use crate::job::{Invocation, Step};
use wasi_virt::{
    Access, Clocks, DenyMode, FileMode, HostEnv, Policy, Random, Size, StdioMode, Symlinks,
};

/// The command that virtualizes `component` into `output` with this policy, quoted for a POSIX shell. Where flags
/// cannot say it, it names `policy.toml`, which [`print_policy`](crate::print_policy) has the text of.
pub fn command_line(policy: &Policy, component: &str, output: &str) -> String {
    let with = |flags: Vec<String>| -> Vec<String> {
        let names = [path(component), "-o".into(), path(output)];
        let mut words = Vec::from(names);
        words.splice(1..1, flags);
        words
    };
    let mut words = with(flags(policy));
    if !says(&words, policy) {
        words = with(vec!["--policy".into(), "policy.toml".into()]);
    }
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("wasi-virt {}", words.join(" "))
}

/// A path that cannot be taken for a flag, a subcommand or a stream.
fn path(name: &str) -> String {
    if name.starts_with('-') || name == "inspect" {
        format!("./{name}")
    } else {
        name.into()
    }
}

fn says(words: &[String], policy: &Policy) -> bool {
    let step = crate::cli(&Invocation {
        args: words.to_vec(),
        ..Invocation::default()
    });
    matches!(step, Step::Virtualize(job) if job.policy == *policy)
}

fn flags(policy: &Policy) -> Vec<String> {
    let mut flags = Vec::new();
    let mut add = |flag: &str, value: &str| flags.push(format!("{flag}={value}"));
    let limits = |size: Option<Size>, nodes: Option<u64>| {
        let size = size.map(|size| format!("size={size}"));
        let nodes = nodes.map(|nodes| format!("nodes={nodes}"));
        let limits: Vec<String> = size.into_iter().chain(nodes).collect();
        limits.join(",")
    };
    for mount in &policy.mounts {
        let limits = limits(mount.size, mount.nodes);
        if !limits.is_empty() {
            let mode = match mount.mode {
                FileMode::Rw => "rw",
                FileMode::Ro => "ro",
            };
            let (guest, source) = (&mount.guest, &mount.source);
            add(
                "--mount",
                &format!("guest={guest},source={source},mode={mode},{limits}"),
            );
            continue;
        }
        // A final mode of the source's own would be taken for the mount's.
        let final_mode = mount.source.ends_with(":ro") || mount.source.ends_with(":rw");
        let mode = match mount.mode {
            FileMode::Rw => ":rw",
            FileMode::Ro if final_mode => ":ro",
            FileMode::Ro => "",
        };
        add(
            "--mount",
            &format!("{}={}{mode}", mount.guest, mount.source),
        );
    }
    for tmpfs in &policy.tmpfs {
        let limits = limits(tmpfs.size, tmpfs.nodes);
        let colon = if limits.is_empty() { "" } else { ":" };
        add("--tmpfs", &format!("{}{colon}{limits}", tmpfs.guest));
    }
    if let Some(size) = policy.write_size {
        add("--write-size", &size.to_string());
    }
    if let Some(nodes) = policy.write_nodes {
        add("--write-nodes", &nodes.to_string());
    }
    if let Some(size) = policy.adapter_memory {
        add("--adapter-memory", &size.to_string());
    }
    for preopen in &policy.preopens {
        let mode = match preopen.mode {
            FileMode::Ro => "ro",
            FileMode::Rw => "rw",
        };
        add(
            "--preopen",
            &format!("{}={}:{mode}", preopen.guest, preopen.host),
        );
    }
    for pattern in &policy.include {
        add("--include", pattern);
    }
    for pattern in &policy.exclude {
        add("--exclude", pattern);
    }
    if policy.symlinks == Symlinks::Skip {
        add("--symlinks", "skip");
    }
    if policy.mtime != Policy::DEFAULT_MTIME {
        add("--mtime", &policy.mtime.to_string());
    }
    for (name, value) in &policy.env {
        add("--env", &format!("{name}={value}"));
    }
    for (name, value) in &policy.config {
        add("--config", &format!("{name}={value}"));
    }
    for arg in &policy.args {
        add("--arg", arg);
    }
    if let Some(cwd) = &policy.cwd {
        add("--cwd", cwd);
    }
    for (flag, mode) in streams(policy) {
        add(flag, mode);
    }
    match &policy.host_env {
        HostEnv::None => {}
        HostEnv::All => flags.push("--allow-env".into()),
        HostEnv::Only(names) => flags.push(format!("--allow-env={}", names.join(","))),
        HostEnv::Except(names) => flags.push(format!("--deny-env={}", names.join(","))),
    }
    // A bare --allow-env opens the arguments, too.
    match (policy.host_args, policy.host_env == HostEnv::All) {
        (Access::Allow, false) => flags.push("--allow-args".into()),
        (Access::Deny, true) => flags.push("--allow-args=false".into()),
        _ => {}
    }
    match policy.clocks {
        Clocks::Deny => {}
        Clocks::Allow => flags.push("--allow-clocks".into()),
        Clocks::Fixed(time) => flags.push(format!("--clock=fixed={time}")),
        Clocks::Start(time) => flags.push(format!("--clock=start={time}")),
    }
    match policy.random {
        Random::Deny => {}
        Random::Allow => flags.push("--allow-random".into()),
        Random::Seed(seed) => flags.push(format!("--random=seed={seed}")),
    }
    match &policy.host_config {
        HostEnv::None => {}
        HostEnv::All => flags.push("--allow-config".into()),
        HostEnv::Only(names) => flags.push(format!("--allow-config={}", names.join(","))),
        // No flag says it: what comes out is found not to say it, either.
        HostEnv::Except(_) => {}
    }
    let access = [
        ("--allow-fs", policy.fs),
        ("--allow-exit", policy.exit),
        ("--allow-sockets", policy.sockets),
        ("--allow-http", policy.http),
    ];
    let open = access.iter().filter(|(_, access)| *access == Access::Allow);
    flags.extend(open.map(|(flag, _)| (*flag).into()));
    if policy.deny == DenyMode::Error {
        flags.push("--deny=error".into());
    }
    if policy.deny_other {
        flags.push("--deny-other".into());
    }
    let patterns = policy.allow_import.iter();
    flags.extend(patterns.map(|pattern| format!("--allow-import={pattern}")));
    if policy.debug {
        flags.push("--debug".into());
    }
    flags
}

/// The flags of the standard streams, as few as say it.
fn streams(policy: &Policy) -> Vec<(&'static str, &'static str)> {
    let word = |mode| match mode {
        StdioMode::Allow => "allow",
        StdioMode::Ignore => "ignore",
        StdioMode::Deny => "deny",
    };
    let streams = [
        ("--stdin", policy.stdin),
        ("--stdout", policy.stdout),
        ("--stderr", policy.stderr),
    ];
    if policy.stdin != StdioMode::Deny && streams.iter().all(|(_, mode)| *mode == policy.stdin) {
        return vec![("--stdio", word(policy.stdin))];
    }
    let given = streams
        .into_iter()
        .filter(|(_, mode)| *mode != StdioMode::Deny);
    given.map(|(flag, mode)| (flag, word(mode))).collect()
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=+./:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasi_virt::{Mount, Preopen, Time, Tmpfs};

    fn line(policy: &Policy) -> String {
        command_line(policy, "app.wasm", "out.wasm")
    }

    #[test]
    fn every_key_has_its_flag() {
        let mut policy = Policy {
            host_env: HostEnv::Except(vec!["A".into(), "B".into()]),
            env: vec![("K".into(), "it's = fine\n".into())],
            args: vec!["app".into(), "-v".into(), String::new()],
            cwd: Some("/w".into()),
            stdout: StdioMode::Allow,
            stderr: StdioMode::Ignore,
            mounts: vec![
                Mount {
                    guest: "/a".into(),
                    source: "x:ro".into(),
                    mode: FileMode::Ro,
                    size: None,
                    nodes: None,
                },
                Mount {
                    guest: "/b".into(),
                    source: "y".into(),
                    mode: FileMode::Rw,
                    size: None,
                    nodes: None,
                },
                Mount {
                    guest: "/c".into(),
                    source: "z:rw".into(),
                    mode: FileMode::Rw,
                    size: Some(Size(1 << 30)),
                    nodes: Some(3),
                },
            ],
            write_size: Some(Size(1000)),
            write_nodes: Some(10),
            adapter_memory: Some(Size(64 << 20)),
            tmpfs: vec![
                Tmpfs {
                    guest: "/t".into(),
                    size: None,
                    nodes: None,
                },
                Tmpfs {
                    guest: "/u".into(),
                    size: Some(Size(64 << 20)),
                    nodes: Some(9),
                },
            ],
            preopens: vec![Preopen {
                guest: "/d".into(),
                host: "data".into(),
                mode: FileMode::Ro,
            }],
            include: vec!["*.html".into()],
            exclude: vec!["-x".into()],
            symlinks: Symlinks::Skip,
            mtime: 7,
            clocks: Clocks::Start(Time {
                seconds: 1_704_067_200,
                nanoseconds: 0,
            }),
            random: Random::Seed(7),
            config: vec![("c".into(), "d".into())],
            host_config: HostEnv::All,
            deny: DenyMode::Error,
            deny_other: true,
            allow_import: vec!["a:b/*".into()],
            debug: true,
            ..Policy::default()
        };
        assert_eq!(
            line(&policy),
            "wasi-virt app.wasm --mount=/a=x:ro:ro --mount=/b=y:rw --mount=guest=/c,source=z:rw,mode=rw,size=1G,nodes=3 --tmpfs=/t --tmpfs=/u:size=64M,nodes=9 \
             --write-size=1000 --write-nodes=10 --adapter-memory=64M --preopen=/d=data:ro '--include=*.html' --exclude=-x \
             --symlinks=skip --mtime=7 '--env=K=it'\\''s = fine\n' --config=c=d --arg=app --arg=-v --arg= --cwd=/w --stdout=allow \
             --stderr=ignore --deny-env=A,B --clock=start=2024-01-01T00:00:00Z --random=seed=7 --allow-config --deny=error --deny-other \
             '--allow-import=a:b/*' --debug -o out.wasm"
        );
        policy.host_env = HostEnv::All;
        assert!(line(&policy).contains(" --allow-env --allow-args=false "));
        policy.stdin = StdioMode::Ignore;
        policy.stdout = StdioMode::Ignore;
        assert!(line(&policy).contains(" --stdio=ignore "));
    }

    #[test]
    fn what_flags_cannot_say_is_left_to_a_file() {
        let policy = Policy {
            host_env: HostEnv::Only(vec!["with,comma".into()]),
            ..Policy::default()
        };
        assert_eq!(
            command_line(&policy, "-", "inspect"),
            "wasi-virt ./- --policy policy.toml -o ./inspect"
        );
        assert_eq!(line(&Policy::default()), "wasi-virt app.wasm -o out.wasm");
    }
}
