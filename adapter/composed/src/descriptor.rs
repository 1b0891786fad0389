//! `descriptor` of `wasi:filesystem/types`: a node of the tree, or the host's. The rules of the tree are
//! in `wasi-virt-vfs`, those of the host in [`crate::host`]; this module must only choose between them.

use alloc::string::String;
use alloc::vec::Vec;

use wasi_virt_vfs::{Follow, Kind, NodeId, Place};

use crate::bindings::exports::wasi::filesystem::types::{
    Advice, Descriptor as Resource, DescriptorBorrow, DescriptorFlags, DescriptorStat,
    DescriptorType, DirectoryEntryStream as EntryStream, ErrorCode, Filesize, GuestDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::exports::wasi::io::streams;
use crate::config::text;
use crate::convert::{descriptor_stat, descriptor_type, error_code, follow};
use crate::directory::DirectoryEntryStream;
use crate::files::{self, Handle, Opened, done, handle, tree};
use crate::host::{HostDescriptor, roots};
use crate::input::InputStream;
use crate::output::OutputStream;

/// The resource `descriptor`.
pub enum Descriptor {
    /// Of this node; where it is a directory of the host's, that.
    Node(Opened),
    /// The host's.
    Host(HostDescriptor),
}

/// What an operation is about.
enum Side<'a> {
    Node(Handle<'a>),
    Host(&'a HostDescriptor),
}

/// What an operation on a path is about.
enum At<'a> {
    /// A path relative to this node.
    Tree(NodeId, String),
    /// A path relative to a directory of the host's.
    Host(&'a HostDescriptor, String),
}

/// What a path to something of the host's in the tree means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mounted {
    /// What is there.
    Contents,
    /// The name in the tree.
    Name,
}

impl Descriptor {
    /// The host's, if it is one.
    #[cfg(feature = "host")]
    pub fn of_host(&self) -> Option<&HostDescriptor> {
        match self.side() {
            Ok(Side::Host(host)) => Some(host),
            Ok(Side::Node(_)) | Err(_) => None,
        }
    }

    fn side(&self) -> Result<Side<'_>, ErrorCode> {
        match self {
            Descriptor::Host(host) => Ok(Side::Host(host)),
            Descriptor::Node(opened)
                if tree().kind(files::node(handle(opened))) == Kind::HostDirectory =>
            {
                roots::directory(files::node(handle(opened))).map(Side::Host)
            }
            Descriptor::Node(opened) => Ok(Side::Node(handle(opened))),
        }
    }

    fn at(&self, path: String, follow: Follow, mounted: Mounted) -> Result<At<'_>, ErrorCode> {
        let base = match self.side()? {
            Side::Host(host) => return Ok(At::Host(host, path)),
            Side::Node(base) => files::node(base),
        };
        if !cfg!(feature = "host") || !files::has_host_nodes() {
            return Ok(At::Tree(base, path));
        }
        let contents = mounted == Mounted::Contents;
        match tree().find(base, path.as_bytes(), follow) {
            Ok(Place::Host { node, rest }) => {
                let mut joined = Vec::with_capacity(path.len());
                for piece in rest.pieces() {
                    if !joined.is_empty() {
                        joined.push(b'/');
                    }
                    joined.extend_from_slice(piece);
                }
                Ok(At::Host(roots::directory(node)?, text(&joined)))
            }
            Ok(Place::Node(node)) if contents && tree().kind(node) == Kind::HostDirectory => {
                Ok(At::Host(roots::directory(node)?, String::from(".")))
            }
            Ok(Place::Node(node)) if contents && tree().kind(node) == Kind::HostFile => {
                Ok(At::Host(roots::directory(node)?, roots::file_name(node)))
            }
            // What the tree answers, it answers below, an error with an operation's own precedence.
            _ => Ok(At::Tree(base, path)),
        }
    }

    /// Both paths of an operation on two, on one side.
    fn both<'a>(
        &'a self,
        old_path: String,
        new: &'a Descriptor,
        new_path: String,
    ) -> Result<(At<'a>, At<'a>), ErrorCode> {
        let old = self.at(old_path, Follow::No, Mounted::Name)?;
        let new = new.at(new_path, Follow::No, Mounted::Name)?;
        match (&old, &new) {
            (At::Tree(..), At::Tree(..)) | (At::Host(..), At::Host(..)) => Ok((old, new)),
            _ => Err(ErrorCode::CrossDevice),
        }
    }
}

