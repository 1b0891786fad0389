//! A path split into a directory and a name, as wasmtime splits it before most system calls. This
//! module must never follow a link at the end of a path.

use super::{Backing, Overlay, check_name, check_path};
use crate::lookup::Place;
use crate::{Error, Follow, Kind, NodeId};

/// A directory and what is asked for in it.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    pub directory: NodeId,
    /// `None` is the directory itself.
    pub name: Option<&'p [u8]>,
}

/// A path without the slashes at its end.
pub(super) fn without_slashes(path: &[u8]) -> &[u8] {
    let mut path = path;
    while let [rest @ .., b'/'] = path
        && !rest.is_empty()
    {
        path = rest;
    }
    path
}

/// Refuses texts that no system call can be given.
pub(super) fn check_nul(texts: &[Option<&[u8]>]) -> Result<(), Error> {
    let holds = texts.iter().flatten().any(|text| text.contains(&0));
    if holds { Err(Error::Invalid) } else { Ok(()) }
}

/// Refuses texts that a system call refuses before it looks at any.
pub(super) fn check_texts(texts: &[Option<&[u8]>]) -> Result<(), Error> {
    check_nul(texts)?;
    texts.iter().flatten().try_for_each(|text| check_path(text))
}

fn split(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    if path.ends_with(b"/") || path.ends_with(b"/.") {
        return (path, None);
    }
    let start = path
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |slash| slash + 1);
    match path.split_at(start) {
        (_, b".") => (b"", None),
        (_, b"..") => (path, None),
        (directory, name) => (directory, Some(name)),
    }
}

impl<B: Backing> Overlay<'_, B> {
    /// The directory that `path` leads to, and the name in it.
    pub(super) fn at<'p>(&self, base: NodeId, path: &'p [u8]) -> Result<At<'p>, Error> {
        self.directory(base)?;
        if path.is_empty() {
            return Err(Error::NoEntry);
        }
        let (directory, name) = split(path);
        let directory = match directory {
            b"" => base,
            path => match self.find(base, path, Follow::Yes)? {
                Place::Node(node) if self.kind(node) == Kind::Directory => node,
                Place::Node(node) if self.is_directory(node) => return Err(Error::CrossDevice),
                Place::Node(_) => return Err(Error::NotDirectory),
                Place::Missing(_) => return Err(Error::NoEntry),
                Place::Host { .. } => return Err(Error::CrossDevice),
            },
        };
        Ok(At { directory, name })
    }

    /// Refuses what is relative to something else than a directory.
    pub(super) fn directory(&self, base: NodeId) -> Result<(), Error> {
        if self.kind(base) == Kind::Directory {
            Ok(())
        } else {
            Err(Error::NotDirectory)
        }
    }

    /// What has this name, if anything does.
    pub(super) fn look(&self, directory: NodeId, name: &[u8]) -> Result<Option<NodeId>, Error> {
        if name.contains(&0) {
            return Err(Error::Invalid);
        }
        check_name(name)?;
        Ok(self.child(directory, name))
    }
}
