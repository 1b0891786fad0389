//! The world of the *bridge*: the component between the host and the interfaces that a component exports with resources of
//! the adapter's. It exports them as the host knows them and imports them as the component has them; the adapter makes
//! its resources of the host's and gives them back (`adopt`, `release`). The bridge is a component of its own, because
//! the adapter is called while an export runs.

use super::host::{HostSide, visit};
use super::mapper::Mapper;
use super::{AdapterWorld, Builder, Export, Service, empty_world, interface_item};
use crate::plan::{Bridged, Role};
use crate::subsystem::Subsystem;
use crate::types::{handles, root};
use std::collections::BTreeMap;
use wasi_virt_layout::Now;
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Param, Resolve, Type, TypeDef, TypeDefKind,
    TypeId, TypeOwner, WorldId, WorldKey,
};

/// How a resource crosses: functions of [`Bridge::resources`].
#[derive(Clone, Debug)]
pub(crate) struct Crossing {
    /// The adapter's resource.
    ours: TypeId,
    /// The interface that has the functions.
    pub interface: InterfaceId,
    /// The host's → the adapter's.
    pub adopt: Function,
    /// The adapter's → the host's.
    pub release: Function,
}

/// What the adapter and the bridge have in common.
pub(super) struct Bridge {
    /// The interface of the adapter's that makes resources of the host's, and gives them back.
    resources: InterfaceId,
    /// Resource of the host's → how it crosses.
    crossings: BTreeMap<TypeId, Crossing>,
    /// What the bridge exports.
    exports: Vec<Export>,
    /// What the bridge imports, each behind those it uses.
    imports: Vec<InterfaceId>,
}

impl Bridge {
    /// Makes both sides of the exports; the world that the component was decoded to is `input`.
    pub(super) fn new(
        builder: &mut Builder,
        hosts: &mut HostSide,
        input: WorldId,
        bridged: &[Bridged],
    ) -> Self {
        name_exports(builder, input);
        let ours = resources(builder, bridged);
        let theirs = hosts.adopt(builder, &ours);
        let package = builder.package("wasi-virt", "bridge", None);
        let resources = interface(&mut builder.resolve, Some("resources"), Some(package));
        let mut crossings = BTreeMap::new();
        for (number, (ours, theirs)) in ours.into_iter().zip(theirs).enumerate() {
            let resolve = &mut builder.resolve;
            let crossing = Crossing {
                ours,
                interface: resources,
                adopt: crossing(resolve, format!("adopt-r{number}"), theirs, ours),
                release: crossing(resolve, format!("release-r{number}"), ours, theirs),
            };
            let functions = &mut resolve.interfaces[resources].functions;
            for function in [&crossing.adopt, &crossing.release] {
                functions.insert(function.name.clone(), function.clone());
            }
            crossings.insert(theirs, crossing);
        }
        let exports = outside(builder, hosts, input, bridged);
        let mut imports = Vec::new();
        let resolve = &builder.resolve;
        for (theirs, crossing) in &crossings {
            for owner in [*theirs, crossing.ours].map(|id| owner(resolve, id)) {
                owner
                    .into_iter()
                    .for_each(|id| visit(resolve, id, &mut imports));
            }
        }
        imports.push(resources);
        let inside = bridged.iter().map(|export| export.id);
        for id in inside.chain(exports.iter().map(|export| export.id)) {
            visit(resolve, id, &mut imports);
        }
        imports.retain(|id| exports.iter().all(|export| export.id != *id));
        Bridge {
            resources,
            crossings,
            exports,
            imports,
        }
    }

    /// What the adapter exports for the bridge.
    pub(super) fn of_adapter(&self, resolve: &Resolve) -> Export {
        let both = |crossing: &Crossing| {
            [
                (crossing.adopt.clone(), Service::Adopt),
                (crossing.release.clone(), Service::Release),
            ]
        };
        let key = WorldKey::Interface(self.resources);
        Export {
            name: resolve.name_world_key(&key),
            key,
            id: self.resources,
            satisfies: Vec::new(),
            subsystem: Subsystem::Other,
            role: Role::Forwarded,
            functions: self.crossings.values().flat_map(both).collect(),
            host: None,
        }
    }

    /// The bridge's own world, in a copy of what is known.
    pub(super) fn world(self, mut resolve: Resolve) -> AdapterWorld {
        let mut world = empty_world("bridge", None);
        for id in &self.imports {
            let key = WorldKey::Interface(*id);
            world.imports.insert(key, interface_item(*id));
        }
        for export in &self.exports {
            world
                .exports
                .insert(export.key.clone(), interface_item(export.id));
        }
        AdapterWorld {
            trace: None,
            world: resolve.worlds.alloc(world),
            resolve,
            exports: self.exports,
            hosts: Vec::new(),
            open: BTreeMap::new(),
            host_files: false,
            writable: false,
            now: Now::Fixed,
            clocks: false,
            crossings: self.crossings,
            bridge: None,
        }
    }
}

