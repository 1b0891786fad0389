//! Adapter and component put together: the imports that stay the host's, the adapter, and the component with
//! the adapter's instances for what the adapter serves. The loop runs over the *component's* imports, so
//! that whatever is not satisfied as planned is an error; nothing is matched by similarity.

use crate::encode::{Encoded, Live};
use crate::error::{Error, Result, Stage};
use crate::externs::RawImport;
use crate::inspect::{Component, named_imports};
use crate::passthrough::{Root, import_function, import_type};
use crate::world::AdapterWorld;
use std::collections::BTreeMap;
use wasm_encoder::{ComponentExportKind, ComponentExternName};
use wit_parser::{InterfaceId, WorldItem, WorldKey};

/// An argument of an instance: its name, what it is, and where.
type Argument = (String, ComponentExportKind, u32);

/// The composition of the adapter's component, the skeleton of the input, and the bridge where there is one.
pub(crate) fn compose(
    adapter: &Encoded,
    bridge: Option<&(&AdapterWorld, Encoded)>,
    component: &Component,
    world: &AdapterWorld,
) -> Result<Vec<u8>> {
    let mut composer = Composer::new(component, world)?;
    let mut arguments = composer.open_imports(component)?;
    let hosts = composer.hosts(&adapter.live, bridge.map(|(_, bridge)| &bridge.live))?;
    let builder = &mut composer.root.builder;
    let adapter = builder.component_raw(None, &adapter.bytes);
    let adapter = builder.instantiate(None, adapter, hosts);
    let kind = ComponentExportKind::Instance;
    for export in &world.exports {
        let index = builder.alias_export(adapter, &export.name, kind);
        composer.root.instances.insert(export.id, index);
        let imports = export.satisfies.iter();
        arguments.extend(imports.map(|import| (import.clone(), kind, index)));
    }
    let inner = builder.component_raw(None, &component.skeleton);
    let inner = builder.instantiate(None, inner, arguments);
    let bridge = match bridge {
        Some((world, bridge)) => Some((*world, composer.bridge(bridge, component, inner)?)),
        None => None,
    };
    let builder = &mut composer.root.builder;
    for export in &component.exports {
        let from = match bridge {
            Some((world, bridge)) if world.exports.iter().any(|b| b.name == export.name) => bridge,
            _ => inner,
        };
        let index = builder.alias_export(from, &export.name, export.kind);
        let name = extern_name(&export.name, export.implements.as_deref());
        builder.export(name, export.kind, index, None);
    }
    Ok(composer.root.builder.finish())
}

/// The composition under construction: its imports so far.
struct Composer<'a> {
    root: Root<'a>,
    world: &'a AdapterWorld,
    /// What the component imports by name, in the adapter's copy of its WIT.
    items: BTreeMap<String, &'a WorldItem>,
    /// The names of the interfaces that are left to the host.
    names: BTreeMap<InterfaceId, &'a str>,
}

impl<'a> Composer<'a> {
    fn new(component: &'a Component, world: &'a AdapterWorld) -> Result<Self> {
        let input = match &component.world {
            Ok((_, id)) => *id,
            Err(why) => return Err(internal(why.clone())),
        };
        let resolve = &world.resolve;
        let items: BTreeMap<String, &WorldItem> = named_imports(resolve, input)
            .into_iter()
            .map(|(name, (_, item))| (name, item))
            .collect();
        let names = component
            .imports
            .iter()
            .filter(|import| import.implements.is_none() && !served(world, &import.name))
            .filter_map(|import| match items.get(&import.name) {
                Some(WorldItem::Interface { id, .. }) => Some((*id, import.name.as_str())),
                _ => None,
            })
            .collect();
        Ok(Composer {
            root: Root::new(resolve),
            world,
            items,
            names,
        })
    }

    /// Imports what the adapter does not serve of the component's imports; gives the component's arguments.
    fn open_imports(&mut self, component: &Component) -> Result<Vec<Argument>> {
        let mut arguments = Vec::new();
        for import in &component.imports {
            if !served(self.world, &import.name) {
                arguments.push(self.open(import)?);
            }
        }
        Ok(arguments)
    }

    fn open(&mut self, import: &RawImport) -> Result<Argument> {
        let name = import.name.clone();
        Ok(match self.items.get(&import.name) {
            Some(WorldItem::Interface { id, .. }) => {
                let index = match &import.implements {
                    None => self.interface(*id)?,
                    Some(_) => self.named(*id, import)?,
                };
                (name, ComponentExportKind::Instance, index)
            }
            Some(WorldItem::Function(function)) => {
                let index = import_function(&mut self.root, &import.name, function)?;
                (name, ComponentExportKind::Func, index)
            }
            Some(WorldItem::Type { id, .. }) => {
                let index = import_type(&mut self.root, *id)?;
                (name, ComponentExportKind::Type, index)
            }
            None => {
                return Err(internal(format!(
                    "import `{}` is left to the host, but WIT does not describe it",
                    import.name.escape_debug()
                )));
            }
        })
    }

