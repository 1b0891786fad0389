//! The imports of a component with the role that the policy gives each, and what the report says
//! of them. This module must never look at what is lowered.

use super::{Plan, Replaced};
use crate::error::{Error, Problem, ProblemKind, Result, Stage};
use crate::plan::decide::{Import, Service};
use crate::plan::resources;
use crate::plan::role::stdio;
use crate::plan::{self, Role};
use crate::policy::{Policy, StdioMode};
use crate::read::externs::ImportKind;
use crate::read::inspect::Component;
use crate::report::Action;
use crate::wasi::subsystem::{Subsystem, Users, users};
use crate::wasi::{name as names, signature};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::component_types::{ComponentEntityType, ComponentFuncTypeId, ResourceId};
use wasmparser::types::{Types, TypesRef};

/// The imports with the policy's role for each.
pub(super) fn imports(
    component: &Component,
    subsystems: &[Subsystem],
    types: &Types,
    policy: &Policy,
    files: plan::Files,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Import>> {
    let mut imports = Vec::new();
    for (raw, subsystem) in component.imports.iter().zip(subsystems) {
        // What is not decided would stay open.
        let lost = || Error::internal(Stage::Plan, format!("no type of `{}`", raw.name));
        let item = types.as_ref().component_item_for_import(&raw.name);
        item.ok_or_else(lost)?;
        let (functions, resources) = contents(types.as_ref(), &raw.name);
        let role = match raw.kind {
            ImportKind::Instance | ImportKind::Function => {
                plan::role::decided(*subsystem, &raw.name, policy, files)
            }
            // What has no core function of its own cannot be replaced.
            _ => {
                if plan::classify::closes(policy, *subsystem, raw) {
                    problems.push(plan::classify::unclassifiable(
                        &raw.name, raw.kind, *subsystem,
                    ));
                }
                Role::Host
            }
        };
        let role = match role {
            // Interfaces of types alone have no functions: this release does not know these.
            Role::Host
                if *subsystem == Subsystem::Io
                    && users(&raw.name) != Users::Several
                    && !functions.is_empty()
                    && !plan::role::opens_everything(policy) =>
            {
                Role::Denied
            }
            role => role,
        };
        imports.push(Import {
            name: raw.name.clone(),
            known: raw.name.clone(),
            function: None,
            subsystem: *subsystem,
            is_foreign: false,
            is_closed: role == Role::Virtual && stdio(policy, &raw.name) == Some(StdioMode::Deny),
            role,
            unknown: BTreeSet::new(),
            ruled: BTreeSet::new(),
            functions,
            resources,
        });
    }
    Ok(imports)
}

/// The functions and the resources of an import, by name.
pub(super) fn contents(
    types: TypesRef<'_>,
    import: &str,
) -> (
    BTreeMap<String, ComponentFuncTypeId>,
    BTreeMap<String, ResourceId>,
) {
    match types.component_item_for_import(import).map(|item| item.ty) {
        Some(ComponentEntityType::Instance(id)) => (
            resources::functions(types, id),
            resources::exported(types, id),
        ),
        Some(ComponentEntityType::Func(id)) => {
            (BTreeMap::from([(import.to_string(), id)]), BTreeMap::new())
        }
        _ => (BTreeMap::new(), BTreeMap::new()),
    }
}

/// What is wrong with the types of functions that the adapter serves.
pub(super) fn signatures(component: &Component, imports: &[Import]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let served = |import: &&Import| {
        matches!(import.role, Role::Virtual | Role::Undecided) || !import.ruled.is_empty()
    };
    let Ok((resolve, world)) = &component.world else {
        let why = component.world.as_ref().err().map_or("", String::as_str);
        let names: Vec<_> = imports
            .iter()
            .filter(|import| import.role == Role::Virtual || !import.ruled.is_empty())
            .map(|import| format!("`{}`", import.name.escape_debug()))
            .collect();
        if !names.is_empty() {
            problems.push(Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "the policy virtualizes {}, but WIT cannot express the component's interfaces: \
                     {why}",
                    names.join(", ")
                ),
            ));
        }
        return problems;
    };
    let named = crate::read::inspect::named_imports(resolve, *world);
    for import in imports.iter().filter(served) {
        let Some((_, wit_parser::WorldItem::Interface { id, .. })) = named.get(&import.name) else {
            continue;
        };
        for function in resolve.interfaces[*id].functions.values() {
            if let Err(problem) = signature::is_adapters(resolve, &import.name, function) {
                problems.push(problem);
            }
        }
    }
    problems
}

/// What is wrong with the types of host functions that adapters call, here or in a part.
pub(super) fn called(component: &Component, plan: &Plan<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = plan
        .inner
        .values()
        .flat_map(|it| called(component, it))
        .collect();
    let Ok((resolve, world)) = &component.world else {
        return problems;
    };
    let imported = crate::read::inspect::named_imports(resolve, *world);
    let reached = plan.reached.iter();
    let reached = reached.flat_map(|(name, of)| of.imports().into_iter().map(move |it| (name, it)));
    for (name, import) in reached {
        let known = plan.imports.iter().find(|known| known.name == import);
        let (Some(known), Some((_, function))) = (known, names::of_host(name)) else {
            continue;
        };
        let Some((_, wit_parser::WorldItem::Interface { id, .. })) = imported.get(&known.known)
        else {
            continue;
        };
        let function = resolve.interfaces[*id].functions.get(function);
        let checked = function.map(|it| signature::is_adapters(resolve, &known.known, it));
        if let Some(Err(problem)) = checked
            && !problems.contains(&problem)
        {
            problems.push(problem);
        }
    }
    problems
}

/// What the report says of each import, where `replaced` includes those of the parts.
pub(super) fn actions(
    component: &Component,
    imports: &[Import],
    replaced: &[&Replaced],
    policy: &Policy,
    files: plan::Files,
) -> Vec<(String, Action)> {
    let action = |name: &str| {
        let Some(import) = imports.iter().find(|import| import.name == name) else {
            return Action::Open;
        };
        let mixed = |one: &&Replaced| one.site.known == name && one.keeps_host();
        let is_ruled = import.role == Role::Host && !import.ruled.is_empty();
        if is_ruled || import.role == Role::Virtual && replaced.iter().any(mixed) {
            return Action::Forwarded;
        }
        if import.role != Role::Undecided {
            return import.role.action(&import.known, policy, files);
        }
        let mut services = replaced
            .iter()
            .filter(|one| one.site.known == name && one.service != Service::Host)
            .map(|one| one.service)
            .peekable();
        if services.peek().is_none() {
            return Action::Host;
        }
        match services.all(|service| service == Service::Denied) {
            true => Action::Denied,
            false => Action::Virtual,
        }
    };
    let imports = component.imports.iter();
    imports
        .map(|import| (import.name.clone(), action(&import.name)))
        .collect()
}
