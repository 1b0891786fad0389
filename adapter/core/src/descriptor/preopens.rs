//! The directories that are there from the start: those of the tree, and the host's own.

use alloc::vec::Vec;

use wasi_virt_vfs::{NodeId, Tree};

use super::Descriptor;
use crate::abi::{Own, Text};
use crate::config::config;
use crate::files;
use crate::host_files::roots;
use crate::version::Version;

/// A descriptor of a directory that is there from the start. One of the host's that may be changed
/// is the host's own.
fn preopened<V: Version>(root: NodeId) -> Own {
    roots::own::<V>(root).unwrap_or_else(|| V::add(Descriptor::Node(files::preopened(root))))
}

/// The directories and their paths.
pub fn directories<V: Version>() -> Vec<(Own, Text)> {
    let tree = Tree::new(config());
    let preopens = tree.preopens();
    let mut directories = Vec::with_capacity(preopens.len());
    for (path, root) in preopens {
        directories.push((preopened::<V>(root), path.into()));
    }
    if tree.host_preopens() {
        // What is mounted hides what the host has at the same path.
        roots::others::<V>(
            |path| tree.preopens().any(|(ours, _)| ours == path),
            |directory| directories.push(directory),
        );
    }
    directories
}
