//! Decides for every function that a component lowers who answers it: from the policy's role for
//! the import, and from the resources that the function takes. This module must never emit
//! anything.

use crate::plan::network::Network;
use crate::plan::resources::{self, Mentioned};
use crate::plan::site::{Does, Site};
use crate::plan::{Files, Role};
use crate::wasi::name;
use crate::wasi::network::{self, is_known};
use crate::wasi::subsystem::Subsystem;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::component_types::{ComponentFuncTypeId, ResourceId};
use wasmparser::types::TypesRef;

/// Who answers a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// The host, as before.
    Host,
    /// The host, where the adapter lets the call through.
    Checked,
    /// The host, which the adapter calls to see what the call returns.
    Begun,
    /// The host, which knows no virtual handle: one that is passed traps by name.
    Guarded,
    /// Nobody.
    Denied,
    /// The adapter.
    Virtual,
    /// The adapter where a handle is virtual, else the host.
    Either,
}

/// One import and what the policy says of it.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    /// Its name in the component.
    pub name: String,
    /// The name of what it is: that of the root's import which a nested component is given.
    pub known: String,
    /// The function of an interface that a bare function is.
    pub function: Option<String>,
    pub subsystem: Subsystem,
    /// Whether another component gives it, and not the host.
    pub is_foreign: bool,
    /// Whether it is virtual only so that its streams refuse: a denied standard stream.
    pub is_closed: bool,
    pub role: Role,
    /// The functions that are denied where the host answers the others.
    pub unknown: BTreeSet<String>,
    /// The functions and drops that the adapter checks or answers where the host answers the
    /// others.
    pub ruled: BTreeSet<String>,
    pub functions: BTreeMap<String, ComponentFuncTypeId>,
    /// Every resource that it exports, its own and those of others.
    pub resources: BTreeMap<String, ResourceId>,
}

impl Import {
    /// Package and interface, without a version.
    pub(crate) fn path(&self) -> &str {
        name::path(&self.known)
    }

    /// Whether the policy closes it, or some of its functions beside those of the host.
    pub(crate) fn is_closed_in_part(&self) -> bool {
        matches!(self.role, Role::Denied | Role::Virtual) || !self.unknown.is_empty()
    }

    /// Whether the policy closes a function of it.
    pub(crate) fn closes(&self, function: &str) -> bool {
        matches!(self.role, Role::Denied | Role::Virtual) || self.unknown.contains(function)
    }
}

/// Leaves the types of HTTP to the host where exports are made of them: with them alone a component
/// reaches neither, and without them it cannot be called. What this release does not know of them
/// may reach more.
pub(crate) fn keep_http_types(imports: &mut [Import], given: &BTreeSet<ResourceId>) {
    for import in imports {
        if import.subsystem == Subsystem::Http
            && import.role == Role::Denied
            && import.path() == name::HTTP_TYPES
            && import.resources.values().any(|id| given.contains(id))
        {
            import.role = Role::Host;
            let names = import.functions.keys();
            let unknown = names.filter(|name| !is_known(&import.known, name));
            import.unknown = unknown.cloned().collect();
        }
    }
}

/// Says of imports that network rules leave to the host which functions the adapter checks.
pub(crate) fn govern(imports: &mut [Import], network: Network) {
    for import in imports
        .iter_mut()
        .filter(|import| import.role == Role::Host)
    {
        let is_governed = match import.subsystem {
            Subsystem::Sockets => network.sockets,
            Subsystem::Http => network.http,
            _ => false,
        };
        if is_governed {
            network.govern(import);
        }
    }
}

/// The decisions for a component.
pub(crate) struct Decisions<'t> {
    types: TypesRef<'t>,
    /// In the component's order.
    pub imports: Vec<Import>,
    /// Position of the import that defines each resource.
    owners: BTreeMap<ResourceId, usize>,
    /// The resources of which the component gets host handles.
    of_host: BTreeSet<ResourceId>,
    /// The resources of which the adapter makes handles.
    of_adapter: BTreeSet<ResourceId>,
    /// Those of them whose handles are good for something.
    useful: BTreeSet<ResourceId>,
}

