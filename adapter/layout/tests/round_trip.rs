//! What the engine writes is what the adapter reads.

use std::collections::BTreeMap;

use wasi_virt_layout::write::{self, Config, Dir, encode};
use wasi_virt_layout::{Clock, Cwd, HostEnv, Node, NodeId, Now, Stdio, View};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn env(view: View<'_>) -> Vec<(String, String)> {
    view.env()
        .map(|(name, value)| (text(name).to_string(), text(value).to_string()))
        .collect()
}

fn properties(view: View<'_>) -> Vec<(String, String)> {
    view.config()
        .map(|(name, value)| (text(name).to_string(), text(value).to_string()))
        .collect()
}

/// A node and what is below it, as it was written.
fn read(view: View<'_>, node: NodeId) -> write::Node {
    match view.node(node) {
        Node::Directory { first, count } => write::Node::Dir(read_dir(view, node, first, count)),
        Node::File { offset, size } => write::Node::File { offset, size },
        Node::Symlink { target } => write::Node::Symlink(text(target).to_string()),
        Node::Host {
            path,
            directory,
            read_only,
        } => write::Node::Host {
            path: text(path).to_string(),
            directory,
            read_only,
        },
    }
}

fn read_dir(view: View<'_>, node: NodeId, first: NodeId, count: u32) -> Dir {
    let mut children = BTreeMap::new();
    for child in first..first + count {
        assert_eq!(view.parent(child), node);
        assert_eq!(view.child(node, view.name(child)), Some(child));
        children.insert(text(view.name(child)).to_string(), read(view, child));
    }
    assert!(children.len() == count as usize, "names are unique");
    Dir(children)
}

fn sample() -> Config {
    let file = |offset, size| write::Node::File { offset, size };
    let host = |directory, read_only| write::Node::Host {
        path: "/srv/données".to_string(),
        directory,
        read_only,
    };
    let deep = Dir(BTreeMap::from([("x".to_string(), file(9, 1))]));
    let site = Dir(BTreeMap::from([
        ("b".to_string(), file(u64::from(u32::MAX) + 7, u64::MAX)),
        ("a".to_string(), write::Node::Dir(deep.clone())),
        ("é".to_string(), write::Node::Symlink("a/x".to_string())),
        ("empty".to_string(), write::Node::Dir(Dir::default())),
        ("host".to_string(), host(false, false)),
        ("host-dir".to_string(), host(true, true)),
    ]));
    Config {
        env: pairs(&[("A", "1"), ("B", ""), ("LONG", "a=b=c")]),
        host_env: write::HostEnv::Only(vec!["HOME".to_string(), "PATH".to_string()]),
        host_args: true,
        args: vec!["prog".to_string(), String::new(), "two words".to_string()],
        cwd: write::Cwd::Fixed("/work".to_string()),
        stdin: Stdio::Ignore,
        stdout: Stdio::Deny,
        stderr: Stdio::Ignore,
        mtime_seconds: 1 << 40,
        preopens: vec![
            ("/site".to_string(), write::Node::Dir(site)),
            ("/".to_string(), write::Node::Dir(Dir::default())),
            ("/deep".to_string(), write::Node::Dir(deep)),
            ("/srv".to_string(), host(true, false)),
        ],
        host_preopens: true,
        clock: Some(Clock {
            seconds: 1 << 33,
            nanoseconds: 999_999_999,
            stands: true,
        }),
        seed: Some(u64::MAX - 1),
        rules: b"rules".to_vec(),
        config: pairs(&[("colour", "green"), ("empty", ""), ("A", "1")]),
        host_config: write::HostEnv::Except(vec!["secret".to_string()]),
        mounts: vec![
            mount(0, &[], false),
            mount(0, &["a", "x"], true),
            mount(2, &[], true),
        ],
        bytes: 5000,
        nodes: u64::MAX,
        now: Now::Virtual,
    }
}

