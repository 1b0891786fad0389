//! Paths to nodes, as `openat2` with `RESOLVE_BENEATH` finds them: component by component, from the
//! directory the path is relative to. This module must never answer with a node outside it.

use wasi_virt_layout::NodeId;

use crate::{Error, Kind, Stat, Tree};

/// Symbolic links followed in one lookup before it is called a loop; Linux's limit.
const MAX_LINKS: usize = 40;

/// Whether a symbolic link at the end of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// It is.
    Yes,
    /// It is the answer itself.
    No,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nothing is allocated here, and none of these is kept"
)]
pub enum Place<'p, M = ()> {
    /// This node.
    Node(NodeId),
    /// Nothing, in a directory that exists.
    Missing(M),
    /// Into a directory of the host.
    Host {
        /// The directory's node.
        node: NodeId,
        /// The path from there.
        rest: Rest<'p>,
    },
}

impl<'a> Tree<'a> {
    /// The node at `path`, relative to the directory `base`.
    ///
    /// # Errors
    ///
    /// As a path lookup on a POSIX host; [`Error::NotPermitted`] when it would leave `base`.
    pub fn lookup(self, base: NodeId, path: &[u8], follow: Follow) -> Result<NodeId, Error> {
        match self.find(base, path, follow)? {
            Place::Node(node) => Ok(node),
            Place::Missing(()) => Err(Error::NoEntry),
            Place::Host { .. } => Err(Error::CrossDevice),
        }
    }

    /// The metadata of the node at `path`.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::lookup`].
    pub fn stat_at(self, base: NodeId, path: &[u8], follow: Follow) -> Result<Stat, Error> {
        Ok(self.stat(self.lookup(base, path, follow)?))
    }

    /// The text of the symbolic link at `path`.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::lookup`]; [`Error::Invalid`] when it is no link, [`Error::NotPermitted`]
    /// when its text is an absolute path.
    pub fn read_link(self, base: NodeId, path: &[u8]) -> Result<&'a [u8], Error> {
        let node = self.lookup(base, path, Follow::No)?;
        match self.target(node) {
            None => Err(Error::Invalid),
            Some([b'/', ..]) => Err(Error::NotPermitted),
            Some(target) => Ok(target),
        }
    }

    /// Where `path` leads, relative to the directory `base`.
    ///
    /// In a directory of the host's `..` is taken as text, so that a path which comes back out of
    /// it is followed here.
    ///
    /// # Errors
    ///
    /// Those of [`Tree::lookup`], but a missing last component is no error.
    pub fn find<'p>(self, base: NodeId, path: &'p [u8], follow: Follow) -> Result<Place<'p>, Error>
    where
        'a: 'p,
    {
        find(self, base, path, follow)
    }
}

/// The nodes of a tree, as far as a lookup asks for them.
pub(crate) trait Nodes<'p>: Copy {
    /// The answer for a name that nothing has.
    type Missing;

    fn kind(self, node: NodeId) -> Kind;
    fn child(self, directory: NodeId, name: &[u8]) -> Result<Option<NodeId>, Error>;
    fn parent(self, node: NodeId) -> NodeId;
    fn target(self, node: NodeId) -> Option<&'p [u8]>;
    fn missing(directory: NodeId, name: &'p [u8]) -> Self::Missing;
    /// Refuses a slash behind the last name, whatever has that, where a file may be made.
    fn allow_slash(self) -> Result<(), Error>;
}

impl<'p, 'a: 'p> Nodes<'p> for Tree<'a> {
    type Missing = ();

    fn kind(self, node: NodeId) -> Kind {
        self.kind(node)
    }

    fn child(self, directory: NodeId, name: &[u8]) -> Result<Option<NodeId>, Error> {
        Ok(self.child(directory, name))
    }

    fn parent(self, node: NodeId) -> NodeId {
        self.parent(node)
    }

    fn target(self, node: NodeId) -> Option<&'p [u8]> {
        self.target(node)
    }

    fn missing(_: NodeId, _: &'p [u8]) {}

    fn allow_slash(self) -> Result<(), Error> {
        Ok(())
    }
}

