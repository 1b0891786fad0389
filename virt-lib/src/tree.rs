//! The virtual file tree: entries of all mounts put in their places, checked as a whole, and the order
//! in which their contents make up the payload. This module must never see contents.

use crate::entry::{Entry, EntryKind};
use crate::error::{Error, Result};
use crate::filter::{Filter, relative};
use crate::report::FileCounts;
use std::collections::BTreeMap;
use wasi_virt_layout::write::{Dir, Node};

/// Validators refuse a core module of 1 GiB; what is not payload stays far below the rest.
const PAYLOAD_LIMIT: u64 = (1 << 30) - (16 << 20);

/// Every level of the tree costs stack in the engine and in whatever reads the artifact.
const DEPTH_LIMIT: usize = 256;

/// Everything mounted.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Guest path and contents of every preopened directory, sorted by path.
    pub preopens: Vec<(String, Dir)>,
    /// Position in the entries and size of every file, in the order of the payload.
    pub payload: Vec<(u32, u64)>,
    pub counts: FileCounts,
    /// Where in the payload contents are that were met before, by size and digest.
    stored: BTreeMap<(u64, [u8; 32]), u64>,
}

/// A node while mounts are put together.
#[derive(Debug)]
enum Item {
    Dir(BTreeMap<String, Item>),
    File {
        index: u32,
        size: u64,
        digest: Option<[u8; 32]>,
    },
    Symlink(String),
}

/// A mount: its place and its entries, relative to it.
struct Mount<'a> {
    at: Vec<&'a str>,
    item: Item,
    source: &'a str,
}

impl Tree {
    /// Puts the entries that the filter lets in in their places.
    ///
    /// # Errors
    ///
    /// All problems at once, a line each.
    pub(crate) fn new(entries: &[Entry], filter: &Filter) -> Result<Self> {
        let mut problems = Vec::new();
        let mounts = mounts(entries, filter, &mut problems);
        check_places(&mounts, &mut problems);
        if !problems.is_empty() {
            return Err(Error::invalid(problems.join("\n")));
        }
        let places = preopen_places(&mounts);
        let mut root = BTreeMap::new();
        for mount in mounts {
            place(&mut root, &mount.at, mount.item);
        }
        let mut tree = Tree {
            preopens: Vec::new(),
            payload: Vec::new(),
            counts: FileCounts::default(),
            stored: BTreeMap::new(),
        };
        for place in places {
            let mut dir = &root;
            for name in &place {
                match dir.get(*name) {
                    Some(Item::Dir(inner)) => dir = inner,
                    _ => {
                        return Err(Error::internal(
                            crate::Stage::Plan,
                            "a preopen is not a directory",
                        ));
                    }
                }
            }
            let dir = tree.dir(dir);
            tree.preopens.push((format!("/{}", place.join("/")), dir));
        }
        if tree.counts.stored > PAYLOAD_LIMIT {
            return Err(Error::invalid(format!(
                "the mounted files add up to {} bytes; a component can hold {PAYLOAD_LIMIT} at the most: mount less",
                tree.counts.stored
            )));
        }
        Ok(tree)
    }

    fn dir(&mut self, items: &BTreeMap<String, Item>) -> Dir {
        self.counts.directories += 1;
        let nodes = items
            .iter()
            .map(|(name, item)| (name.clone(), self.node(item)))
            .collect();
        Dir(nodes)
    }

    /// Where in the payload a file's contents are: new ones at the end, equal ones where they are.
    fn store(&mut self, index: u32, size: u64, digest: Option<[u8; 32]>) -> u64 {
        let end = self.counts.stored;
        if let Some(digest) = digest {
            let offset = *self.stored.entry((size, digest)).or_insert(end);
            if offset != end {
                return offset;
            }
        }
        self.counts.stored = end.saturating_add(size);
        self.payload.push((index, size));
        end
    }

    fn node(&mut self, item: &Item) -> Node {
        match item {
            Item::Dir(items) => Node::Dir(self.dir(items)),
            Item::File {
                index,
                size,
                digest,
            } => {
                self.counts.files += 1;
                self.counts.bytes = self.counts.bytes.saturating_add(*size);
                Node::File {
                    offset: self.store(*index, *size, *digest),
                    size: *size,
                }
            }
            Item::Symlink(target) => {
                self.counts.symlinks += 1;
                Node::Symlink(target.clone())
            }
        }
    }
}

/// The names of an absolute guest path.
fn names(path: &str) -> std::result::Result<Vec<&str>, &'static str> {
    if !path.starts_with('/') {
        return Err("is not absolute; guest paths start with `/`");
    }
    if path.contains('\0') {
        return Err("holds a NUL character");
    }
    let names: Vec<_> = path
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".")
        .collect();
    if names.len() > DEPTH_LIMIT {
        return Err("is more than 256 directories deep");
    }
    if names.contains(&"..") {
        return Err("holds `..`; write the path it stands for");
    }
    Ok(names)
}

