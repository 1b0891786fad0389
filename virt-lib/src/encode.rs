//! The adapter's core module as a component of its own world, without names but those of denials: what
//! wit-component names for debugging would be a fifth of it.

use crate::error::{Error, Result, Stage};
use crate::sections::strip;
use crate::world::AdapterWorld;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

/// Wraps the module; it is validated later, with the whole.
pub(crate) fn encode(mut module: Vec<u8>, world: &AdapterWorld) -> Result<Vec<u8>> {
    let internal = |error: anyhow::Error| Error::internal(Stage::Encode, format!("{error:#}"));
    embed_component_metadata(
        &mut module,
        &world.resolve,
        world.world,
        StringEncoding::UTF8,
    )
    .map_err(internal)?;
    ComponentEncoder::default()
        .module(&module)
        .map_err(internal)?
        .merge_imports_based_on_semver(false)
        .validate(false)
        .debug_names(false)
        .encode()
        .map_err(internal)
        .and_then(|component| strip(&component))
}
