//! What would change the tree: always refused, after the errors that a program is likely to tell
//! apart. Each function answers with the error; none may ever succeed.

use wasi_virt_layout::NodeId;

use crate::{Error, Follow, Kind, Place, Tree};

impl Tree<'_> {
    /// Refuses `create-directory-at`.
    pub fn create_directory(self, base: NodeId, path: &[u8]) -> Error {
        self.refuse_new(base, path)
    }

    /// Refuses `symlink-at`.
    pub fn symlink(self, base: NodeId, target: &[u8], path: &[u8]) -> Error {
        match target {
            [b'/', ..] => Error::NotPermitted,
            _ => self.refuse_new(base, path),
        }
    }

    /// Refuses `link-at`.
    pub fn link(
        self,
        old_base: NodeId,
        follow: Follow,
        old_path: &[u8],
        new_base: NodeId,
        new_path: &[u8],
    ) -> Error {
        if follow == Follow::Yes {
            return Error::Invalid;
        }
        match self.lookup(old_base, old_path, Follow::No) {
            Ok(_) => self.refuse_new(new_base, new_path),
            Err(error) => error,
        }
    }

    /// Refuses `rename-at`.
    pub fn rename(
        self,
        old_base: NodeId,
        old_path: &[u8],
        new_base: NodeId,
        new_path: &[u8],
    ) -> Error {
        let old = self.lookup(old_base, old_path, Follow::No);
        match old.and_then(|_| self.find(new_base, new_path, Follow::No)) {
            Ok(Place::Host { .. }) => Error::CrossDevice,
            Ok(_) => Error::ReadOnly,
            Err(error) => error,
        }
    }

    /// Refuses `remove-directory-at`.
    pub fn remove_directory(self, base: NodeId, path: &[u8]) -> Error {
        match self.stat_at(base, path, Follow::No) {
            Ok(stat) if !matches!(stat.kind, Kind::Directory | Kind::HostDirectory) => {
                Error::NotDirectory
            }
            Ok(_) => Error::ReadOnly,
            Err(error) => error,
        }
    }

    /// Refuses `unlink-file-at`.
    pub fn unlink_file(self, base: NodeId, path: &[u8]) -> Error {
        match self.stat_at(base, path, Follow::No) {
            Ok(stat) if matches!(stat.kind, Kind::Directory | Kind::HostDirectory) => {
                Error::IsDirectory
            }
            Ok(_) => Error::ReadOnly,
            Err(error) => error,
        }
    }

    /// Refuses `set-times-at`.
    pub fn set_times(self, base: NodeId, path: &[u8], follow: Follow) -> Error {
        match self.lookup(base, path, follow) {
            Ok(_) => Error::ReadOnly,
            Err(error) => error,
        }
    }

    fn refuse_new(self, base: NodeId, path: &[u8]) -> Error {
        match self.find(base, path, Follow::No) {
            Ok(Place::Node(_)) => Error::Exist,
            Ok(Place::Missing(())) => Error::ReadOnly,
            Ok(Place::Host { .. }) => Error::CrossDevice,
            Err(error) => error,
        }
    }
}
