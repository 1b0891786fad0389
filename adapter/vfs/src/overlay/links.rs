//! Links of both kinds. This module must never follow one.

use super::node::{Body, Entry, Text};
use super::parent::{check_nul, check_texts};
use super::{Backing, Overlay};
use crate::{Error, Follow, Kind, NodeId};

impl<B: Backing> Overlay<'_, B> {
    /// `symlink-at`.
    ///
    /// # Errors
    ///
    /// Those of `symlinkat`; [`Error::NotPermitted`] for an absolute target.
    pub fn symlink(&mut self, base: NodeId, target: &[u8], path: &[u8]) -> Result<(), Error> {
        self.directory(base)?;
        if target.starts_with(b"/") {
            return Err(Error::NotPermitted);
        }
        let at = self.at(base, path)?;
        check_texts(&[Some(target), at.name])?;
        if target.is_empty() {
            return Err(Error::NoEntry);
        }
        let name = self.vacant(at.directory, at.name)?;
        let target = Text::own(target)?;
        self.add(at.directory, name, Body::Symlink(target))
            .map(drop)
    }

    /// `link-at`.
    ///
    /// # Errors
    ///
    /// Those of `linkat`; [`Error::Invalid`] if a link is to be followed.
    pub fn link(
        &mut self,
        old_base: NodeId,
        follow: Follow,
        old_path: &[u8],
        new_base: NodeId,
        new_path: &[u8],
    ) -> Result<(), Error> {
        self.directory(old_base)?;
        self.directory(new_base)?;
        if follow == Follow::Yes {
            return Err(Error::Invalid);
        }
        let old = self.at(old_base, old_path)?;
        let new = self.at(new_base, new_path)?;
        check_nul(&[old.name, new.name])?;
        let node = match old.name {
            None => old.directory,
            Some(name) => self.look(old.directory, name)?.ok_or(Error::NoEntry)?,
        };
        let name = self.vacant(new.directory, new.name)?;
        if self.mount_of(node) != self.mount_of(new.directory) || self.is_of_host(node) {
            return Err(Error::CrossDevice);
        }
        self.writable(new.directory)?;
        if self.is_gone(new.directory) {
            return Err(Error::NoEntry);
        }
        if self.is_directory(node) {
            return Err(Error::NotPermitted);
        }
        self.grow(|files| files.add_name(new.directory, name, node))
    }

    fn add_name(&mut self, directory: NodeId, name: &[u8], node: NodeId) -> Result<(), Error> {
        let name = Text::own(name)?;
        self.room_for_entry(directory)?;
        let inode = self.raise(node)?;
        inode.links += 1;
        inode.changed = true;
        self.insert(directory, Entry { name, node });
        Ok(())
    }

    /// `readlink-at`.
    ///
    /// # Errors
    ///
    /// Those of `readlinkat`; [`Error::NotPermitted`] when the text is an absolute path.
    pub fn read_link(&self, base: NodeId, path: &[u8]) -> Result<&[u8], Error> {
        let at = self.at(base, path)?;
        let name = at.name.ok_or(Error::Invalid)?;
        let node = self.look(at.directory, name)?.ok_or(Error::NoEntry)?;
        match self.target(node) {
            _ if self.kind(node) != Kind::Symlink => Err(Error::Invalid),
            None => Err(Error::Invalid),
            Some([b'/', ..]) => Err(Error::NotPermitted),
            Some(target) => Ok(target),
        }
    }
}
