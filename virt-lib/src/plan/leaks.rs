//! Handles that leave past the glue: through exports, to components inside, and in streams and
//! futures. This module must never decide which handles the adapter hides.

use super::exports;
use crate::error::{Problem, ProblemKind};
use crate::plan::origin::Origins;
use crate::plan::resources;
use crate::wasm::component::{Kind, Scope, Space};
use std::collections::BTreeSet;
use wasmparser::CanonicalFunction;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentValType, ResourceId};

/// Every way by which descriptors leave. The component could give away one that the adapter hides.
pub(super) fn leaks(scope: &Scope<'_>, descriptors: &BTreeSet<ResourceId>) -> Vec<Problem> {
    let mut problems = exported(scope, descriptors);
    let mut ways = inside(scope, descriptors);
    if !problems.is_empty() {
        // What is exported was lifted.
        ways.remove(LIFTED);
    }
    let inside = ways.into_iter().map(|way| {
        Problem::text(
            ProblemKind::Unsupported,
            format!(
                "{way} a descriptor, and the component could hand over one that the adapter \
                 hides; hand over no descriptors, or preopen no directory of the host"
            ),
        )
    });
    problems.extend(inside);
    problems
}

/// One problem for each export that returns descriptors.
fn exported(scope: &Scope<'_>, descriptors: &BTreeSet<ResourceId>) -> Vec<Problem> {
    let problem = |(name, ty): (&str, _)| {
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
    };
    exports(scope).filter_map(problem).collect()
}

const TAKEN: &str = "a function of a component inside takes";
const LIFTED: &str = "a lifted function returns";
const CARRIED: &str = "a stream or future carries";

/// The ways by which descriptors leave without an export. The glue checks functions of imports.
fn inside(scope: &Scope<'_>, descriptors: &BTreeSet<ResourceId>) -> BTreeSet<&'static str> {
    let types = scope.types.as_ref();
    let origins = Origins::new(&scope.items);
    let way = |canon: &CanonicalFunction| {
        let mut found = BTreeSet::new();
        let way = match canon {
            CanonicalFunction::Lower { func_index, .. } => {
                if origins.name((Space::Func, *func_index)).is_none() {
                    let function = types.component_function_at(*func_index);
                    found = resources::of_function(types, function).params;
                }
                TAKEN
            }
            CanonicalFunction::Lift { type_index, .. } => {
                if let ComponentAnyTypeId::Func(id) = types.component_any_type_at(*type_index) {
                    found = resources::of_function(types, id).results;
                }
                LIFTED
            }
            CanonicalFunction::StreamWrite { ty, .. }
            | CanonicalFunction::FutureWrite { ty, .. } => {
                if let ComponentAnyTypeId::Defined(id) = types.component_any_type_at(*ty) {
                    resources::of_value(types, &ComponentValType::Type(id), &mut found);
                }
                CARRIED
            }
            _ => return None,
        };
        (!found.is_disjoint(descriptors)).then_some(way)
    };
    let ways = scope.items.iter().filter_map(|item| match &item.kind {
        Kind::Canon(canon) => way(canon),
        _ => None,
    });
    ways.collect()
}
