//! What files hold: read, written and cut. This module must never look at paths, except for the
//! times of what one leads to.

use super::node::Body;
use super::pages::{Lent, Pages};
use super::parent::At;
use super::{Backing, Overlay, Time};
use crate::{Error, Follow, Kind, NodeId};

/// The last position that a file can be asked about.
const LAST: u64 = i64::MAX as u64;

impl<B: Backing> Overlay<'_, B> {
    fn pages(&self, node: NodeId) -> Option<&Pages> {
        match &self.inode(node)?.body {
            Body::File(pages) => Some(pages),
            _ => None,
        }
    }

    /// The bytes of a file from `position` on, up to `len` of them and none past its end, if they
    /// lie together.
    pub fn lend(&self, node: NodeId, position: u64, len: u64) -> Option<Lent<'_>> {
        match self.pages(node) {
            Some(pages) => pages.lend(position, len),
            None => {
                let range = self.tree.contents(node, position, len).ok()?;
                Some(Lent::Below(range))
            }
        }
    }

    /// Fills `into` with what a file has from `position` on, and says how much there is.
    ///
    /// # Errors
    ///
    /// Those of `pread`.
    pub fn read(&self, node: NodeId, position: u64, into: &mut [u8]) -> Result<usize, Error> {
        in_range(position, into.len())?;
        match self.pages(node) {
            Some(pages) => Ok(pages.read(self.backing, position, into)),
            None => {
                let range = self.tree.contents(node, position, into.len() as u64)?;
                let len = (range.end - range.start) as usize;
                let into = into.get_mut(..len).unwrap_or_default();
                self.backing.copy(range.start, into);
                Ok(len)
            }
        }
    }

    /// How many bytes a file has.
    pub fn size(&self, node: NodeId) -> u64 {
        match self.pages(node) {
            Some(pages) => pages.size(),
            None => self.tree.stat(node).size,
        }
    }

    /// Writes what fits of `bytes` at `position`, or at the end for `None`, and says how many were
    /// written.
    ///
    /// # Errors
    ///
    /// Those of `pwrite`.
    pub fn write(
        &mut self,
        node: NodeId,
        position: Option<u64>,
        bytes: &[u8],
    ) -> Result<usize, Error> {
        let position = position.unwrap_or_else(|| self.size(node));
        in_range(position, bytes.len())?;
        let mount = self.writable(node)?;
        let (now, backing) = (self.now(), self.backing);
        let (room, full) = self.mounts.room(mount);
        let (written, stored) = self.grow(|files| {
            let inode = files.raise(node)?;
            let Body::File(pages) = &mut inode.body else {
                return Err(Error::BadDescriptor);
            };
            let done = pages.write(backing, position, bytes, room);
            let done = done.map_err(|error| match error {
                Error::InsufficientSpace => full,
                error => error,
            })?;
            if done.0 != 0 {
                inode.touch(now);
            }
            Ok(done)
        })?;
        self.mounts.take_bytes(mount, stored);
        Ok(written)
    }

    /// `set-size`.
    ///
    /// # Errors
    ///
    /// Those of `ftruncate`.
    pub fn set_size(&mut self, node: NodeId, size: u64) -> Result<(), Error> {
        if size > LAST {
            return Err(Error::Invalid);
        }
        let (mount, now) = (self.writable(node)?, self.now());
        let inode = self.raise(node)?;
        let Body::File(pages) = &mut inode.body else {
            return Err(Error::BadDescriptor);
        };
        let freed = pages.set_size(size)?;
        inode.touch(now);
        self.mounts.give_back_bytes(mount, freed);
        Ok(())
    }

    /// `set-times`; a time that is not given stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::ReadOnly`].
    pub fn set_times(
        &mut self,
        node: NodeId,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Error> {
        self.writable(node)?;
        if accessed.is_some() || modified.is_some() {
            self.raise(node)?.set_times(accessed, modified);
        }
        Ok(())
    }

    /// `set-times-at`.
    ///
    /// # Errors
    ///
    /// Those of `utimensat`.
    pub fn set_times_at(
        &mut self,
        base: NodeId,
        path: &[u8],
        follow: Follow,
        accessed: Option<Time>,
        modified: Option<Time>,
    ) -> Result<(), Error> {
        self.directory(base)?;
        let node = match follow {
            Follow::Yes => self.lookup(base, path, follow)?,
            Follow::No => {
                let At { directory, name } = self.at(base, path)?;
                match name {
                    // The kernel does not even look where nothing is to be done.
                    Some(name) if accessed.is_none() && modified.is_none() => {
                        return if name.contains(&0) {
                            Err(Error::Invalid)
                        } else {
                            Ok(())
                        };
                    }
                    Some(name) => self.look(directory, name)?.ok_or(Error::NoEntry)?,
                    None => directory,
                }
            }
        };
        self.set_times(node, accessed, modified)
    }

    /// The time `now` in `set-times`.
    pub fn time_of_change(&self) -> Time {
        self.now()
    }

    /// Whether the node is a file of this tree's.
    pub fn is_file(&self, node: NodeId) -> bool {
        self.kind(node) == Kind::File
    }
}

fn in_range(position: u64, len: usize) -> Result<(), Error> {
    match position.checked_add(len as u64) {
        Some(end) if end <= LAST => Ok(()),
        _ => Err(Error::Invalid),
    }
}
