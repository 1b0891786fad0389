//! Metadata, children and contents.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{blob, root, site, tree};
use crate::{Error, Follow, Kind, Stat};

#[test]
fn stat() {
    let blob = site();
    let tree = tree(&blob);
    let stat = |path: &str, follow| tree.stat_at(root(tree), path.as_bytes(), follow);
    let file = Stat {
        kind: Kind::File,
        size: 10,
        mtime_seconds: 7,
    };
    assert_eq!(stat("index.html", Follow::Yes), Ok(file));
    assert_eq!(stat("to-file", Follow::Yes), Ok(file));
    let link = Stat {
        kind: Kind::Symlink,
        size: 10,
        mtime_seconds: 7,
    };
    assert_eq!(stat("to-file", Follow::No), Ok(link));
    let directory = Stat {
        kind: Kind::Directory,
        size: 0,
        mtime_seconds: 7,
    };
    assert_eq!(stat("css", Follow::Yes), Ok(directory));
    assert_eq!(stat("missing", Follow::Yes), Err(Error::NoEntry));
}

#[test]
fn children_are_sorted_by_their_bytes() {
    let blob = blob(&[("/", &["b", "a/", "B -> b", "é", "z", "a.txt"])]);
    let tree = tree(&blob);
    let children = tree.children(root(tree)).expect("a directory");
    let names: Vec<&[u8]> = children.clone().map(|node| tree.name(node)).collect();
    assert_eq!(
        names,
        [&b"B"[..], b"a", b"a.txt", b"b", b"z", "é".as_bytes()]
    );
    let kinds: Vec<Kind> = children.map(|node| tree.kind(node)).collect();
    use Kind::{Directory, File, Symlink};
    assert_eq!(kinds, [Symlink, Directory, File, File, File, File]);
}

#[test]
fn only_directories_have_children() {
    let blob = site();
    let tree = tree(&blob);
    let lookup = |path: &str| tree.lookup(root(tree), path.as_bytes(), Follow::No);
    for path in ["index.html", "to-dir"] {
        let node = lookup(path).expect("a node");
        assert_eq!(tree.children(node), Err(Error::NotDirectory));
    }
    let empty = lookup("empty").expect("a directory");
    assert!(tree.children(empty).expect("children").is_empty());
}

#[test]
fn contents() {
    let blob = site();
    let tree = tree(&blob);
    let file = tree
        .lookup(root(tree), b"index.html", Follow::Yes)
        .expect("a file");
    assert_eq!(tree.contents(file, 0, 4), Ok(10..14));
    assert_eq!(tree.contents(file, 3, 4), Ok(13..17));
    assert_eq!(tree.contents(file, 8, 4), Ok(18..20));
    assert_eq!(tree.contents(file, 0, u64::MAX), Ok(10..20));
    assert_eq!(tree.contents(file, 4, 0), Ok(14..14));
    assert_eq!(tree.contents(file, 10, 4), Ok(20..20));
    assert_eq!(tree.contents(file, u64::MAX, u64::MAX), Ok(20..20));
    assert_eq!(tree.contents(root(tree), 0, 4), Err(Error::BadDescriptor));
}

#[test]
fn preopens_stand_side_by_side() {
    let blob = blob(&[("/a", &["one", "d/x"]), ("/", &["two"]), ("/c", &[])]);
    let tree = tree(&blob);
    let preopens: Vec<_> = tree.preopens().collect();
    let paths: Vec<&[u8]> = preopens.iter().map(|(path, _)| *path).collect();
    assert_eq!(paths, [&b"/a"[..], b"/", b"/c"]);
    assert!(tree.lookup(preopens[0].1, b"d/x", Follow::Yes).is_ok());
    assert!(tree.lookup(preopens[1].1, b"two", Follow::Yes).is_ok());
    assert_eq!(
        tree.lookup(preopens[1].1, b"one", Follow::Yes),
        Err(Error::NoEntry)
    );
    assert_eq!(
        tree.lookup(preopens[0].1, b"../two", Follow::Yes),
        Err(Error::NotPermitted)
    );
    assert!(
        tree.children(preopens[2].1)
            .expect("a directory")
            .is_empty()
    );
}

#[test]
fn identities_differ() {
    let blob = site();
    let tree = tree(&blob);
    let mut seen = BTreeSet::new();
    for node in 0..1000 {
        let (lower, upper) = tree.identity(node);
        assert!(lower != 0 && upper != 0);
        assert!(seen.insert((lower, upper)));
    }
}

#[test]
fn an_empty_configuration_has_no_tree() {
    assert_eq!(tree(&[]).preopens().count(), 0);
}
