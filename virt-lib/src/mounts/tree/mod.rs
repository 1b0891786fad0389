//! The virtual file tree: entries of all mounts put in their places, checked as a whole, and the
//! order in which their contents make up the payload. This module must never see contents.

use super::entry::Entry;
use super::filter::{Filter, Unmatched};
use super::gather::{Mount, add_tmpfs, host_item, misplaced, mounts, names, recorded, shown};
use super::item::{Item, Layer};
use super::places::{check_places, directory_of, is_host_directory};
use crate::error::{Problem, ProblemKind};
use crate::policy::{FileMode, Policy};
use crate::report::FileCounts;
use crate::report::record::RecordedMount;
use std::collections::BTreeMap;
use wasi_virt_layout::write::{Dir, Node};

/// Validators refuse a core module of 1 GiB; what is not payload stays far below the rest.
const PAYLOAD_LIMIT: u64 = (1 << 30) - (16 << 20);

/// Everything mounted.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Guest path of every preopened directory and what is there, sorted by names, relative paths
    /// first.
    pub preopens: Vec<(String, Node)>,
    /// Whether anything in it is the host's.
    pub has_host: bool,
    /// Position in the entries and size of every file, in the order of the payload.
    pub payload: Vec<(u32, u64)>,
    /// The length of the payload in bytes.
    pub payload_len: u64,
    pub counts: FileCounts,
    /// What each mount holds, in the order of the mounts.
    pub recorded: Vec<RecordedMount>,
    /// The patterns that match nothing.
    pub unmatched: Unmatched,
    /// The mounts by where they are, if any of them may be changed.
    pub layers: Vec<wasi_virt_layout::write::Mount>,
    /// Where in the payload contents are that were met before, by size and digest.
    stored: BTreeMap<(u64, [u8; 32]), u64>,
}

/// Where a file of `size` bytes starts in a payload of `len` bytes so far. Copies of 4 KiB and more
/// from an address that is not aligned take several times as long on some processors.
pub(crate) fn place_in_payload(len: u64, size: u64) -> u64 {
    if size < 4096 {
        len
    } else {
        len.next_multiple_of(64)
    }
}

impl Tree {
    /// Puts the entries that the filter lets in and the host's directories in their places. What is
    /// wrong becomes a problem and has no place.
    pub(crate) fn new(
        entries: &[Entry],
        filter: &Filter,
        policy: &Policy,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let (mut mounts, unmatched) = mounts(entries, filter, policy, problems);
        let recorded = recorded(&mounts);
        add_tmpfs(&policy.tmpfs, &mut mounts, problems);
        for preopen in &policy.preopens {
            match (
                names(&preopen.guest),
                host_item(&preopen.host, preopen.mode, true),
            ) {
                (Ok(at), Ok(item)) => mounts.push(Mount {
                    at,
                    item,
                    source: &preopen.host,
                    layer: None,
                }),
                (Err(why), _) => problems.push(misplaced(&preopen.guest, why)),
                (_, Err(why)) => problems.push(Problem::text(ProblemKind::Mount, why)),
            }
        }
        mounts.sort_by(|a, b| (a.at.len(), &a.at).cmp(&(b.at.len(), &b.at)));
        check_places(&mounts, problems);
        let limits = limits(&mounts);
        let roots = merge(mounts);
        let mut tree = Tree {
            preopens: Vec::new(),
            has_host: false,
            payload: Vec::new(),
            payload_len: 0,
            counts: FileCounts::default(),
            recorded,
            unmatched,
            layers: layers(&limits, &roots),
            stored: BTreeMap::new(),
        };
        for (place, item) in &roots {
            let node = tree.node(item);
            tree.preopens.push((shown(place), node));
        }
        if tree.payload_len > PAYLOAD_LIMIT {
            problems.push(Problem::text(
                ProblemKind::TooLarge,
                format!(
                    "the mounted files have {} bytes together, and a component can hold at most \
                     {PAYLOAD_LIMIT}; mount fewer or smaller files",
                    tree.counts.stored
                ),
            ));
        }
        tree
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
        let end = place_in_payload(self.payload_len, size);
        if let Some(digest) = digest {
            let offset = *self.stored.entry((size, digest)).or_insert(end);
            if offset != end {
                return offset;
            }
        }
        self.counts.stored = self.counts.stored.saturating_add(size);
        self.payload_len = end.saturating_add(size);
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
            Item::Host {
                path,
                directory,
                read_only,
            } => {
                self.has_host = true;
                Node::Host {
                    path: path.clone(),
                    directory: *directory,
                    read_only: *read_only,
                }
            }
        }
    }
}

