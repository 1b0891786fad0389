//! The layer that may be changed. What each call answers is compared with a real host by the
//! differential test of `tests/`; here is what no call tells: memory, limits, mounts, and what is
//! kept of what is gone.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use wasi_virt_layout::write::{Config, Dir, Mount, Node, encode};

use super::insert;
use crate::{Attributes, Backing, Error, Follow, Kind, NodeId, Open, Overlay, Snapshot, Time};
use wasi_virt_layout::View;

/// A payload in which every byte is what is left of its position.
#[derive(Clone, Copy)]
struct Outside;

impl Backing for Outside {
    fn copy(self, offset: u64, into: &mut [u8]) {
        for (position, byte) in (offset..).zip(into) {
            *byte = b'a' + (position % 26) as u8;
        }
    }

    fn now(self) -> Option<Time> {
        Some(Time {
            seconds: 1000,
            nanoseconds: 5,
        })
    }

    fn store(self) -> bool {
        true
    }

    fn stored(self) {}
}

const UNLIMITED: u64 = u64::MAX;

/// A tree at `/`, with mounts: the path of each, whether it may be changed, and its limits.
fn blob(entries: &[&str], mounts: &[(&str, bool, u64, u64)]) -> Vec<u8> {
    limited(entries, mounts, (UNLIMITED, UNLIMITED))
}

/// The same, with limits of all mounts together.
fn limited(
    entries: &[&str],
    mounts: &[(&str, bool, u64, u64)],
    (bytes, nodes): (u64, u64),
) -> Vec<u8> {
    let mut root = Dir::default();
    for entry in entries {
        insert(&mut root, entry);
    }
    let mount = |(path, writable, bytes, nodes): &(&str, bool, u64, u64)| Mount {
        preopen: 0,
        names: path
            .split('/')
            .filter(|name| !name.is_empty())
            .map(String::from)
            .collect(),
        writable: *writable,
        bytes: *bytes,
        nodes: *nodes,
    };
    encode(&Config {
        mtime_seconds: 7,
        preopens: vec![("/".into(), Node::Dir(root))],
        mounts: mounts.iter().map(mount).collect(),
        bytes,
        nodes,
        ..Config::default()
    })
}

/// Everything below one writable root.
fn all(entries: &[&str]) -> Vec<u8> {
    blob(entries, &[("", true, UNLIMITED, UNLIMITED)])
}

fn overlay(blob: &[u8]) -> Overlay<'_, Outside> {
    Overlay::new(View::new(blob), Outside)
}

const ROOT: NodeId = 0;

impl Overlay<'_, Outside> {
    fn create(&mut self, path: &str) -> Result<NodeId, Error> {
        let open = Open {
            create: true,
            write: true,
            ..Open::default()
        };
        self.open(ROOT, path.as_bytes(), Follow::Yes, open)
    }

    fn text(&self, node: NodeId) -> String {
        let mut bytes = vec![b'?'; self.size(node) as usize];
        let len = self.read(node, 0, &mut bytes).expect("a file");
        assert_eq!(len, bytes.len());
        String::from_utf8(bytes).expect("text")
    }

    fn named(&self, path: &str) -> Result<Attributes, Error> {
        self.stat_at(ROOT, path.as_bytes(), Follow::No)
    }

    /// The names in the root once it was changed.
    fn names(&self) -> Vec<String> {
        let Snapshot::Own(entries) = self.read_directory(ROOT).expect("a directory") else {
            panic!("nothing was changed");
        };
        let name = |(_, name): (Kind, alloc::boxed::Box<[u8]>)| name.into_vec();
        entries
            .into_iter()
            .map(|entry| String::from_utf8(name(entry)).expect("text"))
            .collect()
    }
}

/// A slash behind the last name ends the way, before what has that name leads out of the directory.
#[test]
fn no_file_is_made_under_a_name_with_a_slash() {
    let blob = all(&["out -> ../b/", "there -> out/", "new -> none/", "up -> .."]);
    let mut files = overlay(&blob);
    for path in ["there", "new"] {
        assert_eq!(files.create(path), Err(Error::IsDirectory), "{path}");
    }
    for path in ["out", "up"] {
        assert_eq!(files.create(path), Err(Error::NotPermitted), "{path}");
    }
    let there = files.open(ROOT, b"there", Follow::Yes, Open::default());
    assert_eq!(there, Err(Error::NotPermitted));
}