/// Gives the exported interfaces that only have a name of the component's a package, so that they can be imported.
fn name_exports(builder: &mut Builder, input: WorldId) {
    let package = builder.package("wasi-virt", "exports", None);
    let exports = builder.resolve.worlds[input].exports.clone();
    for (key, item) in exports {
        if let (WorldKey::Name(name), wit_parser::WorldItem::Interface { id, .. }) = (key, item) {
            let interface = &mut builder.resolve.interfaces[id];
            interface.name.get_or_insert(name);
            interface.package.get_or_insert(package);
        }
    }
}

/// The adapter's resources that the exports carry, each once.
fn resources(builder: &Builder, bridged: &[Bridged]) -> Vec<TypeId> {
    let resolve = &builder.resolve;
    let mut found = Vec::new();
    for export in bridged {
        let functions = resolve.interfaces[export.id].functions.values();
        for handle in functions.flat_map(|function| handles(resolve, function)) {
            let Handle::Own(id) = handle else { continue };
            let id = root(resolve, id);
            let served = owner(resolve, id).is_some_and(|id| builder.primary.contains_key(&id));
            if served && !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found
}

/// The host's side of the exported interfaces, each behind those it uses: resources of the component's stay what they are,
/// all others are the host's.
fn outside(
    builder: &mut Builder,
    hosts: &HostSide,
    input: WorldId,
    bridged: &[Bridged],
) -> Vec<Export> {
    let mut targets = hosts.targets(builder);
    for export in bridged {
        targets.insert(export.id, with_resources(&mut builder.resolve, export.id));
    }
    let mut mapper = Mapper::new(&mut builder.resolve, &targets);
    for export in bridged {
        mapper.adopt_types(export.id, targets[&export.id]);
        mapper.adopt_functions(export.id, targets[&export.id], |_| true);
    }
    let resolve = &builder.resolve;
    let mut ordered = Vec::new();
    for export in bridged {
        visit(resolve, targets[&export.id], &mut ordered);
    }
    let mut exports: Vec<_> = bridged
        .iter()
        .map(|export| {
            let outside = targets[&export.id];
            let of_world = resolve.worlds[input].exports.keys();
            let named = of_world
                .into_iter()
                .find(|key| matches!(key, WorldKey::Name(name) if *name == export.name));
            let functions = resolve.interfaces[outside].functions.values();
            let service = Service::Forward(export.id);
            Export {
                key: named.cloned().unwrap_or(WorldKey::Interface(outside)),
                id: outside,
                name: export.name.clone(),
                satisfies: Vec::new(),
                subsystem: Subsystem::Other,
                role: Role::Forwarded,
                functions: functions
                    .map(|function| (function.clone(), service.clone()))
                    .collect(),
                host: Some(export.id),
            }
        })
        .collect();
    exports.sort_by_key(|export| ordered.iter().position(|id| *id == export.id));
    exports
}

/// A new interface of the same name, with the resources of this one.
fn with_resources(resolve: &mut Resolve, inside: InterfaceId) -> InterfaceId {
    let inside = resolve.interfaces[inside].clone();
    let outside = interface(resolve, inside.name.as_deref(), inside.package);
    for (name, id) in inside.types {
        if matches!(resolve.types[id].kind, TypeDefKind::Resource) {
            let alias = TypeDef {
                kind: TypeDefKind::Type(Type::Id(id)),
                owner: TypeOwner::Interface(outside),
                ..resolve.types[id].clone()
            };
            let alias = resolve.types.alloc(alias);
            resolve.interfaces[outside].types.insert(name, alias);
        }
    }
    outside
}

fn interface(
    resolve: &mut Resolve,
    name: Option<&str>,
    package: Option<wit_parser::PackageId>,
) -> InterfaceId {
    resolve.interfaces.alloc(wit_parser::Interface {
        name: name.map(str::to_string),
        types: Default::default(),
        functions: Default::default(),
        docs: Default::default(),
        stability: Default::default(),
        package,
        span: Default::default(),
        clone_of: None,
    })
}

/// A function that takes one resource and gives the other.
fn crossing(resolve: &mut Resolve, name: String, from: TypeId, to: TypeId) -> Function {
    let mut own = |id| {
        Type::Id(resolve.types.alloc(TypeDef {
            name: None,
            kind: TypeDefKind::Handle(Handle::Own(id)),
            owner: TypeOwner::None,
            docs: Default::default(),
            stability: Default::default(),
            span: Default::default(),
            external_id: None,
        }))
    };
    Function {
        name,
        kind: FunctionKind::Freestanding,
        params: vec![Param {
            name: "resource".to_string(),
            ty: own(from),
            span: Default::default(),
        }],
        result: Some(own(to)),
        docs: Default::default(),
        stability: Default::default(),
        span: Default::default(),
        external_id: None,
    }
}

fn owner(resolve: &Resolve, id: TypeId) -> Option<InterfaceId> {
    match resolve.types[root(resolve, id)].owner {
        TypeOwner::Interface(owner) => Some(owner),
        _ => None,
    }
}
