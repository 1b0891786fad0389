//! Which interfaces of WASI a pass-through exports, and which functions of each: from the role
//! that the policy gives every interface, and from the resources that interfaces share. This
//! module must never emit anything.

use crate::error::Result;
use crate::plan::{self, Files, Role};
use crate::policy::Policy;
use crate::read::inspect::Component;
use crate::wasi::name;
use crate::wasi::release::is_newer_release;
use crate::wasi::subsystem::Subsystem;
use crate::wasi::types::parts;
use semver::Version;
use std::collections::BTreeSet;
use wit_parser::{InterfaceId, Resolve, Stability, Type, TypeDefKind, TypeId, TypeOwner};

/// How much of WASI is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// All of it.
    All,
    /// What cannot be left to the host: what the policy closes or makes virtual, and whatever
    /// shares a resource with that. Only the builder asks for it, and WASI 0.3 has no more.
    #[cfg_attr(not(feature = "std-fs"), allow(dead_code))]
    Closed,
}

/// An interface of WASI.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub name: String,
    pub id: InterfaceId,
    pub role: Role,
}

/// Chooses the interfaces to export, in the order of `wasi`, the component that imports all of
/// WASI. What is forwarded loses there what a host of WASI `version` does not have: what is
/// unstable, and what came later. What is denied stays, so that it is never open.
///
/// Of WASI 0.3, nothing is exported that can be left to the host: a resource that is forwarded is
/// another one than the host's, so that no stream of such resources could pass.
pub(crate) fn select(
    wasi: &mut Component,
    policy: &Policy,
    files: Files,
    version: &Version,
    scope: Coverage,
) -> Result<Vec<Interface>> {
    let (resolve, world) = match &mut wasi.world {
        Ok((resolve, world)) => (resolve, *world),
        Err(why) => return Err(super::internal(why.as_str())),
    };
    let ids = super::imports(resolve, world);
    let imports = wasi.imports.iter().zip(ids);
    let mut all: Vec<Interface> = imports
        .map(|(import, id)| Interface {
            name: import.name.clone(),
            id,
            role: plan::role::decided(Subsystem::of(&import.name), &import.name, policy, files),
        })
        .collect();
    let chosen = match scope {
        Coverage::All if !is_newer_release(version) => {
            all.iter().map(|interface| interface.id).collect()
        }
        _ => closed(resolve, &all),
    };
    all.retain(|interface| chosen.contains(&interface.id));
    all.retain(|interface| match interface.role {
        Role::Denied | Role::Virtual | Role::Undecided => true,
        Role::Host => {
            let of = &mut resolve.interfaces[interface.id];
            of.functions
                .retain(|_, function| is_known(&function.stability, version));
            is_known(&of.stability, version)
        }
    });
    Ok(all)
}

fn is_known(stability: &Stability, version: &Version) -> bool {
    match stability {
        Stability::Stable { since, .. } => since <= version,
        Stability::Unstable { .. } => false,
        Stability::Unknown => true,
    }
}

/// What cannot be left to the host.
fn closed(resolve: &Resolve, all: &[Interface]) -> BTreeSet<InterfaceId> {
    let with = |role: fn(Role) -> bool| all.iter().filter(move |one| role(one.role));
    let mut chosen: BTreeSet<_> = with(|role| matches!(role, Role::Denied | Role::Virtual))
        .map(|one| one.id)
        .collect();
    let io: BTreeSet<_> = all.iter().filter(|one| is_io(one)).map(|o| o.id).collect();
    // Streams and pollables are virtual as soon as something virtual has any.
    if with(|role| role == Role::Virtual).any(|one| !owners(resolve, one.id).is_disjoint(&io)) {
        chosen.extend(&io);
    }
    // An import that no host function needs would be open in vain.
    let mut needed = BTreeSet::new();
    let mut todo: Vec<_> = with(Role::is_host).map(|one| one.id).collect();
    while let Some(id) = todo.pop() {
        todo.extend(
            resolve
                .interface_direct_deps(id)
                .filter(|id| needed.insert(*id)),
        );
    }
    let undecided = with(|role| role == Role::Undecided).map(|one| one.id);
    chosen.extend(undecided.filter(|id| !needed.contains(id)));
    loop {
        let before = chosen.len();
        let shares = |one: &&Interface| !owners(resolve, one.id).is_disjoint(&chosen);
        let sharing: Vec<_> = all.iter().filter(shares).map(|one| one.id).collect();
        chosen.extend(sharing);
        if chosen.len() == before {
            return chosen;
        }
    }
}

fn is_io(interface: &Interface) -> bool {
    name::is_of(name::IO, &interface.name)
}

/// The interfaces whose resources an interface mentions, its own included.
fn owners(resolve: &Resolve, id: InterfaceId) -> BTreeSet<InterfaceId> {
    let interface = &resolve.interfaces[id];
    let functions = interface.functions.values();
    let values = functions.flat_map(|function| {
        let params = function.params.iter().map(|param| param.ty);
        params.chain(function.result)
    });
    let mut todo: Vec<Type> = interface.types.values().map(|id| Type::Id(*id)).collect();
    todo.extend(values);
    let (mut seen, mut owners) = (BTreeSet::<TypeId>::new(), BTreeSet::new());
    while let Some(ty) = todo.pop() {
        let Type::Id(id) = ty else { continue };
        if !seen.insert(id) {
            continue;
        }
        let definition = &resolve.types[id];
        match (&definition.kind, definition.owner) {
            (TypeDefKind::Resource, TypeOwner::Interface(owner)) => {
                owners.insert(owner);
            }
            (kind, _) => todo.extend(parts(kind)),
        }
    }
    owners
}
