//! Descriptors of a tree with the host's files in it. The host has `/srv/in` and `/srv/out`, with a
//! file `f` in each, and preopens `/srv`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use std::thread_local;

use wasi_virt_layout::write::{Config, Dir, Mount, Node, encode};

use super::*;
use crate::abi::{Own, Text};
use crate::host_files::{HostFiles, Roots};
use crate::table::{SECOND, Table, is_virtual};
use crate::types::{OpenFlags, PathFlags};
use crate::{Shared, simulated};

/// What the host knows of the thread's instance.
#[derive(Default)]
struct Host {
    /// The paths that are open, by handle.
    open: Vec<Option<String>>,
    /// What was asked that changes something.
    changes: Vec<String>,
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
    static TABLE: Shared<Table<Descriptor<Fake>, SECOND>> = const { Shared::new(Table::new()) };
    static ROOTS: &'static Shared<Roots> = std::boxed::Box::leak(Shared::new(Roots::new()).into());
}

/// A version of WASI with the words of the tree.
#[derive(Clone, Copy, Debug)]
struct Fake;

impl Fake {
    fn give(path: String) -> Own {
        HOST.with_borrow_mut(|host| {
            host.open.push(Some(path));
            Own(host.open.len() as u32 - 1)
        })
    }

    /// The path that is open.
    fn path(handle: u32) -> String {
        HOST.with_borrow(|host| host.open[handle as usize].clone().expect("open"))
    }

    fn at(handle: u32, path: &[u8]) -> String {
        let path = core::str::from_utf8(path).expect("UTF-8");
        let mut names = Self::path(handle);
        for name in path.split('/').filter(|name| *name != ".") {
            names = names + "/" + name;
        }
        names
    }

    fn kind(path: &str) -> Result<Kind, Error> {
        match path {
            "/srv" | "/srv/in" | "/srv/out" => Ok(Kind::Directory),
            "/srv/in/f" | "/srv/out/f" => Ok(Kind::File),
            _ => Err(Error::NoEntry),
        }
    }

    fn change(what: &str, path: String) {
        HOST.with_borrow_mut(|host| host.changes.push(what.to_string() + " " + &path));
    }

    /// What was changed since the last time.
    fn changes() -> Vec<String> {
        HOST.with_borrow_mut(|host| core::mem::take(&mut host.changes))
    }

    /// How many handles the host's table has.
    fn count() -> usize {
        HOST.with_borrow(|host| host.open.iter().flatten().count())
    }
}

fn stat(kind: Kind) -> Stat {
    Stat {
        kind,
        links: 1,
        size: 0,
        times: [(0, 0); 3],
    }
}

impl HostFiles for Fake {
    type Error = Error;
    type Stat = Stat;
    type Type = Kind;

