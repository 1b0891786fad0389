//! Segments into files: what appears, what stays, what is left behind.

use super::*;
use crate::job::Output;
use std::fs;
use std::path::Path;
use wasi_virt::{Filter, Mount, Policy};

fn listing(source: &Path) -> Listing<'static> {
    let mount = Mount::new("/", source.to_str().unwrap());
    Listing::of(&[mount], &Filter::new(&Policy::default()).unwrap()).unwrap()
}

fn write_to(
    path: &Path,
    segments: &[Segment],
    component: &[u8],
    listing: &Listing<'_>,
) -> Result<(), String> {
    let go = || {
        let mut sink = Sink::open(&Output::File(path.to_str().unwrap().into()))?;
        write(segments, component, listing, &mut sink, false)?;
        sink.commit()
    };
    go().map_err(|exit: Exit| exit.stderr)
}

/// The names in a directory, sorted.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn file(index: u32, offset: u64, len: u64) -> Segment {
    Segment::File { index, offset, len }
}

#[test]
fn what_fails_is_named_and_leaves_the_old_output_alone() {
    let (tree, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(tree.path().join("a"), "hello").unwrap();
    let (listing, path) = (listing(tree.path()), out.path().join("out.wasm"));
    let good = [Segment::Bytes(b"<".into()), file(1, 1, 3)];
    write_to(&path, &good, b"", &listing).unwrap();
    for bad in [Segment::Component { offset: 3, len: 2 }, file(9, 0, 1)] {
        let error = write_to(&path, &[bad], b"0123", &listing).unwrap_err();
        assert!(
            error.starts_with("internal error in splice, please report: "),
            "{error}"
        );
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "<ell");
    assert_eq!(names(out.path()), ["out.wasm"]);
}

#[test]
fn a_changed_file_fails_and_leaves_the_old_output_alone() {
    let (tree, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (source, path) = (tree.path().join("a"), out.path().join("out.wasm"));
    fs::write(&path, "old").unwrap();
    for change in ["longer than it was", "shrt", ""] {
        fs::write(&source, "12345").unwrap();
        let listing = listing(tree.path());
        fs::write(&source, change).unwrap();
        let error = write_to(
            &path,
            &[Segment::Bytes(b"x".into()), file(1, 0, 5)],
            b"",
            &listing,
        )
        .unwrap_err();
        assert!(error.contains("changed while it was being read"), "{error}");
    }
    fs::write(&source, "12345").unwrap();
    let listed = listing(tree.path());
    let modified =
        fs::metadata(&source).unwrap().modified().unwrap() + std::time::Duration::from_secs(5);
    fs::File::options()
        .write(true)
        .open(&source)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let error = write_to(&path, &[file(1, 0, 5)], b"", &listed).unwrap_err();
    assert!(error.contains("changed"), "same size, other time: {error}");
    fs::remove_file(&source).unwrap();
    let error = write_to(&path, &[file(1, 0, 5)], b"", &listed).unwrap_err();
    assert!(error.contains("no such file or directory"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(out.path()), ["out.wasm"]);
}

#[test]
fn outputs_that_cannot_be_written_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let segments = [Segment::Bytes(b"new".into())];
    let fails = |path: &str| {
        let path = dir.path().join(path);
        let error = write_to(&path, &segments, b"", &Listing::default()).unwrap_err();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        error
    };
    assert!(fails("missing/out.wasm").contains("there is no directory"));
    assert!(fails("slash/").contains("names a directory"));
    fs::create_dir(dir.path().join("folder")).unwrap();
    assert!(fails("folder").contains("it is a directory"));
    fs::write(dir.path().join("plain"), "").unwrap();
    assert!(fails("plain/out.wasm").contains("not a directory"));
    let locked = dir.path().join("locked");
    fs::write(&locked, "old").unwrap();
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    assert!(fails("locked").contains("read-only"));
    assert_eq!(fs::read_to_string(locked).unwrap(), "old");
    assert_eq!(names(dir.path()), ["folder", "locked", "plain"]);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_of_the_output_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let dir = tempfile::tempdir().unwrap();
    let segments = [Segment::Bytes(b"new".into())];
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (plain, reference) = (dir.path().join("plain"), dir.path().join("reference"));
    fs::write(&reference, "").unwrap();
    write_to(&plain, &segments, b"", &Listing::default()).unwrap();
    assert_eq!(mode(&plain), mode(&reference), "as any new file");

    fs::set_permissions(&plain, fs::Permissions::from_mode(0o750)).unwrap();
    symlink("plain", dir.path().join("link")).unwrap();
    write_to(
        &dir.path().join("link"),
        &[Segment::Bytes(b"newer".into())],
        b"",
        &Listing::default(),
    )
    .unwrap();
    assert_eq!(
        (fs::read_to_string(&plain).unwrap().as_str(), mode(&plain)),
        ("newer", 0o750)
    );
    assert!(dir.path().join("link").is_symlink());

    symlink("loop", dir.path().join("loop")).unwrap();
    let error = write_to(
        &dir.path().join("loop"),
        &segments,
        b"",
        &Listing::default(),
    )
    .unwrap_err();
    assert!(error.contains("too many symbolic links"), "{error}");
    write_to(Path::new("/dev/null"), &segments, b"", &Listing::default()).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn a_leftover_of_another_run_is_in_no_ones_way() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".wasi-virt-0.tmp"), "left").unwrap();
    let path = dir.path().join("out");
    write_to(
        &path,
        &[Segment::Bytes(b"new".into())],
        b"",
        &Listing::default(),
    )
    .unwrap();
    assert_eq!(fs::read_to_string(path).unwrap(), "new");
    assert_eq!(names(dir.path()), [".wasi-virt-0.tmp", "out"]);
}
