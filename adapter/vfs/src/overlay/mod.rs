//! The layer above the tree that may be changed: what differs from the engine's table, and
//! everything new. A node of the table keeps its number when it is changed, so that an open
//! descriptor sees the change.
//!
//! It answers as wasmtime does on Linux for the same call on the same tree: each operation follows
//! the system call behind it, with the host's own splitting of paths. This crate must never panic
//! here, and no failure may leave a change half made.

mod change;
mod file;
mod links;
mod mounts;
mod node;
mod open;
mod pages;
mod parent;
mod read;
mod rename;

use alloc::vec::Vec;

use wasi_virt_layout::View;

use crate::lookup::{Nodes, Place, find};
use crate::{Error, Follow, Kind, NodeId, Tree};
use mounts::Mounts;
use node::{Body, Inode, Listing, Slab};
use pages::{Pages, reserve_one};

pub use node::Time;
pub use pages::Lent;
pub use read::{Attributes, Snapshot};

/// What the layer needs from outside.
pub trait Backing: Copy {
    /// Fills `into` with what is at `offset` of the payload.
    fn copy(self, offset: u64, into: &mut [u8]);

    /// The time now; `None` where there is no clock.
    fn now(self) -> Option<Time>;

    /// Makes sure that memory is left for what callers pass, whatever is stored until
    /// [`Backing::stored`]; false where there is none.
    fn store(self) -> bool;

    /// What was begun with [`Backing::store`] is done.
    fn stored(self);
}

/// Set in the numbers of nodes that are not in the engine's table.
const NEW: NodeId = 1 << 31;

/// The longest name.
const NAME_LIMIT: usize = 255;

/// The shortest path that is too long.
const PATH_LIMIT: usize = 4096;

/// The tree and all that was changed in it.
#[derive(Debug)]
pub struct Overlay<'a, B> {
    tree: Tree<'a>,
    view: View<'a>,
    backing: B,
    slab: Slab<'a>,
    /// The nodes of the table that are in the slab, by their numbers.
    raised: Vec<(NodeId, u32)>,
    mounts: Mounts,
}

impl<'a, B: Backing> Overlay<'a, B> {
    /// The tree of a configuration, with nothing changed.
    pub fn new(view: View<'a>, backing: B) -> Self {
        Overlay {
            tree: Tree::new(view),
            view,
            backing,
            slab: Slab::default(),
            raised: Vec::new(),
            mounts: Mounts::new(view),
        }
    }

