//! What stays of a component once functions are replaced: the items that are still reached, the
//! types that imports keep, and the value types that are written out because their import goes.
//! This module must never decide who answers a function.

use crate::error::{Error, Problem, ProblemKind, Result, none_of};
use crate::plan::Role;
use crate::plan::decide::Import;
use crate::plan::import_type::ImportType;
use crate::plan::log::Log;
use crate::plan::origin::Origins;
use crate::plan::reached::{Reached, called_of};
use crate::plan::resources;
use crate::plan::written::{needs_name, needs_one_name};
use crate::plan::{Parts, Plan, Replaced, refers};
use crate::wasi::Wasi;
use crate::wasi::name;
use crate::wasi::release::is_newer;
use crate::wasm::component::{Item, Kind, Liveness, Ref, Space};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasi_virt_layout::abi;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentValType};
use wasmparser::types::{Types, TypesRef};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentInstantiationArg,
    ComponentType, ComponentTypeRef,
};

/// See the module. Items are known by their positions.
#[derive(Default)]
pub(crate) struct Kept<'c> {
    pub live: BTreeSet<usize>,
    /// Imports whose type has less in it, or more.
    pub types: BTreeMap<usize, ImportType<'c>>,
    /// Aliases of value types that are written out.
    pub written: BTreeSet<usize>,
}

/// What is looked at.
pub(crate) struct Keep<'p, 'c> {
    pub items: &'p [Item<'c>],
    pub links: &'p Liveness<'p, 'c>,
    /// Types whose parts have to have names.
    pub named: &'p BTreeSet<usize>,
    /// Aliases that are the only names of types.
    pub unnamed: &'p BTreeSet<usize>,
    pub types: TypesRef<'p>,
    pub imports: &'p [Import],
    pub replaced: &'p [Replaced],
    /// Host functions that the adapter calls, with the import of each.
    pub reached: &'p BTreeMap<String, Reached>,
    pub inner: &'p BTreeMap<usize, Plan<'c>>,
    pub parts: &'p Parts,
    /// What nested components need of each import.
    pub handed: &'p BTreeMap<String, BTreeSet<String>>,
    pub log: Option<&'p Log>,
}

impl<'c> Kept<'c> {
    /// What stays of each import, by the names that it exports.
    pub(crate) fn needs<'s>(
        &'s self,
        items: &'s [Item<'c>],
        types: &'s Types,
    ) -> impl Iterator<Item = (&'c str, Vec<String>)> + 's {
        let types = types.as_ref();
        self.live.iter().filter_map(move |at| {
            let Kind::Import(import) = &items[*at].kind else {
                return None;
            };
            let name = import.name.name;
            let names = match (self.types.get(at), types.component_item_for_import(name)) {
                (Some(ty), _) => ty.exports().map(|name| name.to_string()).collect(),
                (None, Some(item)) => match item.ty {
                    ComponentEntityType::Instance(id) => {
                        types[id].exports.keys().cloned().collect()
                    }
                    _ => Vec::new(),
                },
                (None, None) => Vec::new(),
            };
            Some((name, names))
        })
    }

    /// The arguments of an instantiation that its component still imports.
    pub(crate) fn args<'i>(
        plan: &Plan<'_>,
        args: &'i [ComponentInstantiationArg<'i>],
    ) -> Vec<ComponentInstantiationArg<'i>> {
        let needs = plan.kept.needs(&plan.items, &plan.types);
        let names: BTreeSet<&str> = needs.map(|(name, _)| name).collect();
        let args = args.iter().filter(|arg| names.contains(arg.name));
        args.cloned().collect()
    }
}

