//! Turns entries into mounts: checks names, kinds and places, and reports every problem. This
//! module must never decide what is preopened.

use super::entry::{Entry, EntryKind};
use super::filter::{Filter, Unmatched, relative};
use super::item::{Item, Layer};
use crate::error::{Problem, ProblemKind, Setting};
use crate::policy::{FileMode, Policy, Tmpfs};
use crate::report::record::RecordedMount;
use std::collections::BTreeMap;

/// Every level of the tree costs stack in the engine and in whatever reads the artifact.
const DEPTH_LIMIT: usize = 256;

/// A mount: its place and its entries, relative to it.
pub(super) struct Mount<'a> {
    pub at: Vec<&'a str>,
    pub item: Item,
    pub source: &'a str,
    /// What may be done in it; the host's directories know for themselves.
    pub layer: Option<Layer>,
}

/// Adds directories that are empty.
pub(super) fn add_tmpfs<'a>(
    tmpfs: &'a [Tmpfs],
    mounts: &mut Vec<Mount<'a>>,
    problems: &mut Vec<Problem>,
) {
    for tmpfs in tmpfs {
        match names(&tmpfs.guest) {
            Ok(at) => mounts.push(Mount {
                at,
                item: Item::Dir(BTreeMap::new()),
                source: "tmpfs",
                layer: Some(Layer {
                    mode: FileMode::Rw,
                    bytes: tmpfs.size.map_or(u64::MAX, |size| size.0),
                    nodes: tmpfs.inodes.unwrap_or(u64::MAX),
                }),
            }),
            Err(why) => problems.push(misplaced(&tmpfs.guest, why)),
        }
    }
}

/// A guest path that nothing can be mounted at.
pub(super) fn misplaced(guest: &str, why: &str) -> Problem {
    let guest = guest.escape_debug();
    Problem::text(ProblemKind::Mount, format!("guest path `{guest}` {why}"))
}

/// What each mount holds.
pub(super) fn recorded(mounts: &[Mount]) -> Vec<RecordedMount> {
    mounts
        .iter()
        .map(|mount| {
            let mut recorded = RecordedMount {
                guest: shown(&mount.at),
                writable: mount.layer.is_some_and(|layer| layer.mode == FileMode::Rw),
                ..RecordedMount::default()
            };
            count(&mount.item, &mut recorded);
            recorded
        })
        .collect()
}

fn count(item: &Item, recorded: &mut RecordedMount) {
    match item {
        Item::Dir(items) => {
            recorded.directories += 1;
            items.values().for_each(|item| count(item, recorded));
        }
        Item::File { size, .. } => {
            recorded.files += 1;
            recorded.bytes = recorded.bytes.saturating_add(*size);
        }
        Item::Symlink(_) => recorded.symlinks += 1,
        Item::Host { .. } => recorded.host += 1,
    }
}

/// The names of a guest path, below `/` or below `.`: absolute and relative paths never meet.
pub(super) fn names(path: &str) -> std::result::Result<Vec<&str>, &'static str> {
    if path.is_empty() {
        return Err("is empty; write `.` for the directory where relative paths start");
    }
    if path.contains('\0') {
        return Err("contains a NUL character; remove it");
    }
    let root = if path.starts_with('/') { "/" } else { "." };
    let below = path
        .split('/')
        .filter(|name| !name.is_empty() && *name != ".");
    let names: Vec<_> = std::iter::once(root).chain(below).collect();
    if names.len() > DEPTH_LIMIT + 1 {
        return Err("is more than 256 directories deep; shorten it");
    }
    if names.contains(&"..") {
        return Err("contains `..`; write the path that it leads to");
    }
    Ok(names)
}

/// The guest path of these names.
pub(super) fn shown(names: &[&str]) -> String {
    match names {
        ["/", below @ ..] => format!("/{}", below.join("/")),
        ["."] => ".".to_string(),
        [_, below @ ..] => below.join("/"),
        [] => String::new(),
    }
}

