//! The host's side of the adapter's world: a copy of every interface that is called or whose resources
//! travel, under the namespace `host:`. Functions nobody forwards are not in it.

use super::mapper::Mapper;
use super::{Builder, Export, Service, Trace};
use crate::plan::{Role, resource_owners};
use crate::subsystem::Subsystem;
use crate::types::root;
use std::collections::{BTreeMap, BTreeSet};
use wit_parser::{InterfaceId, Resolve, TypeDefKind, TypeId, TypeOwner};

/// The clock that the adapter's own code may ask for the time of a change.
const CLOCK: &str = "wasi:clocks/wall-clock@0.2.12";

/// What a trace of calls is written through; the last is where the stream is from.
const ERROR: &str = "wasi:io/error@0.2.12";
const STREAMS: &str = "wasi:io/streams@0.2.12";
const STDERR: &str = "wasi:cli/stderr@0.2.12";

/// The imports of the adapter.
pub(super) struct HostSide {
    /// Export → the host's side of it.
    clones: BTreeMap<InterfaceId, InterfaceId>,
    /// Whether anything the host is asked for carries `wasi:io` resources.
    io: bool,
}

impl HostSide {
    pub(super) fn new(builder: &Builder) -> Self {
        let mut clones = BTreeMap::new();
        for group in &builder.groups {
            let first = &group.members[0];
            if first.role == Role::Virtual
                && !matches!(first.subsystem, Subsystem::Clocks | Subsystem::Random)
                && let Some(id) = builder.prebuilt(&first.name)
            {
                clones.insert(first.id, id);
            }
        }
        HostSide {
            clones,
            io: builder.host_files || builder.policy.debug,
        }
    }

    /// Adds the host's side of what `export` forwards.
    pub(super) fn add(&mut self, builder: &mut Builder, export: &mut Export) {
        if !export
            .functions
            .iter()
            .any(|(_, service)| matches!(service, Service::Forward(_)))
        {
            return;
        }
        let id = self.clone_of(builder, export.id);
        export.host = Some(id);
        let forwarded: BTreeSet<String> = export
            .functions
            .iter_mut()
            .filter_map(|(function, service)| match service {
                Service::Forward(target) => {
                    *target = id;
                    Some(function.name.clone())
                }
                _ => None,
            })
            .collect();
        let owners: BTreeSet<_> = export
            .functions
            .iter()
            .filter(|(function, _)| forwarded.contains(&function.name))
            .flat_map(|(function, _)| resource_owners(&builder.resolve, function))
            .collect();
        for owner in owners {
            if let Some(primary) = builder.primary.get(&owner).copied() {
                self.io |= self.clones.contains_key(&primary) && builder.is_virtual(primary);
                self.clone_of(builder, primary);
            }
        }
        let targets = self.targets(builder);
        let mut mapper = Mapper::new(&mut builder.resolve, &targets);
        mapper.adopt_functions(export.id, id, |name| forwarded.contains(name));
    }

    /// Gives every forwarded interface that has a host's side all of its resources there, also those that
    /// only other interfaces hand out: their destructor is the host's.
    pub(super) fn complete(&self, builder: &mut Builder, export: &mut Export) {
        if export.role != Role::Forwarded {
            return;
        }
        export.host = self.clones.get(&export.id).copied();
        if export.host.is_none() {
            return;
        }
        let resources: Vec<TypeId> = builder.resolve.interfaces[export.id]
            .types
            .values()
            .copied()
            .filter(|ty| matches!(builder.resolve.types[*ty].kind, TypeDefKind::Resource))
            .collect();
        let targets = self.targets(builder);
        let mut mapper = Mapper::new(&mut builder.resolve, &targets);
        for resource in resources {
            mapper.type_id(resource);
        }
    }

    /// The host's counterparts of these resources, whose interfaces get a host's side.
    pub(super) fn adopt(&mut self, builder: &mut Builder, resources: &[TypeId]) -> Vec<TypeId> {
        for resource in resources {
            if let TypeOwner::Interface(owner) = builder.resolve.types[*resource].owner
                && let Some(primary) = builder.primary.get(&owner).copied()
            {
                self.io |= builder.is_virtual(primary);
                self.clone_of(builder, primary);
            }
        }
        let targets = self.targets(builder);
        let mut mapper = Mapper::new(&mut builder.resolve, &targets);
        let theirs: Vec<_> = resources.iter().map(|id| mapper.type_id(*id)).collect();
        let resolve = &builder.resolve;
        theirs.into_iter().map(|id| root(resolve, id)).collect()
    }

    /// Where every served interface's types are found on the host's side.
    pub(super) fn targets(&self, builder: &Builder) -> BTreeMap<InterfaceId, InterfaceId> {
        builder
            .primary
            .iter()
            .filter_map(|(any, primary)| self.clones.get(primary).map(|clone| (*any, *clone)))
            .collect()
    }

