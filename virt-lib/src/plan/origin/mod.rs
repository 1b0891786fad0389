//! Where functions, instances and types of a component come from, by whatever way: an alias, an
//! export, which defines the same again, or an instance put together of such. This module must
//! never decide what that means.

use crate::wasm::component::{Item, Kind, Ref, Space};
use std::collections::{BTreeMap, HashMap};
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId, ResourceId,
};
use wasmparser::types::TypesRef;
use wasmparser::{ComponentAlias, ComponentInstance};

/// An import's name, and the name of an item in it: the same twice for a bare import.
pub(crate) type Name = (String, String);

/// The position of an import or of an instantiated component, and the names that lead to an item
/// in it.
pub(crate) type From<'a> = (usize, Vec<&'a str>);

/// See the module.
pub(crate) struct Origins<'a> {
    names: HashMap<usize, &'a str>,
    known: HashMap<Ref, From<'a>>,
    /// What instances were put together of.
    bundles: HashMap<u32, HashMap<&'a str, Ref>>,
    /// Instances that are another one again.
    same: HashMap<u32, u32>,
}

impl<'a> Origins<'a> {
    /// One pass: what an item refers to stands before it.
    pub(crate) fn new(items: &[Item<'a>]) -> Self {
        let mut origins = Origins {
            names: HashMap::new(),
            known: HashMap::new(),
            bundles: HashMap::new(),
            same: HashMap::new(),
        };
        for (at, item) in items.iter().enumerate() {
            let Some((space, index, _)) = item.defines else {
                continue;
            };
            let source = match &item.kind {
                Kind::Import(import) => {
                    origins.names.insert(at, import.name.name);
                    origins.known.insert((space, index), (at, Vec::new()));
                    continue;
                }
                Kind::Instance(ComponentInstance::FromExports(exports)) => {
                    let exports = exports.iter();
                    let named =
                        exports.map(|one| (one.name.name, (Space::of(one.kind), one.index)));
                    origins.bundles.insert(index, named.collect());
                    continue;
                }
                Kind::Instance(ComponentInstance::Instantiate { .. }) => {
                    origins.known.insert((space, index), (at, Vec::new()));
                    continue;
                }
                Kind::Export(export) => Some((Space::of(export.kind), export.index)),
                Kind::Alias(ComponentAlias::InstanceExport {
                    instance_index,
                    name,
                    ..
                }) => {
                    let of = origins.instance(*instance_index);
                    match (
                        origins.bundles.get(&of),
                        origins.known.get(&(Space::Instance, *instance_index)),
                    ) {
                        (Some(bundle), _) => bundle.get(name).copied(),
                        (None, Some((from, path))) => {
                            let (from, mut path) = (*from, path.clone());
                            path.push(name);
                            origins.known.insert((space, index), (from, path));
                            None
                        }
                        (None, None) => None,
                    }
                }
                _ => None,
            };
            let Some(source) = source else { continue };
            if let Some(from) = origins.known.get(&source) {
                origins.known.insert((space, index), from.clone());
            }
            if source.0 == Space::Instance {
                let first = origins.instance(source.1);
                origins.same.insert(index, first);
            }
        }
        origins
    }

    /// The first index of an instance that may have several.
    pub(crate) fn instance(&self, index: u32) -> u32 {
        self.same.get(&index).copied().unwrap_or(index)
    }

    /// Where something comes from.
    pub(crate) fn source(&self, of: Ref) -> Option<&From<'a>> {
        self.known.get(&of)
    }

    /// What an instance was put together of, where it was.
    pub(crate) fn bundle(&self, index: u32) -> impl Iterator<Item = Ref> {
        let bundle = self.bundles.get(&self.instance(index));
        bundle.into_iter().flat_map(|items| items.values().copied())
    }

    /// The position of the import that something comes from.
    pub(crate) fn import(&self, of: Ref) -> Option<usize> {
        let (from, _) = self.known.get(&of)?;
        self.names.contains_key(from).then_some(*from)
    }

    /// The name of the import that something is, or that it is a function of, with the function's.
    pub(crate) fn given(&self, of: Ref) -> Option<(&'a str, Option<&'a str>)> {
        let (from, path) = self.known.get(&of)?;
        let import = *self.names.get(from)?;
        match (of.0, path.as_slice()) {
            (_, []) => Some((import, None)),
            (Space::Func, [function]) => Some((import, Some(*function))),
            _ => None,
        }
    }

    /// The import that something comes from, and what it is called there.
    pub(crate) fn name(&self, of: Ref) -> Option<Name> {
        let (import, path) = self.known.get(&of)?;
        let import = (*self.names.get(import)?).to_string();
        let name = match path.as_slice() {
            [] => import.clone(),
            path => path.join("/"),
        };
        Some((import, name))
    }
}

/// The import that defines each resource, and what it is called there.
pub(crate) fn owners(items: &[Item<'_>], types: TypesRef<'_>) -> BTreeMap<ResourceId, Name> {
    let mut owners = BTreeMap::new();
    for item in items {
        let Kind::Import(import) = &item.kind else {
            continue;
        };
        let import = import.name.name;
        match types.component_item_for_import(import).map(|item| item.ty) {
            Some(ComponentEntityType::Instance(id)) => {
                instance_owners(types, id, import, "", &mut owners);
            }
            Some(ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(id),
                ..
            }) => {
                let name = (import.to_string(), import.to_string());
                owners.entry(id.resource()).or_insert(name);
            }
            _ => {}
        }
    }
    owners
}

/// Who uses a resource comes after who defines it.
fn instance_owners(
    types: TypesRef<'_>,
    id: ComponentInstanceTypeId,
    import: &str,
    path: &str,
    owners: &mut BTreeMap<ResourceId, Name>,
) {
    for (name, item) in &types[id].exports {
        match item.ty {
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Resource(id),
                ..
            } => {
                let name = (import.to_string(), format!("{path}{name}"));
                owners.entry(id.resource()).or_insert(name);
            }
            ComponentEntityType::Instance(id) => {
                instance_owners(types, id, import, &format!("{path}{name}/"), owners);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
