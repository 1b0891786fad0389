//! `rename-at`. This module must never leave a node with two names where it had one, or with none.

use super::node::{Body, Entry, Listing, Text};
use super::parent::{At, check_texts, without_slashes};
use super::{Backing, Overlay};
use crate::{Error, NodeId};

/// A name in a directory, and what has it.
struct Named<'p> {
    directory: NodeId,
    name: &'p [u8],
}

impl<B: Backing> Overlay<'_, B> {
    /// `rename-at`.
    ///
    /// # Errors
    ///
    /// Those of `renameat`.
    pub fn rename(
        &mut self,
        old_base: NodeId,
        old_path: &[u8],
        new_base: NodeId,
        new_path: &[u8],
    ) -> Result<(), Error> {
        self.directory(old_base)?;
        self.directory(new_base)?;
        // A slash at the end of either asks for a directory.
        let slash = old_path.ends_with(b"/") || new_path.ends_with(b"/");
        let old = self.at(old_base, without_slashes(old_path))?;
        let new = self.at(new_base, without_slashes(new_path))?;
        check_texts(&[old.name, new.name])?;
        if self.mount_of(old.directory) != self.mount_of(new.directory) {
            return Err(Error::CrossDevice);
        }
        let (old, new) = (named(old)?, named(new)?);
        let source = self.look(old.directory, old.name)?.ok_or(Error::NoEntry)?;
        let target = self.look(new.directory, new.name)?;
        self.writable(old.directory)?;
        let is_directory = self.is_directory(source);
        if !is_directory && slash {
            return Err(Error::NotDirectory);
        }
        if is_directory && self.is_within(new.directory, source) {
            return Err(Error::Invalid);
        }
        match target {
            Some(target) if self.is_within(old.directory, target) => return Err(Error::NotEmpty),
            Some(target) if target == source => return Ok(()),
            Some(target) => self.replaceable(source, target)?,
            None if self.is_gone(new.directory) => return Err(Error::NoEntry),
            None if self.is_mount_point(source) => return Err(Error::Busy),
            None => {}
        }
        self.grow(|files| files.move_name(&old, &new, source, target))
    }

    /// Refuses to put one over the other.
    fn replaceable(&self, source: NodeId, target: NodeId) -> Result<(), Error> {
        match (self.is_directory(source), self.is_directory(target)) {
            (true, false) => return Err(Error::NotDirectory),
            (false, true) => return Err(Error::IsDirectory),
            _ => {}
        }
        if self.is_mount_point(source) || self.is_mount_point(target) {
            return Err(Error::Busy);
        }
        if self.is_directory(target) && !self.is_empty(target) {
            return Err(Error::NotEmpty);
        }
        Ok(())
    }

    fn move_name(
        &mut self,
        old: &Named<'_>,
        new: &Named<'_>,
        source: NodeId,
        target: Option<NodeId>,
    ) -> Result<(), Error> {
        // All that may fail comes before anything is changed.
        let name = Text::own(new.name)?;
        self.entries(old.directory)?;
        self.room_for_entry(new.directory)?;
        if self.is_directory(source) {
            let inode = self.raise(source)?;
            inode.changed = true;
            if let Body::Directory { parent, .. } = &mut inode.body {
                *parent = new.directory;
            }
        }
        if let Some(target) = target {
            let entries = self.entries(new.directory)?;
            if let Ok(at) = Listing::find(entries, new.name) {
                entries.remove(at);
            }
            self.unname(target);
        }
        let now = self.now();
        let entries = self.entries(old.directory)?;
        if let Ok(at) = Listing::find(entries, old.name) {
            entries.remove(at);
        }
        self.raise(old.directory)?.touch(now);
        self.insert(new.directory, Entry { name, node: source });
        Ok(())
    }

    /// Whether a directory is `outer`, or below it.
    fn is_within(&self, directory: NodeId, outer: NodeId) -> bool {
        let mut at = directory;
        loop {
            if at == outer {
                return true;
            }
            let parent = self.parent(at);
            if parent == at {
                return false;
            }
            at = parent;
        }
    }
}

/// The name that is asked for, which has to be one.
fn named(at: At<'_>) -> Result<Named<'_>, Error> {
    Ok(Named {
        directory: at.directory,
        name: at.name.ok_or(Error::Busy)?,
    })
}