fn is_file(opened: Handle<'_>) -> bool {
    tree().kind(files::node(opened)) == Kind::File
}

fn hash(node: NodeId) -> MetadataHashValue {
    let (lower, upper) = tree().identity(node);
    MetadataHashValue { lower, upper }
}

impl GuestDescriptor for Descriptor {
    fn read_via_stream(&self, offset: Filesize) -> Result<streams::InputStream, ErrorCode> {
        let stream = match self.side()? {
            Side::Host(host) => InputStream::Host(host.read_via_stream(offset)?),
            Side::Node(file) if is_file(file) => files::input(file, offset)?,
            Side::Node(_) => return Err(ErrorCode::IsDirectory),
        };
        Ok(streams::InputStream::new(stream))
    }

    fn write_via_stream(&self, offset: Filesize) -> Result<streams::OutputStream, ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.write_via_stream(offset).map(output),
            Side::Node(file) => files::output(file, Some(offset)).map(streams::OutputStream::new),
        }
    }

    fn append_via_stream(&self) -> Result<streams::OutputStream, ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.append_via_stream().map(output),
            Side::Node(file) => files::output(file, None).map(streams::OutputStream::new),
        }
    }

    fn advise(&self, offset: Filesize, len: Filesize, advice: Advice) -> Result<(), ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.advise(offset, len, advice),
            Side::Node(node) if is_file(node) => Ok(()),
            Side::Node(_) => Err(ErrorCode::BadDescriptor),
        }
    }

    fn sync_data(&self) -> Result<(), ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.sync_data(),
            Side::Node(_) => Ok(()),
        }
    }

    fn get_flags(&self) -> Result<DescriptorFlags, ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.get_flags(),
            Side::Node(opened) => Ok(files::flags(opened)),
        }
    }

    fn get_type(&self) -> Result<DescriptorType, ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.get_type(),
            Side::Node(opened) => Ok(descriptor_type(tree().kind(files::node(opened)))),
        }
    }

    fn set_size(&self, size: Filesize) -> Result<(), ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.set_size(size),
            Side::Node(file) if is_file(file) => files::set_size(file, size),
            Side::Node(_) => Err(ErrorCode::BadDescriptor),
        }
    }

    fn set_times(&self, access: NewTimestamp, modify: NewTimestamp) -> Result<(), ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.set_times(access, modify),
            Side::Node(opened) => files::set_times(opened, access, modify),
        }
    }

    fn read(&self, len: Filesize, offset: Filesize) -> Result<(Vec<u8>, bool), ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.read(len, offset),
            Side::Node(file) => files::read(file, len, offset),
        }
    }

    fn write(&self, buffer: Vec<u8>, offset: Filesize) -> Result<Filesize, ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.write(&buffer, offset),
            Side::Node(file) => files::write(file, &buffer, offset),
        }
    }

    fn read_directory(&self) -> Result<EntryStream, ErrorCode> {
        let stream = match self.side()? {
            Side::Host(host) => DirectoryEntryStream::Host(host.read_directory()?),
            Side::Node(directory) => files::entries(directory)?,
        };
        Ok(EntryStream::new(stream))
    }

    fn sync(&self) -> Result<(), ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.sync(),
            Side::Node(_) => Ok(()),
        }
    }

    fn create_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        match self.at(path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.create_directory_at(&path),
            At::Tree(base, path) => done(tree().create_directory(base, path.as_bytes())),
        }
    }

    fn stat(&self) -> Result<DescriptorStat, ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.stat(),
            Side::Node(opened) => Ok(descriptor_stat(tree().stat(files::node(opened)))),
        }
    }

    fn stat_at(&self, flags: PathFlags, path: String) -> Result<DescriptorStat, ErrorCode> {
        match self.at(path, follow(flags), Mounted::Contents)? {
            At::Host(host, path) => host.stat_at(flags, &path),
            At::Tree(base, path) => {
                let stat = tree().stat_at(base, path.as_bytes(), follow(flags));
                stat.map(descriptor_stat).map_err(error_code)
            }
        }
    }

    fn set_times_at(
        &self,
        flags: PathFlags,
        path: String,
        access: NewTimestamp,
        modify: NewTimestamp,
    ) -> Result<(), ErrorCode> {
        match self.at(path, follow(flags), Mounted::Contents)? {
            At::Host(host, path) => host.set_times_at(flags, &path, access, modify),
            At::Tree(base, path) => {
                files::set_times_at(base, path.as_bytes(), flags, access, modify)
            }
        }
    }

    fn link_at(
        &self,
        flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        match self.both(old_path, new_descriptor.get(), new_path)? {
            (At::Tree(old, old_path), At::Tree(new, new_path)) => {
                let (old_path, new_path) = (old_path.as_bytes(), new_path.as_bytes());
                done(tree().link(old, follow(flags), old_path, new, new_path))
            }
            (At::Host(old, old_path), At::Host(new, new_path)) => {
                old.link_at(flags, &old_path, new, &new_path)
            }
            _ => Err(ErrorCode::CrossDevice),
        }
    }

    fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Resource, ErrorCode> {
        let descriptor = match self.at(path, follow(path_flags), Mounted::Contents)? {
            At::Host(host, path) => {
                Descriptor::Host(host.open_at(path_flags, &path, open_flags, flags)?)
            }
            At::Tree(base, path) => {
                let path = path.as_bytes();
                Descriptor::Node(files::open(base, path, path_flags, open_flags, flags)?)
            }
        };
        Ok(Resource::new(descriptor))
    }

    fn readlink_at(&self, path: String) -> Result<String, ErrorCode> {
        match self.at(path, Follow::No, Mounted::Contents)? {
            At::Host(host, path) => host.readlink_at(&path),
            At::Tree(base, path) => tree()
                .read_link(base, path.as_bytes())
                .map(text)
                .map_err(error_code),
        }
    }

    fn remove_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        match self.at(path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.remove_directory_at(&path),
            At::Tree(base, path) => done(tree().remove_directory(base, path.as_bytes())),
        }
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        match self.both(old_path, new_descriptor.get(), new_path)? {
            (At::Tree(old, old_path), At::Tree(new, new_path)) => {
                done(tree().rename(old, old_path.as_bytes(), new, new_path.as_bytes()))
            }
            (At::Host(old, old_path), At::Host(new, new_path)) => {
                old.rename_at(&old_path, new, &new_path)
            }
            _ => Err(ErrorCode::CrossDevice),
        }
    }

    fn symlink_at(&self, target: String, path: String) -> Result<(), ErrorCode> {
        match self.at(path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.symlink_at(&target, &path),
            At::Tree(base, path) => done(tree().symlink(base, target.as_bytes(), path.as_bytes())),
        }
    }

    fn unlink_file_at(&self, path: String) -> Result<(), ErrorCode> {
        match self.at(path, Follow::No, Mounted::Name)? {
            At::Host(host, path) => host.unlink_file_at(&path),
            At::Tree(base, path) => done(tree().unlink_file(base, path.as_bytes())),
        }
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        match (self.side(), other.get::<Descriptor>().side()) {
            (Ok(Side::Node(one)), Ok(Side::Node(other))) => files::node(one) == files::node(other),
            (Ok(Side::Host(one)), Ok(Side::Host(other))) => one.is_same_object(other),
            _ => false,
        }
    }

    fn metadata_hash(&self) -> Result<MetadataHashValue, ErrorCode> {
        match self.side()? {
            Side::Host(host) => host.metadata_hash(),
            Side::Node(opened) => Ok(hash(files::node(opened))),
        }
    }

    fn metadata_hash_at(
        &self,
        flags: PathFlags,
        path: String,
    ) -> Result<MetadataHashValue, ErrorCode> {
        match self.at(path, follow(flags), Mounted::Contents)? {
            At::Host(host, path) => host.metadata_hash_at(flags, &path),
            At::Tree(base, path) => files::node_at(base, path.as_bytes(), flags).map(hash),
        }
    }
}

fn output(stream: crate::bindings::host::io::streams::OutputStream) -> streams::OutputStream {
    streams::OutputStream::new(OutputStream::Host(stream))
}