#[test]
fn a_mounted_file_is_copied_as_it_is_written_to() {
    // The file has 7 bytes, as many as its path, from position 7 of the payload on.
    let blob = all(&["cab.txt"]);
    let mut files = overlay(&blob);
    let node = files.create("cab.txt").unwrap();
    assert_eq!(files.text(node), "hijklmn");
    assert_eq!(files.write(node, Some(2), b"XY"), Ok(2));
    assert_eq!(files.text(node), "hiXYlmn");
    assert_eq!(files.write(node, None, b"!"), Ok(1));
    assert_eq!(files.text(node), "hiXYlmn!");
    files.set_size(node, 3).unwrap();
    files.set_size(node, 5).unwrap();
    assert_eq!(
        files.text(node),
        "hiX\0\0",
        "what was cut off does not come back"
    );
}

#[test]
fn what_is_not_written_takes_no_room() {
    let blob = blob(&["f"], &[("", true, 5000, UNLIMITED)]);
    let mut files = overlay(&blob);
    let node = files.create("big").unwrap();
    files.set_size(node, 1 << 43).unwrap();
    assert_eq!(files.write(node, Some(1 << 42), b"x"), Ok(1));
    let mut bytes = [9; 4];
    assert_eq!(files.read(node, (1 << 42) - 2, &mut bytes), Ok(4));
    assert_eq!(bytes, [0, 0, b'x', 0]);
    assert_eq!(files.size(node), 1 << 43);
    assert_eq!(files.set_size(node, 1 << 44), Err(Error::FileTooLarge));
    assert_eq!(files.set_size(node, u64::MAX), Err(Error::Invalid));
}

#[test]
fn bytes_are_limited_and_given_back() {
    let blob = blob(&[], &[("", true, 10_000, UNLIMITED)]);
    let mut files = overlay(&blob);
    let node = files.create("a").unwrap();
    assert_eq!(files.write(node, Some(0), &[1; 9000]), Ok(9000));
    let other = files.create("b").unwrap();
    assert_eq!(
        files.write(other, Some(0), &[1; 1001]),
        Err(Error::InsufficientSpace)
    );
    assert_eq!(files.size(other), 0, "what does not fit is not begun");
    assert_eq!(files.write(other, Some(0), &[1; 1000]), Ok(1000));
    assert_eq!(
        files.write(other, Some(1000), b"x"),
        Err(Error::InsufficientSpace)
    );
    // As much as fits, page by page.
    files.set_size(node, 4096).unwrap();
    assert_eq!(files.write(other, Some(0), &[1; 9000]), Ok(4096));
    files.unlink_file(ROOT, b"a").unwrap();
    assert_eq!(files.write(other, Some(4096), &[1; 4096]), Ok(4096));
    files.unlink_file(ROOT, b"b").unwrap();
    let node = files.create("c").unwrap();
    assert_eq!(files.write(node, Some(0), &[1; 10_000]), Ok(10_000));
}

#[test]
fn nodes_are_limited_and_given_back() {
    let blob = blob(&["old"], &[("", true, UNLIMITED, 2)]);
    let mut files = overlay(&blob);
    files.create("a").unwrap();
    files.create_directory(ROOT, b"d").unwrap();
    assert_eq!(files.create("b"), Err(Error::InsufficientSpace));
    assert_eq!(
        files.symlink(ROOT, b"a", b"l"),
        Err(Error::InsufficientSpace)
    );
    files
        .link(ROOT, Follow::No, b"a", ROOT, b"another-name")
        .unwrap();
    files.unlink_file(ROOT, b"old").unwrap();
    assert_eq!(files.create("b"), Err(Error::InsufficientSpace));
    files.remove_directory(ROOT, b"d").unwrap();
    files.create("b").unwrap();
    assert_eq!(files.names(), ["a", "another-name", "b"]);
}

