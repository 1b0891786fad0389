//! What the component exports that carries resources of the adapter's: the host calls it with resources of its own,
//! so that a bridge has to stand between. This module must never change a role but the one a component that exports
//! cannot do without.

use super::closure::{exported_deps, interface_resource_owners, resource_owners, served};
use super::{Interface, Role};
use crate::error::{Error, Result};
use crate::subsystem::{InterfaceName, Subsystem};
use crate::types::{handles, root};
use std::collections::BTreeSet;
use wit_parser::{Function, Handle, InterfaceId, Resolve, TypeOwner, WorldId, WorldItem};

/// An exported interface that needs a bridge.
#[derive(Clone, Debug)]
pub(crate) struct Bridged {
    /// The export's name.
    pub name: String,
    pub id: InterfaceId,
}

/// Leaves the types of HTTP to the host where exports are made of them: with them alone a component reaches nobody, and
/// without them it cannot be called.
pub(super) fn keep_types(resolve: &Resolve, world: WorldId, interfaces: &mut [Interface]) {
    let needed = exported_deps(resolve, world);
    let is_types = |interface: &Interface| {
        InterfaceName::parse(&interface.name).is_some_and(|name| name.interface == "types")
    };
    for interface in interfaces {
        if interface.subsystem == Subsystem::Http
            && interface.role == Role::Denied
            && is_types(interface)
            && needed.contains(&interface.id)
        {
            interface.role = Role::Host;
        }
    }
}

/// The exports that need a bridge.
///
/// # Errors
///
/// All that no bridge can carry: resources of which the host has no counterpart, and borrowed ones.
pub(super) fn bridged(
    resolve: &Resolve,
    world: WorldId,
    interfaces: &[Interface],
) -> Result<Vec<Bridged>> {
    let served = served(interfaces);
    let (mut bridged, mut problems) = (Vec::new(), Vec::new());
    for (key, item) in &resolve.worlds[world].exports {
        let owners = match item {
            WorldItem::Interface { id, .. } => interface_resource_owners(resolve, *id),
            WorldItem::Function(function) => resource_owners(resolve, function),
            WorldItem::Type { .. } => continue,
        };
        let mut carried = interfaces
            .iter()
            .filter(|i| served.contains(&i.id) && owners.contains(&i.id))
            .peekable();
        if carried.peek().is_none() {
            continue;
        }
        let name = resolve.name_world_key(key);
        let WorldItem::Interface { id, .. } = item else {
            problems.push(format!(
                "export `{name}` is a bare function that carries resources which this policy virtualizes; only \
                 interfaces can: put it into one"
            ));
            continue;
        };
        if let Some(interface) = carried.find(|i| !crosses(i)) {
            problems.push(format!(
                "export `{name}` carries resources of `{}`, which this policy denies, so that the host has none to \
                 give: allow them with `{}`",
                interface.name,
                interface.subsystem.flag_for(&interface.name),
            ));
            continue;
        }
        let functions = &resolve.interfaces[*id].functions;
        if let Some(function) = functions.values().find(|f| borrows(resolve, f, &served)) {
            problems.push(format!(
                "export `{name}`: its function `{}` borrows a resource which this policy virtualizes; only owned \
                 ones can be handed on: leave the interfaces of its types to the host",
                function.name
            ));
            continue;
        }
        bridged.push(Bridged { name, id: *id });
    }
    match problems.is_empty() {
        true => Ok(bridged),
        false => Err(Error::invalid(problems.join("\n"))),
    }
}

/// Whether the host has resources of this interface, too.
fn crosses(interface: &Interface) -> bool {
    match interface.role {
        Role::Virtual => InterfaceName::parse(&interface.name).is_some_and(|name| {
            name.package == "wasi:io"
                || (name.package == "wasi:filesystem" && name.interface == "types")
        }),
        role => role == Role::Forwarded,
    }
}

/// Whether a function has a borrowed handle to a resource of these interfaces.
fn borrows(resolve: &Resolve, function: &Function, served: &BTreeSet<InterfaceId>) -> bool {
    handles(resolve, function)
        .into_iter()
        .any(|handle| match handle {
            Handle::Borrow(id) => match resolve.types[root(resolve, id)].owner {
                TypeOwner::Interface(owner) => served.contains(&owner),
                _ => false,
            },
            Handle::Own(_) => false,
        })
}
