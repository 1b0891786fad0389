//! The directories that the host lacks, for the log of `--debug`. In artifacts without a log the
//! engine removes the call. This module must never fail.

use wasi_virt_layout::NodeId;

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "trace")]
unsafe extern "C" {
    #[link_name = "missing"]
    safe fn on_missing(node: NodeId);
}

/// No test has a log.
#[cfg(not(target_arch = "wasm32"))]
fn on_missing(_: NodeId) {}

/// Gives the log, if there is one, a node whose directory the host lacks.
pub(super) fn report(node: NodeId) {
    on_missing(node);
}
