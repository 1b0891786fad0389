//! What can stand in a virtual tree.

use std::path::PathBuf;

/// A file, a directory or a link in a virtual tree.
///
/// The constructors are functions named like the cases of an `enum`, which `FsEntry` is in
/// bytecodealliance/WASI-Virt: programs written for it compile unchanged. Unlike cases, the
/// functions also take `&str`, `&Path` and arrays, and a new kind of entry breaks no `match`.
///
/// ```
/// use std::collections::BTreeMap;
/// use wasi_virt::{FsEntry, WasiVirt};
///
/// let mut virt = WasiVirt::new();
/// virt.fs().preopen("/data", FsEntry::Dir(BTreeMap::from([
///     ("text.txt", FsEntry::Source("text")),
///     ("bytes.bin", FsEntry::File([0, 1, 2])),
///     ("latest", FsEntry::Symlink("text.txt")),
///     ("local.txt", FsEntry::Virtualize("../examples/site/hello.txt")),
///     ("run.txt", FsEntry::RuntimeFile("/runtime/host/path.txt")),
/// ])));
/// virt.compose("../examples/hello.wasm");
/// let report = virt.finish_to(std::io::sink()).unwrap();
/// assert_eq!((report.files.files, report.files.symlinks), (3, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FsEntry(pub(super) Kind);

/// The kind of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bytes(Vec<u8>),
    Local(PathBuf),
    HostFile(String),
    HostDirectory(String),
    Dir(Vec<(String, FsEntry)>),
    Symlink(String),
}

#[allow(non_snake_case)] // See the type.
impl FsEntry {
    /// A file with this text.
    pub fn Source(text: impl Into<String>) -> Self {
        FsEntry(Kind::Bytes(text.into().into_bytes()))
    }

    /// A file with these bytes.
    pub fn File(bytes: impl Into<Vec<u8>>) -> Self {
        FsEntry(Kind::Bytes(bytes.into()))
    }

    /// A local file, or a directory with everything below it, read when the artifact is made.
    pub fn Virtualize(path: impl Into<PathBuf>) -> Self {
        FsEntry(Kind::Local(path.into()))
    }

    /// A host file, read and written when the artifact runs. The path lies in a directory that the
    /// host preopens.
    pub fn RuntimeFile(path: impl Into<String>) -> Self {
        FsEntry(Kind::HostFile(path.into()))
    }

    /// A host directory, used when the artifact runs. The host preopens it or a directory around
    /// it.
    pub fn RuntimeDir(path: impl Into<String>) -> Self {
        FsEntry(Kind::HostDirectory(path.into()))
    }

    /// A directory with these entries by name.
    pub fn Dir<N: Into<String>>(entries: impl IntoIterator<Item = (N, FsEntry)>) -> Self {
        let named = |(name, entry): (N, FsEntry)| (name.into(), entry);
        FsEntry(Kind::Dir(entries.into_iter().map(named).collect()))
    }

    /// A symbolic link to a target relative to the directory of the link.
    pub fn Symlink(target: impl Into<String>) -> Self {
        FsEntry(Kind::Symlink(target.into()))
    }
}

impl FsEntry {
    /// What messages call it at this guest path.
    pub(super) fn source(&self, guest: &str) -> String {
        match &self.0 {
            Kind::Local(path) => path.display().to_string(),
            _ => guest.to_string(),
        }
    }
}