#[test]
fn all_mounts_together_are_limited() {
    let mounts = [("", true, 8000, 3), ("t", true, UNLIMITED, 3)];
    let blob = limited(&["old", "t/"], &mounts, (10_000, 4));
    let mut files = overlay(&blob);
    let (one, two) = (files.create("a").unwrap(), files.create("t/b").unwrap());
    assert_eq!(files.write(two, Some(0), &[1; 4000]), Ok(4000));
    assert_eq!(files.write(one, Some(0), &[1; 6001]), Ok(4096));
    assert_eq!(files.write(one, Some(4096), &[1; 1905]), Err(Error::Quota));
    assert_eq!(files.write(one, Some(4096), &[1; 1904]), Ok(1904));
    assert_eq!(files.write(two, Some(4000), b"x"), Err(Error::Quota));
    files.set_size(two, 0).unwrap();
    assert_eq!(
        files.write(one, Some(6000), &[1; 2001]),
        Err(Error::InsufficientSpace),
        "a mount's own limit is the nearer one"
    );
    assert_eq!(files.write(one, Some(6000), &[1; 2000]), Ok(2000));
    assert_eq!(files.write(two, Some(0), &[1; 2000]), Ok(2000));

    files.create_directory(ROOT, b"c").unwrap();
    files.create_directory(ROOT, b"t/d").unwrap();
    assert_eq!(files.create_directory(ROOT, b"e"), Err(Error::Quota));
    assert_eq!(files.create("t/e"), Err(Error::Quota));
    files.remove_directory(ROOT, b"t/d").unwrap();
    files.create("e").unwrap();
    files.unlink_file(ROOT, b"t/b").unwrap();
    assert_eq!(
        files.create_directory(ROOT, b"f"),
        Err(Error::InsufficientSpace)
    );
    files.create("t/g").unwrap();
    assert_eq!(files.create("t/h"), Err(Error::Quota));
}

#[test]
fn what_is_open_stays_until_it_is_closed() {
    let blob = blob(&["old"], &[("", true, 100, 1)]);
    let mut files = overlay(&blob);
    let node = files.create("new").unwrap();
    files.retain(node).unwrap();
    files.retain(node).unwrap();
    files.write(node, Some(0), &[b'n'; 100]).unwrap();
    files.unlink_file(ROOT, b"new").unwrap();
    assert_eq!(files.stat(node).links, 0);
    assert_eq!(files.text(node).len(), 100);
    files.release(node);
    assert_eq!(
        files.create("b"),
        Err(Error::InsufficientSpace),
        "open still"
    );
    files.release(node);
    let node = files.create("b").unwrap();
    assert_eq!(files.write(node, Some(0), &[1; 100]), Ok(100));

    let old = files.create("old").unwrap();
    files.retain(old).unwrap();
    assert_eq!(
        files.write(old, Some(0), b"x"),
        Err(Error::InsufficientSpace)
    );
    files.unlink_file(ROOT, b"b").unwrap();
    files.write(old, Some(0), b"x").unwrap();
    files.unlink_file(ROOT, b"old").unwrap();
    assert_eq!(files.text(old), "xef");
    files.release(old);
    assert_eq!(files.named("old"), Err(Error::NoEntry));
}

#[test]
fn a_removed_directory_stays_empty() {
    let blob = all(&["d/"]);
    let mut files = overlay(&blob);
    let node = files.node_at(ROOT, b"d", Follow::Yes).unwrap();
    files.retain(node).unwrap();
    files.remove_directory(ROOT, b"d").unwrap();
    assert_eq!(files.stat(node).links, 0);
    assert_eq!(files.create_directory(node, b"x"), Err(Error::NoEntry));
    files.create_directory(ROOT, b"d").unwrap();
    assert_ne!(files.node_at(ROOT, b"d", Follow::Yes), Ok(node));
}

/// `/` read-only, with `/w` and in it `/w/in/t` to write to, and the host's `/w/host`.
fn nested() -> Vec<u8> {
    let entries = ["f", "w/a", "w/in/t/", "w/host/ => /srv"];
    let mounts = [
        ("", false, UNLIMITED, UNLIMITED),
        ("w", true, UNLIMITED, UNLIMITED),
        ("w/in/t", true, UNLIMITED, UNLIMITED),
    ];
    blob(&entries, &mounts)
}

