//! The nested components that a component instantiates itself, its *parts*: what each is given, and
//! what must not pass from one to another. This module must never decide what becomes of an import.

use super::Plan;
use super::imports::contents;
use crate::error::{Problem, ProblemKind};
use crate::plan::Role;
use crate::plan::decide::Import;
use crate::plan::origin::Origins;
use crate::wasi::subsystem::Subsystem;
use crate::wasm::component::{Item, Kind, Ref, Scope, Space};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{ComponentInstance, ComponentInstantiationArg};

/// What the instances of a part are given, by the names of its imports; none where it comes from no
/// import around.
type Given = BTreeMap<String, Option<Of>>;

/// An import around, or a function of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Of {
    pub import: String,
    pub function: Option<String>,
}

/// See the module. Items are known by their positions.
#[derive(Default)]
pub(crate) struct Parts {
    /// The part that each instantiation is of.
    pub of: BTreeMap<usize, usize>,
    given: BTreeMap<usize, Given>,
}

impl Parts {
    /// Finds the parts. What is handed on, or given different things, is none: it stays as it is.
    pub(super) fn new(items: &[Item<'_>], origins: &Origins<'_>) -> Self {
        let mut parts = Parts::default();
        for (at, item) in items.iter().enumerate() {
            if let (Kind::Component(_), Some(index)) = (&item.kind, item.index())
                && let Some((instantiations, given)) = instantiations(items, origins, index)
            {
                parts
                    .of
                    .extend(instantiations.into_iter().map(|it| (it, at)));
                parts.given.insert(at, given);
            }
        }
        parts
    }

    /// Whether the nested component at this position is a part.
    pub(super) fn has(&self, at: usize) -> bool {
        self.given.contains_key(&at)
    }

    /// What a part's import is of the imports around.
    pub(crate) fn given(&self, part: usize, import: &str) -> Option<&Of> {
        self.given.get(&part)?.get(import)?.as_ref()
    }

    /// The imports of the nested component at this position, with the roles of those around.
    pub(super) fn imports(&self, at: usize, scope: &Scope<'_>, around: &[Import]) -> Vec<Import> {
        let imports = scope.items.iter().filter_map(|item| match &item.kind {
            Kind::Import(import) => Some(import.name.name),
            _ => None,
        });
        let import = |name: &str| {
            let given = self.given(at, name);
            let of = around
                .iter()
                .find(|import| given.is_some_and(|of| of.import == import.name));
            let (functions, resources) = contents(scope.types.as_ref(), name);
            let role = of.map_or(Role::Host, |of| of.role);
            Import {
                name: name.to_string(),
                known: of.map_or(name, |of| &of.known).to_string(),
                subsystem: of.map_or(Subsystem::Other, |of| of.subsystem),
                function: of.and_then(|of| match given?.function.clone() {
                    // A bare function around is what its own import says.
                    None => of.function.clone(),
                    function => function,
                }),
                is_closed: of.is_some_and(|of| of.is_closed),
                is_foreign: of.is_none_or(|of| of.is_foreign),
                role,
                unknown: of.map_or_else(BTreeSet::new, |of| of.unknown.clone()),
                ruled: of.map_or_else(BTreeSet::new, |of| of.ruled.clone()),
                functions,
                resources,
            }
        };
        imports.map(import).collect()
    }
}

/// The instantiations of a component and what they give it; none where they differ, or where it is
/// used in another way.
fn instantiations(
    items: &[Item<'_>],
    origins: &Origins<'_>,
    component: u32,
) -> Option<(Vec<usize>, Given)> {
    let mut found: Option<(Vec<usize>, Given)> = None;
    for (at, item) in items.iter().enumerate() {
        let uses = item.uses.iter();
        let uses = uses.filter(|of| **of == (Space::Component, component));
        match (uses.count(), &item.kind) {
            (0, _) => {}
            (
                1,
                Kind::Instance(ComponentInstance::Instantiate {
                    component_index,
                    args,
                }),
            ) if *component_index == component => {
                let given = args.iter().map(|arg| {
                    let of = origins.given(refers(arg)).map(|(import, function)| Of {
                        import: import.to_string(),
                        function: function.map(str::to_string),
                    });
                    (arg.name.to_string(), of)
                });
                let given: Given = given.collect();
                match &mut found {
                    None => found = Some((vec![at], given)),
                    Some((all, known)) if *known == given => all.push(at),
                    Some(_) => return None,
                }
            }
            _ => return None,
        }
    }
    found
}

pub(crate) fn refers(arg: &ComponentInstantiationArg<'_>) -> Ref {
    (Space::of(arg.kind), arg.index)
}

/// What must not pass from part to part: handles that only one part's adapter knows.
pub(super) fn passing(plan: &Plan<'_>, origins: &Origins<'_>) -> Vec<Problem> {
    let mut found = BTreeSet::new();
    for item in &plan.items {
        let Kind::Instance(ComponentInstance::Instantiate { args, .. }) = &item.kind else {
            continue;
        };
        let mut todo: Vec<Ref> = args.iter().map(refers).collect();
        while let Some(of) = todo.pop() {
            if of.0 == Space::Instance {
                todo.extend(origins.bundle(of.1));
            }
            let Some((from, path)) = origins.source(of) else {
                continue;
            };
            let part = plan
                .parts
                .of
                .get(from)
                .and_then(|part| plan.inner.get(part));
            let leaves = part.into_iter().flat_map(|part| &part.leaves);
            let named = leaves.filter(|(export, _)| path.first().is_none_or(|name| name == export));
            found.extend(named.map(|(export, resource)| (export.clone(), resource.clone())));
        }
    }
    let found = found.iter();
    found
        .map(|(export, resource)| passes(export, resource))
        .collect()
}

/// Why a function of one part must not be called by another.
pub(super) fn passes(function: &str, resource: &str) -> Problem {
    Problem::text(
        ProblemKind::Unsupported,
        format!(
            "`{}` passes a {resource} from one part of the composition to another, which a virtual \
             {resource} cannot do; virtualize the parts before you compose them",
            function.escape_debug()
        ),
    )
}