    fn clone_of(&mut self, builder: &mut Builder, id: InterfaceId) -> InterfaceId {
        if let Some(clone) = self.clones.get(&id) {
            return *clone;
        }
        let original = &builder.resolve.interfaces[id];
        let name = original.name.clone();
        let (namespace, package_name, version) = match original.package {
            Some(package) => {
                let package = &builder.resolve.packages[package].name;
                let namespace = if package.namespace == "wasi" {
                    "host".to_string()
                } else {
                    format!("host-{}", package.namespace)
                };
                (namespace, package.name.clone(), package.version.clone())
            }
            None => ("host-plain".to_string(), "names".to_string(), None),
        };
        let plain = builder.plain_name(id);
        let name = name.or(plain).unwrap_or_else(|| "unnamed".to_string());
        let package = builder.package(&namespace, &package_name, version);
        let clone = builder.resolve.interfaces.alloc(wit_parser::Interface {
            name: Some(name.clone()),
            types: Default::default(),
            functions: Default::default(),
            docs: Default::default(),
            stability: Default::default(),
            package: Some(package),
            span: Default::default(),
            clone_of: None,
        });
        builder.resolve.packages[package]
            .interfaces
            .insert(name, clone);
        self.clones.insert(id, clone);
        clone
    }

    /// Every interface the adapter imports, each behind those it uses.
    pub(super) fn imports(&self, builder: &Builder, exports: &[Export]) -> Vec<InterfaceId> {
        let exported: BTreeSet<_> = exports.iter().map(|export| export.id).collect();
        let mut ordered = Vec::new();
        for export in exports {
            for dep in builder
                .resolve
                .interface_direct_deps(export.id)
                .collect::<Vec<_>>()
            {
                if !exported.contains(&dep) {
                    visit(&builder.resolve, dep, &mut ordered);
                }
            }
        }
        for id in self.live(builder) {
            visit(&builder.resolve, id, &mut ordered);
        }
        ordered.retain(|id| !exported.contains(id));
        ordered
    }

    /// The host's interfaces that adapter or forwarders may call.
    fn live(&self, builder: &Builder) -> Vec<InterfaceId> {
        let mut live: Vec<_> = builder
            .groups
            .iter()
            .filter(|group| {
                let first = &group.members[0];
                first.role != Role::Virtual
                    || match first.subsystem {
                        Subsystem::Fs if builder.lent_files && is_types(&first.name) => true,
                        Subsystem::Fs => builder.host_files,
                        Subsystem::Neutral => self.io,
                        Subsystem::Config => builder.reads_host_config(),
                        // The environment's comes below; clocks and random numbers ask nobody.
                        _ => false,
                    }
            })
            .filter_map(|group| self.clones.get(&group.members[0].id).copied())
            .collect();
        if builder.reads_host_environment() {
            live.extend(builder.prebuilt("wasi:cli/environment@0.2.12"));
        }
        if builder.open_clock().is_some() {
            live.extend(builder.prebuilt(CLOCK));
        }
        live.extend(self.told(builder).into_iter().map(|(ours, _)| ours));
        live
    }

    pub(super) fn wiring(&self, builder: &Builder, exports: &[Export]) -> Vec<(String, String)> {
        let live = self.live(builder);
        let mut wiring = Vec::new();
        for export in exports {
            let host = match export.subsystem {
                Subsystem::Env if export.role == Role::Virtual => builder.prebuilt(&export.name),
                _ => self.clones.get(&export.id).copied(),
            };
            if let Some(host) = host.filter(|host| live.contains(host))
                && let Some(name) = builder.resolve.id_of(host)
            {
                wiring.push((name, export.name.clone()));
            }
        }
        if let Some(theirs) = builder.open_clock()
            && let Some(ours) = builder.prebuilt(CLOCK)
            && let Some(name) = builder.resolve.id_of(ours)
        {
            wiring.push((name, theirs.to_string()));
        }
        for (ours, theirs) in self.told(builder) {
            if let Some(name) = builder.resolve.id_of(ours)
                && !wiring.iter().any(|(wired, _)| *wired == name)
            {
                wiring.push((name, theirs));
            }
        }
        wiring
    }

    /// What a trace of calls takes: the adapter's interfaces, and the imports that they are.
    fn told(&self, builder: &Builder) -> Vec<(InterfaceId, String)> {
        if !builder.policy.debug {
            return Vec::new();
        }
        let told = [ERROR, STREAMS, STDERR].into_iter().filter_map(|name| {
            let group = builder.groups.iter().map(|group| &group.members[0]);
            let theirs = group
                .into_iter()
                .find(|i| super::path(&i.name) == super::path(name));
            let ours = theirs.and_then(|theirs| self.clones.get(&theirs.id).copied());
            let ours = ours.or_else(|| builder.prebuilt(name))?;
            let theirs = match theirs {
                Some(theirs) => theirs.name.clone(),
                None => format!("{}@{}", super::path(name), builder.release()),
            };
            Some((ours, theirs))
        });
        told.collect()
    }

    /// What the trace of calls takes, where there is to be one.
    pub(super) fn trace(&self, builder: &Builder) -> Option<Trace> {
        let told = self.told(builder);
        let (stderr, _) = told.last()?;
        Some(Trace {
            stderr: builder.resolve.id_of(*stderr)?,
            imports: told.into_iter().map(|(_, theirs)| theirs).collect(),
        })
    }
}

fn is_types(name: &str) -> bool {
    super::path(name) == "wasi:filesystem/types"
}

pub(super) fn visit(resolve: &Resolve, id: InterfaceId, ordered: &mut Vec<InterfaceId>) {
    if ordered.contains(&id) {
        return;
    }
    for dep in resolve.interface_direct_deps(id).collect::<Vec<_>>() {
        if dep != id {
            visit(resolve, dep, ordered);
        }
    }
    ordered.push(id);
}