    fn roots() -> &'static Shared<Roots> {
        ROOTS.with(|roots| *roots)
    }

    fn get_directories() -> Vec<(Own, Text)> {
        Vec::from([(Self::give("/srv".into()), Text::from(b"/srv".as_slice()))])
    }

    fn drop(this: u32) {
        let open = HOST.with_borrow_mut(|host| host.open[this as usize].take());
        assert!(open.is_some());
    }

    fn advise(_: u32, _: u64, _: u64, _: u32) -> Result<(), Error> {
        Ok(())
    }

    fn sync_data(_: u32) -> Result<(), Error> {
        Ok(())
    }

    fn get_flags(_: u32) -> Result<DescriptorFlags, Error> {
        Ok(DescriptorFlags::READ.and(DescriptorFlags::MUTATE_DIRECTORY))
    }

    fn get_type(this: u32) -> Result<Kind, Error> {
        Self::kind(&Self::path(this))
    }

    fn set_size(this: u32, _: u64) -> Result<(), Error> {
        Self::change("set-size", Self::path(this));
        Ok(())
    }

    fn set_times(this: u32, _: NewTime, _: NewTime) -> Result<(), Error> {
        Self::change("set-times", Self::path(this));
        Ok(())
    }

    fn sync(_: u32) -> Result<(), Error> {
        Ok(())
    }

    fn create_directory_at(this: u32, path: &[u8]) -> Result<(), Error> {
        Self::change("create-directory", Self::at(this, path));
        Ok(())
    }

    fn stat(this: u32) -> Result<Stat, Error> {
        Self::kind(&Self::path(this)).map(stat)
    }

    fn stat_at(this: u32, _: u32, path: &[u8]) -> Result<Stat, Error> {
        Self::kind(&Self::at(this, path)).map(stat)
    }

    fn set_times_at(this: u32, _: u32, path: &[u8], _: NewTime, _: NewTime) -> Result<(), Error> {
        Self::change("set-times", Self::at(this, path));
        Ok(())
    }

    fn link_at(this: u32, _: u32, path: &[u8], new: u32, name: &[u8]) -> Result<(), Error> {
        Self::change("link", Self::at(this, path) + " " + &Self::at(new, name));
        Ok(())
    }

    fn open_at(this: u32, _: u32, path: &[u8], open: u32, flags: u32) -> Result<Own, Error> {
        let path = Self::at(this, path);
        Self::kind(&path)?;
        let asked = open & !OpenFlags::DIRECTORY.bits() | flags & DescriptorFlags::WRITE.bits();
        if asked != 0 {
            Self::change("open", path.clone());
        }
        Ok(Self::give(path))
    }

    fn readlink_at(_: u32, _: &[u8]) -> Result<Text, Error> {
        Err(Error::Invalid)
    }

    fn remove_directory_at(this: u32, path: &[u8]) -> Result<(), Error> {
        Self::change("remove-directory", Self::at(this, path));
        Ok(())
    }

    fn rename_at(this: u32, path: &[u8], new: u32, name: &[u8]) -> Result<(), Error> {
        Self::change("rename", Self::at(this, path) + " " + &Self::at(new, name));
        Ok(())
    }

    fn symlink_at(this: u32, _: &[u8], path: &[u8]) -> Result<(), Error> {
        Self::change("symlink", Self::at(this, path));
        Ok(())
    }

    fn unlink_file_at(this: u32, path: &[u8]) -> Result<(), Error> {
        Self::change("unlink-file", Self::at(this, path));
        Ok(())
    }

    fn is_same_object(this: u32, other: u32) -> u32 {
        (Self::path(this) == Self::path(other)).into()
    }

    fn metadata_hash(_: u32) -> Result<MetadataHashValue, Error> {
        Ok(MetadataHashValue { lower: 1, upper: 2 })
    }

    fn metadata_hash_at(_: u32, _: u32, _: &[u8]) -> Result<MetadataHashValue, Error> {
        Ok(MetadataHashValue { lower: 1, upper: 2 })
    }
}

impl Version for Fake {
    const HAS_SIGNED_TIMES: bool = true;

    fn descriptor(handle: u32) -> Descriptor<Self> {
        TABLE.with(|table| table.with(|table| *table.get(handle)))
    }

    fn add(descriptor: Descriptor<Self>) -> Own {
        Own(TABLE.with(|table| table.with(|table| table.add(descriptor, None))))
    }

    fn room() -> Result<(), Error> {
        Ok(())
    }

    fn is_no_entry(error: &Error) -> bool {
        *error == Error::NoEntry
    }

    fn is_directory(stat: &Stat) -> bool {
        stat.kind == Kind::Directory
    }
}

/// The handle of `/`, in which `f` is a file, `in` a directory of the host's that may not be
/// changed, `out` one that may, and `one` a file of the host's that may not be changed.
fn root() -> u32 {
    simulated::reset(1);
    let host = |path: &str, directory, read_only| Node::Host {
        path: path.into(),
        directory,
        read_only,
    };
    let children = [
        (String::from("f"), Node::File { offset: 0, size: 0 }),
        (String::from("in"), host("/srv/in", true, true)),
        (String::from("one"), host("/srv/in/f", false, true)),
        (String::from("out"), host("/srv/out", true, false)),
    ];
    simulated::configure(encode(&Config {
        preopens: Vec::from([(String::from("/"), Node::Dir(Dir(children.into())))]),
        mounts: Vec::from([Mount {
            preopen: 0,
            names: Vec::new(),
            writable: false,
            bytes: 0,
            nodes: 0,
        }]),
        ..Config::default()
    }));
    let mut directories = directories::<Fake>();
    let (Own(root), path) = directories.remove(0);
    assert_eq!(&*path.0, b"/");
    assert!(directories.is_empty() && is_virtual(root));
    root
}

fn open(base: u32, path: &str, open: OpenFlags, flags: DescriptorFlags) -> Result<u32, Error> {
    let at = PathFlags::SYMLINK_FOLLOW;
    Descriptor::<Fake>::open_at(base, at, path.into(), open, flags).map(|Own(handle)| handle)
}

fn to_read(base: u32, path: &str) -> Result<u32, Error> {
    open(base, path, OpenFlags::none(), DescriptorFlags::READ)
}