fn mounts<'a>(entries: &'a [Entry], filter: &Filter, problems: &mut Vec<String>) -> Vec<Mount<'a>> {
    let mut by_mount: BTreeMap<u32, Vec<(u32, &Entry)>> = BTreeMap::new();
    for (index, entry) in (0..).zip(entries) {
        by_mount
            .entry(entry.mount)
            .or_default()
            .push((index, entry));
    }
    let mut mounts = Vec::new();
    let mut kept: Vec<(&str, bool)> = Vec::new();
    for (_, mut entries) in by_mount {
        entries.sort_by(|(_, a), (_, b)| (a.guest.len(), &a.guest).cmp(&(b.guest.len(), &b.guest)));
        let root = entries.first().map_or("", |(_, root)| &root.guest);
        entries.retain(|(_, entry)| match relative(root, entry) {
            Some("") | None => true,
            Some(path) if filter.admits(path, &entry.kind) => {
                kept.push((path, entry.kind == EntryKind::Directory));
                true
            }
            Some(_) => false,
        });
        let mut mount: Option<Mount> = None;
        let mut misplaced = false;
        for (index, entry) in entries {
            let source = entry.source.escape_debug();
            let item = match item(index, entry) {
                Ok(item) => item,
                Err(problem) => {
                    problems.push(format!("`{source}`: {problem}"));
                    continue;
                }
            };
            match (names(&entry.guest), &mut mount) {
                // What is wrong with a mount's own path is wrong with every path below it.
                (Err(_), _) if misplaced => {}
                (Err(problem), _) => {
                    misplaced = true;
                    problems.push(format!(
                        "guest path `{}` {problem}",
                        entry.guest.escape_debug()
                    ));
                }
                (Ok(at), None) => {
                    mount = Some(Mount {
                        at,
                        item,
                        source: &entry.source,
                    })
                }
                (Ok(at), Some(mount)) => {
                    let inside = at
                        .strip_prefix(mount.at.as_slice())
                        .filter(|inside| !inside.is_empty());
                    let placed = inside.is_some_and(|inside| match &mut mount.item {
                        Item::Dir(root) => insert(root, inside, item),
                        _ => false,
                    });
                    if !placed {
                        problems.push(format!(
                            "`{source}`: two entries for guest path `{}`",
                            entry.guest.escape_debug()
                        ));
                    }
                }
            }
        }
        if let Some(Mount { item, .. }) = &mut mount
            && filter.prunes()
        {
            prune(item, "", filter);
        }
        mounts.extend(mount);
    }
    for pattern in filter.without_effect(&kept) {
        problems.push(format!(
            "`--include {}` can have no effect: nothing that is mounted from a directory and not excluded matches it",
            pattern.escape_debug()
        ));
    }
    mounts.sort_by(|a, b| (a.at.len(), &a.at).cmp(&(b.at.len(), &b.at)));
    mounts
}

fn item(index: u32, entry: &Entry) -> std::result::Result<Item, String> {
    match &entry.kind {
        EntryKind::Directory => Ok(Item::Dir(BTreeMap::new())),
        EntryKind::File { size, digest } => Ok(Item::File {
            index,
            size: *size,
            digest: *digest,
        }),
        EntryKind::HostFile { .. } | EntryKind::HostDirectory { .. } => {
            Err("files of the host's cannot be mounted yet".to_string())
        }
        EntryKind::Symlink { target } if target.starts_with('/') => Err(format!(
            "a symbolic link to the absolute path `{}`, which would lead out of the mount; make it relative, or leave \
             links out with `--symlinks=skip`",
            target.escape_debug()
        )),
        EntryKind::Symlink { target } => Ok(Item::Symlink(target.clone())),
        EntryKind::Special { what } => Err(format!(
            "{what} cannot be mounted; only files, directories and symbolic links can"
        )),
        EntryKind::NotUtf8 => {
            Err("the name is not UTF-8, which WASI paths have to be; rename it".to_string())
        }
    }
}

/// Adds an item; false if something is there, or on the way there, already.
fn insert(root: &mut BTreeMap<String, Item>, names: &[&str], item: Item) -> bool {
    let Some((last, parents)) = names.split_last() else {
        return false;
    };
    let mut dir = root;
    for name in parents {
        match dir.get_mut(*name) {
            Some(Item::Dir(inner)) => dir = inner,
            _ => return false,
        }
    }
    dir.insert((*last).to_string(), item).is_none()
}

/// Leaves out the directories below `item`, which is at `path`, that hold nothing and are not included
/// themselves.
fn prune(item: &mut Item, path: &str, filter: &Filter) {
    let Item::Dir(items) = item else { return };
    items.retain(|name, item| {
        let path = match path {
            "" => name.clone(),
            path => format!("{path}/{name}"),
        };
        prune(item, &path, filter);
        !matches!(item, Item::Dir(inner) if inner.is_empty()) || filter.includes(&path, true)
    });
}

