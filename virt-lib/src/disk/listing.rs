//! Lists mounts: names, kinds and sizes for the engine, and where the contents are for
//! [`write()`](super::write()). It hashes only files that could be equal, and must never keep what
//! it reads.

use super::source::{self, Stamp};
use super::{Unreadable, walk};
use crate::mounts::{Entry, EntryKind, Filter};
use crate::policy::Mount;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is mounted: the entries that the engine takes, and where their contents are.
#[derive(Debug, Default)]
pub struct Listing<'a> {
    entries: Vec<Entry>,
    /// For the entry at the same position.
    contents: Vec<Contents<'a>>,
}

/// Where the contents of an entry are.
#[derive(Clone, Debug)]
pub(crate) enum Contents<'a> {
    /// It has none: a directory, a link, something on the host.
    None,
    /// Here.
    Bytes(&'a [u8]),
    /// In this file, as long as it is what was listed.
    File { path: PathBuf, stamp: Stamp },
}

impl<'a> Listing<'a> {
    /// Lists everything in these mounts that the filter keeps.
    ///
    /// # Errors
    ///
    /// The first path that cannot be read.
    ///
    /// ```
    /// use wasi_virt::{Filter, Mount, Policy, disk::Listing};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let policy = wasi_virt::Policy::default();
    /// let listing = Listing::of(&policy.mounts, &Filter::new(&policy)?)?;
    /// assert!(listing.entries().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn of(mounts: &[Mount], filter: &Filter) -> Result<Self, Unreadable> {
        let mut listing = Listing::default();
        for (position, mount) in (0..).zip(mounts) {
            listing.walk(position, &mount.guest, Path::new(&mount.source), filter)?;
        }
        listing.finish()
    }

    /// Sorted by mount, then by the UTF-8 bytes of the guest path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entries alone, when everything is written.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// Adds entries without contents, such as [`EntryKind::LeftOut`].
    pub fn extend(&mut self, entries: Vec<Entry>) {
        self.contents.extend(entries.iter().map(|_| Contents::None));
        self.entries.extend(entries);
    }

    /// Adds the local file or directory at `path`, and everything below it that the filter keeps.
    ///
    /// # Errors
    ///
    /// The first path that cannot be read.
    pub(crate) fn walk(
        &mut self,
        mount: u32,
        guest: &str,
        path: &Path,
        filter: &Filter,
    ) -> Result<(), Unreadable> {
        walk::walk(guest, path, filter, |guest, path, kind, stamp| {
            let contents = match stamp {
                Some(stamp) => Contents::File {
                    path: path.to_path_buf(),
                    stamp,
                },
                None => Contents::None,
            };
            let entry = Entry {
                mount,
                guest,
                source: path.to_string_lossy().into_owned(),
                kind,
            };
            self.push(entry, contents);
        })
    }

    /// Adds one entry.
    pub(crate) fn push(&mut self, entry: Entry, contents: Contents<'a>) {
        self.entries.push(entry);
        self.contents.push(contents);
    }

    /// Sorts the entries and hashes files of equal size. Call it when everything is added.
    ///
    /// # Errors
    ///
    /// The first file that cannot be read or has changed.
    pub(crate) fn finish(self) -> Result<Self, Unreadable> {
        let mut found: Vec<_> = self.entries.into_iter().zip(self.contents).collect();
        found.sort_by(|(a, _), (b, _)| (a.mount, &a.guest).cmp(&(b.mount, &b.guest)));
        add_digests(&mut found)?;
        let (entries, contents) = found.into_iter().unzip();
        Ok(Listing { entries, contents })
    }

    /// Where the contents of the file at this position are.
    pub(super) fn contents(&self, position: u32) -> Option<&Contents<'a>> {
        self.contents.get(usize::try_from(position).ok()?)
    }
}

/// Adds the digest of every file that shares its size with another: only those can be equal.
fn add_digests(found: &mut [(Entry, Contents<'_>)]) -> Result<(), Unreadable> {
    let mut sizes: BTreeMap<u64, u32> = BTreeMap::new();
    for (entry, _) in found.iter() {
        if let EntryKind::File { size, .. } = entry.kind {
            *sizes.entry(size).or_default() += 1;
        }
    }
    let mut buffer = Vec::new();
    for (entry, contents) in found {
        if let EntryKind::File { size, digest } = &mut entry.kind
            && *size > 0
            && sizes.get(size).is_some_and(|count| *count > 1)
        {
            *digest = match contents {
                Contents::None => None,
                Contents::Bytes(bytes) => Some(Sha256::digest(bytes).into()),
                Contents::File { path, stamp } => Some(source::digest(path, *stamp, &mut buffer)?),
            };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use std::fs;

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn files_of_one_size_get_digests() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("a", "one"),
            ("b", "two"),
            ("c", "one"),
            ("d", "four"),
            ("e", ""),
            ("f", ""),
        ] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let mut listing = Listing::default();
        let filter = Filter::new(&Policy::default()).unwrap();
        listing.walk(0, "/", dir.path(), &filter).unwrap();
        let entry = |guest: &str, kind| Entry {
            mount: 1,
            guest: guest.into(),
            source: guest.into(),
            kind,
        };
        let size = |size| EntryKind::File { size, digest: None };
        listing.push(entry("/in/memory", size(3)), Contents::Bytes(b"two"));
        listing.push(entry("/in", EntryKind::Directory), Contents::None);
        let digests: Vec<_> = listing
            .finish()
            .unwrap()
            .into_entries()
            .into_iter()
            .filter_map(|entry| match entry.kind {
                EntryKind::File { digest, .. } => Some(digest),
                _ => None,
            })
            .collect();
        assert_eq!(digests[0], digests[2]);
        assert_ne!(digests[0], digests[1]);
        assert!(digests[..3].iter().all(Option::is_some));
        assert_eq!(digests[3..6], [None; 3]);
        assert_eq!(digests[6], digests[1], "one in memory equals one on disk");
    }
}