fn mount(preopen: usize, names: &[&str], writable: bool) -> write::Mount {
    write::Mount {
        preopen,
        names: names.iter().map(|name| (*name).to_string()).collect(),
        writable,
        bytes: u64::MAX,
        nodes: 1 << 40,
    }
}

#[test]
fn mounts_are_told_by_their_nodes() {
    let config = sample();
    let blob = encode(&config);
    let view = View::new(&blob);
    let mounts: Vec<_> = view.mounts().collect();
    assert_eq!(
        mounts
            .iter()
            .map(|mount| mount.writable)
            .collect::<Vec<_>>(),
        [false, true, true]
    );
    assert_eq!((mounts[0].root, mounts[2].root), (0, 2));
    assert_eq!(text(view.name(mounts[1].root)), "x");
    assert_eq!(text(view.name(view.parent(mounts[1].root))), "a");
    assert_eq!((mounts[1].bytes, mounts[1].nodes), (u64::MAX, 1 << 40));
    assert_eq!(view.limits(), (5000, u64::MAX));
    assert_eq!(view.now(), Now::Virtual);
    assert!(view.has_host_nodes());

    let plain = Config {
        mounts: Vec::new(),
        ..config
    };
    assert!(encode(&plain).len() < blob.len());
}

#[test]
fn everything() {
    let config = sample();
    let blob = encode(&config);
    let view = View::new(&blob);
    assert_eq!(env(view), config.env);
    assert_eq!(view.host_env(), HostEnv::Only);
    assert!(view.is_named_in_host_env(b"HOME") && view.is_named_in_host_env(b"PATH"));
    assert!(!view.is_named_in_host_env(b"HOM") && !view.is_named_in_host_env(b""));
    assert!(view.host_args());
    assert_eq!(view.args().map(text).collect::<Vec<_>>(), config.args);
    assert_eq!(view.cwd(), Cwd::Fixed(b"/work"));
    assert_eq!(view.stdin(), Stdio::Ignore);
    assert_eq!(view.stdout(), Stdio::Deny);
    assert_eq!(view.stderr(), Stdio::Ignore);
    assert_eq!(view.mtime_seconds(), 1 << 40);
    let preopens: Vec<_> = view
        .preopens()
        .map(|(path, root)| (text(path).to_string(), read(view, root)))
        .collect();
    assert_eq!(preopens, config.preopens);
    assert!(view.host_preopens());
    assert_eq!(Some(view.clock()), config.clock);
    assert_eq!(Some(view.seed()), config.seed);
    assert_eq!(properties(view), config.config);
    assert_eq!(view.rules(), b"rules");
    assert_eq!(view.host_config(), HostEnv::Except);
    assert!(view.is_named_in_host_config(b"secret"));
    assert!(!view.is_named_in_host_config(b"HOME"));
    assert!(view.preopens().all(|(_, root)| view.parent(root) == root));
}

#[test]
fn nothing() {
    for blob in [Vec::new(), encode(&Config::default())] {
        let view = View::new(&blob);
        assert_eq!(view.env().len(), 0);
        assert_eq!(view.host_env(), HostEnv::None);
        assert!(!view.host_args());
        assert_eq!(view.args().len(), 0);
        assert_eq!(view.cwd(), Cwd::None);
        assert_eq!(view.stdin(), Stdio::Deny);
        assert_eq!(view.stdout(), Stdio::Deny);
        assert_eq!(view.stderr(), Stdio::Deny);
        assert_eq!(view.preopens().len(), 0);
        assert_eq!(view.seed(), 0);
        assert_eq!(view.config().len(), 0);
        assert_eq!(view.host_config(), HostEnv::None);
    }
}

