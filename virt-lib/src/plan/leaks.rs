//! Handles that leave through an export, past the glue. This module must never decide which handles
//! the adapter hides.

use super::exports;
use crate::error::{Problem, ProblemKind};
use crate::plan::resources;
use crate::wasm::component::Scope;
use std::collections::BTreeSet;
use wasmparser::component_types::ResourceId;

/// One problem for each export that returns descriptors: the component could return one that the
/// adapter hides.
pub(super) fn leaks<'a>(
    scope: &'a Scope<'_>,
    descriptors: &'a BTreeSet<ResourceId>,
) -> impl Iterator<Item = Problem> + 'a {
    exports(scope).filter_map(|(name, ty)| {
        let mut returned = BTreeSet::new();
        resources::returned(scope.types.as_ref(), &ty, &mut returned);
        (!returned.is_disjoint(descriptors)).then(|| {
            Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "export `{}` returns a descriptor, and the component could return one that the \
                     adapter hides; export no function that returns descriptors, or preopen no \
                     directory of the host",
                    name.escape_debug()
                ),
            )
        })
    })
}
