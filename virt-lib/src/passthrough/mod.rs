//! The *pass-through*: a component that exports interfaces of WASI and answers every call by
//! calling its own import of the same name. Relinked like any other component, it is the adapter
//! alone. But for `select`, this module must never know a policy.

mod code;
mod function;
mod handles;
mod memory;
mod module;
mod select;

pub(crate) use select::{Interface, Scope, select};

use crate::error::{Error, Result, Stage};
use crate::inspect::Component;
use crate::policy::Size;
use function::PassThrough;
use std::collections::BTreeSet;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId, WorldItem};

/// The names that core modules use for what a component imports and exports.
const MANGLING: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);

/// Makes the component, which exports these interfaces of `wasi`, the component that imports all of
/// WASI. Its own memory has no more than `limit`.
///
/// # Errors
///
/// [`Error::Internal`] for interfaces with values that WASI 0.2 does not have.
pub(crate) fn component(
    wasi: &Component,
    interfaces: &[Interface],
    limit: Option<Size>,
) -> Result<Vec<u8>> {
    let (resolve, world) = wasi.world.as_ref().map_err(internal)?;
    let (mut resolve, world) = (resolve.clone(), *world);
    let exports: BTreeSet<_> = interfaces.iter().map(|interface| interface.id).collect();
    let of_world = &mut resolve.worlds[world];
    for (key, item) in &of_world.imports {
        if matches!(item, WorldItem::Interface { id, .. } if exports.contains(id)) {
            of_world.exports.insert(key.clone(), item.clone());
        }
    }
    let mut module = PassThrough::new(&resolve, &exports)?.module(limit)?;
    encode(&mut module, &resolve, world).map_err(|error| internal(format!("{error:#}")))
}

/// The result is validated with every other input.
fn encode(module: &mut Vec<u8>, resolve: &Resolve, world: WorldId) -> anyhow::Result<Vec<u8>> {
    embed_component_metadata(module, resolve, world, StringEncoding::UTF8, false)?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(false).module(module)?;
    encoder.encode()
}

fn internal(what: impl Into<String>) -> Error {
    Error::internal(Stage::Specialize, what.into())
}

#[cfg(test)]
mod tests;