    /// Imports an interface in the version that serves for all, behind those it uses; each once.
    fn interface(&mut self, id: InterfaceId) -> Result<u32> {
        let id = *self.world.open.get(&id).unwrap_or(&id);
        if let Some(index) = self.root.instances.get(&id) {
            return Ok(*index);
        }
        let name = *self
            .names
            .get(&id)
            .ok_or_else(|| internal("an interface is used that nobody imports"))?;
        let uses: Vec<InterfaceId> = self.root.resolve.interface_direct_deps(id).collect();
        for used in uses {
            if used != id && self.names.contains_key(&used) {
                self.interface(used)?;
            }
        }
        let index = self
            .root
            .import_interface(id, name.into(), |_| true, |_| true)?;
        for (version, highest) in &self.world.open {
            if *highest == id {
                self.root.instances.insert(*version, index);
            }
        }
        Ok(index)
    }

    /// Imports an interface under a name of the component's, which nothing else refers to.
    fn named(&mut self, id: InterfaceId, import: &RawImport) -> Result<u32> {
        let known = self.root.instances.remove(&id);
        let name = extern_name(&import.name, import.implements.as_deref());
        let index = self.root.import_interface(id, name, |_| true, |_| true)?;
        self.root.instances.remove(&id);
        if let Some(known) = known {
            self.root.instances.insert(id, known);
        }
        Ok(index)
    }

    /// Imports what the adapter needs of the host, and the bridge, under the component's names; gives the adapter's
    /// arguments.
    fn hosts(&mut self, live: &Live, bridge: Option<&Live>) -> Result<Vec<Argument>> {
        let theirs: BTreeMap<&str, &str> = self
            .world
            .hosts
            .iter()
            .map(|(ours, theirs)| (ours.as_str(), theirs.as_str()))
            .collect();
        let mut arguments = Vec::new();
        for id in &live.interfaces {
            let ours = self.root.resolve.name_world_key(&WorldKey::Interface(*id));
            let theirs = theirs.get(ours.as_str());
            let open = theirs.and_then(|theirs| {
                let mut names = self.names.iter();
                names.find_map(|(id, name)| (name == theirs).then_some(*id))
            });
            let index = match (open, theirs) {
                // The component has it of the host, too.
                (Some(open), _) => self.interface(open)?,
                (None, Some(theirs)) => self.root.import_interface(
                    *id,
                    (*theirs).into(),
                    |ty| live.types.contains(&ty) || bridge.is_some_and(|b| b.types.contains(&ty)),
                    |function| live.calls(*id, function),
                )?,
                // The component imports it, too.
                (None, None) => self.interface(*id)?,
            };
            arguments.push((ours, ComponentExportKind::Instance, index));
        }
        Ok(arguments)
    }
}

impl Composer<'_> {
    /// Instantiates the bridge, with what the component exports and what is here already; returns its instance.
    fn bridge(&mut self, bridge: &Encoded, component: &Component, inner: u32) -> Result<u32> {
        let resolve = self.root.resolve;
        let kind = ComponentExportKind::Instance;
        let exports = match &component.world {
            Ok((_, world)) => &resolve.worlds[*world].exports,
            Err(why) => return Err(internal(why.clone())),
        };
        for (key, item) in exports {
            if let WorldItem::Interface { id, .. } = item {
                let name = resolve.name_world_key(key);
                let index = self.root.builder.alias_export(inner, &name, kind);
                self.root.instances.insert(*id, index);
            }
        }
        let mut arguments = Vec::new();
        for id in &bridge.live.interfaces {
            let name = resolve.name_world_key(&WorldKey::Interface(*id));
            let index = self.root.instances.get(id).ok_or_else(|| {
                internal(format!("the bridge needs `{name}`, which is not there"))
            })?;
            arguments.push((name, kind, *index));
        }
        let builder = &mut self.root.builder;
        let bridge = builder.component_raw(None, &bridge.bytes);
        Ok(builder.instantiate(None, bridge, arguments))
    }
}

fn served(world: &AdapterWorld, name: &str) -> bool {
    let mut exports = world.exports.iter();
    exports.any(|export| export.satisfies.iter().any(|import| import == name))
}

fn extern_name<'n>(name: &'n str, implements: Option<&'n str>) -> ComponentExternName<'n> {
    ComponentExternName {
        name: name.into(),
        implements: implements.map(Into::into),
        version_suffix: None,
        external_id: None,
    }
}

fn internal(message: impl Into<String>) -> Error {
    Error::internal(Stage::Compose, message.into())
}
