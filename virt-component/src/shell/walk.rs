//! Lists what is mounted. Names, kinds and sizes only, and digests where files could be equal: contents are
//! read when they are written. A link is never followed below a mount's source; the source itself may be
//! one. Nothing below a directory that the filter leaves out is looked at.

use super::problem;
use super::source::{self, Stamp};
use crate::job::Exit;
use std::collections::BTreeMap;
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io::{Error, Read};
use std::path::Path;
use wasi_virt::{Entry, EntryKind, Filter, Mount};

/// Bytes read at once for a digest.
const BUFFER: usize = 256 * 1024;

/// What is mounted, as the engine wants it, and by what to notice that a file has changed.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Sorted by mount, then by the UTF-8 bytes of the guest path.
    pub entries: Vec<Entry>,
    /// For the entry at the same position; `None` for what is not a file.
    pub stamps: Vec<Option<Stamp>>,
}

/// Lists of every mount what the filter does not leave out.
///
/// # Errors
///
/// Names the first path that cannot be read.
pub(super) fn list(mounts: &[Mount], filter: &Filter) -> Result<Listing, Exit> {
    let mut found: Vec<(Entry, Option<Stamp>)> = Vec::new();
    for (position, mount) in mounts.iter().enumerate() {
        let position = u32::try_from(position).expect("fewer mounts than arguments");
        walk(position, mount, filter, &mut found)?;
    }
    found.sort_by(|(a, _), (b, _)| (a.mount, &a.guest).cmp(&(b.mount, &b.guest)));
    add_digests(&mut found)?;
    let (entries, stamps) = found.into_iter().unzip();
    Ok(Listing { entries, stamps })
}

fn walk(
    position: u32,
    mount: &Mount,
    filter: &Filter,
    found: &mut Vec<(Entry, Option<Stamp>)>,
) -> Result<(), Exit> {
    let mut add = |path: &str, source: String, kind: EntryKind, metadata: &Metadata| {
        let stamp = matches!(kind, EntryKind::File { .. }).then(|| Stamp::of(metadata));
        found.push((
            Entry {
                mount: position,
                guest: join(trim(&mount.guest), path),
                source,
                kind,
            },
            stamp,
        ));
    };

    let metadata = fs::metadata(&mount.source).map_err(|error| fail(&mount.source, &error))?;
    let root = sized(Path::new(&mount.source), kind(&metadata));
    add(
        "",
        mount.source.clone(),
        root.map_err(|error| fail(&mount.source, &error))?,
        &metadata,
    );
    if !metadata.is_dir() {
        return Ok(());
    }
    let mut pending = vec![String::new()];
    while let Some(directory) = pending.pop() {
        let source = join(&mount.source, &directory);
        for item in fs::read_dir(&source).map_err(|error| fail(&source, &error))? {
            let item = item.map_err(|error| fail(&source, &error))?;
            let name = item.file_name();
            let path = match directory.as_str() {
                "" => name.to_string_lossy().into_owned(),
                directory => join(directory, &name.to_string_lossy()),
            };
            let source = join(&mount.source, &path);
            let metadata = item.metadata().map_err(|error| fail(&source, &error))?;
            let kept = if metadata.is_dir() {
                filter.enters(&path)
            } else {
                filter.keeps(&path, metadata.is_symlink())
            };
            if !kept {
                continue;
            }
            let kind = kind_of(&item, &source, &metadata)?;
            if kind == EntryKind::Directory {
                pending.push(path.clone());
            }
            add(&path, source, kind, &metadata);
        }
    }
    Ok(())
}

/// Adds the digest of every file that another is as large as: only such can be equal.
fn add_digests(found: &mut [(Entry, Option<Stamp>)]) -> Result<(), Exit> {
    let mut sizes: BTreeMap<u64, u32> = BTreeMap::new();
    for stamp in found.iter().filter_map(|(_, stamp)| *stamp) {
        *sizes.entry(stamp.size).or_default() += 1;
    }
    let mut buffer = Vec::new();
    for (entry, stamp) in found {
        if let (EntryKind::File { size, digest }, Some(stamp)) = (&mut entry.kind, *stamp)
            && *size > 0
            && sizes.get(size).is_some_and(|count| *count > 1)
        {
            buffer.resize(BUFFER, 0);
            *digest = Some(source::digest(&entry.source, stamp, &mut buffer)?);
        }
    }
    Ok(())
}

fn fail(path: &str, error: &Error) -> Exit {
    problem::read(path, error)
}

/// What something below a mount's source is.
fn kind_of(item: &DirEntry, source: &str, metadata: &Metadata) -> Result<EntryKind, Exit> {
    if item.file_name().to_str().is_none() {
        Ok(EntryKind::NotUtf8)
    } else if metadata.is_symlink() {
        link(&item.path()).map_err(|error| problem::read_link(source, &error))
    } else {
        sized(&item.path(), kind(metadata)).map_err(|error| fail(source, &error))
    }
}

/// What something that is not a link is.
fn kind(metadata: &Metadata) -> EntryKind {
    if metadata.is_dir() {
        EntryKind::Directory
    } else if metadata.is_file() {
        EntryKind::File {
            size: metadata.len(),
            digest: None,
        }
    } else {
        EntryKind::Special {
            what: special(metadata.file_type()).into(),
        }
    }
}

/// A file that says it is empty is read to see: below `/proc` files have contents and no size.
fn sized(path: &Path, kind: EntryKind) -> std::io::Result<EntryKind> {
    if !matches!(kind, EntryKind::File { size: 0, .. }) {
        return Ok(kind);
    }
    let read = fs::File::open(path)?.read(&mut [0])?;
    Ok(if read == 0 {
        kind
    } else {
        EntryKind::Special {
            what: "a file that does not tell its size".into(),
        }
    })
}

