//! A mounted entry as the engine sees it: name, kind and size, never contents.

use crate::policy::FileMode;
use serde::{Deserialize, Serialize};

/// One file, directory or link of a mount, listed by a shell.
///
/// A mount of a directory is its root entry followed by everything below it; a mount of a single
/// file is one entry. Order does not matter: the engine sorts by UTF-8 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Which mount it came from: the position of its `--mount`, from 0.
    pub mount: u32,
    /// The path the component will see, `/`-separated; below a mount it begins with the mount's.
    pub guest: String,
    /// Where the shell found it: for messages only, never recorded in the artifact.
    pub source: String,
    /// What it is.
    pub kind: EntryKind,
}

/// The kind of an [`Entry`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file of this many bytes, whose contents the shell supplies when it writes
    /// [`Segment::File`](crate::Segment::File) with this entry's position in the list.
    File {
        /// Size in bytes.
        size: u64,
        /// SHA-256 of the contents, given where another file has the same size: files of the same
        /// size and digest are stored once.
        digest: Option<[u8; 32]>,
    },
    /// A host file, opened when the artifact runs.
    HostFile {
        /// Its path, inside of a directory that the host preopens.
        path: String,
        /// Whether the component may change it.
        mode: FileMode,
    },
    /// A host directory, opened when the artifact runs.
    HostDirectory {
        /// Its path: one that the host preopens, or inside of one.
        path: String,
        /// Whether the component may change it.
        mode: FileMode,
    },
    /// A symbolic link and its target, as stored.
    Symlink {
        /// The link's text.
        target: String,
    },
    /// Something that cannot be mounted; the engine answers with an error that says what.
    Special {
        /// What it is, for the message: `a FIFO`, `a socket`, `a device`.
        what: String,
    },
    /// A name that is not UTF-8; `guest` and `source` hold it with U+FFFD in its place.
    NotUtf8,
    /// Something that the [`Filter`](crate::Filter) leaves out. A shell lists it, but nothing below
    /// it, so that the engine can refuse an `exclude` pattern that matches nothing.
    LeftOut {
        /// Whether it is a directory.
        directory: bool,
    },
}
