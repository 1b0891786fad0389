//! Directories to start from: made at random, written to a disk, and as text.

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Names of files, of which paths are made as well.
pub const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Sizes around those of pages and of reads.
/// The last makes the payload a segment of its own.
const SIZES: [usize; 11] = [
    0, 1, 5, 100, 4095, 4096, 4097, 10_000, 65_536, 70_000, 1_100_000,
];

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Directory,
    /// A file of so many bytes, which depend on its path.
    File(usize),
    Link(String),
}

/// What is in a directory, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, Node>);

impl Tree {
    pub fn random(rng: &mut Rng) -> Self {
        let mut tree = Tree::default();
        let mut directories = vec![String::new()];
        for _ in 0..rng.usize(0..16) {
            let directory = &directories[rng.usize(..directories.len())];
            let name = NAMES[rng.usize(..NAMES.len())];
            let path = match directory.as_str() {
                "" => name.to_string(),
                directory => format!("{directory}/{name}"),
            };
            if tree.0.contains_key(&path) {
                continue;
            }
            let node = match rng.u8(..10) {
                0..4 => Node::Directory,
                4..8 => Node::File(SIZES[rng.usize(..SIZES.len())]),
                _ => Node::Link(super::calls::target(rng)),
            };
            if node == Node::Directory {
                directories.push(path.clone());
            }
            tree.0.insert(path, node);
        }
        tree
    }

    /// Makes it below a folder that is empty.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for (path, node) in &self.0 {
            let at = folder.join(path);
            match node {
                Node::Directory => fs::create_dir(&at),
                Node::File(size) => fs::write(&at, contents(path, *size)),
                Node::Link(target) => symlink(target, &at),
            }
            .with_context(|| at.display().to_string())?;
        }
        Ok(())
    }

    /// A line for each path: `dir/`, `file 100` or `link -> target`.
    pub fn text(&self) -> String {
        let line = |(path, node): (&String, &Node)| match node {
            Node::Directory => format!("{path}/\n"),
            Node::File(size) => format!("{path} {size}\n"),
            Node::Link(target) => format!("{path} -> {target}\n"),
        };
        self.0.iter().map(line).collect()
    }

    /// Reads what [`Tree::text`] gives.
    pub fn parse(text: &str) -> Result<Self> {
        let mut tree = Tree::default();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let (path, node) = if let Some((path, target)) = line.split_once(" -> ") {
                (path, Node::Link(target.to_string()))
            } else if let Some(path) = line.strip_suffix('/') {
                (path, Node::Directory)
            } else if let Some((path, size)) = line.split_once(' ') {
                (path, Node::File(size.parse()?))
            } else {
                bail!("{line:?} is no path of a tree");
            };
            tree.0.insert(path.to_string(), node);
        }
        Ok(tree)
    }

    /// Without one path and all below it.
    pub fn without(&self, path: &str) -> Self {
        let below = format!("{path}/");
        let kept = |known: &&String| *known != path && !known.starts_with(&below);
        let keys: Vec<&String> = self.0.keys().filter(kept).collect();
        Tree(
            keys.into_iter()
                .map(|key| (key.clone(), self.0[key].clone()))
                .collect(),
        )
    }
}

/// Bytes that tell files and positions apart.
fn contents(path: &str, size: usize) -> Vec<u8> {
    let start = path.bytes().fold(7usize, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(byte))
    });
    (start..start.wrapping_add(size))
        .map(|position| b'A' + (position % 251 % 26) as u8)
        .collect()
}