/// Where each mount is, and what may be done in it; nothing if none may be changed.
fn limits<'a>(mounts: &[Mount<'a>]) -> Vec<(Vec<&'a str>, Layer)> {
    let limits: Vec<_> = mounts
        .iter()
        .filter(|mount| !matches!(mount.item, Item::Host { .. }))
        .filter_map(|mount| Some((mount.at.clone(), mount.layer?)))
        .collect();
    if limits.iter().any(|(_, layer)| layer.mode == FileMode::Rw) {
        limits
    } else {
        Vec::new()
    }
}

/// The mounts in the form that the configuration has: by the preopened directory that holds each.
fn layers(
    limits: &[(Vec<&str>, Layer)],
    roots: &BTreeMap<Vec<&str>, Item>,
) -> Vec<wasi_virt_layout::write::Mount> {
    limits
        .iter()
        .filter_map(|(at, layer)| {
            let is_root = |depth: &usize| matches!(roots.get(&at[..*depth]), Some(Item::Dir(_)));
            let depth = (0..=at.len()).rev().find(is_root)?;
            Some(wasi_virt_layout::write::Mount {
                preopen: roots.keys().position(|root| root == &at[..depth])?,
                names: at[depth..].iter().map(|name| (*name).to_string()).collect(),
                writable: layer.mode == FileMode::Rw,
                bytes: layer.bytes,
                nodes: layer.nodes,
            })
        })
        .collect()
}

/// The preopened directories by path. A mounted directory is inside of another where there is one
/// around it, and so is a host directory, which is preopened by itself as well; nothing is put
/// inside of the latter. A mounted file is in its parent.
fn merge<'a>(mounts: Vec<Mount<'a>>) -> BTreeMap<Vec<&'a str>, Item> {
    let places: BTreeMap<Vec<&str>, bool> = mounts
        .iter()
        .map(|mount| (directory_of(mount).to_vec(), is_host_directory(&mount.item)))
        .collect();
    // Whether the closest directory around a place is the host's.
    let around = |place: &[&str]| {
        (0..place.len())
            .rev()
            .find_map(|depth| places.get(&place[..depth]).copied())
    };
    let mut roots = BTreeMap::new();
    for (place, host) in &places {
        if !host && around(place) != Some(false) {
            roots.insert(place.clone(), Item::Dir(BTreeMap::new()));
        }
    }
    for mount in mounts {
        let host = is_host_directory(&mount.item);
        if host && around(&mount.at) != Some(false) {
            roots.insert(mount.at, mount.item);
            continue;
        }
        let place = directory_of(&mount);
        let depth = (0..=place.len())
            .rev()
            .find(|depth| matches!(roots.get(&place[..*depth]), Some(Item::Dir(_))));
        if let Some(depth) = depth
            && let Some(Item::Dir(root)) = roots.get_mut(&place[..depth])
        {
            let preopened = host.then(|| mount.item.clone());
            put(root, &mount.at[depth..], mount.item);
            roots.extend(preopened.map(|item| (mount.at, item)));
        }
    }
    roots
}

/// Puts a mount over what is there, making the directories that lead to it.
fn put(root: &mut BTreeMap<String, Item>, names: &[&str], item: Item) {
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

#[cfg(test)]
mod tests;
