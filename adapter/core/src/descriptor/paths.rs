//! What is asked of paths relative to a descriptor.

use alloc::vec::Vec;

use wasi_virt_vfs::{Error, Follow};

use super::place::{At, Mounted, at, both};
use super::{Descriptor, hash};
use crate::abi::{Own, Text};
use crate::files::{self, NewTime, Stat, done, with_tree};
use crate::types::{DescriptorFlags, MetadataHashValue, OpenFlags, PathFlags};
use crate::version::{FileResult, Version};

/// What WASI names so, in the order of its functions. `this` is a handle.
#[allow(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "they are those of WIT"
)]
impl<V: Version> Descriptor<V> {
    pub fn create_directory_at(this: u32, path: Vec<u8>) -> FileResult<V, ()> {
        match at::<V>(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.create_directory_at(&path),
            At::Tree(base, path) => Ok(done(with_tree(|tree| tree.create_directory(base, &path)))?),
        }
    }

    pub fn stat_at(this: u32, flags: PathFlags, path: Vec<u8>) -> FileResult<V, V::Stat> {
        match at::<V>(this, path, flags.follow(), Mounted::Contents)? {
            At::Host(host, path) => host.stat_at(flags, &path),
            At::Tree(base, path) => {
                let stat = with_tree(|tree| tree.stat_at(base, &path, flags.follow()))?;
                Ok(Stat::from(stat).into())
            }
        }
    }

    pub fn set_times_at(
        this: u32,
        flags: PathFlags,
        path: Vec<u8>,
        access: NewTime,
        modify: NewTime,
    ) -> FileResult<V, ()> {
        match at::<V>(this, path, flags.follow(), Mounted::Contents)? {
            At::Host(host, path) => host.set_times_at(flags, &path, access, modify),
            At::Tree(base, path) => Ok(files::set_times_at(
                base,
                &path,
                flags.follow(),
                [access, modify],
                V::HAS_SIGNED_TIMES,
            )?),
        }
    }

    pub fn link_at(
        this: u32,
        flags: PathFlags,
        path: Vec<u8>,
        new: u32,
        new_path: Vec<u8>,
    ) -> FileResult<V, ()> {
        match both::<V>(this, path, new, new_path)? {
            (At::Tree(old, path), At::Tree(new, new_path)) => {
                let link =
                    |tree: &mut files::Files| tree.link(old, flags.follow(), &path, new, &new_path);
                Ok(done(with_tree(link))?)
            }
            (At::Host(old, path), At::Host(new, new_path)) => {
                old.link_at(flags, &path, new, &new_path)
            }
            _ => Err(Error::CrossDevice.into()),
        }
    }

    pub fn open_at(
        this: u32,
        follow: PathFlags,
        path: Vec<u8>,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FileResult<V, Own> {
        match at::<V>(this, path, follow.follow(), Mounted::Contents)? {
            At::Host(host, path) if host.is_read_only() => {
                V::room()?;
                let opened = host.open_read_only(follow, &path, open, flags)?;
                Ok(V::add(Descriptor::Host(opened)))
            }
            At::Host(host, path) => host.open_writable(follow, &path, open, flags),
            At::Tree(base, path) => {
                // Before anything is made or cut.
                V::room()?;
                let how = open.open(flags);
                let opened = files::open(base, &path, follow.follow(), how, flags.access())?;
                Ok(V::add(Descriptor::Node(opened)))
            }
        }
    }

    pub fn readlink_at(this: u32, path: Vec<u8>) -> FileResult<V, Text> {
        match at::<V>(this, path, Follow::No, Mounted::Contents)? {
            At::Host(host, path) => host.readlink_at(&path),
            At::Tree(base, path) => {
                let target = with_tree(|tree| tree.read_link(base, &path).map(<[u8]>::to_vec));
                Ok(target?.into())
            }
        }
    }

    pub fn remove_directory_at(this: u32, path: Vec<u8>) -> FileResult<V, ()> {
        match at::<V>(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.remove_directory_at(&path),
            At::Tree(base, path) => Ok(done(with_tree(|tree| tree.remove_directory(base, &path)))?),
        }
    }

    pub fn rename_at(this: u32, path: Vec<u8>, new: u32, new_path: Vec<u8>) -> FileResult<V, ()> {
        match both::<V>(this, path, new, new_path)? {
            (At::Tree(old, path), At::Tree(new, new_path)) => Ok(done(with_tree(|tree| {
                tree.rename(old, &path, new, &new_path)
            }))?),
            (At::Host(old, path), At::Host(new, new_path)) => old.rename_at(&path, new, &new_path),
            _ => Err(Error::CrossDevice.into()),
        }
    }

    pub fn symlink_at(this: u32, target: Vec<u8>, path: Vec<u8>) -> FileResult<V, ()> {
        match at::<V>(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.symlink_at(&target, &path),
            At::Tree(base, path) => Ok(done(with_tree(|tree| tree.symlink(base, &target, &path)))?),
        }
    }

    pub fn unlink_file_at(this: u32, path: Vec<u8>) -> FileResult<V, ()> {
        match at::<V>(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.unlink_file_at(&path),
            At::Tree(base, path) => Ok(done(with_tree(|tree| tree.unlink_file(base, &path)))?),
        }
    }

    pub fn metadata_hash_at(
        this: u32,
        flags: PathFlags,
        path: Vec<u8>,
    ) -> FileResult<V, MetadataHashValue> {
        match at::<V>(this, path, flags.follow(), Mounted::Contents)? {
            At::Host(host, path) => host.metadata_hash_at(flags, &path),
            At::Tree(base, path) => Ok(hash(files::node_at(base, &path, flags.follow())?)),
        }
    }
}
