//! Handles that leave past the glue: through exports, to components inside, and in streams and
//! futures. This module must never decide which handles the adapter hides.

use super::exports;
use crate::error::{Problem, ProblemKind};
use crate::plan::origin::Origins;
use crate::plan::resources as of_types;
use crate::wasm::component::{Kind, Scope, Space};
use std::collections::BTreeSet;
use wasmparser::CanonicalFunction;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentValType, ResourceId};

/// What the adapter hides.
pub(super) struct Hidden {
    one: &'static str,
    many: &'static str,
    /// What lets it hide none.
    instead: &'static str,
}

/// Descriptors of the host's directories.
pub(super) const DESCRIPTORS: Hidden = Hidden {
    one: "a descriptor",
    many: "descriptors",
    instead: "preopen no directory of the host",
};

/// Requests of WASI 0.2 with headers from the host's environment.
pub(super) const REQUESTS: Hidden = Hidden {
    one: "an outgoing request",
    many: "outgoing requests",
    instead: "remove the headers of `http`",
};

/// Every way by which such handles leave. The component could give away one that the adapter hides.
pub(super) fn leaks(
    scope: &Scope<'_>,
    resources: &BTreeSet<ResourceId>,
    hidden: &Hidden,
) -> Vec<Problem> {
    let mut problems = exported(scope, resources, hidden);
    let mut ways = inside(scope, resources);
    let Hidden { one, many, instead } = hidden;
    if !problems.is_empty() {
        // What is exported was lifted.
        ways.remove(LIFTED);
    }
    let inside = ways.into_iter().map(|way| {
        Problem::text(
            ProblemKind::Unsupported,
            format!(
                "{way} {one}, and the component could hand over one that the adapter hides; hand \
                 over no {many}, or {instead}"
            ),
        )
    });
    problems.extend(inside);
    problems
}

/// The problem of a function outside that takes such handles.
pub(super) fn taken(label: &str, hidden: &Hidden) -> Problem {
    let Hidden { one, instead, .. } = hidden;
    Problem::text(
        ProblemKind::Unsupported,
        format!(
            "`{label}` takes {one}, and the component could hand over one that the adapter hides; \
             deny the import, or {instead}"
        ),
    )
}

/// One problem for each export that returns such handles.
fn exported(scope: &Scope<'_>, resources: &BTreeSet<ResourceId>, hidden: &Hidden) -> Vec<Problem> {
    let Hidden { one, many, instead } = hidden;
    let problem = |(name, ty): (&str, _)| {
        let mut returned = BTreeSet::new();
        of_types::returned(scope.types.as_ref(), &ty, &mut returned);
        (!returned.is_disjoint(resources)).then(|| {
            Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "export `{}` returns {one}, and the component could return one that the \
                     adapter hides; export no function that returns {many}, or {instead}",
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

/// The ways by which such handles leave without an export. The glue checks functions of imports.
fn inside(scope: &Scope<'_>, resources: &BTreeSet<ResourceId>) -> BTreeSet<&'static str> {
    let types = scope.types.as_ref();
    let origins = Origins::new(&scope.items);
    let way = |canon: &CanonicalFunction| {
        let mut found = BTreeSet::new();
        let way = match canon {
            CanonicalFunction::Lower { func_index, .. } => {
                if origins.name((Space::Func, *func_index)).is_none() {
                    let function = types.component_function_at(*func_index);
                    found = of_types::of_function(types, function).params;
                }
                TAKEN
            }
            CanonicalFunction::Lift { type_index, .. } => {
                if let ComponentAnyTypeId::Func(id) = types.component_any_type_at(*type_index) {
                    found = of_types::of_function(types, id).results;
                }
                LIFTED
            }
            CanonicalFunction::StreamWrite { ty, .. }
            | CanonicalFunction::FutureWrite { ty, .. } => {
                if let ComponentAnyTypeId::Defined(id) = types.component_any_type_at(*ty) {
                    of_types::of_value(types, &ComponentValType::Type(id), &mut found);
                }
                CARRIED
            }
            _ => return None,
        };
        (!found.is_disjoint(resources)).then_some(way)
    };
    let ways = scope.items.iter().filter_map(|item| match &item.kind {
        Kind::Canon(canon) => way(canon),
        _ => None,
    });
    ways.collect()
}
