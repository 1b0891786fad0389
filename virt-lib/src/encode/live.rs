//! Which of the host's interfaces, functions and types the adapter still mentions once its code is
//! specialized: what is not among them is not imported. This module must never add to what the world has.

use crate::error::{Error, Result, Stage};
use crate::module::Import;
use crate::types::{parts, root};
use crate::world::AdapterWorld;
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldItem};

/// What of the host's is imported.
pub(crate) struct Live {
    /// Each behind those it uses.
    pub interfaces: Vec<InterfaceId>,
    pub functions: BTreeSet<(InterfaceId, String)>,
    pub types: BTreeSet<TypeId>,
}

impl Live {
    /// What the imports of the adapter's module and the interfaces it exports need.
    ///
    /// # Errors
    ///
    /// An import that the world does not have.
    pub(crate) fn new(world: &AdapterWorld, targets: &Targets, imports: &[Import]) -> Result<Self> {
        let resolve = &world.resolve;
        let mut live = Live {
            interfaces: Vec::new(),
            functions: BTreeSet::new(),
            types: BTreeSet::new(),
        };
        let imported: Vec<InterfaceId> = resolve.worlds[world.world]
            .imports
            .values()
            .filter_map(|item| match item {
                WorldItem::Interface { id, .. } => Some(*id),
                _ => None,
            })
            .collect();
        let mut used = BTreeSet::new();
        for import in imports {
            let target = targets.get(&import.name).ok_or_else(|| {
                Error::internal(
                    Stage::Encode,
                    format!(
                        "the adapter calls `{}`, which its world does not have",
                        import.name.1
                    ),
                )
            })?;
            match target {
                Target::Function(interface, name) => {
                    if let Some(function) = resolve.interfaces[*interface].functions.get(name) {
                        live.function(resolve, function);
                        live.functions.insert((*interface, name.clone()));
                        used.insert(*interface);
                    }
                }
                Target::Drop(resource) | Target::New(resource) | Target::Rep(resource) => {
                    live.mark(resolve, *resource);
                }
            }
        }
        for export in &world.exports {
            for (function, _) in &export.functions {
                live.function(resolve, function);
            }
            for id in resolve.interfaces[export.id].types.values() {
                live.mark(resolve, *id);
            }
        }
        let owners = live
            .types
            .iter()
            .filter_map(|id| match resolve.types[*id].owner {
                TypeOwner::Interface(owner) => Some(owner),
                _ => None,
            });
        used.extend(owners);
        live.interfaces = imported
            .into_iter()
            .filter(|id| used.contains(id))
            .collect();
        Ok(live)
    }

    /// Whether a function is called.
    pub(crate) fn calls(&self, interface: InterfaceId, function: &str) -> bool {
        self.functions.contains(&(interface, function.to_string()))
    }

    fn function(&mut self, resolve: &Resolve, function: &Function) {
        // The function's name has the name of its resource in it.
        if let Some(resource) = function.kind.resource() {
            self.mark(resolve, resource);
        }
        let params = function.params.iter().map(|param| &param.ty);
        for ty in params.chain(&function.result) {
            if let Type::Id(id) = ty {
                self.mark(resolve, *id);
            }
        }
    }

    fn mark(&mut self, resolve: &Resolve, id: TypeId) {
        let mut todo = vec![id];
        while let Some(id) = todo.pop() {
            if self.types.insert(id) {
                let parts = parts(&resolve.types[id].kind);
                todo.extend(parts.into_iter().filter_map(|ty| match ty {
                    Type::Id(id) => Some(id),
                    _ => None,
                }));
            }
        }
    }
}

/// What an import of the adapter's module stands for.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A function of an interface that the adapter imports.
    Function(InterfaceId, String),
    /// `resource.drop`.
    Drop(TypeId),
    /// `resource.new`.
    New(TypeId),
    /// `resource.rep`.
    Rep(TypeId),
}

/// Every import that the adapter's module may have: what its world has, under the names core modules use.
pub(crate) type Targets = BTreeMap<(String, String), Target>;

/// The imports that the module of this world may have.
pub(crate) fn targets(world: &AdapterWorld) -> Targets {
    let resolve = &world.resolve;
    let mut targets = Targets::new();
    let items = &resolve.worlds[world.world];
    for (items, exported) in [(&items.imports, false), (&items.exports, true)] {
        for (key, item) in items {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            let name = resolve.name_world_key(key);
            let module = match exported {
                true => format!("[export]{name}"),
                false => name,
            };
            let interface = &resolve.interfaces[*id];
            for (name, ty) in &interface.types {
                let resource = root(resolve, *ty);
                if !matches!(resolve.types[resource].kind, TypeDefKind::Resource) {
                    continue;
                }
                let mut add = |verb: &str, target| {
                    targets.insert((module.clone(), format!("[resource-{verb}]{name}")), target);
                };
                add("drop", Target::Drop(resource));
                if exported {
                    add("new", Target::New(resource));
                    add("rep", Target::Rep(resource));
                }
            }
            if !exported {
                for name in interface.functions.keys() {
                    let target = Target::Function(*id, name.clone());
                    targets.insert((module.clone(), name.clone()), target);
                }
            }
        }
    }
    targets
}
