//! Names: made, and taken away. This module must never look into files.

use alloc::vec::Vec;

use super::node::{Body, Entry, Inode, Listing, Text};
use super::pages::reserve_one;
use super::parent::without_slashes;
use super::{Backing, NEW, Overlay};
use crate::{Error, NodeId};

impl<'a, B: Backing> Overlay<'a, B> {
    /// `create-directory-at`.
    ///
    /// # Errors
    ///
    /// Those of `mkdirat`.
    pub fn create_directory(&mut self, base: NodeId, path: &[u8]) -> Result<(), Error> {
        self.directory(base)?;
        let at = self.at(base, without_slashes(path))?;
        let name = self.vacant(at.directory, at.name)?;
        let body = Body::Directory {
            parent: at.directory,
            listing: Listing::Own(Vec::new()),
        };
        self.add(at.directory, name, body).map(drop)
    }

    /// `remove-directory-at`.
    ///
    /// # Errors
    ///
    /// Those of `unlinkat` for a directory.
    pub fn remove_directory(&mut self, base: NodeId, path: &[u8]) -> Result<(), Error> {
        let at = self.at(base, path)?;
        let name = at.name.ok_or(Error::Invalid)?;
        let node = self.look(at.directory, name)?.ok_or(Error::NoEntry)?;
        if !self.is_directory(node) {
            return Err(Error::NotDirectory);
        }
        self.writable(at.directory)?;
        if self.is_mount_point(node) {
            return Err(Error::Busy);
        }
        if !self.is_empty(node) {
            return Err(Error::NotEmpty);
        }
        self.remove(at.directory, name)
    }

    /// `unlink-file-at`.
    ///
    /// # Errors
    ///
    /// Those of `unlinkat` for a file.
    pub fn unlink_file(&mut self, base: NodeId, path: &[u8]) -> Result<(), Error> {
        let at = self.at(base, path)?;
        let name = at.name.ok_or(Error::IsDirectory)?;
        let node = self.look(at.directory, name)?.ok_or(Error::NoEntry)?;
        if self.is_directory(node) {
            return Err(Error::IsDirectory);
        }
        self.writable(at.directory)?;
        if self.is_mount_point(node) {
            return Err(Error::Busy);
        }
        self.remove(at.directory, name)
    }

    /// A name that nothing has.
    pub(super) fn vacant<'p>(
        &self,
        directory: NodeId,
        name: Option<&'p [u8]>,
    ) -> Result<&'p [u8], Error> {
        let name = name.ok_or(Error::Exist)?;
        match self.look(directory, name)? {
            Some(_) => Err(Error::Exist),
            None => Ok(name),
        }
    }

    /// Makes a node of this name, which nothing has.
    pub(super) fn add(
        &mut self,
        directory: NodeId,
        name: &[u8],
        body: Body<'a>,
    ) -> Result<NodeId, Error> {
        let mount = self.writable(directory)?;
        if self.is_gone(directory) {
            return Err(Error::NoEntry);
        }
        self.mounts.take_node(mount)?;
        let node = self.grow(|files| files.make(directory, name, body, mount));
        if node.is_err() {
            self.mounts.give_back_node(mount);
        }
        node
    }

    fn make(
        &mut self,
        directory: NodeId,
        name: &[u8],
        body: Body<'a>,
        mount: u16,
    ) -> Result<NodeId, Error> {
        let name = Text::own(name)?;
        let now = self.now();
        self.room_for_entry(directory)?;
        let node = self.slab.add(Inode::new(body, mount, now))? | NEW;
        self.insert(directory, Entry { name, node });
        Ok(node)
    }

    /// Makes sure that one more entry can be put into a directory.
    pub(super) fn room_for_entry(&mut self, directory: NodeId) -> Result<(), Error> {
        reserve_one(self.entries(directory)?)
    }

    /// Puts an entry into a directory that there is room in.
    pub(super) fn insert(&mut self, directory: NodeId, entry: Entry<'a>) {
        let now = self.now();
        if let Ok(entries) = self.entries(directory) {
            let at = Listing::find(entries, entry.name.bytes()).unwrap_or_else(|at| at);
            entries.insert(at, entry);
        }
        self.touch(directory, now);
    }

    /// The entries of a directory, to be changed.
    pub(super) fn entries(&mut self, directory: NodeId) -> Result<&mut Vec<Entry<'a>>, Error> {
        let tree = self.tree;
        let inode = self.raise(directory)?;
        let Body::Directory { listing, .. } = &mut inode.body else {
            return Err(Error::NotDirectory);
        };
        if let Listing::Below = listing {
            let children = tree.children(directory)?;
            let mut own = Vec::new();
            own.try_reserve_exact(children.len() + 1)
                .map_err(|_| Error::InsufficientMemory)?;
            own.extend(children.map(|node| Entry {
                name: Text::Below(tree.name(node)),
                node,
            }));
            *listing = Listing::Own(own);
        }
        match listing {
            Listing::Own(entries) => Ok(entries),
            Listing::Below => Err(Error::NotDirectory),
        }
    }

    /// Takes a name away, and the node with it if it was the last.
    pub(super) fn remove(&mut self, directory: NodeId, name: &[u8]) -> Result<(), Error> {
        let now = self.now();
        let entries = self.entries(directory)?;
        let at = Listing::find(entries, name).map_err(|_| Error::NoEntry)?;
        let node = entries.remove(at).node;
        if entries.len() * 4 < entries.capacity() {
            entries.shrink_to(entries.len() * 2);
        }
        self.touch(directory, now);
        self.unname(node);
        Ok(())
    }

    /// Notes that a node has one name less.
    pub(super) fn unname(&mut self, node: NodeId) {
        if let Some(place) = self.place(node)
            && let Some(inode) = self.slab.get_mut(place)
        {
            inode.links = inode.links.saturating_sub(1);
            inode.changed = true;
            self.forget(node);
        }
    }

    /// Notes that a directory was changed.
    fn touch(&mut self, node: NodeId, now: super::Time) {
        if let Some(place) = self.place(node)
            && let Some(inode) = self.slab.get_mut(place)
        {
            inode.touch(now);
        }
    }

    /// Whether a directory has nothing in it.
    pub(super) fn is_empty(&self, directory: NodeId) -> bool {
        match self.inode(directory).map(|inode| &inode.body) {
            Some(Body::Directory {
                listing: Listing::Own(entries),
                ..
            }) => entries.is_empty(),
            _ => self
                .tree
                .children(directory)
                .is_ok_and(|children| children.is_empty()),
        }
    }
}
