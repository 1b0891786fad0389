//! `descriptor` of `wasi:filesystem/types`: what is asked of paths relative to one.

use wasi_virt_adapter_core::abi::{Own, Text};
use wasi_virt_adapter_core::exports;
use wasi_virt_adapter_core::files::{self, done, with_tree};
use wasi_virt_vfs::Follow;

use super::hash;
use crate::convert::{access, descriptor_stat, error_code, follow, open};
use crate::place::{At, Mounted, at, both};
use crate::table::{Descriptor, Resource, add, room};
use crate::types::{
    DescriptorFlags, DescriptorStat, ErrorCode, FileResult, MetadataHashValue, OpenFlags, PathFlags,
};

exports! {
    "wasi:filesystem/types#[method]descriptor.create-directory-at"
    fn create_directory_at(app, this: u32, path: [text]) => FileResult<()> {
        match at(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.create_directory_at(&path),
            At::Tree(base, path) => {
                done(with_tree(|tree| tree.create_directory(base, &path))).map_err(error_code)
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.stat-at"
    fn stat_at(app, this: u32, flags: PathFlags, path: [text]) => FileResult<DescriptorStat> {
        match at(this, path, follow(flags), Mounted::Contents)? {
            At::Host(host, path) => host.stat_at(flags, &path),
            At::Tree(base, path) => {
                let stat = with_tree(|tree| tree.stat_at(base, &path, follow(flags)));
                stat.map(descriptor_stat).map_err(error_code)
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.set-times-at"
    fn set_times_at(
        app,
        this: u32,
        flags: PathFlags,
        path: [text],
        access: [time],
        modify: [time]
    ) => FileResult<()> {
        match at(this, path, follow(flags), Mounted::Contents)? {
            At::Host(host, path) => host.set_times_at(flags, &path, access, modify),
            At::Tree(base, path) => {
                let set = files::set_times_at(base, &path, follow(flags), access, modify);
                set.map_err(error_code)
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.link-at"
    fn link_at(
        app,
        this: u32,
        flags: PathFlags,
        path: [text],
        new: u32,
        new_path: [text]
    ) => FileResult<()> {
        match both(this, path, new, new_path)? {
            (At::Tree(old, path), At::Tree(new, new_path)) => {
                let link = |tree: &mut files::Files| {
                    tree.link(old, follow(flags), &path, new, &new_path)
                };
                done(with_tree(link)).map_err(error_code)
            }
            (At::Host(old, path), At::Host(new, new_path)) => {
                old.link_at(flags, &path, new, &new_path)
            }
            _ => Err(ErrorCode::CrossDevice),
        }
    }
    "wasi:filesystem/types#[method]descriptor.open-at"
    fn open_at(
        app,
        this: u32,
        at_flags: PathFlags,
        path: [text],
        open_flags: OpenFlags,
        flags: DescriptorFlags
    ) => FileResult<Own> {
        match at(this, path, follow(at_flags), Mounted::Contents)? {
            At::Host(host, path) if host.is_read_only() => {
                room()?;
                let opened = host.open_read_only(at_flags, &path, open_flags, flags)?;
                Ok(add(Resource::Descriptor(Descriptor::Host(opened))))
            }
            At::Host(host, path) => host.open_writable(at_flags, &path, open_flags, flags),
            At::Tree(base, path) => {
                // Before anything is made or cut.
                room()?;
                let how = open(open_flags, flags);
                let opened = files::open(base, &path, follow(at_flags), how, access(flags));
                let opened = Descriptor::Node(opened.map_err(error_code)?);
                Ok(add(Resource::Descriptor(opened)))
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.readlink-at"
    fn readlink_at(app, this: u32, path: [text]) => FileResult<Text> {
        match at(this, path, Follow::No, Mounted::Contents)? {
            At::Host(host, path) => host.readlink_at(&path),
            At::Tree(base, path) => {
                let target = with_tree(|tree| tree.read_link(base, &path).map(<[u8]>::to_vec));
                target.map(Text::from).map_err(error_code)
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.remove-directory-at"
    fn remove_directory_at(app, this: u32, path: [text]) => FileResult<()> {
        match at(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.remove_directory_at(&path),
            At::Tree(base, path) => {
                done(with_tree(|tree| tree.remove_directory(base, &path))).map_err(error_code)
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.rename-at"
    fn rename_at(
        app,
        this: u32,
        path: [text],
        new: u32,
        new_path: [text]
    ) => FileResult<()> {
        match both(this, path, new, new_path)? {
            (At::Tree(old, path), At::Tree(new, new_path)) => {
                done(with_tree(|tree| tree.rename(old, &path, new, &new_path))).map_err(error_code)
            }
            (At::Host(old, path), At::Host(new, new_path)) => old.rename_at(&path, new, &new_path),
            _ => Err(ErrorCode::CrossDevice),
        }
    }
    "wasi:filesystem/types#[method]descriptor.symlink-at"
    fn symlink_at(app, this: u32, target: [text], path: [text]) => FileResult<()> {
        match at(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.symlink_at(&target, &path),
            At::Tree(base, path) => {
                done(with_tree(|tree| tree.symlink(base, &target, &path))).map_err(error_code)
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.unlink-file-at"
    fn unlink_file_at(app, this: u32, path: [text]) => FileResult<()> {
        match at(this, path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.unlink_file_at(&path),
            At::Tree(base, path) => {
                done(with_tree(|tree| tree.unlink_file(base, &path))).map_err(error_code)
            }
        }
    }
    "wasi:filesystem/types#[method]descriptor.metadata-hash-at"
    fn metadata_hash_at(
        app,
        this: u32,
        flags: PathFlags,
        path: [text]
    ) => FileResult<MetadataHashValue> {
        match at(this, path, follow(flags), Mounted::Contents)? {
            At::Host(host, path) => host.metadata_hash_at(flags, &path),
            At::Tree(base, path) => {
                let node = files::node_at(base, &path, follow(flags));
                node.map(hash).map_err(error_code)
            }
        }
    }
}
