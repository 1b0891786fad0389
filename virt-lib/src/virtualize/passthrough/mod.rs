//! The *pass-through*: a component that exports interfaces of WASI and answers every call by
//! calling its own import of the same name. That of WASI 0.2 is one component (`component`), that
//! of WASI 0.3 a composition (`composition`). Relinked like any other component, it is the adapter
//! alone. But for `select`, this module must never know a policy.

mod code;
mod component;
mod composition;
mod flat;
mod front;
mod function;
mod handles;
mod heap;
mod location;
mod memory;
mod mentions;
mod module;
mod plain;
mod root;
mod select;
mod shim;
mod task;
mod types;

pub(crate) use select::{Coverage, Interface, select};

use crate::error::{Error, Result, Stage};
use crate::policy::Size;
use crate::read::inspect::Component;
use crate::wasi::release::is_newer;
use std::collections::BTreeSet;
use wit_parser::{InterfaceId, Resolve, WorldId, WorldItem};

/// Makes the component, which exports these interfaces of `wasi`, the component that imports all of
/// WASI. Its own memory has no more than `limit`. The result is validated with every other input.
///
/// # Errors
///
/// [`Error::Internal`] for interfaces with values that WASI does not have.
pub(crate) fn component(
    wasi: &Component,
    interfaces: &[Interface],
    limit: Option<Size>,
) -> Result<Vec<u8>> {
    let (resolve, world) = wasi.world.as_ref().map_err(internal)?;
    let imports = imports(resolve, *world);
    let limit = limit.map(|limit| limit.0);
    let exports: BTreeSet<_> = interfaces.iter().map(|interface| interface.id).collect();
    if interfaces.iter().any(|interface| is_newer(&interface.name)) {
        return composition::component(resolve, &imports, &exports, limit);
    }
    component::component(resolve, &imports, &exports, limit)
}

/// The interfaces that a world imports, in order.
fn imports(resolve: &Resolve, world: WorldId) -> Vec<InterfaceId> {
    let items = resolve.worlds[world].imports.values();
    let id = |item: &WorldItem| match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    };
    items.filter_map(id).collect()
}

fn internal(what: impl Into<String>) -> Error {
    Error::internal(Stage::Specialize, what.into())
}

#[cfg(test)]
mod tests;
