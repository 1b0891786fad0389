//! The closure over shared types: who must be served because something they carry is, and which
//! neutral interfaces may stay the host's. Computed from the component's own WIT, so that it covers
//! interfaces outside WASI, too.

use crate::plan::{Bridged, Interface, Role};
use crate::subsystem::{InterfaceName, Subsystem};
use crate::types::parts;
use std::collections::BTreeSet;
use wit_parser::{
    Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem,
};

/// Settles every undecided interface and moves to the adapter whoever shares a resource with it. With `streams` the
/// adapter needs streams for itself, so that `wasi:io` is virtual in any case.
pub(crate) fn close(
    resolve: &Resolve,
    world: WorldId,
    interfaces: &mut [Interface],
    streams: bool,
) {
    settle_neutral(resolve, world, interfaces, streams);
    loop {
        let served = served(interfaces);
        let next = interfaces.iter().position(|interface| {
            interface.role.is_host()
                && interface_resource_owners(resolve, interface.id)
                    .intersection(&served)
                    .next()
                    .is_some()
        });
        match next {
            Some(position) => interfaces[position].role = Role::Forwarded,
            None => break,
        }
    }
}

pub(super) fn served(interfaces: &[Interface]) -> BTreeSet<InterfaceId> {
    interfaces
        .iter()
        .filter(|i| i.role.is_served())
        .map(|i| i.id)
        .collect()
}

fn is_io(interface: &Interface) -> bool {
    InterfaceName::parse(&interface.name).is_some_and(|name| name.package == "wasi:io")
}

/// `wasi:io` is virtual as soon as anything virtual carries streams or pollables; where nothing does,
/// a neutral interface stays the host's if an interface of the host's needs it, and is closed if not.
fn settle_neutral(resolve: &Resolve, world: WorldId, interfaces: &mut [Interface], streams: bool) {
    let io: BTreeSet<_> = interfaces
        .iter()
        .filter(|i| is_io(i))
        .map(|i| i.id)
        .collect();
    let virtual_io = interfaces.iter().any(|interface| {
        interface.role == Role::Virtual
            && interface_resource_owners(resolve, interface.id)
                .intersection(&io)
                .next()
                .is_some()
    });
    if virtual_io || streams {
        for interface in interfaces.iter_mut().filter(|i| is_io(i)) {
            interface.role = Role::Virtual;
        }
    }
    let mut needed: BTreeSet<InterfaceId> = exported_deps(resolve, world);
    loop {
        let reach_host = |role| matches!(role, Role::Host | Role::Forwarded);
        for interface in interfaces.iter().filter(|i| reach_host(i.role)) {
            needed.extend(resolve.interface_direct_deps(interface.id));
        }
        let next = interfaces
            .iter_mut()
            .find(|interface| interface.role == Role::Undecided && needed.contains(&interface.id));
        match next {
            Some(interface) => interface.role = Role::Host,
            None => break,
        }
    }
    for interface in interfaces.iter_mut().filter(|i| i.role == Role::Undecided) {
        interface.role = Role::Denied;
    }
}

/// The interfaces that the exports of a world use.
pub(super) fn exported_deps(resolve: &Resolve, world: WorldId) -> BTreeSet<InterfaceId> {
    let mut deps = BTreeSet::new();
    for item in resolve.worlds[world].exports.values() {
        match item {
            WorldItem::Interface { id, .. } => deps.extend(resolve.interface_direct_deps(*id)),
            WorldItem::Function(function) => deps.extend(resource_owners(resolve, function)),
            WorldItem::Type { .. } => {}
        }
    }
    deps
}

/// The `wasi:filesystem/types` that the adapter serves, of every version, where something forwarded, or exported and
/// bridged, carries its descriptors: they are the host's.
pub(crate) fn lent(
    resolve: &Resolve,
    interfaces: &[Interface],
    bridged: &[Bridged],
) -> BTreeSet<InterfaceId> {
    let served: BTreeSet<_> = interfaces
        .iter()
        .filter(|i| i.role == Role::Virtual && i.subsystem == Subsystem::Fs)
        .filter(|i| InterfaceName::parse(&i.name).is_some_and(|name| name.interface == "types"))
        .map(|i| i.id)
        .collect();
    let forwarded = interfaces.iter().filter(|i| i.role == Role::Forwarded);
    let carried = forwarded
        .map(|i| i.id)
        .chain(bridged.iter().map(|export| export.id))
        .flat_map(|id| resolve.interfaces[id].functions.values())
        .any(|function| !resource_owners(resolve, function).is_disjoint(&served));
    if carried { served } else { BTreeSet::new() }
}

/// The interfaces other than `id` whose resources `id` mentions.
pub(super) fn interface_resource_owners(
    resolve: &Resolve,
    id: InterfaceId,
) -> BTreeSet<InterfaceId> {
    let mut owners = BTreeSet::new();
    let interface = &resolve.interfaces[id];
    for ty in interface.types.values() {
        collect(resolve, *ty, &mut owners);
    }
    for function in interface.functions.values() {
        owners.extend(resource_owners(resolve, function));
    }
    owners.remove(&id);
    owners
}

/// The interfaces whose resources a function mentions in its parameters and result.
pub(crate) fn resource_owners(resolve: &Resolve, function: &Function) -> BTreeSet<InterfaceId> {
    let mut owners = BTreeSet::new();
    for ty in function
        .params
        .iter()
        .map(|param| &param.ty)
        .chain(&function.result)
    {
        if let Type::Id(id) = ty {
            collect(resolve, *id, &mut owners);
        }
    }
    owners
}

fn collect(resolve: &Resolve, id: TypeId, owners: &mut BTreeSet<InterfaceId>) {
    let definition = &resolve.types[id];
    if let (TypeDefKind::Resource, TypeOwner::Interface(owner)) =
        (&definition.kind, definition.owner)
    {
        owners.insert(owner);
    }
    for ty in parts(&definition.kind) {
        if let Type::Id(id) = ty {
            collect(resolve, id, owners);
        }
    }
}
