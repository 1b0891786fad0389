//! What a relinked component has to be, read back from its bytes: the input's core modules as they
//! were and in order, each given nothing of ours but functions, and no import that the policy
//! closes; and the same of every component nested in it. This module must never trust the plan for
//! what the bytes say.

mod parts;
mod streams;

use crate::error::{Error, Result, Stage};
use crate::plan::Plan;
use crate::plan::Role;
use crate::plan::log::Log;
use crate::plan::origin;
use crate::plan::reached::called_of;
use crate::plan::site;
use crate::read::inspect::{Component, import_names};
use crate::wasm::component::{Encoded, Item, Kind, Mark, Marks, Ref, Scope, Space};
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::{Types, TypesRef};
use wasmparser::{CanonicalFunction, ComponentAlias, Instance};

/// Checks the output; returns the names of its imports.
///
/// # Errors
///
/// [`Error::Internal`] for an output that is not as it has to be.
pub(crate) fn verify(
    component: &Component,
    plan: &Plan<'_>,
    written: &Encoded,
) -> Result<Vec<String>> {
    let scope = Scope::read(&written.bytes)
        .map_err(|error| violation(format!("it is not valid: {error}")))?;
    let both = Both {
        input: &component.skeleton,
        output: &written.bytes,
    };
    both.component(&scope, plan, &written.marks, 0, &mut Vec::new())?;
    import_names(&written.bytes)
}

/// The bytes that are compared.
struct Both<'b> {
    input: &'b [u8],
    output: &'b [u8],
}

impl Both<'_> {
    /// Checks a component of the output, root or nested, that begins at `start`; `marks` are
    /// relative to that. `around` has the input's core modules of the components around, the
    /// root's first.
    fn component(
        &self,
        scope: &Scope<'_>,
        plan: &Plan<'_>,
        marks: &Marks,
        start: usize,
        around: &mut Vec<BTreeSet<u32>>,
    ) -> Result<()> {
        let theirs = self.modules(scope, plan, marks, start, around)?;
        let mut closed = closed(&scope.items, &scope.types, plan)?;
        closed.extend(streams::closed(scope, plan));
        let ours = isolated(&scope.items, &theirs, &closed)?;
        streams::lifted(scope, plan, &ours)?;
        for item in &scope.items {
            if let Kind::Import(import) = &item.kind {
                imported(scope.types.as_ref(), plan, import.name.name)?;
            }
        }
        around.push(theirs);
        self.parts(scope, plan, marks, start, around)?;
        around.pop();
        Ok(())
    }

    /// The indices of the component's own modules, which are those of the input and in order.
    fn modules(
        &self,
        scope: &Scope<'_>,
        plan: &Plan<'_>,
        marks: &Marks,
        start: usize,
        around: &[BTreeSet<u32>],
    ) -> Result<BTreeSet<u32>> {
        let before = plan.items.iter().filter_map(|item| match &item.kind {
            Kind::CoreModule(range) => Some(&self.input[range.clone()]),
            _ => None,
        });
        let before: Vec<&[u8]> = before.collect();
        let mut last = None;
        let mut theirs = BTreeSet::new();
        for item in &scope.items {
            let (Kind::CoreModule(range), Some(index)) = (&item.kind, item.index()) else {
                continue;
            };
            let Some(Mark::Module(position)) = marked(marks, start, range.end) else {
                continue;
            };
            if before.get(*position) != Some(&&self.output[range.clone()])
                || last >= Some(*position)
            {
                return Err(violation(format!(
                    "core module {position} is not the input's"
                )));
            }
            last = Some(*position);
            theirs.insert(index);
        }
        if theirs.len() != before.len() {
            return Err(violation(
                "a core module of the input is missing".to_string(),
            ));
        }
        // Those that are imported, or of other components, are not ours either.
        for item in &scope.items {
            let Some((Space::CoreModule, defined, _)) = item.defines else {
                continue;
            };
            let is_theirs = match &item.kind {
                Kind::Import(_) | Kind::Alias(ComponentAlias::InstanceExport { .. }) => true,
                Kind::Alias(ComponentAlias::Outer { count, index, .. }) => around
                    .iter()
                    .rev()
                    .nth((*count as usize).saturating_sub(1))
                    .is_some_and(|theirs| theirs.contains(index)),
                _ => false,
            };
            if is_theirs {
                theirs.insert(defined);
            }
        }
        Ok(theirs)
    }
}

/// The mark of the section that ends here.
fn marked(marks: &Marks, start: usize, end: usize) -> Option<&Mark> {
    let mut marks = marks.iter();
    marks
        .find(|(range, _)| start + range.end == end)
        .map(|(_, mark)| mark)
}

/// Checks an import of the output: it is the input's, and of what the policy closes only types are
/// left, and what host handles need.
fn imported(types: TypesRef<'_>, plan: &Plan<'_>, import: &str) -> Result<()> {
    let Some(before) = plan.imports.iter().find(|before| before.name == import) else {
        let log = plan.log.as_ref();
        let added = log.and_then(|log| log.added_functions(import));
        if added.is_some_and(|added| more_than_types(types, import, &added).is_none()) {
            return Ok(());
        }
        let why = "the component given does not import it";
        return Err(violation(format!("it imports `{import}`, but {why}")));
    };
    let called = match before.role {
        Role::Host => {
            let known = before.functions.keys();
            let open = known.filter(|name| !before.closes(name));
            // The adapter may call more of it than the component does.
            let mut called = called(plan, import);
            called.extend(open.map(String::as_str));
            called
        }
        _ => called(plan, import),
    };
    if before.role == Role::Host && before.unknown.is_empty() {
        return Ok(());
    }
    match more_than_types(types, import, &called) {
        None => Ok(()),
        Some(what) => Err(violation(format!(
            "it imports `{import}#{what}`, but the policy closes it"
        ))),
    }
}