/// The mounts, and the include patterns that match nothing.
pub(super) fn mounts<'a>(
    entries: &'a [Entry],
    filter: &Filter,
    policy: &Policy,
    problems: &mut Vec<Problem>,
) -> (Vec<Mount<'a>>, Unmatched) {
    let mut by_mount: BTreeMap<u32, Vec<(u32, &Entry)>> = BTreeMap::new();
    for (index, entry) in (0..).zip(entries) {
        by_mount
            .entry(entry.mount)
            .or_default()
            .push((index, entry));
    }
    let mut mounts = Vec::new();
    let (mut kept, mut listed) = (Vec::new(), Vec::new());
    for (number, mut entries) in by_mount {
        let given = policy.mounts.get(number as usize);
        let layer = Layer {
            mode: given.map_or(FileMode::Ro, |mount| mount.mode),
            bytes: given
                .and_then(|mount| mount.size)
                .map_or(u64::MAX, |size| size.0),
            nodes: given.and_then(|mount| mount.inodes).unwrap_or(u64::MAX),
        };
        entries.sort_by(|(_, a), (_, b)| (a.guest.len(), &a.guest).cmp(&(b.guest.len(), &b.guest)));
        let root = entries.first().map_or("", |(_, root)| &root.guest);
        entries.retain(|(_, entry)| {
            let Some(path) = relative(root, entry).filter(|path| !path.is_empty()) else {
                return true;
            };
            let directory = match entry.kind {
                EntryKind::LeftOut { directory } => directory,
                _ => entry.kind == EntryKind::Directory,
            };
            listed.push((path, directory));
            let is_kept = filter.admits(path, &entry.kind);
            if is_kept {
                kept.push((path, directory));
            }
            is_kept
        });
        let mut mount: Option<Mount> = None;
        let mut is_misplaced = false;
        let mut absolute = Vec::new();
        for (index, entry) in entries {
            if let EntryKind::Symlink { target } = &entry.kind
                && target.starts_with('/')
            {
                absolute.push((&entry.source, target));
                continue;
            }
            let item = match item(index, entry) {
                Ok(item) => item,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            match (names(&entry.guest), &mut mount) {
                // What is wrong with a mount's own path is wrong with every path below it.
                (Err(_), _) if is_misplaced => {}
                (Err(why), _) => {
                    is_misplaced = true;
                    problems.push(misplaced(&entry.guest, why));
                }
                (Ok(at), None) => {
                    mount = Some(Mount {
                        at,
                        item,
                        source: &entry.source,
                        layer: Some(layer),
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
                        problems.push(Problem::text(
                            ProblemKind::Mount,
                            format!(
                                "`{}`: guest path `{}` has another entry already; remove one",
                                entry.source.escape_debug(),
                                entry.guest.escape_debug()
                            ),
                        ));
                    }
                }
            }
        }
        problems.extend(absolute_links(&absolute));
        if let Some(Mount { item, .. }) = &mut mount
            && filter.prunes()
        {
            prune(item, "", filter);
        }
        mounts.extend(mount);
    }
    let owned = |patterns: Vec<&str>| patterns.into_iter().map(str::to_string).collect();
    let unmatched = Unmatched {
        includes: owned(filter.idle_includes(&kept)),
        excludes: owned(filter.idle_excludes(&listed)),
    };
    (mounts, unmatched)
}

/// One problem for all links of a mount, because folders of certificates hold hundreds of them.
fn absolute_links(links: &[(&String, &String)]) -> Option<Problem> {
    let (source, target) = links.first()?;
    let (more, them) = match links.len() - 1 {
        0 => (String::new(), "it"),
        more => (format!(" (and {more} more)"), "them"),
    };
    let text = format!(
        "`{}`: a symbolic link to the absolute path `{}`, which leads out of the mount{more}; make \
         {them} relative, mount a copy that holds the files themselves (`cp -RL FOLDER COPY`), or \
         leave {them} out with ",
        source.escape_debug(),
        target.escape_debug()
    );
    let problem = Problem::text(ProblemKind::Mount, text);
    Some(problem.remedy(Setting::word("symlinks", "skip")))
}

fn item(index: u32, entry: &Entry) -> std::result::Result<Item, Problem> {
    let wrong = |why: &str| {
        let text = format!("`{}`: {why}", entry.source.escape_debug());
        Problem::text(ProblemKind::Mount, text)
    };
    let host = |path, mode, directory| host_item(path, mode, directory).map_err(|why| wrong(&why));
    match &entry.kind {
        EntryKind::Directory => Ok(Item::Dir(BTreeMap::new())),
        EntryKind::File { size, digest } => Ok(Item::File {
            index,
            size: *size,
            digest: *digest,
        }),
        EntryKind::HostFile { path, mode } => host(path, *mode, false),
        EntryKind::HostDirectory { path, mode } => host(path, *mode, true),
        EntryKind::Symlink { target } => Ok(Item::Symlink(target.clone())),
        EntryKind::Special { what } => Err(wrong(&format!(
            "{what} cannot be mounted, only files, directories and symbolic links; remove it"
        ))),
        EntryKind::NotUtf8 => Err(wrong(
            "the name is not UTF-8, as WASI requires of paths; rename it",
        )),
        EntryKind::LeftOut { .. } => Err(wrong(
            "the mount itself cannot be left out; leave out the mount",
        )),
    }
}

/// A host file or directory, by the path under which the host preopens it.
pub(super) fn host_item(
    path: &str,
    mode: FileMode,
    directory: bool,
) -> std::result::Result<Item, String> {
    let shown = path.escape_debug();
    if path.is_empty() {
        return Err(
            "the host path is empty; write `.` for the current directory of the host".to_string(),
        );
    }
    if path.contains('\0') {
        return Err(format!(
            "the host path `{shown}` contains a NUL character; remove it"
        ));
    }
    if path.split('/').any(|name| name == "..") {
        return Err(format!(
            "the host path `{shown}` contains `..`; write the path that it leads to"
        ));
    }
    if !directory && (path.ends_with('/') || path.ends_with("/.") || path == ".") {
        return Err(format!(
            "the host path `{shown}` names a directory; name a file"
        ));
    }
    Ok(Item::Host {
        path: path.to_string(),
        directory,
        read_only: mode == FileMode::Ro,
    })
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

/// Leaves out the directories below `item`, which is at `path`, that hold nothing and are not
/// included themselves.
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
