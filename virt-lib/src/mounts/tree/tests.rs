//! Entries into places: what the configuration holds, and what is refused.

use super::*;
use crate::error::{Result, none_of};
use crate::mounts::EntryKind;
use crate::policy::{Mount as MountPolicy, Preopen, Size, Tmpfs};
use crate::testing::test;

fn entry(mount: u32, guest: &str, kind: EntryKind) -> Entry {
    Entry {
        mount,
        guest: guest.to_string(),
        source: format!("src{guest}"),
        kind,
    }
}

fn dir(mount: u32, guest: &str) -> Entry {
    entry(mount, guest, EntryKind::Directory)
}

fn file(mount: u32, guest: &str, size: u64) -> Entry {
    entry(mount, guest, EntryKind::File { size, digest: None })
}

fn unfiltered() -> Filter {
    Filter::new(&Policy::default()).unwrap()
}

/// A tree without problems.
fn checked(entries: &[Entry], filter: &Filter, policy: &Policy) -> Result<Tree> {
    let mut problems = Vec::new();
    let tree = Tree::new(entries, filter, policy, &mut problems);
    none_of(problems).map(|()| tree)
}

fn new(entries: &[Entry]) -> Result<Tree> {
    checked(entries, &unfiltered(), &Policy::default())
}

fn children(tree: &Tree, preopen: usize) -> Vec<&str> {
    match &tree.preopens[preopen].1 {
        Node::Dir(dir) => dir.0.keys().map(String::as_str).collect(),
        other => panic!("{other:?} is no directory"),
    }
}

fn error(entries: &[Entry]) -> String {
    new(entries).unwrap_err().to_string()
}

#[test]
fn payload_follows_the_sorted_tree() {
    let tree = new(&[
        dir(0, "/"),
        file(0, "/b", 3),
        dir(0, "/a"),
        file(0, "/a/z", 2),
    ])
    .unwrap();
    assert_eq!(tree.payload, [(3, 2), (1, 3)]);
    assert_eq!(
        tree.counts,
        FileCounts {
            files: 2,
            directories: 2,
            symlinks: 0,
            bytes: 5,
            stored: 5,
        }
    );
    assert_eq!(tree.preopens.len(), 1);
    assert_eq!(tree.preopens[0].0, "/");
}

#[test]
fn equal_contents_are_stored_once() {
    let equal = |guest: &str, byte: u8| {
        let digest = Some([byte; 32]);
        entry(0, guest, EntryKind::File { size: 10, digest })
    };
    let tree = new(&[
        dir(0, "/"),
        file(0, "/0", 10),
        equal("/a", 1),
        equal("/b", 2),
        equal("/c", 1),
        equal("/d", 1),
    ])
    .unwrap();
    assert_eq!(tree.payload, [(1, 10), (2, 10), (3, 10)]);
    assert_eq!((tree.counts.bytes, tree.counts.stored), (50, 30));
    let Node::Dir(root) = &tree.preopens[0].1 else {
        panic!("a directory")
    };
    let offsets: Vec<_> = root
        .0
        .values()
        .map(|node| match node {
            Node::File { offset, .. } => *offset,
            _ => panic!("a file"),
        })
        .collect();
    assert_eq!(offsets, [0, 10, 20, 10, 10]);
}

#[test]
fn a_mounted_file_is_in_its_parent() {
    let tree = new(&[
        file(0, "/etc/app.conf", 1),
        dir(1, "/data"),
        file(2, "/etc/b.conf", 1),
    ])
    .unwrap();
    let places: Vec<_> = tree
        .preopens
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(places, ["/data", "/etc"]);
    assert_eq!(children(&tree, 1), ["app.conf", "b.conf"]);
}

#[test]
fn an_inner_mount_shadows_the_outer() {
    let tree = new(&[
        dir(1, "/"),
        dir(1, "/a"),
        file(1, "/a/old", 1),
        dir(0, "/a"),
        file(0, "/a/new", 2),
    ])
    .unwrap();
    assert_eq!(tree.preopens.len(), 1);
    let Node::Dir(root) = &tree.preopens[0].1 else {
        panic!("a directory")
    };
    let Some(Node::Dir(a)) = root.0.get("a") else {
        panic!("no directory a")
    };
    assert_eq!(a.0.keys().collect::<Vec<_>>(), ["new"]);
    assert_eq!(tree.counts.bytes, 2);
}

