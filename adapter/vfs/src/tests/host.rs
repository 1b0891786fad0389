//! Paths that enter directories of the host.

use alloc::string::String;

use super::{blob, root, tree};
use crate::{Error, Follow, Place};

const TREE: &[&str] = &[
    "a.txt",
    "data/ => /srv/data",
    "one.txt => /srv/one.txt",
    "sub/deep/ => /srv/deep",
    "sub/b.txt",
    "to-data -> data",
    "into -> data/inner/",
    "out -> data/../a.txt",
];

/// `a.txt`, `data: inner/f` for a path behind a host's directory, or the error.
fn find(path: &str) -> Result<String, Error> {
    let blob = blob(&[("/", TREE)]);
    let tree = tree(&blob);
    Ok(match tree.find(root(tree), path.as_bytes(), Follow::Yes)? {
        Place::Node(node) => super::path_of(tree, node),
        Place::Missing(()) => String::from("missing"),
        Place::Host { node, rest } => {
            let pieces: alloc::vec::Vec<_> = rest
                .pieces()
                .map(|piece| core::str::from_utf8(piece).expect("UTF-8"))
                .collect();
            alloc::format!("{}: {}", super::path_of(tree, node), pieces.join("/"))
        }
    })
}

#[test]
fn a_path_into_the_hosts_directory_is_what_is_left_of_it() {
    for (path, found) in [
        ("data", "data"),
        ("data/", "data"),
        ("./data/.", "data: ."),
        ("data/f", "data: f"),
        ("data//inner//f", "data: inner//f"),
        ("data/inner/", "data: inner/"),
        ("data/inner/../f", "data: inner/../f"),
        ("sub/deep/x", "sub/deep: x"),
        ("to-data", "data"),
        ("to-data/f", "data: f"),
        ("into", "data: inner/"),
        ("into/f", "data: inner//f"),
        ("one.txt", "one.txt"),
    ] {
        assert_eq!(find(path).as_deref(), Ok(found), "{path}");
    }
}

#[test]
fn a_path_that_comes_back_out_stays_in_the_tree() {
    for (path, found) in [
        ("data/..", ""),
        ("data/../a.txt", "a.txt"),
        ("data/x/../../sub/b.txt", "sub/b.txt"),
        ("sub/deep/../b.txt", "sub/b.txt"),
        ("out", "a.txt"),
        ("data/../data/f", "data: f"),
        ("data/../nothing", "missing"),
    ] {
        assert_eq!(find(path).as_deref(), Ok(found), "{path}");
    }
    for path in ["data/../..", "data/x/../../../etc", "sub/deep/../../.."] {
        assert_eq!(find(path), Err(Error::NotPermitted), "{path}");
    }
    assert_eq!(find("one.txt/x"), Err(Error::NotDirectory));
    assert_eq!(find("one.txt/"), Err(Error::NotDirectory));
}

#[test]
fn what_is_mounted_cannot_be_removed_or_replaced() {
    let blob = blob(&[("/", TREE)]);
    let tree = tree(&blob);
    let root = root(tree);
    assert_eq!(tree.remove_directory(root, b"data"), Error::ReadOnly);
    assert_eq!(tree.remove_directory(root, b"one.txt"), Error::NotDirectory);
    assert_eq!(tree.unlink_file(root, b"one.txt"), Error::ReadOnly);
    assert_eq!(tree.unlink_file(root, b"data"), Error::IsDirectory);
    assert_eq!(tree.create_directory(root, b"data"), Error::Exist);
    assert_eq!(tree.rename(root, b"a.txt", root, b"data"), Error::ReadOnly);
    assert_eq!(
        tree.rename(root, b"a.txt", root, b"data/f"),
        Error::CrossDevice
    );
    assert_eq!(
        tree.host_path(tree.lookup(root, b"data", Follow::Yes).unwrap()),
        Some((&b"/srv/data"[..], false))
    );
}
