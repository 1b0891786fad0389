//! Walks a mounted file or directory for names, kinds and sizes. The mounted path may be a link; links
//! below it must never be followed. Directories that the filter excludes are never entered.

use super::Unreadable;
use super::source::Stamp;
use crate::mounts::{EntryKind, Filter};
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io::Read;
use std::path::Path;

/// Calls `add` for the file or directory at `root`, which is mounted at `guest`, and for everything
/// below it: guest path, local path, kind, and the stamp of a file. Of what the filter leaves out it
/// gives the name alone.
///
/// # Errors
///
/// The first path that cannot be read.
pub(super) fn walk(
    guest: &str,
    root: &Path,
    filter: &Filter,
    mut add: impl FnMut(String, &Path, EntryKind, Option<Stamp>),
) -> Result<(), Unreadable> {
    let mut found = |path: &str, source: &Path, kind: EntryKind, metadata: &Metadata| {
        let stamp = matches!(kind, EntryKind::File { .. }).then(|| Stamp::of(metadata));
        add(join(trim(guest), path), source, kind, stamp);
    };
    let metadata = fs::metadata(root).map_err(|error| Unreadable::new(root, &error))?;
    let kind = sized(root, kind(&metadata)).map_err(|error| Unreadable::new(root, &error))?;
    found("", root, kind, &metadata);
    if !metadata.is_dir() {
        return Ok(());
    }
    let mut pending = vec![(String::new(), root.to_path_buf())];
    while let Some((directory, source)) = pending.pop() {
        let failed = |error| Unreadable::new(&source, &error);
        for item in fs::read_dir(&source).map_err(failed)? {
            let item = item.map_err(failed)?;
            let name = item.file_name();
            let path = match directory.as_str() {
                "" => name.to_string_lossy().into_owned(),
                directory => join(directory, &name.to_string_lossy()),
            };
            let source = item.path();
            let metadata = item
                .metadata()
                .map_err(|error| Unreadable::new(&source, &error))?;
            let kept = if metadata.is_dir() {
                filter.enters(&path)
            } else {
                filter.keeps(&path, metadata.is_symlink())
            };
            let kind = if kept {
                kind_of(&item, &source, &metadata)?
            } else {
                let directory = metadata.is_dir();
                EntryKind::LeftOut { directory }
            };
            let enters = kind == EntryKind::Directory;
            found(&path, &source, kind, &metadata);
            if enters {
                pending.push((path, source));
            }
        }
    }
    Ok(())
}

/// The kind of an item below a mount's source.
fn kind_of(item: &DirEntry, source: &Path, metadata: &Metadata) -> Result<EntryKind, Unreadable> {
    if item.file_name().to_str().is_none() {
        Ok(EntryKind::NotUtf8)
    } else if metadata.is_symlink() {
        link(source).map_err(|error| Unreadable::link(source, &error))
    } else {
        sized(source, kind(metadata)).map_err(|error| Unreadable::new(source, &error))
    }
}

/// The kind of anything but a link.
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

/// Reads a file of size 0 to make sure that it is empty: files below `/proc` have contents, but no size.
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

/// WASI does not distinguish FIFOs and devices.
#[cfg(not(unix))]
fn special(_kind: FileType) -> &'static str {
    "a special file"
}

/// A guest path without trailing slashes; the root stays.
pub(crate) fn trim(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.starts_with('/') => "/",
        trimmed => trimmed,
    }
}

/// The guest path of `name` in `directory`; without a name, the directory.
pub(crate) fn join(directory: &str, name: &str) -> String {
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
    use crate::policy::{Policy, Symlinks};
    use std::os::unix::fs::symlink;

    fn listed(guest: &str, source: &Path) -> Vec<(String, EntryKind)> {
        listed_with(&Policy::default(), guest, source)
    }

    fn listed_with(policy: &Policy, guest: &str, source: &Path) -> Vec<(String, EntryKind)> {
        let filter = Filter::new(policy).unwrap();
        let mut found = Vec::new();
        walk(guest, source, &filter, |guest, _, kind, stamp| {
            let file = matches!(kind, EntryKind::File { .. });
            assert_eq!(stamp.is_some(), file, "{guest}");
            found.push((guest, kind));
        })
        .unwrap();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found
    }

    #[cfg(not(target_family = "wasm"))]
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

    #[cfg(not(target_family = "wasm"))]
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

    #[cfg(not(target_family = "wasm"))]
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

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_missing_source_is_named() {
        let filter = Filter::new(&Policy::default()).unwrap();
        let path = Path::new("/no/such\n");
        let problem = walk("/", path, &filter, |_, _, _, _| {}).unwrap_err();
        assert_eq!(
            problem.to_string(),
            "cannot read `/no/such\\n`: no such file or directory"
        );
    }

    #[cfg(not(target_family = "wasm"))]
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
        let listed = listed_with(&policy, "/m", root).into_iter();
        let (left_out, kept): (Vec<_>, Vec<_>) =
            listed.partition(|(_, kind)| matches!(kind, EntryKind::LeftOut { .. }));
        let names = |of: Vec<(String, EntryKind)>| -> Vec<String> {
            of.into_iter().map(|(guest, _)| guest).collect()
        };
        assert_eq!(names(kept), ["/m", "/m/in", "/m/in/a.md"]);
        assert_eq!(names(left_out), ["/m/in/b.txt", "/m/link", "/m/out"]);
    }
}
