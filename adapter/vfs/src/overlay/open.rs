//! `open-at` where files may be made and changed. This module must never count descriptors.

use super::node::Body;
use super::pages::Pages;
use super::parent::without_slashes;
use super::{Backing, Overlay, Walk, check_path};
use crate::lookup::{Place, find};
use crate::{Error, Follow, Kind, NodeId, Open};

impl<B: Backing> Overlay<'_, B> {
    /// The node that `open-at` opens, made or cut as it asks for.
    ///
    /// # Errors
    ///
    /// Those of `openat2`; [`Error::ReadOnly`] for what may not be changed.
    pub fn open(
        &mut self,
        base: NodeId,
        path: &[u8],
        follow: Follow,
        open: Open,
    ) -> Result<NodeId, Error> {
        self.directory(base)?;
        if open.sync {
            return Err(Error::Unsupported);
        }
        if open.directory && (open.create || open.exclusive || open.truncate) {
            return Err(Error::Invalid);
        }
        check_path(path)?;
        if open.create && path.ends_with(b"/") {
            let at = self.at(base, without_slashes(path))?;
            // A name with a slash behind it would be a directory's, whatever is there.
            if at.name.is_some() {
                return Err(Error::IsDirectory);
            }
        }
        let new = open.create && open.exclusive;
        let follow = if new { Follow::No } else { follow };
        let walk = Walk {
            overlay: self,
            create: open.create,
        };
        let node = match find(walk, base, path, follow)? {
            Place::Node(_) if new => return Err(Error::Exist),
            Place::Node(node) => node,
            Place::Missing(missing) if open.create => {
                let (directory, name) = (missing.directory, missing.name.to_vec());
                return self.add(directory, &name, Body::File(Pages::default()));
            }
            Place::Missing(_) => return Err(Error::NoEntry),
            Place::Host { .. } => return Err(Error::CrossDevice),
        };
        match self.kind(node) {
            Kind::Symlink => return Err(Error::Loop),
            Kind::Directory | Kind::HostDirectory if open.create || open.truncate || open.write => {
                return Err(Error::IsDirectory);
            }
            Kind::Directory | Kind::HostDirectory | Kind::HostFile => {}
            Kind::File => {
                if open.truncate || open.write {
                    self.writable(node)?;
                }
                if open.truncate {
                    self.set_size(node, 0)?;
                }
                if open.directory {
                    return Err(Error::NotDirectory);
                }
            }
        }
        Ok(node)
    }
}