/// What few artifacts need costs the others nothing, and each part of it is told by itself.
#[test]
fn the_extension_is_there_when_it_is_needed() {
    let plain = encode(&Config::default()).len();
    let clock = Clock {
        seconds: 7,
        nanoseconds: 0,
        stands: false,
    };
    let with = |config: Config| {
        let blob = encode(&config);
        assert!(blob.len() > plain);
        let view = View::new(&blob);
        assert_eq!(view.clock().seconds == 7, config.clock.is_some());
        assert_eq!(view.seed() == 8, config.seed.is_some());
        assert_eq!(properties(view), config.config);
        assert_eq!(
            view.host_config() == HostEnv::All,
            config.host_config == write::HostEnv::All
        );
    };
    with(Config {
        clock: Some(clock),
        ..Config::default()
    });
    with(Config {
        seed: Some(8),
        ..Config::default()
    });
    with(Config {
        config: pairs(&[("a", "b")]),
        ..Config::default()
    });
    with(Config {
        host_config: write::HostEnv::All,
        ..Config::default()
    });
}

#[test]
fn host_environment_and_directory() {
    for (written, read) in [
        (write::HostEnv::None, HostEnv::None),
        (write::HostEnv::All, HostEnv::All),
        (write::HostEnv::Only(Vec::new()), HostEnv::Only),
        (
            write::HostEnv::Except(vec!["SECRET".to_string()]),
            HostEnv::Except,
        ),
    ] {
        let named = matches!(written, write::HostEnv::Except(_));
        let config = Config {
            host_env: written,
            cwd: write::Cwd::Host,
            ..Config::default()
        };
        let blob = encode(&config);
        assert_eq!(View::new(&blob).host_env(), read);
        assert_eq!(View::new(&blob).is_named_in_host_env(b"SECRET"), named);
        assert_eq!(View::new(&blob).cwd(), Cwd::Host);
    }
}

#[test]
fn the_last_value_of_a_name_holds() {
    let given = pairs(&[("A", "1"), ("B", "2"), ("A", "3"), ("C", "4"), ("B", "5")]);
    let blob = encode(&Config {
        env: given,
        ..Config::default()
    });
    assert_eq!(
        env(View::new(&blob)),
        pairs(&[("A", "3"), ("B", "5"), ("C", "4")])
    );
}

#[test]
fn size_grows_with_the_tree() {
    let mut children = BTreeMap::new();
    for n in 0..10_000 {
        children.insert(format!("{n:08}"), write::Node::File { offset: n, size: 1 });
    }
    let preopens = vec![("/".to_string(), write::Node::Dir(Dir(children)))];
    let blob = encode(&Config {
        preopens,
        ..Config::default()
    });
    assert!(blob.len() < 10_000 * (32 + 8) + 256, "{}", blob.len());
    let view = View::new(&blob);
    assert!(view.child(0, b"00007777").is_some());
    assert_eq!(view.child(0, b"00010000"), None);
}

#[test]
fn equal_strings_are_kept_once() {
    let names = || ["src", "__init__.py"].map(|name| (name.to_string(), name.to_string()));
    let once = encode(&Config {
        env: names().to_vec(),
        ..Config::default()
    });
    let twice = encode(&Config {
        env: names().to_vec(),
        args: names().map(|(name, _)| name).to_vec(),
        ..Config::default()
    });
    assert_eq!(twice.len(), once.len() + 2 * 8);
}

/// Damaged bytes give some answer: no panic, no endless loop.
#[test]
fn damage_is_survived() {
    let blob = encode(&sample());
    let read_all = |blob: &[u8]| {
        let view = View::new(blob);
        let _ = view.env().chain(view.env()).count();
        let _ = (view.host_env(), view.is_named_in_host_env(b"HOME"));
        let _ = (view.clock(), view.seed(), view.config().count());
        let _ = (view.host_config(), view.is_named_in_host_config(b"secret"));
        let _ = (view.args().map(<[u8]>::len).sum::<usize>(), view.cwd());
        for (_, root) in view.preopens() {
            let _ = (view.node(root), view.name(root), view.parent(root));
            let _ = (view.child(root, b"a"), view.child(root, b"zz"));
        }
    };
    for len in 0..blob.len() {
        read_all(&blob[..len]);
    }
    for at in 0..blob.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = blob.clone();
            damaged[at] = value;
            read_all(&damaged);
        }
    }
}
