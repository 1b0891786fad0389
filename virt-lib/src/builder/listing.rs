//! Lists what is to be embedded: names, kinds and sizes for the engine, and where contents are for whoever
//! writes them. A link is never followed below the path that was named.

use super::files::{FsEntry, Kind};
use crate::error::{Error, Problem, ProblemKind, Result, Stage, none_of};
use crate::mounts::{Entry, EntryKind};
use crate::policy::FileMode;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is embedded.
#[derive(Debug, Default)]
pub(super) struct Listing<'a> {
    pub entries: Vec<Entry>,
    /// For the entry at the same position.
    contents: Vec<Contents<'a>>,
}

/// Where the contents of an entry are.
#[derive(Clone, Debug)]
enum Contents<'a> {
    None,
    Bytes(&'a [u8]),
    Local { path: PathBuf, stamp: Stamp },
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Stamp {
            size: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl<'a> Listing<'a> {
    /// Lists these entries at their guest paths.
    ///
    /// # Errors
    ///
    /// Names the first path that cannot be read, or every name that cannot be one.
    pub(super) fn new(files: &'a [(String, FsEntry)]) -> Result<Self> {
        let mut listing = Listing::default();
        let mut problems = Vec::new();
        for (position, (guest, entry)) in files.iter().enumerate() {
            let mount = u32::try_from(position).map_err(|_| {
                Error::invalid(
                    ProblemKind::TooLarge,
                    "there are too many preopens; remove some",
                )
            })?;
            listing.add(mount, trim(guest), entry, &mut problems)?;
        }
        none_of(problems)?;
        listing.digest()?;
        Ok(listing)
    }

    fn add(
        &mut self,
        mount: u32,
        guest: &str,
        entry: &'a FsEntry,
        problems: &mut Vec<Problem>,
    ) -> Result<()> {
        let (kind, contents) = match &entry.0 {
            Kind::Local(path) => return self.walk(mount, guest, path),
            Kind::Bytes(bytes) => (file(bytes.len() as u64), Contents::Bytes(bytes)),
            Kind::HostFile(path) => (
                EntryKind::HostFile {
                    path: path.clone(),
                    mode: FileMode::Rw,
                },
                Contents::None,
            ),
            Kind::HostDirectory(path) => (
                EntryKind::HostDirectory {
                    path: path.clone(),
                    mode: FileMode::Rw,
                },
                Contents::None,
            ),
            Kind::Symlink(target) => (
                EntryKind::Symlink {
                    target: target.clone(),
                },
                Contents::None,
            ),
            Kind::Dir(_) => (EntryKind::Directory, Contents::None),
        };
        self.push(mount, guest, guest, kind, contents);
        if let Kind::Dir(children) = &entry.0 {
            for (name, child) in children {
                if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\0']) {
                    problems.push(Problem::text(
                        ProblemKind::Mount,
                        format!(
                            "`{}`: `{}` cannot be the name of an entry; nest directories with \
                             `FsEntry::Dir`",
                            guest.escape_debug(),
                            name.escape_debug()
                        ),
                    ));
                    continue;
                }
                self.add(mount, &join(guest, name), child, problems)?;
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        mount: u32,
        guest: &str,
        source: &str,
        kind: EntryKind,
        contents: Contents<'a>,
    ) {
        self.entries.push(Entry {
            mount,
            guest: guest.to_string(),
            source: source.to_string(),
            kind,
        });
        self.contents.push(contents);
    }

    /// A local file or directory; the path itself may be a link.
    fn walk(&mut self, mount: u32, guest: &str, path: &Path) -> Result<()> {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        let mut pending = vec![(guest.to_string(), path.to_path_buf(), metadata)];
        while let Some((guest, path, metadata)) = pending.pop() {
            let mut contents = Contents::None;
            let kind = if path.to_str().is_none() {
                EntryKind::NotUtf8
            } else if metadata.is_dir() {
                for item in fs::read_dir(&path).map_err(|error| unreadable(&path, &error))? {
                    let item = item.map_err(|error| unreadable(&path, &error))?;
                    let (name, path) = (item.file_name(), item.path());
                    let metadata = item.metadata().map_err(|error| unreadable(&path, &error))?;
                    pending.push((join(&guest, &name.to_string_lossy()), path, metadata));
                }
                EntryKind::Directory
            } else if metadata.is_symlink() {
                link(&path).map_err(|error| unreadable(&path, &error))?
            } else if metadata.is_file() {
                let stamp = Stamp::of(&metadata);
                contents = Contents::Local {
                    path: path.clone(),
                    stamp,
                };
                file(stamp.size)
            } else {
                EntryKind::Special {
                    what: "a special file".to_string(),
                }
            };
            self.push(mount, &guest, &path.to_string_lossy(), kind, contents);
        }
        Ok(())
    }

    /// Tells files of one size apart by their digests.
    fn digest(&mut self) -> Result<()> {
        let mut sizes: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (position, entry) in self.entries.iter().enumerate() {
            if let EntryKind::File {
                size: size @ 1.., ..
            } = entry.kind
            {
                sizes.entry(size).or_default().push(position);
            }
        }
        for (size, same) in sizes.into_iter().filter(|(_, same)| same.len() > 1) {
            for position in same {
                let mut hashed = Hashed(Sha256::new());
                self.copy(position, 0, size, &mut hashed)?;
                self.entries[position].kind = EntryKind::File {
                    size,
                    digest: Some(hashed.0.finalize().into()),
                };
            }
        }
        Ok(())
    }

    /// Writes `len` bytes from `offset` of the file at `position`.
    ///
    /// # Errors
    ///
    /// Names a file that cannot be read or is no longer what was listed.
    pub(super) fn copy(
        &self,
        position: usize,
        offset: u64,
        len: u64,
        to: &mut dyn Write,
    ) -> Result<()> {
        let outside = || Error::internal(Stage::Splice, "a segment lies outside its file");
        match self.contents.get(position) {
            Some(Contents::Bytes(bytes)) => {
                let part = range(bytes, offset, len).ok_or_else(outside)?;
                to.write_all(part).map_err(|error| unwritable(&error))
            }
            Some(Contents::Local { path, stamp }) => copy_local(path, *stamp, offset, len, to),
            _ => Err(outside()),
        }
    }
}

/// Where bytes are written to be hashed.
struct Hashed(Sha256);

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `len` bytes from `offset`.
pub(super) fn range(bytes: &[u8], offset: u64, len: u64) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    let end = usize::try_from(offset.checked_add(len)?).ok()?;
    bytes.get(start..end)
}

fn copy_local(path: &Path, stamp: Stamp, offset: u64, len: u64, to: &mut dyn Write) -> Result<()> {
    let failed = |error: io::Error| unreadable(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(offset)).map_err(failed)?;
    let mut part = (&file).take(len);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = part.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            break;
        }
        to.write_all(&buffer[..read])
            .map_err(|error| unwritable(&error))?;
    }
    if part.limit() == 0 && Stamp::of(&file.metadata().map_err(failed)?) == stamp {
        return Ok(());
    }
    Err(Error::invalid(
        ProblemKind::Disk,
        format!(
            "{} changed while it was being read; run again when nothing writes to it",
            quote(path)
        ),
    ))
}

fn file(size: u64) -> EntryKind {
    EntryKind::File { size, digest: None }
}

fn link(path: &Path) -> io::Result<EntryKind> {
    let target = fs::read_link(path)?;
    Ok(match target.to_str() {
        Some(target) => EntryKind::Symlink {
            target: target.to_string(),
        },
        None => EntryKind::Special {
            what: "a symbolic link whose target is not UTF-8".to_string(),
        },
    })
}

/// That `path` cannot be read, and why.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::invalid(
        ProblemKind::Disk,
        format!("cannot read {}: {error}", quote(path)),
    )
}

/// That the artifact cannot be written, and why.
pub(super) fn unwritable(error: &io::Error) -> Error {
    Error::invalid(
        ProblemKind::Disk,
        format!("cannot write the artifact: {error}"),
    )
}

/// A path as messages show it.
pub(super) fn quote(path: &Path) -> String {
    format!("`{}`", path.to_string_lossy().escape_debug())
}

/// A path without trailing slashes; the root stays.
fn trim(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/",
        trimmed => trimmed,
    }
}

fn join(directory: &str, name: &str) -> String {
    let slash = if directory.ends_with('/') { "" } else { "/" };
    format!("{directory}{slash}{name}")
}
