//! `descriptor` of `wasi:filesystem/types`: a node of the tree. Its rules are in `wasi-virt-vfs`;
//! this module must only translate.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::Cell;

use wasi_virt_vfs::{Error, Kind, NodeId};

use crate::bindings::exports::wasi::filesystem::types::{
    Advice, Descriptor as Resource, DescriptorBorrow, DescriptorFlags, DescriptorStat,
    DescriptorType, DirectoryEntryStream as EntryStream, ErrorCode, Filesize, GuestDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::exports::wasi::io::streams;
use crate::config::{text, tree};
use crate::convert::{descriptor_stat, descriptor_type, error_code, follow, open};
use crate::directory::DirectoryEntryStream;
use crate::input::{InputStream, MAX_READ};
use crate::payload;

/// The resource `descriptor`. Every one is open to read and nothing else.
pub struct Descriptor {
    node: NodeId,
}

impl Descriptor {
    /// A descriptor of this node.
    pub fn new(node: NodeId) -> Self {
        Descriptor { node }
    }

    /// Refuses what only a file allows, and this descriptor not.
    fn refuse_on_file<T>(&self, error: ErrorCode) -> Result<T, ErrorCode> {
        Err(if self.is_file() {
            error
        } else {
            ErrorCode::BadDescriptor
        })
    }

    fn is_file(&self) -> bool {
        tree().kind(self.node) == Kind::File
    }

    fn hash(node: NodeId) -> MetadataHashValue {
        let (lower, upper) = tree().identity(node);
        MetadataHashValue { lower, upper }
    }
}

fn refused<T>(error: Error) -> Result<T, ErrorCode> {
    Err(error_code(error))
}

impl GuestDescriptor for Descriptor {
    fn read_via_stream(&self, offset: Filesize) -> Result<streams::InputStream, ErrorCode> {
        if !self.is_file() {
            return Err(ErrorCode::IsDirectory);
        }
        let position = Cell::new(offset);
        Ok(streams::InputStream::new(InputStream::File {
            node: self.node,
            position,
        }))
    }

    fn write_via_stream(&self, _offset: Filesize) -> Result<streams::OutputStream, ErrorCode> {
        Err(ErrorCode::BadDescriptor)
    }

    fn append_via_stream(&self) -> Result<streams::OutputStream, ErrorCode> {
        Err(ErrorCode::BadDescriptor)
    }

    fn advise(&self, _offset: Filesize, _len: Filesize, _advice: Advice) -> Result<(), ErrorCode> {
        if self.is_file() {
            Ok(())
        } else {
            Err(ErrorCode::BadDescriptor)
        }
    }

    fn sync_data(&self) -> Result<(), ErrorCode> {
        Ok(())
    }

    fn get_flags(&self) -> Result<DescriptorFlags, ErrorCode> {
        Ok(DescriptorFlags::READ)
    }

    fn get_type(&self) -> Result<DescriptorType, ErrorCode> {
        Ok(descriptor_type(tree().kind(self.node)))
    }

    fn set_size(&self, _size: Filesize) -> Result<(), ErrorCode> {
        self.refuse_on_file(ErrorCode::ReadOnly)
    }

    fn set_times(&self, _access: NewTimestamp, _modify: NewTimestamp) -> Result<(), ErrorCode> {
        Err(ErrorCode::ReadOnly)
    }

    fn read(&self, len: Filesize, offset: Filesize) -> Result<(Vec<u8>, bool), ErrorCode> {
        let range = tree()
            .contents(self.node, offset, len.min(MAX_READ))
            .map_err(error_code)?;
        // Offsets are signed where files are real.
        if i64::try_from(offset).is_err() {
            return Err(ErrorCode::Invalid);
        }
        let end = range.is_empty();
        Ok((payload::read(range), end))
    }

    fn write(&self, _buffer: Vec<u8>, _offset: Filesize) -> Result<Filesize, ErrorCode> {
        Err(ErrorCode::BadDescriptor)
    }

    fn read_directory(&self) -> Result<EntryStream, ErrorCode> {
        let children = tree().children(self.node).map_err(error_code)?;
        Ok(EntryStream::new(DirectoryEntryStream::new(children)))
    }

    fn sync(&self) -> Result<(), ErrorCode> {
        Ok(())
    }

    fn create_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        refused(tree().create_directory(self.node, path.as_bytes()))
    }

    fn stat(&self) -> Result<DescriptorStat, ErrorCode> {
        Ok(descriptor_stat(tree().stat(self.node)))
    }

    fn stat_at(&self, flags: PathFlags, path: String) -> Result<DescriptorStat, ErrorCode> {
        let stat = tree().stat_at(self.node, path.as_bytes(), follow(flags));
        stat.map(descriptor_stat).map_err(error_code)
    }

    fn set_times_at(
        &self,
        flags: PathFlags,
        path: String,
        _access: NewTimestamp,
        _modify: NewTimestamp,
    ) -> Result<(), ErrorCode> {
        refused(tree().set_times(self.node, path.as_bytes(), follow(flags)))
    }

    fn link_at(
        &self,
        flags: PathFlags,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        let new_base = new_descriptor.get::<Descriptor>().node;
        let (old_path, new_path) = (old_path.as_bytes(), new_path.as_bytes());
        refused(tree().link(self.node, follow(flags), old_path, new_base, new_path))
    }

    fn open_at(
        &self,
        path_flags: PathFlags,
        path: String,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Resource, ErrorCode> {
        let open = open(open_flags, flags);
        let node = tree().open(self.node, path.as_bytes(), follow(path_flags), open);
        node.map(|node| Resource::new(Descriptor { node }))
            .map_err(error_code)
    }

    fn readlink_at(&self, path: String) -> Result<String, ErrorCode> {
        tree()
            .read_link(self.node, path.as_bytes())
            .map(text)
            .map_err(error_code)
    }

    fn remove_directory_at(&self, path: String) -> Result<(), ErrorCode> {
        refused(tree().remove_directory(self.node, path.as_bytes()))
    }

    fn rename_at(
        &self,
        old_path: String,
        new_descriptor: DescriptorBorrow<'_>,
        new_path: String,
    ) -> Result<(), ErrorCode> {
        let new_base = new_descriptor.get::<Descriptor>().node;
        refused(tree().rename(
            self.node,
            old_path.as_bytes(),
            new_base,
            new_path.as_bytes(),
        ))
    }

    fn symlink_at(&self, target: String, path: String) -> Result<(), ErrorCode> {
        refused(tree().symlink(self.node, target.as_bytes(), path.as_bytes()))
    }

    fn unlink_file_at(&self, path: String) -> Result<(), ErrorCode> {
        refused(tree().unlink_file(self.node, path.as_bytes()))
    }

    fn is_same_object(&self, other: DescriptorBorrow<'_>) -> bool {
        self.node == other.get::<Descriptor>().node
    }

    fn metadata_hash(&self) -> Result<MetadataHashValue, ErrorCode> {
        Ok(Self::hash(self.node))
    }

    fn metadata_hash_at(
        &self,
        flags: PathFlags,
        path: String,
    ) -> Result<MetadataHashValue, ErrorCode> {
        let node = tree().lookup(self.node, path.as_bytes(), follow(flags));
        node.map(Self::hash).map_err(error_code)
    }
}
