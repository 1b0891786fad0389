//! What would change the tree.

use super::{root, site, tree};
use crate::{Error, Follow, NodeId, Tree};

#[track_caller]
fn refused(expected: Error, change: impl Fn(Tree<'_>, NodeId) -> Error) {
    let blob = site();
    let tree = tree(&blob);
    assert_eq!(change(tree, root(tree)), expected);
}

#[test]
fn create_directory() {
    for (path, expected) in [
        ("new", Error::ReadOnly),
        ("new/", Error::ReadOnly),
        ("css/new", Error::ReadOnly),
        ("css", Error::Exist),
        ("css/", Error::Exist),
        (".", Error::Exist),
        ("index.html", Error::Exist),
        ("to-dir", Error::Exist),
        ("dangling", Error::Exist),
        ("missing/new", Error::NoEntry),
        ("index.html/new", Error::NotDirectory),
        ("../new", Error::NotPermitted),
        ("", Error::NoEntry),
    ] {
        refused(expected, |tree, root| {
            tree.create_directory(root, path.as_bytes())
        });
    }
}

#[test]
fn symlink() {
    refused(Error::ReadOnly, |tree, root| {
        tree.symlink(root, b"index.html", b"new")
    });
    refused(Error::Exist, |tree, root| {
        tree.symlink(root, b"index.html", b"css")
    });
    refused(Error::NotPermitted, |tree, root| {
        tree.symlink(root, b"/index.html", b"new")
    });
    refused(Error::NoEntry, |tree, root| {
        tree.symlink(root, b"x", b"missing/new")
    });
}

#[test]
fn link() {
    let link = |old: &'static str, new: &'static str| {
        move |tree: Tree<'_>, root| {
            tree.link(root, Follow::No, old.as_bytes(), root, new.as_bytes())
        }
    };
    refused(Error::ReadOnly, link("index.html", "new"));
    refused(Error::Exist, link("index.html", "css/main.css"));
    refused(Error::NoEntry, link("missing", "new"));
    refused(Error::NoEntry, link("index.html", "missing/new"));
    refused(Error::Invalid, |tree, root| {
        tree.link(root, Follow::Yes, b"index.html", root, b"n")
    });
}

#[test]
fn rename() {
    let rename = |old: &'static str, new: &'static str| {
        move |tree: Tree<'_>, root| tree.rename(root, old.as_bytes(), root, new.as_bytes())
    };
    refused(Error::ReadOnly, rename("index.html", "new"));
    refused(Error::ReadOnly, rename("index.html", "css/main.css"));
    refused(Error::NoEntry, rename("missing", "new"));
    refused(Error::NoEntry, rename("index.html", "missing/new"));
    refused(Error::NotPermitted, rename("index.html", "../new"));
}

#[test]
fn remove_directory() {
    for (path, expected) in [
        ("empty", Error::ReadOnly),
        ("css", Error::ReadOnly),
        ("index.html", Error::NotDirectory),
        ("to-dir", Error::NotDirectory),
        ("missing", Error::NoEntry),
        ("..", Error::NotPermitted),
    ] {
        refused(expected, |tree, root| {
            tree.remove_directory(root, path.as_bytes())
        });
    }
}

#[test]
fn unlink_file() {
    for (path, expected) in [
        ("index.html", Error::ReadOnly),
        ("to-dir", Error::ReadOnly),
        ("dangling", Error::ReadOnly),
        ("css", Error::IsDirectory),
        ("missing", Error::NoEntry),
        ("index.html/", Error::NotDirectory),
    ] {
        refused(expected, |tree, root| {
            tree.unlink_file(root, path.as_bytes())
        });
    }
}

#[test]
fn set_times() {
    for (path, follow, expected) in [
        ("index.html", Follow::Yes, Error::ReadOnly),
        ("css", Follow::No, Error::ReadOnly),
        ("dangling", Follow::No, Error::ReadOnly),
        ("dangling", Follow::Yes, Error::NoEntry),
        ("missing", Follow::Yes, Error::NoEntry),
    ] {
        refused(expected, |tree, root| {
            tree.set_times(root, path.as_bytes(), follow)
        });
    }
}

#[test]
fn nothing_is_made_in_a_file() {
    refused(Error::NotDirectory, |tree, root| {
        let file = tree
            .lookup(root, b"index.html", Follow::Yes)
            .expect("a file");
        tree.create_directory(file, b"new")
    });
    refused(Error::NotDirectory, |tree, root| {
        let file = tree
            .lookup(root, b"index.html", Follow::Yes)
            .expect("a file");
        tree.rename(root, b"css", file, b"new")
    });
}