/// The functions of an import that the adapter calls, or the glue where a handle is the host's, in
/// this component or in a part of it.
fn called<'p>(plan: &'p Plan<'_>, import: &str) -> BTreeSet<&'p str> {
    let reached = called_of(&plan.reached, import);
    let replaced = plan.replaced.iter();
    let kept = replaced.filter(|one| one.keeps_host() && one.site.import == import);
    let hosts = plan.hosts.iter().filter(|(of, _)| of == import);
    let mut called: BTreeSet<&str> = reached
        .chain(kept.map(|one| one.site.name.as_str()))
        .chain(hosts.map(|(_, name)| name.as_str()))
        .collect();
    for (part, inner) in &plan.inner {
        let imports = inner.imports.iter();
        let given = imports.filter(|of| {
            let given = plan.parts.given(*part, &of.name);
            given.is_some_and(|given| given.import == import)
        });
        called.extend(given.flat_map(|of| self::called(inner, &of.name)));
    }
    let log = plan.log.as_ref().and_then(|log| log.functions(import));
    called.extend(log.into_iter().flatten());
    called
}

/// The name of an item of an import that is neither a type nor called by the adapter.
fn more_than_types(types: TypesRef<'_>, import: &str, called: &BTreeSet<&str>) -> Option<String> {
    let item = types.component_item_for_import(import);
    let Some(ComponentEntityType::Instance(id)) = item.map(|item| item.ty) else {
        return called.is_empty().then(|| import.to_string());
    };
    let mut exports = types[id].exports.iter();
    let more = exports.find(|(name, item)| match item.ty {
        ComponentEntityType::Type { .. } => false,
        ComponentEntityType::Func(_) => !called.contains(name.as_str()),
        _ => true,
    });
    more.map(|(name, _)| name.clone())
}

fn violation(what: String) -> Error {
    Error::internal(Stage::Verify, format!("the artifact is wrong: {what}"))
}

/// The core functions that are the host's own of an import that the policy closes or makes virtual.
fn closed(items: &[Item<'_>], types: &Types, plan: &Plan<'_>) -> Result<BTreeMap<u32, String>> {
    let owners = origin::owners(items, types.as_ref());
    let sites = site::sites(items, types.as_ref(), &owners, &|name| {
        (name.to_string(), None)
    })?
    .into_iter();
    let closed = sites.filter(|site| {
        let mut imports = plan.imports.iter();
        // What is added is for the log alone.
        let is_added = |log: &Log| log.added_functions(&site.import).is_some();
        plan.log.as_ref().is_some_and(is_added)
            || imports.any(|import| import.name == site.import && import.closes(&site.name))
    });
    Ok(closed.map(|site| (site.function, site.label())).collect())
}

/// Fails where a module of the component is given more of ours than functions, or a function that
/// is `closed`; also where one of these is exported. Gives what is ours.
fn isolated(
    items: &[Item<'_>],
    theirs: &BTreeSet<u32>,
    closed: &BTreeMap<u32, String>,
) -> Result<BTreeSet<Ref>> {
    let mut ours = BTreeSet::new();
    // What is ours, by whatever way.
    let mut taken: BTreeSet<Ref> = BTreeSet::new();
    let mut host: BTreeMap<u32, &String> = closed.iter().map(|(at, name)| (*at, name)).collect();
    let mut bundles: BTreeMap<u32, BTreeMap<&str, Ref>> = BTreeMap::new();
    let mut given = Vec::new();
    for item in items {
        let (Some((space, index, _)), kind) = (item.defines, &item.kind) else {
            continue;
        };
        match kind {
            Kind::CoreInstance(Instance::Instantiate { module_index, args }) => {
                if theirs.contains(module_index) {
                    given.push(args);
                } else {
                    ours.insert(index);
                }
            }
            Kind::CoreInstance(Instance::FromExports(exports)) => {
                let exports = exports.iter();
                let named = exports.map(|one| (one.name, (Space::of_core(one.kind), one.index)));
                bundles.insert(index, named.collect());
            }
            Kind::Alias(ComponentAlias::CoreInstanceExport {
                instance_index,
                name,
                ..
            }) => {
                let again = bundles.get(instance_index).and_then(|all| all.get(name));
                if ours.contains(instance_index) || again.is_some_and(|of| taken.contains(of)) {
                    taken.insert((space, index));
                }
                let again = again.and_then(|(_, of)| host.get(of).copied());
                if let (Space::CoreFunc, Some(name)) = (space, again) {
                    host.insert(index, name);
                }
            }
            Kind::Canon(CanonicalFunction::Lift {
                core_func_index, ..
            }) if host.contains_key(core_func_index) => {
                let name = host[core_func_index];
                return Err(violation(format!("it exports the host's `{name}`")));
            }
            _ => {}
        }
    }
    for arg in given.into_iter().flatten() {
        if ours.contains(&arg.index) {
            return Err(violation(format!("`{}` is an instance of ours", arg.name)));
        }
        let Some(exports) = bundles.get(&arg.index) else {
            continue;
        };
        for (name, of) in exports {
            if taken.contains(of) && of.0 != Space::CoreFunc {
                return Err(violation(format!("`{name}` is ours, and no function")));
            }
            if let (Space::CoreFunc, Some(of)) = (of.0, host.get(&of.1)) {
                return Err(violation(format!("`{name}` is the host's `{of}`")));
            }
        }
    }
    Ok(taken)
}

#[cfg(test)]
mod tests;