#[test]
fn conflicts_are_errors() {
    assert!(error(&[dir(0, "/a"), dir(1, "/a")]).contains("both mounted at `/a`"));
    assert!(error(&[file(0, "/a", 1), dir(1, "/a/b")]).contains("`/a` is a mounted file"));
    assert!(
        error(&[dir(0, "/"), file(0, "/a", 1), dir(1, "/a/b/c")])
            .contains("`/a` is a mounted file")
    );
    let deep = format!("/{}", "a/".repeat(20_000));
    assert!(error(&[dir(0, &deep)]).contains("256"));
    assert!(error(&[file(0, "/", 1)]).contains("only a directory"));
    assert!(error(&[file(0, ".", 1)]).contains("only a directory can be mounted at `.`"));
    assert!(error(&[dir(0, "")]).contains("guest path `` is empty"));
    assert!(error(&[dir(0, "../a")]).contains("`..`"));
    assert!(error(&[dir(0, "./a/"), dir(1, "a")]).contains("both mounted at `a`"));
    assert!(error(&[file(0, "a", 1), dir(1, "a/b")]).contains("`a` is a mounted file"));
    let dots = error(&[
        dir(0, "/a/../b"),
        file(0, "/a/../b/c", 1),
        file(0, "/a/../b/d", 1),
    ]);
    assert!(dots.contains("`..`") && dots.lines().count() == 1, "{dots}");
}

#[test]
fn every_problem_is_reported() {
    let special = entry(
        0,
        "/p",
        EntryKind::Special {
            what: "a FIFO".to_string(),
        },
    );
    let link = entry(
        0,
        "/l",
        EntryKind::Symlink {
            target: "/etc/passwd".to_string(),
        },
    );
    let message = error(&[
        dir(0, "/"),
        special,
        link,
        entry(0, "/x", EntryKind::NotUtf8),
    ]);
    assert_eq!(message.lines().count(), 3, "{message}");
    for part in ["a FIFO", "/etc/passwd", "not UTF-8"] {
        assert!(message.contains(part), "{message}");
    }
}

fn preopens(preopens: &[Preopen]) -> Policy {
    Policy {
        preopens: preopens.to_vec(),
        ..Policy::default()
    }
}

fn preopen(guest: &str, host: &str) -> Preopen {
    Preopen::new(guest, host)
}

fn places(tree: &Tree) -> Vec<&str> {
    tree.preopens
        .iter()
        .map(|(path, _)| path.as_str())
        .collect()
}

#[test]
fn a_mounted_file_in_the_root_makes_it_hold_what_is_mounted_below() {
    let tree = new(&[file(0, "/f", 1), dir(1, "/data"), dir(2, "/data/in/side")]).unwrap();
    assert_eq!(places(&tree), ["/"]);
    assert_eq!(children(&tree, 0), ["data", "f"]);
}

#[test]
fn a_directory_of_the_hosts_is_preopened_and_in_the_mount_around_it() {
    let tree = checked(
        &[dir(0, "/"), file(0, "/f", 1), dir(1, "/srv/inner")],
        &unfiltered(),
        &preopens(&[preopen("/srv", "/host"), preopen("/srv/deep", "/other")]),
    )
    .unwrap();
    assert!(tree.has_host);
    assert_eq!(places(&tree), ["/", "/srv", "/srv/deep", "/srv/inner"]);
    assert_eq!(children(&tree, 0), ["f", "srv"]);
    assert!(matches!(&tree.preopens[1].1, Node::Host { path, .. } if path == "/host"));
    assert!(matches!(&tree.preopens[2].1, Node::Host { path, .. } if path == "/other"));
    assert_eq!(children(&tree, 3), [""; 0]);

    let tree = checked(
        &[dir(0, "/data")],
        &unfiltered(),
        &preopens(&[preopen("/", ".")]),
    )
    .unwrap();
    assert_eq!(places(&tree), ["/", "/data"]);
}

