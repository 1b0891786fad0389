//! The tree as a program sees it. Expectations are what Linux answers for the same tree on a
//! read-only mount through `openat2(RESOLVE_BENEATH)`, in WASI's words.

mod changes;
mod host;
mod lookups;
mod nodes;
mod opens;
#[cfg(feature = "write")]
mod overlay;
mod random;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasi_virt_layout::write::{Config, Dir, Node, encode};
use wasi_virt_layout::{NodeId, View};

use crate::{Error, Follow, Tree};

/// A tree from a list of paths: `dir/` is a directory, `link -> target` a link, `file => path` and
/// `dir/ => path` the host's file or directory at that path, and anything else a file with as many
/// bytes as its path, at that offset in the payload.
fn blob(trees: &[(&str, &[&str])]) -> Vec<u8> {
    let mut config = Config {
        mtime_seconds: 7,
        ..Config::default()
    };
    for (guest, entries) in trees {
        let mut root = Dir::default();
        for entry in *entries {
            insert(&mut root, entry);
        }
        config.preopens.push((guest.to_string(), Node::Dir(root)));
    }
    encode(&config)
}

fn insert(root: &mut Dir, entry: &str) {
    let size = entry.len() as u64;
    let host = |path: &str, directory| Node::Host {
        path: path.to_string(),
        directory,
        read_only: false,
    };
    if let Some((path, target)) = entry.split_once(" => ") {
        return put(
            root,
            path.trim_end_matches('/'),
            host(target, path.ends_with('/')),
        );
    }
    let (path, node) = match entry.split_once(" -> ") {
        Some((path, target)) => (path, Node::Symlink(target.to_string())),
        None if entry.ends_with('/') => (entry.trim_end_matches('/'), Node::Dir(Dir::default())),
        None => (entry, Node::File { offset: size, size }),
    };
    put(root, path, node);
}

fn put(root: &mut Dir, path: &str, node: Node) {
    let mut directory = root;
    let mut components: Vec<&str> = path.split('/').collect();
    let name = components.pop().unwrap_or_default();
    for component in components {
        let child = directory
            .0
            .entry(component.to_string())
            .or_insert_with(|| Node::Dir(Dir::default()));
        let Node::Dir(child) = child else {
            panic!("{component} is no directory")
        };
        directory = child;
    }
    directory.0.insert(name.to_string(), node);
}

const SITE: &[&str] = &[
    "index.html",
    "empty/",
    "css/main.css",
    "css/deep/er/a.css",
    "to-file -> index.html",
    "to-dir -> css",
    "to-dir-slash -> css/",
    "to-file-slash -> index.html/",
    "to-link -> to-dir",
    "dangling -> nowhere",
    "self -> self",
    "ping -> pong",
    "pong -> ping",
    "up -> ..",
    "absolute -> /index.html",
    "css/back -> ../index.html",
    "css/out -> ../../secret",
    "css/deep/root -> ../..",
    "dots -> css/./deep/../main.css",
];

fn site() -> Vec<u8> {
    blob(&[("/", SITE)])
}

fn tree(blob: &[u8]) -> Tree<'_> {
    Tree::new(View::new(blob))
}

fn root(tree: Tree<'_>) -> NodeId {
    tree.preopens().next().expect("a preopen").1
}

/// The path of a node below its root.
fn path_of(tree: Tree<'_>, mut node: NodeId) -> String {
    let mut names: Vec<&str> = Vec::new();
    while tree.parent(node) != node {
        names.push(core::str::from_utf8(tree.name(node)).expect("a UTF-8 name"));
        node = tree.parent(node);
    }
    names.reverse();
    names.join("/")
}

/// Where a path leads, from the root.
fn lookup(path: &str, follow: Follow) -> Result<String, Error> {
    lookup_from("", path, follow)
}

fn lookup_from(base: &str, path: &str, follow: Follow) -> Result<String, Error> {
    let blob = site();
    let tree = tree(&blob);
    let base = match base {
        "" => root(tree),
        _ => tree.lookup(root(tree), base.as_bytes(), Follow::Yes)?,
    };
    let node = tree.lookup(base, path.as_bytes(), follow)?;
    Ok(path_of(tree, node))
}
