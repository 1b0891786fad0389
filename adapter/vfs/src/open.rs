//! The rules of `open-at` in a tree that nothing may change.

use wasi_virt_layout::NodeId;

use crate::{Error, Follow, Kind, Place, Tree};

/// What `open-at` is asked for.
///
/// `mutate-directory` is not among it: programs ask for it on every directory, a host grants it on
/// a read-only one, and what is then done through the descriptor fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Create the file if it does not exist.
    pub create: bool,
    /// Fail if it is not a directory.
    pub directory: bool,
    /// With `create`: fail if it exists.
    pub exclusive: bool,
    /// Cut the file to no bytes.
    pub truncate: bool,
    /// The descriptor is to write with.
    pub write: bool,
    /// One of the flags for synchronized input and output.
    pub sync: bool,
}

impl Tree<'_> {
    /// The node that `open-at` opens.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::lookup`], those of `open` on a POSIX host, and [`Error::ReadOnly`] when a
    /// file would be created, cut or opened to write.
    pub fn open(
        self,
        base: NodeId,
        path: &[u8],
        follow: Follow,
        open: Open,
    ) -> Result<NodeId, Error> {
        if open.sync {
            return Err(Error::Unsupported);
        }
        if open.directory && (open.create || open.exclusive || open.truncate) {
            return Err(Error::Invalid);
        }
        let new = open.create && open.exclusive;
        let follow = if new { Follow::No } else { follow };
        let node = match self.find(base, path, follow)? {
            Place::Node(_) if new => return Err(Error::Exist),
            Place::Node(node) => node,
            Place::Missing(()) if !open.create => return Err(Error::NoEntry),
            Place::Missing(()) if path.ends_with(b"/") => return Err(Error::IsDirectory),
            Place::Missing(()) => return Err(Error::ReadOnly),
            Place::Host { .. } => return Err(Error::CrossDevice),
        };
        match self.kind(node) {
            Kind::Symlink => Err(Error::Loop),
            Kind::Directory | Kind::HostDirectory if open.create || open.truncate || open.write => {
                Err(Error::IsDirectory)
            }
            Kind::File | Kind::HostFile if open.directory => Err(Error::NotDirectory),
            Kind::File | Kind::HostFile if open.truncate || open.write => Err(Error::ReadOnly),
            Kind::Directory | Kind::File | Kind::HostDirectory | Kind::HostFile => Ok(node),
        }
    }
}