impl<'c> Keep<'_, 'c> {
    /// Finds what stays.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for closed imports, or functions of them, that the component hands on.
    pub(crate) fn run(&self, wasi: &'c Wasi) -> Result<Kept<'c>> {
        self.check_whole()?;
        let mut kept = Kept::default();
        loop {
            let before = (kept.live.len(), kept.written.len());
            kept = self.step(&kept, wasi)?;
            if (kept.live.len(), kept.written.len()) == before {
                return Ok(kept);
            }
        }
    }

    /// What stays where imports have the names that `last` needs.
    fn step(&self, last: &Kept<'c>, wasi: &'c Wasi) -> Result<Kept<'c>> {
        let mut next = Kept::default();
        let whole = self.whole();
        let mut instead: HashMap<usize, Vec<Ref>> = HashMap::new();
        for one in self.replaced {
            let mut uses = Vec::new();
            uses.extend(one.site.memory.map(|memory| (Space::CoreMemory, memory)));
            uses.extend(one.site.realloc.map(|realloc| (Space::CoreFunc, realloc)));
            if one.keeps_host() {
                uses.extend(&self.items[one.site.item].uses);
            }
            instead.insert(one.site.item, uses);
        }
        let mut roots: Vec<usize> = self.links.roots().collect();
        for (at, item) in self.items.iter().enumerate() {
            // Used or not, they stay as they are.
            if let Kind::CoreModule(_) | Kind::Component(_) = item.kind {
                roots.push(at);
            }
            if let Some(plan) = self.part(at)
                && let Kind::Instance(ComponentInstance::Instantiate {
                    component_index,
                    args,
                }) = &item.kind
            {
                let mut uses = vec![(Space::Component, *component_index)];
                uses.extend(Kept::args(plan, args).iter().map(refers));
                instead.insert(at, uses);
            }
            if let Kind::Import(import) = &item.kind
                && let Some(known) = self.import(import.name.name)
            {
                let mut calls = called_of(self.reached, &known.name);
                let log = self.log.and_then(|log| log.functions(&known.name));
                // What is left to the host stays, whether the component uses it or not.
                if known.role == Role::Host || calls.next().is_some() || log.is_some() {
                    roots.push(at);
                }
                if let Some(ty) = self.import_type(at, known, &whole, last, wasi)? {
                    let uses = ty.uses().into_iter().map(|index| (Space::Type, index));
                    instead.insert(at, uses.collect());
                    next.types.insert(at, ty);
                }
            }
            if let Some((import, _, ComponentExternalKind::Type)) = self.alias(at)
                && !last.live.contains(&import)
                && self.is_written(at, import)
            {
                instead.insert(at, Vec::new());
                next.written.insert(at);
            }
        }
        next.live = self.links.reach(roots, &instead);
        let live = &next.live;
        next.written.retain(|at| live.contains(at));
        Ok(next)
    }

    /// The plan of the part that is instantiated at this position.
    fn part(&self, at: usize) -> Option<&Plan<'c>> {
        self.inner.get(self.parts.of.get(&at)?)
    }

    fn import(&self, name: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.name == name)
    }

    /// The import that an alias takes something from, the thing's name and its kind.
    fn alias(&self, at: usize) -> Option<(usize, &'c str, ComponentExternalKind)> {
        let Kind::Alias(ComponentAlias::InstanceExport {
            kind,
            instance_index,
            name,
        }) = &self.items[at].kind
        else {
            return None;
        };
        let import = self.links.definition((Space::Instance, *instance_index))?;
        matches!(self.items[import].kind, Kind::Import(_)).then_some((import, *name, *kind))
    }

    /// Whether a type's alias is written out where its import goes.
    fn is_written(&self, at: usize, import: usize) -> bool {
        let Kind::Import(of) = &self.items[import].kind else {
            return false;
        };
        let closed = self
            .import(of.name.name)
            .is_some_and(|import| import.role != Role::Host);
        let Some(index) = self.items[at].index().filter(|_| closed) else {
            return false;
        };
        let ComponentAnyTypeId::Defined(id) = self.types.component_any_type_at(index) else {
            return false;
        };
        let mut carried = BTreeSet::new();
        resources::of_value(self.types, &ComponentValType::Type(id), &mut carried);
        carried.is_empty()
            && !(self.unnamed.contains(&at) && needs_name(self.types, id))
            && (!self.named.contains(&at) || needs_one_name(self.types, id))
    }

    /// The type that an import gets, where it is another one than before.
    fn import_type(
        &self,
        at: usize,
        import: &Import,
        whole: &BTreeSet<usize>,
        last: &Kept<'c>,
        wasi: &'c Wasi,
    ) -> Result<Option<ImportType<'c>>> {
        let handed = self.handed.get(&import.name);
        let log = self.log.and_then(|log| log.functions(&import.name));
        let calls: Vec<&str> = called_of(self.reached, &import.name)
            .chain(log.into_iter().flatten().copied())
            .map(|function| function.strip_prefix(abi::DROP).unwrap_or(function))
            .chain(handed.into_iter().flatten().map(String::as_str))
            .collect();
        let item = self.types.component_item_for_import(&import.name);
        let has = |name: &&str| match item.map(|item| item.ty) {
            Some(ComponentEntityType::Instance(id)) => self.types[id].exports.contains_key(*name),
            _ => true,
        };
        let lacks: Vec<&str> = calls.iter().copied().filter(|name| !has(name)).collect();
        let stays = match import.role {
            Role::Host => import.unknown.is_empty() || whole.contains(&at),
            Role::Undecided => whole.contains(&at),
            _ => false,
        };
        if stays && lacks.is_empty() {
            return Ok(None);
        }
        let Kind::Import(wasmparser::ComponentImport {
            ty: ComponentTypeRef::Instance(ty),
            ..
        }) = &self.items[at].kind
        else {
            return Ok(None);
        };
        let declared = self.links.definition((Space::Type, *ty));
        let Some(Kind::Type(ComponentType::Instance(declarations))) =
            declared.map(|at| &self.items[at].kind)
        else {
            return Ok(None);
        };
        let mut ty = ImportType::new(declarations)?;
        if !stays {
            let needed = self.names(at, last);
            let of_host = |name: &str| import.role == Role::Host && !import.unknown.contains(name);
            ty.trim(&mut |name, _| of_host(name) || needed.contains(name) || calls.contains(&name));
        }
        for name in lacks {
            let mut outer = |interface: &str, name: &str| self.resource(at, interface, name);
            ty.extend(wasi.of(&import.known)?, import.path(), name, &mut outer)
                .map_err(|why| {
                    Error::invalid(
                        ProblemKind::Unsupported,
                        format!(
                            "import `{}` lacks `{name}`, which the adapter calls, and it cannot be \
                             added: {why}; build the component with a world that imports the whole \
                             interface",
                            import.known.escape_debug()
                        ),
                    )
                })?;
        }
        Ok(Some(ty))
    }

    /// What live aliases take from an import.
    fn names(&self, import: usize, last: &Kept<'c>) -> BTreeSet<&'c str> {
        let live = last.live.iter().filter(|at| !last.written.contains(at));
        live.filter_map(|at| self.alias(*at))
            .filter(|(of, ..)| *of == import)
            .map(|(_, name, _)| name)
            .collect()
    }

    /// The index of a resource of another interface, where the component or the log has it before
    /// the import at a position.
    fn resource(&self, before: usize, interface: &str, name: &str) -> Option<u32> {
        let newer = match &self.items[before].kind {
            Kind::Import(import) => is_newer(import.name.name),
            _ => false,
        };
        let found = (0..before).rev().find(|at| {
            self.alias(*at).is_some_and(|(import, resource, kind)| {
                let Kind::Import(import) = &self.items[import].kind else {
                    return false;
                };
                kind == ComponentExternalKind::Type
                    && resource == name
                    && name::path(import.name.name) == interface
                    && is_newer(import.name.name) == newer
            })
        });
        let found = found.and_then(|found| self.items[found].index());
        found.or_else(|| self.log?.resource(interface, name, before))
    }

    /// The instances that are used as a whole, and not only what is in them.
    fn whole(&self) -> BTreeSet<usize> {
        let items = self.items.iter().enumerate();
        let handing = items.filter(|(at, item)| match item.kind {
            // A part is given only what it needs.
            Kind::Instance(_) => self.part(*at).is_none(),
            Kind::Export(_) => true,
            _ => false,
        });
        let uses = handing.flat_map(|(_, item)| &item.uses);
        uses.filter(|of| of.0 == Space::Instance)
            .filter_map(|of| self.links.definition(*of))
            .collect()
    }

    /// Fails where something uses a closed import, or a function of one, that cannot be replaced
    /// there: the component that it is handed to would call the host.
    fn check_whole(&self) -> Result<()> {
        let mut problems = Vec::new();
        let origins = Origins::new(self.items);
        // Instances that were put together of such, among others.
        let mut bundles: HashMap<u32, &str> = HashMap::new();
        for (at, item) in self.items.iter().enumerate() {
            let part = self.part(at).is_some();
            let how = match &item.kind {
                Kind::Export(_) => "exports it",
                Kind::Instance(ComponentInstance::Instantiate { .. }) => {
                    "passes it to a component inside it"
                }
                Kind::Instance(ComponentInstance::FromExports(_)) => "",
                Kind::Start(_) => "calls it when it starts",
                _ => continue,
            };
            let things = [Space::Instance, Space::Func];
            let mut uses = item.uses.iter().filter(|used| things.contains(&used.0));
            let found = uses.find_map(|used| match self.closed(origins.import(*used)) {
                // The part's own plan says what becomes of it there.
                Some(_) if part && origins.given(*used).is_some() => None,
                Some(name) => Some(name),
                None if used.0 == Space::Instance => {
                    bundles.get(&origins.instance(used.1)).copied()
                }
                None => None,
            });
            let Some(name) = found else { continue };
            if let Kind::Instance(ComponentInstance::FromExports(_)) = item.kind {
                bundles.extend(item.index().map(|index| (index, name)));
                continue;
            }
            problems.push(Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "the policy closes import `{}`, but the component {how}; leave the import to \
                     the host, or virtualize the parts before you compose them",
                    name.escape_debug()
                ),
            ));
        }
        none_of(problems)
    }

    /// What the import at this position is, where the policy closes it.
    fn closed(&self, at: Option<usize>) -> Option<&str> {
        let Kind::Import(import) = &self.items[at?].kind else {
            return None;
        };
        let import = self.import(import.name.name)?;
        import.is_closed_in_part().then_some(import.known.as_str())
    }
}

#[cfg(test)]
mod tests;