impl<'t> Decisions<'t> {
    /// Decides which handles there are. `given` are the resources of which the component's callers
    /// give it handles.
    pub(crate) fn new(
        types: TypesRef<'t>,
        imports: Vec<Import>,
        given: BTreeSet<ResourceId>,
        files: Files,
    ) -> Self {
        let mut owners = BTreeMap::new();
        for (at, import) in imports.iter().enumerate() {
            // Who uses a resource comes after who defines it.
            for id in import.resources.values() {
                owners.entry(*id).or_insert(at);
            }
        }
        let mut decisions = Decisions {
            types,
            imports,
            owners,
            of_host: BTreeSet::new(),
            of_adapter: BTreeSet::new(),
            useful: BTreeSet::new(),
        };
        decisions.of_adapter = decisions.made(files, |_| true);
        decisions.useful = decisions.made(files, |import| !import.is_closed);
        decisions.find_hosts(given, files);
        decisions
    }

    pub(crate) fn import(&self, name: &str) -> Option<&Import> {
        self.imports.iter().find(|import| import.name == name)
    }

    /// Whether the adapter makes handles of this resource.
    pub(crate) fn is_of_adapter(&self, resource: ResourceId) -> bool {
        self.of_adapter.contains(&resource)
    }

    /// Whether the adapter makes handles of this resource that are good for something.
    pub(crate) fn is_useful(&self, resource: ResourceId) -> bool {
        self.useful.contains(&resource)
    }

    /// What a resource is called.
    pub(crate) fn resource_name(&self, resource: ResourceId) -> &str {
        let mut all = self.imports.iter().flat_map(|import| &import.resources);
        let named = all.find(|(_, id)| **id == resource);
        named.map_or("resource", |(name, _)| name)
    }

    /// Whether the import that defines this resource is denied, so that its handles are hollow.
    pub(crate) fn is_hollow(&self, resource: ResourceId) -> bool {
        let owner = self.owners.get(&resource);
        owner.is_some_and(|at| self.imports[*at].role == Role::Denied)
    }

    /// Whether this resource is the error of `wasi:io`, with which operations on streams fail.
    pub(crate) fn is_io_error(&self, resource: ResourceId) -> bool {
        let owner = self.owners.get(&resource);
        owner.is_some_and(|at| self.imports[*at].path() == name::IO_ERROR)
    }

    /// The resources of which the adapter makes handles, beginning with imports that `is` holds
    /// for.
    fn made(&self, files: Files, is: impl Fn(&Import) -> bool) -> BTreeSet<ResourceId> {
        let mut made = BTreeSet::new();
        // In a tree that cannot be changed these only refuse.
        let writes = |name: &str| {
            let mut ends = ["write-via-stream", "append-via-stream"].into_iter();
            ends.any(|end| name.ends_with(end))
        };
        let answers = |name: &str| files.writable || !writes(name);
        let imports = self.imports.iter();
        for import in imports.filter(|i| i.role == Role::Virtual && is(i)) {
            let functions = import.functions.iter();
            for (_, ty) in functions.filter(|(name, _)| answers(name)) {
                made.extend(resources::of_function(self.types, *ty).results);
            }
        }
        for import in self
            .imports
            .iter()
            .filter(|import| !import.ruled.is_empty())
        {
            made.extend(import.resources.get(network::INCOMING));
        }
        self.makes(made, |import, name| match import.role {
            Role::Virtual => answers(name),
            role => role == Role::Undecided,
        })
    }

