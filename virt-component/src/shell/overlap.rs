//! Whether the output lies where it would be embedded into the next one. It only looks at paths and
//! never leaves anything out by itself: a file that silently is not embedded would be worse.

use super::{problem, sink};
use crate::job::{Exit, Output};
use crate::problem::Reason;
use std::fs;
use std::path::{Path, PathBuf};
use wasi_virt::{Entry, EntryKind, Filter, Mount};

/// Checks that no mounted directory embeds the output. Returns an entry for each that would hold
/// it, so that a pattern for it matches something before the output exists.
///
/// # Errors
///
/// Names the output and the mount, where the filter does not leave the output out.
pub(super) fn check(
    output: &Output,
    mounts: &[Mount],
    filter: &Filter,
) -> Result<Vec<Entry>, Exit> {
    let mut left_out = Vec::new();
    let Output::File(path) = output else {
        return Ok(left_out);
    };
    // What cannot be found here cannot be written either, which the attempt reports.
    let Some(real) = sink::follow(Path::new(path))
        .ok()
        .and_then(|path| located(&path))
    else {
        return Ok(left_out);
    };
    for (position, mount) in (0..).zip(mounts) {
        let inside = located_folder(Path::new(&mount.source))
            .filter(|folder| folder.is_absolute() == real.is_absolute())
            .and_then(|folder| relative(&real, &folder));
        let Some(inside) = inside else { continue };
        if is_embedded(&inside, filter) {
            let reason = Reason::OutputInsideMount(mount.source.clone());
            return Err(problem::write(path, reason));
        }
        left_out.push(Entry {
            mount: position,
            guest: format!("{}/{inside}", mount.guest.trim_end_matches('/')),
            source: path.clone(),
            kind: EntryKind::LeftOut { directory: false },
        });
    }
    Ok(left_out)
}

/// Where a file is or will be, when it is none of the special ones.
fn located(file: &Path) -> Option<PathBuf> {
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file()) {
        return None;
    }
    let parent = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Some(
        real(parent.unwrap_or(Path::new(".")))
            .ok()?
            .join(file.file_name()?),
    )
}

fn located_folder(folder: &Path) -> Option<PathBuf> {
    real(folder)
        .ok()
        .filter(|_| fs::metadata(folder).is_ok_and(|metadata| metadata.is_dir()))
}

fn relative(path: &Path, folder: &Path) -> Option<String> {
    let names = path.strip_prefix(folder).ok()?.components();
    let names: Vec<_> = names
        .map(|name| name.as_os_str().to_string_lossy())
        .collect();
    Some(names.join("/"))
}

fn is_embedded(path: &str, filter: &Filter) -> bool {
    let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
    above.all(|folder| filter.enters(folder)) && filter.keeps(path, false)
}

/// The path without links and dots.
#[cfg(not(target_family = "wasm"))]
fn real(path: &Path) -> std::io::Result<PathBuf> {
    path.canonicalize()
}

/// WASI has no such function. What is below a relative and what is below an absolute path is not
/// compared.
#[cfg(target_family = "wasm")]
fn real(path: &Path) -> std::io::Result<PathBuf> {
    resolve(path)
}

/// The path without links and dots, as far as it can be known without knowing where relative paths
/// begin.
#[cfg(any(target_family = "wasm", test))]
fn resolve(path: &Path) -> std::io::Result<PathBuf> {
    use std::path::Component;
    let mut left: Vec<PathBuf> = vec![path.to_path_buf()];
    let mut real = PathBuf::new();
    let mut links = 0;
    while let Some(path) = left.pop() {
        let mut parts = path.components();
        let Some(part) = parts.next() else { continue };
        left.push(parts.as_path().to_path_buf());
        match part {
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => real.push(part),
            Component::ParentDir if real.file_name().is_some() => drop(real.pop()),
            Component::ParentDir if real.has_root() => {}
            Component::ParentDir => real.push(".."),
            Component::Normal(name) => match fs::read_link(real.join(name)) {
                Ok(target) if links < sink::LINKS => {
                    links += 1;
                    left.push(target);
                }
                Ok(_) => return Err(std::io::Error::other("too many symbolic links")),
                Err(_) => real.push(name),
            },
        }
    }
    Ok(real)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use wasi_virt::Policy;

    fn checked(output: &Path, source: &Path, exclude: &[&str]) -> Result<(), String> {
        let policy = Policy::default().with(|changed| {
            changed.exclude = exclude.iter().map(|text| (*text).to_string()).collect();
        });
        let mount = Mount::new("/", source.to_str().unwrap());
        let output = Output::File(output.to_str().unwrap().into());
        check(&output, &[mount], &Filter::new(&policy).unwrap())
            .map(drop)
            .map_err(|exit| exit.stderr)
    }

    #[test]
    fn an_output_inside_a_mount_is_refused_unless_it_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("site");
        fs::create_dir_all(site.join("sub")).unwrap();
        symlink("site/sub", dir.path().join("link")).unwrap();
        fs::write(site.join("old.wasm"), "").unwrap();
        symlink("../old.wasm", site.join("sub/to-old")).unwrap();
        for output in [
            "site/out.wasm",
            "site/old.wasm",
            "site/sub/out.wasm",
            "link/out.wasm",
            "link/../x",
            "link/to-old",
        ] {
            let error = checked(&dir.path().join(output), &site, &[]).unwrap_err();
            assert!(
                error.contains("lies inside the mounted folder"),
                "{output}: {error}"
            );
            checked(&dir.path().join(output), &site, &["/sub/", "*.wasm", "x"]).unwrap();
        }
        let error = checked(&dir.path().join("site/sub/o"), &site, &["sub/*", "!o"]).unwrap_err();
        assert!(error.contains("--exclude"), "{error}");
        for output in ["out.wasm", "site2", "missing/out.wasm", "link/../../x"] {
            checked(&dir.path().join(output), &site, &[]).unwrap();
        }
        checked(Path::new("/dev/null"), Path::new("/dev"), &[]).unwrap();
        checked(&site.join("old.wasm"), &site.join("old.wasm"), &[]).unwrap();
    }

    #[test]
    fn links_and_dots_are_resolved_as_the_system_does() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("a/b")).unwrap();
        symlink("a/b", root.join("l")).unwrap();
        symlink(root.join("l"), root.join("absolute")).unwrap();
        for path in [".", "a/./b/..", "l", "l/..", "absolute/../b", "a/b/../../l"] {
            let path = root.join(path);
            assert_eq!(
                resolve(&path).unwrap(),
                path.canonicalize().unwrap(),
                "{path:?}"
            );
        }
        assert_eq!(
            resolve(Path::new("./x/../../y")).unwrap(),
            Path::new("../y")
        );
        assert_eq!(resolve(Path::new("/../y")).unwrap(), Path::new("/y"));
        symlink("loop", root.join("loop")).unwrap();
        assert!(resolve(&root.join("loop")).is_err());
    }
}
