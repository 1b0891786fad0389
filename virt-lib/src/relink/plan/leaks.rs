//! Handles that leave through an export, past the glue. This module must never decide which handles
//! the adapter hides.

use crate::inspect::Component;
use crate::relink::resources;
use std::collections::BTreeSet;
use wasmparser::component_types::ResourceId;
use wasmparser::types::Types;

/// One problem for each export that returns descriptors: the component could return one that the
/// adapter hides.
pub(super) fn leaks<'a>(
    component: &'a Component,
    types: &'a Types,
    descriptors: &'a BTreeSet<ResourceId>,
) -> impl Iterator<Item = String> + 'a {
    component.exports.iter().filter_map(|export| {
        let item = types.as_ref().component_item_for_export(&export.name)?;
        let mut returned = BTreeSet::new();
        resources::returned(types.as_ref(), &item.ty, &mut returned);
        (!returned.is_disjoint(descriptors)).then(|| {
            format!(
                "the export `{}` returns a descriptor, and the component could return one that the \
                 adapter hides: export no function that returns descriptors, or mount no \
                 directory of the host",
                export.name.escape_debug()
            )
        })
    })
}