#[test]
fn the_hosts_files_are_entries_like_others() {
    let host_file = EntryKind::HostFile {
        path: "/etc/hosts".to_string(),
        mode: FileMode::Ro,
    };
    let tree = new(&[dir(0, "/"), entry(0, "/hosts", host_file)]).unwrap();
    assert!(tree.has_host);
    assert_eq!(children(&tree, 0), ["hosts"]);
    assert_eq!(tree.counts.files, 0);
}

#[test]
fn what_the_hosts_directories_cannot_be_is_refused() {
    let error = |entries: &[Entry], preopens: &[Preopen]| {
        checked(entries, &unfiltered(), &self::preopens(preopens))
            .unwrap_err()
            .to_string()
    };
    for (host, why) in [("", "is empty"), ("/a/../b", "`..`"), ("a\0", "NUL")] {
        assert!(error(&[], &[preopen("/x", host)]).contains(why), "{host}");
    }
    assert!(error(&[], &[preopen("", "/y")]).contains("guest path `` is empty"));
    assert!(error(&[dir(0, "x")], &[preopen("./x", "/y")]).contains("both mounted at `x`"));
    assert!(error(&[dir(0, "/x")], &[preopen("/x", "/y")]).contains("both mounted at `/x`"));
    assert!(
        error(&[file(0, "/x/f", 1)], &[preopen("/x", "/y")]).contains("is a directory of the host")
    );
}

#[test]
fn what_the_policy_leaves_out_is_not_looked_at() {
    let fifo = |guest: &str| {
        let what = "a FIFO".to_string();
        entry(0, guest, EntryKind::Special { what })
    };
    let entries = [
        dir(0, "/m"),
        dir(0, "/m/docs"),
        file(0, "/m/docs/a.md", 1),
        file(0, "/m/docs/b.tmp", 2),
        dir(0, "/m/empty"),
        dir(0, "/m/out"),
        fifo("/m/out/pipe"),
        fifo("/m/pipe"),
        file(1, "/single.tmp", 4),
    ];
    let filtered = |include: &[&str], exclude: &[&str]| {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_string()).collect();
        let policy = Policy {
            include: texts(include),
            exclude: texts(exclude),
            ..Policy::default()
        };
        checked(&entries, &Filter::new(&policy).unwrap(), &policy)
    };
    let counts = |include: &[&str], exclude: &[&str]| {
        let counts = filtered(include, exclude).unwrap().counts;
        (counts.files, counts.directories, counts.bytes)
    };
    // The root, /m, and a single file is itself the mount.
    assert_eq!(counts(&["*.md"], &[]), (2, 3, 5));
    assert_eq!(counts(&["*.md", "empty"], &[]), (2, 4, 5));
    assert_eq!(counts(&[], &["out", "pipe", "*.tmp"]), (2, 4, 5));
    assert_eq!(
        filtered(&["docs"], &[]).unwrap().payload,
        [(2, 1), (3, 2), (8, 4)]
    );
    let tree = filtered(&["*.md", "*.txt", "out"], &["out"]).unwrap();
    assert_eq!(tree.unmatched.includes, ["*.txt", "out"]);
    let message = filtered(&[], &["*.md"]).unwrap_err().to_string();
    assert_eq!(message.lines().count(), 2, "both FIFOs: {message}");
}

/// Where each layer is, whether it may be changed, and how many bytes it may store.
fn layers(tree: &Tree) -> Vec<(String, bool, u64)> {
    let place = |layer: &wasi_virt_layout::write::Mount| {
        let (root, _) = &tree.preopens[layer.preopen];
        format!("{root}|{}", layer.names.join("/"))
    };
    tree.layers
        .iter()
        .map(|layer| (place(layer), layer.writable, layer.bytes))
        .collect()
}

fn mode(guest: &str, mode: FileMode) -> MountPolicy {
    MountPolicy {
        guest: guest.to_string(),
        source: String::new(),
        mode,
        size: None,
        inodes: None,
    }
}