    /// Does what takes memory, if as much as calls need is left besides.
    fn grow<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if !self.backing.store() {
            return Err(Error::InsufficientMemory);
        }
        let result = act(self);
        self.backing.stored();
        result
    }

    fn now(&self) -> Time {
        self.backing.now().unwrap_or(self.fixed_time())
    }

    fn fixed_time(&self) -> Time {
        Time {
            seconds: self.view.mtime_seconds().cast_signed(),
            nanoseconds: 0,
        }
    }

    /// Where in the slab a node is, if it is there.
    fn place(&self, node: NodeId) -> Option<u32> {
        if node & NEW != 0 {
            return Some(node & !NEW);
        }
        let at = self.raised.binary_search_by_key(&node, |(known, _)| *known);
        at.ok().and_then(|at| Some(self.raised.get(at)?.1))
    }

    fn inode(&self, node: NodeId) -> Option<&Inode<'a>> {
        self.slab.get(self.place(node)?)
    }

    /// The node in the slab, put there if it is not.
    fn raise(&mut self, node: NodeId) -> Result<&mut Inode<'a>, Error> {
        let place = match self.place(node) {
            Some(place) => place,
            None => self.raise_from_table(node)?,
        };
        self.slab.get_mut(place).ok_or(Error::NoEntry)
    }

    fn raise_from_table(&mut self, node: NodeId) -> Result<u32, Error> {
        let body = match self.tree.kind(node) {
            Kind::File => {
                let range = self.tree.contents(node, 0, u64::MAX)?;
                Body::File(Pages::below(range.start, range.end - range.start))
            }
            Kind::Symlink => Body::Symlink(node::Text::Below(
                self.tree.target(node).unwrap_or_default(),
            )),
            Kind::Directory => Body::Directory {
                parent: self.tree.parent(node),
                listing: Listing::Below,
            },
            Kind::HostFile | Kind::HostDirectory => return Err(Error::Busy),
        };
        reserve_one(&mut self.raised)?;
        let mount = self.mount_of(node);
        let place = self.slab.add(Inode::new(body, mount, self.fixed_time()))?;
        let at = self
            .raised
            .binary_search_by_key(&node, |(known, _)| *known)
            .unwrap_or_else(|at| at);
        self.raised.insert(at, (node, place));
        Ok(place)
    }

    /// Notes that a descriptor or stream has the node open.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientMemory`].
    pub fn retain(&mut self, node: NodeId) -> Result<(), Error> {
        // What nothing can change needs no counting.
        if self.is_writable(node) && !self.is_of_host(node) {
            self.grow(|files| {
                files.raise(node)?.opens += 1;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Notes that one descriptor or stream less has the node open.
    pub fn release(&mut self, node: NodeId) {
        if let Some(place) = self.place(node)
            && let Some(inode) = self.slab.get_mut(place)
        {
            inode.opens = inode.opens.saturating_sub(1);
            self.forget(node);
        }
    }

    /// Gives back what a node takes if nothing needs it: it has no name left and is not open, or it
    /// is as it was mounted.
    fn forget(&mut self, node: NodeId) {
        let Some(place) = self.place(node) else {
            return;
        };
        let Some(inode) = self.slab.get(place) else {
            return;
        };
        let (gone, mount) = (inode.links == 0, inode.mount);
        if inode.opens != 0 || !(gone || (node & NEW == 0 && !inode.changed)) {
            return;
        }
        if let Body::File(pages) = &inode.body {
            self.mounts.give_back_bytes(mount, pages.stored());
        }
        if node & NEW != 0 {
            self.mounts.give_back_node(mount);
        }
        self.slab.remove(place);
        if let Ok(at) = self.raised.binary_search_by_key(&node, |(known, _)| *known) {
            self.raised.remove(at);
        }
    }

    /// Whether a directory was removed while it was open.
    fn is_gone(&self, node: NodeId) -> bool {
        self.inode(node).is_some_and(|inode| inode.links == 0)
    }

    /// The type of a node.
    pub fn kind(&self, node: NodeId) -> Kind {
        match self.inode(node).map(|inode| &inode.body) {
            _ if node & NEW == 0 => self.tree.kind(node),
            Some(Body::File(_)) => Kind::File,
            Some(Body::Symlink(_)) => Kind::Symlink,
            Some(Body::Directory { .. } | Body::Free) | None => Kind::Directory,
        }
    }

    fn is_directory(&self, node: NodeId) -> bool {
        matches!(self.kind(node), Kind::Directory | Kind::HostDirectory)
    }

    fn is_of_host(&self, node: NodeId) -> bool {
        matches!(self.kind(node), Kind::HostFile | Kind::HostDirectory)
    }

    fn child(&self, directory: NodeId, name: &[u8]) -> Option<NodeId> {
        match self.inode(directory).map(|inode| &inode.body) {
            Some(Body::Directory {
                listing: Listing::Own(entries),
                ..
            }) => {
                let at = Listing::find(entries, name).ok()?;
                Some(entries.get(at)?.node)
            }
            _ if directory & NEW == 0 => self.tree.child(directory, name),
            _ => None,
        }
    }

    fn parent(&self, node: NodeId) -> NodeId {
        match self.inode(node).map(|inode| &inode.body) {
            Some(Body::Directory { parent, .. }) => *parent,
            _ => self.tree.parent(node),
        }
    }

    fn target(&self, node: NodeId) -> Option<&[u8]> {
        match self.inode(node).map(|inode| &inode.body) {
            Some(Body::Symlink(text)) => Some(text.bytes()),
            _ if node & NEW == 0 => self.tree.target(node),
            _ => None,
        }
    }

    /// Where `path` leads, relative to the directory `base`.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::find`]; [`Error::NameTooLong`], and [`Error::Invalid`] for a NUL.
    pub fn find<'p>(
        &'p self,
        base: NodeId,
        path: &'p [u8],
        follow: Follow,
    ) -> Result<Place<'p, Missing<'p>>, Error> {
        check_path(path)?;
        let walk = Walk {
            overlay: self,
            create: false,
        };
        find(walk, base, path, follow)
    }

    /// The node at `path`.
    fn lookup(&self, base: NodeId, path: &[u8], follow: Follow) -> Result<NodeId, Error> {
        match self.find(base, path, follow)? {
            Place::Node(node) => Ok(node),
            Place::Missing(_) => Err(Error::NoEntry),
            Place::Host { .. } => Err(Error::CrossDevice),
        }
    }
}

/// Where nothing is: in this directory, under this name.
#[derive(Clone, Copy, Debug)]
pub struct Missing<'p> {
    directory: NodeId,
    name: &'p [u8],
}

/// The nodes as a lookup sees them.
struct Walk<'p, 'a, B> {
    overlay: &'p Overlay<'a, B>,
    /// Whether a file is to be made if there is none.
    create: bool,
}

impl<B> Clone for Walk<'_, '_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Walk<'_, '_, B> {}

impl<'p, B: Backing> Nodes<'p> for Walk<'p, '_, B> {
    type Missing = Missing<'p>;

    fn kind(self, node: NodeId) -> Kind {
        self.overlay.kind(node)
    }

    fn child(self, directory: NodeId, name: &[u8]) -> Result<Option<NodeId>, Error> {
        check_name(name)?;
        Ok(self.overlay.child(directory, name))
    }

    fn parent(self, node: NodeId) -> NodeId {
        self.overlay.parent(node)
    }

    fn target(self, node: NodeId) -> Option<&'p [u8]> {
        self.overlay.target(node)
    }

    fn missing(directory: NodeId, name: &'p [u8]) -> Missing<'p> {
        Missing { directory, name }
    }

    fn allow_slash(self) -> Result<(), Error> {
        if self.create {
            Err(Error::IsDirectory)
        } else {
            Ok(())
        }
    }
}

/// What the host refuses before it looks.
fn check_path(path: &[u8]) -> Result<(), Error> {
    if path.contains(&0) {
        Err(Error::Invalid)
    } else if path.len() >= PATH_LIMIT {
        Err(Error::NameTooLong)
    } else {
        Ok(())
    }
}

fn check_name(name: &[u8]) -> Result<(), Error> {
    if name.len() > NAME_LIMIT {
        Err(Error::NameTooLong)
    } else {
        Ok(())
    }
}