fn link(path: &Path) -> std::io::Result<EntryKind> {
    let target = fs::read_link(path)?;
    Ok(match target.to_str() {
        Some(target) => EntryKind::Symlink {
            target: target.into(),
        },
        None => EntryKind::Special {
            what: "a symbolic link whose target is not UTF-8".into(),
        },
    })
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

/// WASI does not tell a FIFO from a device.
#[cfg(not(unix))]
fn special(_kind: FileType) -> &'static str {
    "a special file"
}

/// A path without trailing slashes; the root stays.
fn trim(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    }
}

fn join(directory: &str, name: &str) -> String {
    let slash = if directory.ends_with('/') || name.is_empty() {
        ""
    } else {
        "/"
    };
    format!("{directory}{slash}{name}")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use wasi_virt::{Policy, Symlinks};

    fn listed(guest: &str, source: &Path) -> Vec<(String, EntryKind)> {
        listed_with(&Policy::default(), guest, source)
    }

    fn listed_with(policy: &Policy, guest: &str, source: &Path) -> Vec<(String, EntryKind)> {
        let mounts = [Mount::new(guest, source.to_str().unwrap())];
        let listing = list(&mounts, &Filter::new(policy).unwrap()).unwrap();
        assert_eq!(listing.entries.len(), listing.stamps.len());
        listing
            .entries
            .into_iter()
            .map(|entry| (entry.guest, entry.kind))
            .collect()
    }

    #[test]
    fn lists_a_tree_sorted_and_without_following_links() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("a/deep")).unwrap();
        fs::write(root.join("a/deep/f"), "123").unwrap();
        fs::write(root.join("a-b"), "").unwrap();
        symlink("..", root.join("a/up")).unwrap();
        symlink("/nowhere", root.join("dangling")).unwrap();
        assert!(
            std::process::Command::new("mkfifo")
                .arg(root.join("fifo"))
                .status()
                .unwrap()
                .success()
        );
        let _socket = std::os::unix::net::UnixListener::bind(root.join("sock")).unwrap();

        let file = |size| EntryKind::File { size, digest: None };
        let link = |target: &str| EntryKind::Symlink {
            target: target.into(),
        };
        let special = |what: &str| EntryKind::Special { what: what.into() };
        let expected: Vec<(String, EntryKind)> = [
            ("/", EntryKind::Directory),
            ("/a", EntryKind::Directory),
            ("/a-b", file(0)),
            ("/a/deep", EntryKind::Directory),
            ("/a/deep/f", file(3)),
            ("/a/up", link("..")),
            ("/dangling", link("/nowhere")),
            ("/fifo", special("a FIFO")),
            ("/sock", special("a socket")),
        ]
        .map(|(guest, kind)| (guest.to_string(), kind))
        .into();
        assert_eq!(listed("/", root), expected);
        assert_eq!(listed("/x/", root)[1].0, "/x/a");
        let link = root.with_extension("link");
        symlink(root, &link).unwrap();
        assert_eq!(
            listed("/", &link),
            expected,
            "the source itself may be a link"
        );
        fs::remove_file(link).unwrap();
    }

    #[test]
    fn a_single_file_is_one_entry() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "12345").unwrap();
        assert_eq!(
            listed("/etc/f", &path),
            [(
                "/etc/f".into(),
                EntryKind::File {
                    size: 5,
                    digest: None
                }
            )]
        );
    }

    #[test]
    fn a_name_that_is_not_utf8_is_said_to_be_so() {
        use std::os::unix::ffi::OsStrExt;
        let dir = tempfile::tempdir().unwrap();
        let name = std::ffi::OsStr::from_bytes(b"d\xff");
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join("f"), "").unwrap();
        assert_eq!(
            listed("/", dir.path())[1..],
            [("/d\u{fffd}".into(), EntryKind::NotUtf8)]
        );
    }

    #[test]
    fn a_missing_source_is_named() {
        let mounts = [Mount::new("/", "/no/such\n")];
        assert_eq!(
            list(&mounts, &Filter::new(&Policy::default()).unwrap())
                .unwrap_err()
                .stderr,
            "error: cannot read `/no/such\\n`: no such file or directory\n"
        );
    }

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
        let digests: Vec<_> = listed("/", dir.path())
            .into_iter()
            .filter_map(|(_, kind)| match kind {
                EntryKind::File { digest, .. } => Some(digest),
                _ => None,
            })
            .collect();
        assert_eq!(digests[0], digests[2]);
        assert_ne!(digests[0], digests[1]);
        assert!(digests[..3].iter().all(Option::is_some));
        assert_eq!(digests[3..], [None; 3]);
    }

    #[test]
    fn what_is_left_out_is_not_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("out/deep")).unwrap();
        fs::create_dir(root.join("in")).unwrap();
        fs::write(root.join("in/a.md"), "").unwrap();
        fs::write(root.join("in/b.txt"), "").unwrap();
        symlink("/absolute", root.join("link")).unwrap();
        let policy = Policy::default().with(|changed| {
            changed.include = vec!["*.md".into(), "link".into()];
            changed.exclude = vec!["out".into()];
            changed.symlinks = Symlinks::Skip;
        });
        let names: Vec<String> = listed_with(&policy, "/m", root)
            .into_iter()
            .map(|(guest, _)| guest)
            .collect();
        assert_eq!(names, ["/m", "/m/in", "/m/in/a.md"]);
    }
}