    fn find_hosts(&mut self, mut found: BTreeSet<ResourceId>, files: Files) {
        for import in self.imports.iter().filter(|i| i.role == Role::Host) {
            for ty in import.functions.values() {
                found.extend(resources::of_function(self.types, *ty).results);
            }
        }
        if files.host {
            let types = self
                .imports
                .iter()
                .filter(|import| import.path() == name::FILES && import.role == Role::Virtual);
            found.extend(types.filter_map(|import| import.resources.get("descriptor")));
        }
        // The adapter makes the handles of a lookup, of the host's or not; what waits for answers
        // of the host is the host's.
        let is_lookup =
            |import: &Import| import.path() == name::LOOKUP && import.role == Role::Virtual;
        if files.network.names {
            for (at, import) in self.imports.iter().enumerate() {
                if is_lookup(import) {
                    let functions = import.functions.values();
                    let results =
                        functions.flat_map(|ty| resources::of_function(self.types, *ty).results);
                    found.extend(results.filter(|id| self.owners.get(id) != Some(&at)));
                }
            }
        }
        found = self.makes(found, |import, _| {
            import.role != Role::Denied && !is_lookup(import)
        });
        // A denied interface returns nothing, whichever interface mentions its resources.
        found.retain(|id| !self.is_hollow(*id));
        self.of_host = found;
    }

    /// `made`, and all that handles of these make in turn by calls of functions that are `open`.
    fn makes(
        &self,
        mut made: BTreeSet<ResourceId>,
        open: impl Fn(&Import, &str) -> bool,
    ) -> BTreeSet<ResourceId> {
        loop {
            let before = made.len();
            for import in &self.imports {
                let functions = import.functions.iter();
                for (_, ty) in functions.filter(|(name, _)| open(import, name)) {
                    let Mentioned { params, results } = resources::of_function(self.types, *ty);
                    if params.iter().any(|id| made.contains(id)) {
                        made.extend(results);
                    }
                }
            }
            if made.len() == before {
                return made;
            }
        }
    }

    /// Whether the host has handles of a resource that this import defines.
    fn has_host_side(&self, import: &Import) -> bool {
        let position = self
            .imports
            .iter()
            .position(|this| this.name == import.name);
        import
            .resources
            .values()
            .any(|id| self.of_host.contains(id) && self.owners.get(id) == position.as_ref())
    }

    /// Who answers a site, where `served` says whether the adapter has the function.
    pub(crate) fn service(&self, site: &Site, served: bool) -> Service {
        let Some(import) = self.import(&site.import) else {
            return Service::Host;
        };
        let taken = match site.does {
            Does::Call(ty) => resources::of_function(self.types, ty).params,
            Does::Drop(resource) => BTreeSet::from([resource]),
        };
        let of_adapter = !taken.is_disjoint(&self.of_adapter);
        let of_host = !taken.is_disjoint(&self.of_host);
        match import.role {
            Role::Host if import.unknown.contains(&site.name) => Service::Denied,
            Role::Host if import.ruled.contains(&site.name) => match served {
                true if network::is_checked(&site.key()) => Service::Checked,
                true if network::is_begun(&site.key()) => Service::Begun,
                true => Service::Virtual,
                false => Service::Denied,
            },
            Role::Host if of_adapter && served => Service::Either,
            Role::Host if of_adapter => Service::Guarded,
            Role::Host => Service::Host,
            Role::Denied => Service::Denied,
            Role::Virtual if !served => Service::Denied,
            Role::Virtual if network::is_begun(&site.key()) => Service::Begun,
            Role::Virtual if of_host && self.has_host_side(import) => match of_adapter {
                true => Service::Either,
                // No handle that it takes can be virtual.
                false => Service::Guarded,
            },
            Role::Virtual => Service::Virtual,
            Role::Undecided => match (of_adapter && served, of_host) {
                (true, true) => Service::Either,
                (true, false) => Service::Virtual,
                (false, true) => Service::Host,
                (false, false) => Service::Denied,
            },
        }
    }
}

#[cfg(test)]
mod tests;