#[test]
fn mounts_are_layers_where_one_may_be_changed() {
    let entries = [
        dir(0, "/"),
        file(0, "/f", 1),
        dir(1, "/a/b"),
        file(2, "/x/y", 1),
    ];
    let policy = |modes: [FileMode; 3], tmpfs: &[&str]| Policy {
        mounts: vec![
            mode("/", modes[0]),
            mode("/a/b", modes[1]),
            mode("/x/y", modes[2]),
        ],
        tmpfs: tmpfs
            .iter()
            .map(|guest| Tmpfs::new(*guest).size(Some(Size(9))))
            .collect(),
        ..Policy::default()
    };
    let new = |policy| checked(&entries, &unfiltered(), &policy);
    let tree = new(policy([FileMode::Ro; 3], &[])).unwrap();
    assert_eq!(layers(&tree), []);
    let tree = new(policy(
        [FileMode::Ro, FileMode::Rw, FileMode::Rw],
        &["/a/b/t"],
    ))
    .unwrap();
    assert_eq!(places(&tree), ["/"]);
    let of = |place: &str, writable, bytes| (place.to_string(), writable, bytes);
    assert_eq!(
        layers(&tree),
        [
            of("/|", false, u64::MAX),
            of("/|a/b", true, u64::MAX),
            of("/|x/y", true, u64::MAX),
            of("/|a/b/t", true, 9),
        ]
    );
    let error = new(policy([FileMode::Ro; 3], &["/a/b"])).unwrap_err();
    assert!(error.to_string().contains("both mounted at `/a/b`"));
    let tree = new(policy([FileMode::Ro; 3], &["./tmp/"])).unwrap();
    assert_eq!(places(&tree), ["tmp", "/"]);
    assert!(layers(&tree).contains(&of("tmp|", true, 9)));
    let error = new(policy([FileMode::Ro; 3], &["/f/t"])).unwrap_err();
    assert!(error.to_string().contains("`/f` is a mounted file"));
}

#[test]
fn relative_places_are_a_tree_of_their_own() {
    let tree = new(&[
        dir(0, "/"),
        dir(0, "/data"),
        dir(1, "."),
        dir(1, "./data"),
        file(1, "./data/outer", 1),
        dir(2, "data"),
        file(2, "data/inner", 2),
    ])
    .unwrap();
    assert_eq!(places(&tree), [".", "/"]);
    let Node::Dir(root) = &tree.preopens[0].1 else {
        panic!("a directory")
    };
    let Some(Node::Dir(data)) = root.0.get("data") else {
        panic!("no directory data")
    };
    assert_eq!(data.0.keys().collect::<Vec<_>>(), ["inner"]);
    assert_eq!(tree.recorded[1].guest, ".");
    assert_eq!(tree.recorded[2].guest, "data");

    let tree = new(&[
        file(0, "app.conf", 1),
        file(1, "./etc//b.conf", 1),
        dir(2, "./"),
    ]);
    assert_eq!(places(&tree.unwrap()), ["."]);
    let tree = new(&[dir(0, "data/"), file(1, "etc/./app.conf", 1)]).unwrap();
    assert_eq!(places(&tree), ["data", "etc"]);
    assert_eq!(children(&tree, 1), ["app.conf"]);

    let host = preopens(&[preopen("./.", "srv"), preopen("data", "other")]);
    let tree = checked(&[dir(0, "/")], &unfiltered(), &host).unwrap();
    assert_eq!(places(&tree), [".", "data", "/"]);
    assert!(matches!(&tree.preopens[0].1, Node::Host { path, .. } if path == "srv"));
}

#[test]
fn a_tmpfs_alone_is_preopened() {
    let policy = Policy {
        tmpfs: vec![Tmpfs::new("/tmp").inodes(Some(7))],
        ..Policy::default()
    };
    let tree = checked(&[], &unfiltered(), &policy).unwrap();
    assert_eq!(places(&tree), ["/tmp"]);
    assert_eq!(layers(&tree), [("/tmp|".to_string(), true, u64::MAX)]);
    assert_eq!(tree.layers[0].nodes, 7);
}