/// Puts a mount over what is there, making the directories that lead to it.
fn place(root: &mut BTreeMap<String, Item>, names: &[&str], item: Item) {
    let Some((last, parents)) = names.split_last() else {
        if let Item::Dir(items) = item {
            *root = items;
        }
        return;
    };
    let mut dir = root;
    for name in parents {
        let slot = dir
            .entry((*name).to_string())
            .or_insert_with(|| Item::Dir(BTreeMap::new()));
        if !matches!(slot, Item::Dir(_)) {
            *slot = Item::Dir(BTreeMap::new());
        }
        let Item::Dir(inner) = slot else { return };
        dir = inner;
    }
    dir.insert((*last).to_string(), item);
}

/// No two mounts at one place, none below a file, no file at the root.
fn check_places(mounts: &[Mount], problems: &mut Vec<String>) {
    let shown = |mount: &Mount| {
        format!("/{}", mount.at.join("/"))
            .escape_debug()
            .to_string()
    };
    for (position, mount) in mounts.iter().enumerate() {
        if mount.at.is_empty() && !matches!(mount.item, Item::Dir(_)) {
            problems.push(format!(
                "`{}`: only a directory can be mounted at `/`",
                mount.source.escape_debug()
            ));
        }
        for outer in &mounts[..position] {
            if outer.at == mount.at {
                problems.push(format!(
                    "`{}` and `{}` are both mounted at `{}`; give each a path of its own",
                    outer.source.escape_debug(),
                    mount.source.escape_debug(),
                    shown(mount)
                ));
            } else if let Some(inside) = mount.at.strip_prefix(outer.at.as_slice())
                && let Some(file) = file_on_the_way(&outer.item, inside)
            {
                problems.push(format!(
                    "`{}` cannot be mounted at `{}`: `/{}` is a mounted file, not a directory",
                    mount.source.escape_debug(),
                    shown(mount),
                    [&outer.at, file].concat().join("/").escape_debug(),
                ));
            }
        }
    }
}

/// The part of `path` that leads to something that is not a directory, before its end.
fn file_on_the_way<'p, 's>(item: &Item, path: &'p [&'s str]) -> Option<&'p [&'s str]> {
    let mut item = item;
    for depth in 0..path.len() {
        let Item::Dir(items) = item else {
            return Some(&path[..depth]);
        };
        item = items.get(path[depth])?;
    }
    None
}

/// Where directories are preopened: every mounted directory and the parent of every mounted file, but
/// for those inside another.
fn preopen_places<'a>(mounts: &[Mount<'a>]) -> Vec<Vec<&'a str>> {
    let mut places: Vec<Vec<&str>> = mounts
        .iter()
        .map(|mount| match mount.item {
            Item::Dir(_) => mount.at.clone(),
            _ => mount.at[..mount.at.len().saturating_sub(1)].to_vec(),
        })
        .collect();
    places.sort();
    places.dedup();
    let all = places.clone();
    places.retain(|place| {
        !all.iter()
            .any(|outer| outer.len() < place.len() && place.starts_with(outer))
    });
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

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

    fn tree(entries: &[Entry]) -> Result<Tree> {
        Tree::new(entries, &Filter::new(&Policy::default())?)
    }

    fn error(entries: &[Entry]) -> String {
        tree(entries).unwrap_err().to_string()
    }

    #[test]
    fn payload_follows_the_sorted_tree() {
        let tree = tree(&[
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
        let tree = tree(&[
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
        let offsets: Vec<_> = tree.preopens[0]
            .1
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
        let tree = tree(&[
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
        assert_eq!(tree.preopens[1].1.0.len(), 2);
    }

    #[test]
    fn an_inner_mount_shadows_the_outer() {
        let tree = tree(&[
            dir(1, "/"),
            dir(1, "/a"),
            file(1, "/a/old", 1),
            dir(0, "/a"),
            file(0, "/a/new", 2),
        ])
        .unwrap();
        assert_eq!(tree.preopens.len(), 1);
        let Some(Node::Dir(a)) = tree.preopens[0].1.0.get("a") else {
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
        assert!(error(&[dir(0, "a")]).contains("not absolute"));
        let dots = error(&[
            dir(0, "/a/../b"),
            file(0, "/a/../b/c", 1),
            file(0, "/a/../b/d", 1),
        ]);
        assert!(dots.contains("`..`") && dots.lines().count() == 1, "{dots}");
    }

    #[test]
    fn every_problem_is_told() {
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
            Tree::new(&entries, &Filter::new(&policy).unwrap())
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
        let message = filtered(&["*.md", "*.txt", "out"], &["out"])
            .unwrap_err()
            .to_string();
        assert_eq!(message.lines().count(), 2, "{message}");
        assert!(
            message.contains("`--include *.txt` can have no effect"),
            "{message}"
        );
        let message = filtered(&[], &["*.md"]).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 2, "both FIFOs: {message}");
    }
}