#[test]
fn every_mount_has_a_mode_of_its_own() {
    let blob = nested();
    let mut files = overlay(&blob);
    assert_eq!(files.create("new"), Err(Error::ReadOnly));
    assert_eq!(files.create("f"), Err(Error::ReadOnly));
    assert_eq!(files.unlink_file(ROOT, b"f"), Err(Error::ReadOnly));
    assert_eq!(
        files.set_times_at(
            ROOT,
            b"f",
            Follow::No,
            None,
            Some(Time {
                seconds: 1,
                nanoseconds: 0
            })
        ),
        Err(Error::ReadOnly)
    );
    files.create("w/new").unwrap();
    files.create("w/in/new").unwrap();
    files.create("w/in/t/new").unwrap();
}

#[test]
fn mount_points_stay_where_they_are() {
    let blob = nested();
    let mut files = overlay(&blob);
    for path in ["w/in/t", "w/host"] {
        let path = path.as_bytes();
        assert_eq!(files.remove_directory(ROOT, path), Err(Error::Busy));
        assert_eq!(files.rename(ROOT, path, ROOT, b"w/x"), Err(Error::Busy));
        files.create_directory(ROOT, b"w/empty").unwrap();
        assert_eq!(files.rename(ROOT, b"w/empty", ROOT, path), Err(Error::Busy));
        files.remove_directory(ROOT, b"w/empty").unwrap();
    }
    assert_eq!(files.remove_directory(ROOT, b"w"), Err(Error::ReadOnly));
    assert_eq!(files.remove_directory(ROOT, b"w/in"), Err(Error::NotEmpty));
    // What leads to a mount may be moved, and the mount goes with it.
    files.rename(ROOT, b"w/in", ROOT, b"w/moved").unwrap();
    files.create("w/moved/t/new").unwrap();
    assert_eq!(files.named("w/moved/t/new").unwrap().kind, Kind::File);
}

#[test]
fn nothing_goes_from_mount_to_mount() {
    let blob = nested();
    let mut files = overlay(&blob);
    for (old, new) in [("w/a", "w/in/t/a"), ("w/a", "a"), ("f", "w/f")] {
        let (old, new) = (old.as_bytes(), new.as_bytes());
        assert_eq!(files.rename(ROOT, old, ROOT, new), Err(Error::CrossDevice));
        assert_eq!(
            files.link(ROOT, Follow::No, old, ROOT, new),
            Err(Error::CrossDevice)
        );
    }
    files.rename(ROOT, b"w/a", ROOT, b"w/in/a").unwrap();
}

#[test]
fn times_are_those_of_the_clock_once_something_changed() {
    let blob = all(&["f"]);
    let mut files = overlay(&blob);
    let now = Outside.now().unwrap();
    let fixed = Time {
        seconds: 7,
        nanoseconds: 0,
    };
    assert_eq!(files.named("f").unwrap().modified, fixed);
    let node = files.create("f").unwrap();
    assert_eq!(files.named("f").unwrap().modified, fixed);
    files.write(node, Some(0), b"x").unwrap();
    let stat = files.named("f").unwrap();
    assert_eq!(
        (stat.accessed, stat.modified, stat.created),
        (fixed, now, fixed)
    );
    files.create("new").unwrap();
    assert_eq!(files.named("new").unwrap().created, now);
    assert_eq!(files.stat(ROOT).modified, now);
}

#[test]
fn many_names_come_and_go() {
    let blob = all(&[]);
    let mut files = overlay(&blob);
    for number in 0..1000 {
        let name = alloc::format!("{}", number * 7919 % 1000);
        files.create(&name).unwrap();
    }
    let mut expected: Vec<String> = (0..1000).map(|number| alloc::format!("{number}")).collect();
    expected.sort();
    assert_eq!(files.names(), expected);
    for number in 0..1000 {
        let name = alloc::format!("{number}");
        files.unlink_file(ROOT, name.as_bytes()).unwrap();
        assert_eq!(files.named(&name), Err(Error::NoEntry));
    }
    assert!(files.names().is_empty());
}
