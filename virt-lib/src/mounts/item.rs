//! The thing that a mount puts at a place of the tree, and the changes that are allowed there. This
//! module must never decide where anything goes.

use crate::policy::FileMode;
use std::collections::BTreeMap;

/// What may be done in a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layer {
    pub mode: FileMode,
    /// The most bytes that may be stored.
    pub bytes: u64,
    /// The most nodes that may be made.
    pub nodes: u64,
}

/// A node while mounts are put together.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Dir(BTreeMap<String, Item>),
    File {
        index: u32,
        size: u64,
        digest: Option<[u8; 32]>,
    },
    Symlink(String),
    Host {
        path: String,
        directory: bool,
        read_only: bool,
    },
}