/// See [`Tree::find`].
pub(crate) fn find<'p, N: Nodes<'p>>(
    nodes: N,
    base: NodeId,
    path: &'p [u8],
    follow: Follow,
) -> Result<Place<'p, N::Missing>, Error> {
    if nodes.kind(base) != Kind::Directory {
        return Err(Error::NotDirectory);
    }
    let mut pending = Pending::new(path)?;
    let mut directory = base;
    while let Some(Component { name, last, slash }) = pending.next() {
        match name {
            b"." => continue,
            b".." if directory == base => return Err(Error::NotPermitted),
            b".." => {
                directory = nodes.parent(directory);
                continue;
            }
            _ => {}
        }
        if last && slash {
            nodes.allow_slash()?;
        }
        let Some(node) = nodes.child(directory, name)? else {
            return if last {
                Ok(Place::Missing(N::missing(directory, name)))
            } else {
                Err(Error::NoEntry)
            };
        };
        // A slash after the last component asks for the directory there, links followed.
        let end = last && !slash;
        match (nodes.kind(node), nodes.target(node)) {
            (Kind::Directory, _) => directory = node,
            (Kind::HostDirectory, _) if last => return Ok(Place::Node(node)),
            (Kind::HostDirectory, _) => match pending.climb_out() {
                Some(after) => {
                    pending = after;
                    directory = nodes.parent(node);
                }
                None => {
                    return Ok(Place::Host {
                        node,
                        rest: Rest(pending),
                    });
                }
            },
            (Kind::Symlink, Some(target)) if !end || follow == Follow::Yes => {
                pending.push(target)?;
            }
            _ if end => return Ok(Place::Node(node)),
            _ => return Err(Error::NotDirectory),
        }
    }
    Ok(Place::Node(directory))
}

/// One component of a path.
struct Component<'p> {
    name: &'p [u8],
    /// Only slashes follow it.
    last: bool,
    /// A slash follows it.
    slash: bool,
}

/// The part of a path behind a directory of the host: pieces to be joined by slashes. A slash
/// that ends the path is an empty last piece.
#[derive(Clone, Copy, Debug)]
pub struct Rest<'p>(Pending<'p>);

impl<'p> Rest<'p> {
    /// The pieces, none of which starts with a slash.
    pub fn pieces(&self) -> impl Iterator<Item = &'p [u8]> {
        let rests = self.0.rests;
        let links = self.0.links;
        (0..=links).rev().filter_map(move |at| {
            let rest = *rests.get(at)?;
            let start = rest.iter().take_while(|byte| **byte == b'/').count();
            let piece = rest.get(start..)?;
            (!piece.is_empty() || (at == 0 && !rest.is_empty())).then_some(piece)
        })
    }
}

/// What is left of a path, and of the links met in it: the innermost link's text last.
#[derive(Clone, Copy, Debug)]
struct Pending<'p> {
    rests: [&'p [u8]; MAX_LINKS + 1],
    links: usize,
}

impl<'p> Pending<'p> {
    fn new(path: &'p [u8]) -> Result<Self, Error> {
        let mut rests = [&[][..]; MAX_LINKS + 1];
        rests[0] = relative(path)?;
        Ok(Pending { rests, links: 0 })
    }

    /// What is left behind the `..` that leads out of the directory just entered; `None` when the
    /// path stays inside.
    fn climb_out(mut self) -> Option<Self> {
        let mut depth = 0_usize;
        while let Some(component) = self.next() {
            match component.name {
                b"." => {}
                b".." if depth == 0 => return Some(self),
                b".." => depth -= 1,
                _ => depth += 1,
            }
        }
        None
    }

    fn push(&mut self, target: &'p [u8]) -> Result<(), Error> {
        let target = relative(target)?;
        let Some(rest) = self.rests.get_mut(self.links + 1) else {
            return Err(Error::Loop);
        };
        *rest = target;
        self.links += 1;
        Ok(())
    }

    fn next(&mut self) -> Option<Component<'p>> {
        let rests = self.rests.get_mut(..=self.links)?;
        let rest = rests.iter_mut().rev().find_map(|rest| {
            if is_slashes(rest) {
                // Used up, and more path comes after: its slashes end nothing.
                *rest = &[];
                return None;
            }
            Some(rest)
        })?;
        let start = rest.iter().take_while(|byte| **byte == b'/').count();
        let path = rest.get(start..)?;
        let len = path.iter().take_while(|byte| **byte != b'/').count();
        let (name, after) = path.split_at_checked(len)?;
        *rest = after;
        let last = rests.iter().all(|rest| is_slashes(rest));
        let slash = rests.iter().any(|rest| rest.first() == Some(&b'/'));
        Some(Component { name, last, slash })
    }
}

fn is_slashes(path: &[u8]) -> bool {
    path.iter().all(|byte| *byte == b'/')
}

fn relative(path: &[u8]) -> Result<&[u8], Error> {
    match path {
        [] => Err(Error::NoEntry),
        [b'/', ..] => Err(Error::NotPermitted),
        _ => Ok(path),
    }
}