#[test]
fn what_must_not_change_is_refused_before_the_host_is_asked() {
    let root = root();
    let file = to_read(root, "in/f").expect("a file");
    let directory = to_read(root, "in").expect("a directory");
    assert!(is_virtual(file) && is_virtual(directory));
    let read_only = Err(Error::ReadOnly);
    let path = || Vec::from(b"f");
    type D = Descriptor<Fake>;
    assert_eq!(D::set_size(file, 1), read_only);
    assert_eq!(D::set_times(file, NewTime::Now, NewTime::Now), read_only);
    assert_eq!(D::create_directory_at(directory, path()), read_only);
    assert_eq!(D::unlink_file_at(root, b"in/f".into()), read_only);
    assert_eq!(D::remove_directory_at(directory, path()), read_only);
    assert_eq!(D::symlink_at(directory, path(), path()), read_only);
    assert_eq!(
        D::rename_at(directory, path(), directory, path()),
        read_only
    );
    let flags = PathFlags::none();
    assert_eq!(
        D::link_at(directory, flags, path(), directory, path()),
        read_only
    );
    for flags in [OpenFlags::CREATE, OpenFlags::TRUNCATE] {
        let new = open(directory, "new", flags, DescriptorFlags::READ);
        assert_eq!(
            new.is_err(),
            flags == OpenFlags::CREATE || new == Err(Error::NoEntry)
        );
    }
    let cut = open(root, "one", OpenFlags::TRUNCATE, DescriptorFlags::READ);
    assert_eq!(cut, Err(Error::ReadOnly));
    let written = open(root, "one", OpenFlags::none(), DescriptorFlags::WRITE);
    assert_eq!(written, Err(Error::ReadOnly));
    assert_eq!(D::get_flags(directory), Ok(DescriptorFlags::READ));
    assert!(Fake::changes().is_empty());
}

#[test]
fn what_may_change_is_the_hosts_own() {
    let root = root();
    let file = open(root, "out/f", OpenFlags::TRUNCATE, DescriptorFlags::WRITE).expect("a file");
    assert!(!is_virtual(file));
    type D = Descriptor<Fake>;
    assert_eq!(D::unlink_file_at(root, b"out/f".into()), Ok(()));
    assert_eq!(
        Fake::changes(),
        ["open /srv/out/f", "unlink-file /srv/out/f"]
    );
    // The names in the tree are the tree's.
    assert_eq!(
        D::remove_directory_at(root, b"out".into()),
        Err(Error::ReadOnly)
    );
    assert!(Fake::changes().is_empty());
}

#[test]
fn kinds_of_files_do_not_mix() {
    let root = root();
    type D = Descriptor<Fake>;
    let moved = D::rename_at(root, b"f".into(), root, b"out/new".into());
    assert_eq!(moved, Err(Error::CrossDevice));
    let Ok(file) = to_read(root, "in/f") else {
        panic!()
    };
    let Ok(again) = to_read(root, "one") else {
        panic!()
    };
    let Ok(ours) = to_read(root, "f") else {
        panic!()
    };
    assert!(D::is_same_object(file, again));
    assert!(D::is_same_object(ours, ours));
    assert!(!D::is_same_object(ours, file));
}

#[test]
fn what_is_kept_is_hidden_and_given_back() {
    let root = root();
    let file = to_read(root, "in/f").expect("a file");
    let before = Fake::count();
    let Descriptor::Host(kept) = Fake::descriptor(file) else {
        panic!()
    };
    let foreign = || HostDescriptor::<Fake>::foreign(kept.handle());
    let traps = |act: &dyn Fn() -> bool| {
        std::panic::catch_unwind(core::panic::AssertUnwindSafe(act)).is_err()
    };
    assert!(traps(&|| foreign().is_ok()));
    TABLE
        .with(|table| table.with(|table| table.remove(file)))
        .close();
    assert_eq!(Fake::count(), before - 1);
    assert!(!traps(&|| foreign().is_ok()));
}

#[test]
fn a_directory_is_opened_once() {
    let root = root();
    to_read(root, "in/f").expect("a file");
    let before = Fake::count();
    assert_eq!(
        Descriptor::<Fake>::stat_at(root, PathFlags::none(), b"in/f".into()).map(|stat| stat.kind),
        Ok(Kind::File)
    );
    assert_eq!(Fake::count(), before);
    assert_eq!(to_read(root, "in/none"), Err(Error::NoEntry));
    assert_eq!(Fake::count(), before);
}
