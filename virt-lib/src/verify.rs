//! The check that fails closed: the artifact's imports, read back from its own bytes, against what the
//! plan leaves open. A violation is an error of the engine's, never a warning.

use crate::error::{Error, Result, Stage};
use crate::inspect::import_names;
use crate::plan::Plan;
use crate::report::Action;
use crate::subsystem::InterfaceName;
use crate::world::AdapterWorld;
use std::collections::BTreeSet;
use wasmparser::{Validator, WasmFeatures};

/// Checks the composition (with the skeleton in the component's place and without payload); returns the
/// names of its imports.
pub(crate) fn verify(composition: &[u8], plan: &Plan, world: &AdapterWorld) -> Result<Vec<String>> {
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(composition)
        .map_err(|error| {
            Error::internal(
                Stage::Verify,
                format!("the composition is not valid: {error}"),
            )
        })?;
    let imports = import_names(composition)?;
    let interfaces = plan
        .interfaces
        .iter()
        .map(|interface| interface.name.as_str());
    let open: BTreeSet<&str> = plan
        .interfaces
        .iter()
        .filter(|interface| interface.role.is_host())
        .map(|interface| interface.name.as_str())
        .chain(world.hosts.iter().map(|(_, theirs)| theirs.as_str()))
        .collect();
    let known: BTreeSet<&str> = interfaces.collect();
    let before: BTreeSet<&str> = plan.actions.iter().map(|(name, _)| name.as_str()).collect();
    for import in &imports {
        let name = import.as_str();
        if world
            .trace
            .as_ref()
            .is_some_and(|trace| trace.imports.contains(import))
        {
            continue;
        }
        if !before.contains(name) {
            return Err(violation(name, "the component given does not import it"));
        }
        if known.contains(name) && (!open.contains(name) || is_closed(name, plan)) {
            return Err(violation(name, "the policy closes it"));
        }
    }
    Ok(imports)
}

/// Whether nothing of the host's may be left of an interface. What is virtual of `wasi:io` may wrap what is the host's.
fn is_closed(name: &str, plan: &Plan) -> bool {
    let is_io = InterfaceName::parse(name).is_some_and(|name| name.package == "wasi:io");
    plan.actions.iter().any(|(import, action)| {
        import == name
            && match action {
                Action::Denied => true,
                Action::Virtual => !is_io,
                Action::Host | Action::Open | Action::Forwarded => false,
            }
    })
}

fn violation(name: &str, why: &str) -> Error {
    Error::internal(
        Stage::Verify,
        format!("the artifact would import `{name}`, but {why}"),
    )
}
