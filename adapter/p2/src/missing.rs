//! The line that the log of `--debug` has for a directory which the host lacks, whichever version
//! of WASI asked for it. This module must never fail.

use wasi_virt_adapter_core::Shared;
use wasi_virt_adapter_core::config::config;
use wasi_virt_adapter_core::trace::word;
use wasi_virt_layout::{Node, NodeId};

use crate::trace;

/// How many directories are remembered; lines of others may come again.
const REMEMBERED: usize = 64;

/// The nodes that have a line, and how many they are.
static LOGGED: Shared<([NodeId; REMEMBERED], usize)> = Shared::new(([0; REMEMBERED], 0));

/// Whether a node has no line yet. From now on it has one.
fn is_first(node: NodeId) -> bool {
    LOGGED.with(|(nodes, count)| {
        if nodes.iter().take(*count).any(|logged| *logged == node) {
            return false;
        }
        if let Some(place) = nodes.get_mut(*count) {
            *place = node;
            *count += 1;
        }
        true
    })
}

/// Gives the parts of a node's path: that of its preopen, then each name after a slash.
fn path(node: NodeId, mut give: impl FnMut(&[u8])) {
    let view = config();
    let (mut root, mut depth) = (node, 0);
    while view.parent(root) != root {
        root = view.parent(root);
        depth += 1;
    }
    let mut preopens = view.preopens();
    let preopen = preopens.find(|(_, of)| *of == root);
    let preopen = preopen.map_or(&b""[..], |(path, _)| path);
    match depth {
        0 => give(preopen),
        _ => give(preopen.strip_suffix(b"/").unwrap_or(preopen)),
    }
    for above in (0..depth).rev() {
        let mut named = node;
        for _ in 0..above {
            named = view.parent(named);
        }
        give(b"/");
        give(view.name(named));
    }
}

/// Writes the line, once for each node.
// SAFETY: the name is unlike any other symbol's.
#[unsafe(export_name = "[trace]missing")]
extern "C" fn missing(node: NodeId) {
    let Node::Host { path: of_host, .. } = config().node(node) else {
        return;
    };
    if !is_first(node) {
        return;
    }
    trace::write_line(|line| {
        line.text(const { word("wasi-vir") });
        line.text(const { word("t: missi") });
        line.text(const { word("ng host ") });
        line.text(const { word("path ") });
        line.take_all(of_host);
        line.quoted(of_host.len() as u32);
        line.text(const { word(" for ") });
        let mut len = 0;
        path(node, |part| {
            line.take_all(part);
            len += part.len() as u32;
        });
        line.quoted(len);
    });
}
