//! The adapter's world under construction: versions of one interface become one, every function is given to who serves it,
//! and the host's side is added. It must never look at code.

use super::bridge::Bridge;
use super::host::HostSide;
use super::mapper::Mapper;
use super::{AdapterWorld, Export, Service, empty_world, interface_item, path, version};
use crate::error::Result;
use crate::plan::{Bridged, Interface, Plan, Role, resource_owners};
use crate::policy::{Clocks, Policy};
use crate::subsystem::{InterfaceName, Subsystem};
use std::collections::BTreeMap;
use wasi_virt_layout::Now;
use wit_parser::{Function, InterfaceId, PackageId, PackageName, Resolve, WorldKey};

/// The interfaces of a plan whose role is one of these, by path.
fn group(plan: &Plan, role: fn(Role) -> bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for interface in plan
        .interfaces
        .iter()
        .filter(|interface| role(interface.role))
    {
        let same = |group: &&mut Group| {
            !interface.subsystem.is_named()
                && path(&group.members[0].name) == path(&interface.name)
                && group.members[0].role == interface.role
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.members.push(interface.clone()),
            None => groups.push(Group {
                members: vec![interface.clone()],
            }),
        }
    }
    for group in &mut groups {
        group
            .members
            .sort_by_key(|member| std::cmp::Reverse(version(&member.name)));
    }
    groups
}

/// Interface of any version → the highest.
fn primary<'g>(groups: impl IntoIterator<Item = &'g Group>) -> BTreeMap<InterfaceId, InterfaceId> {
    let mut primary = BTreeMap::new();
    for group in groups {
        for member in &group.members {
            primary.insert(member.id, group.members[0].id);
        }
    }
    primary
}

pub(super) struct Builder<'a> {
    pub(super) resolve: Resolve,
    pub(super) policy: &'a Policy,
    /// Whether the adapter's own code uses files of the host's.
    pub(super) host_files: bool,
    /// Whether it has files that may be changed in memory.
    pub(super) writable: bool,
    /// Whether it gets descriptors of the host's from what is forwarded.
    pub(super) lent_files: bool,
    pub(super) groups: Vec<Group>,
    /// Served interface of any version → its export.
    pub(super) primary: BTreeMap<InterfaceId, InterfaceId>,
    /// The interfaces that are left to the host.
    pub(super) open: Vec<Group>,
}

/// The imported versions of one interface.
pub(super) struct Group {
    /// By falling version: the first is the one exported.
    pub(super) members: Vec<Interface>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(resolve: Resolve, plan: &Plan, policy: &'a Policy) -> Self {
        let groups = group(plan, Role::is_served);
        Builder {
            resolve,
            policy,
            host_files: plan.files.host,
            lent_files: plan.files.lent,
            writable: plan.files.writable,
            primary: primary(&groups),
            groups,
            open: group(plan, Role::is_host),
        }
    }

    pub(super) fn build(mut self, plan: &Plan) -> Result<AdapterWorld> {
        self.unify_versions(&plan.bridged);
        let mut exports = self.exports();
        let mut hosts = HostSide::new(&self);
        for export in &mut exports {
            hosts.add(&mut self, export);
        }
        let input = plan.world.filter(|_| !plan.bridged.is_empty());
        let bridge = input.map(|world| Bridge::new(&mut self, &mut hosts, world, &plan.bridged));
        for export in &mut exports {
            hosts.complete(&mut self, export);
        }
        exports.extend(bridge.iter().map(|bridge| bridge.of_adapter(&self.resolve)));
        let package = self.package("wasi-virt", "adapter", None);
        let mut world = empty_world("adapter", Some(package));
        for id in hosts.imports(&self, &exports) {
            world
                .imports
                .insert(WorldKey::Interface(id), interface_item(id));
        }
        for export in &exports {
            world
                .exports
                .insert(export.key.clone(), interface_item(export.id));
        }
        let trace = hosts.trace(&self);
        let world = self.resolve.worlds.alloc(world);
        self.resolve.packages[package]
            .worlds
            .insert("adapter".to_string(), world);
        Ok(AdapterWorld {
            hosts: hosts.wiring(&self, &exports),
            open: primary(&self.open),
            host_files: self.host_files || self.lent_files,
            writable: self.writable,
            now: self.now(),
            clocks: self.serves(Subsystem::Clocks),
            trace,
            crossings: BTreeMap::new(),
            bridge: bridge.map(|bridge| Box::new(bridge.world(self.resolve.clone()))),
            resolve: self.resolve,
            world,
            exports,
        })
    }

    /// Gives the highest version of every interface what its lower versions have, and points every use
    /// at the highest version.
    pub(super) fn unify_versions(&mut self, bridged: &[Bridged]) {
        let mut primary = self.primary.clone();
        let several = |group: &&Group| group.members.len() > 1;
        let open: Vec<&Group> = self.open.iter().filter(several).collect();
        primary.extend(self::primary(open.iter().copied()));
        let mut mapper = Mapper::new(&mut self.resolve, &primary);
        for group in self.groups.iter().chain(open) {
            let target = group.members[0].id;
            for member in &group.members {
                mapper.adopt_types(member.id, target);
                mapper.adopt_functions(member.id, target, |_| true);
            }
        }
        for export in bridged {
            mapper.adopt_types(export.id, export.id);
            mapper.adopt_functions(export.id, export.id, |_| true);
        }
    }

    pub(super) fn exports(&self) -> Vec<Export> {
        self.groups
            .iter()
            .map(|group| {
                let first = &group.members[0];
                Export {
                    key: first.key.clone(),
                    id: first.id,
                    name: first.name.clone(),
                    satisfies: group
                        .members
                        .iter()
                        .map(|member| member.name.clone())
                        .collect(),
                    subsystem: first.subsystem,
                    role: first.role,
                    functions: self.resolve.interfaces[first.id]
                        .functions
                        .values()
                        .map(|function| (function.clone(), self.service(first, function)))
                        .collect(),
                    host: None,
                }
            })
            .collect()
    }

    /// How a function is served; forwarding targets are filled in by [`HostSide`].
    pub(super) fn service(&self, interface: &Interface, function: &Function) -> Service {
        match interface.role {
            Role::Virtual => Service::Adapter,
            Role::Forwarded if !self.carries_unreachable(function) => {
                Service::Forward(interface.id)
            }
            _ => Service::Deny,
        }
    }

    /// Whether a function carries a resource of which the host has no counterpart: one that is denied, or
    /// virtual and neither of `wasi:io` nor a file.
    pub(super) fn carries_unreachable(&self, function: &Function) -> bool {
        resource_owners(&self.resolve, function)
            .into_iter()
            .any(|owner| {
                self.groups.iter().any(|group| {
                    let first = &group.members[0];
                    first.id == owner
                        && match first.role {
                            Role::Denied => true,
                            Role::Virtual => {
                                let path = path(&first.name);
                                !path.starts_with("wasi:io/") && path != "wasi:filesystem/types"
                            }
                            _ => false,
                        }
                })
            })
    }

    /// The release of WASI that imports are of which the component does not have: the highest of its own.
    pub(super) fn release(&self) -> semver::Version {
        let imports = self.groups.iter().chain(&self.open);
        let versions = imports
            .filter(|group| group.members[0].name.starts_with("wasi:"))
            .filter_map(|group| version(&group.members[0].name))
            .filter(|version| version.pre.is_empty());
        versions.max().unwrap_or(semver::Version::new(0, 2, 0))
    }

    /// Where the time of a change to a file comes from: only a clock that the component sees may be asked.
    pub(super) fn now(&self) -> Now {
        match self.policy.clocks {
            _ if !self.writable => Now::Fixed,
            Clocks::Fixed(_) | Clocks::Start(_) => Now::Virtual,
            Clocks::Allow if self.open_clock().is_some() => Now::Host,
            Clocks::Deny | Clocks::Allow => Now::Fixed,
        }
    }

    /// The clock of the host's that files may tell the time by: one that the component itself imports, and asks.
    pub(super) fn open_clock(&self) -> Option<&str> {
        let clock = self
            .open
            .iter()
            .map(|group| &group.members[0])
            .find(|clock| path(&clock.name) == "wasi:clocks/wall-clock")?;
        let functions = &self.resolve.interfaces[clock.id].functions;
        (self.writable && functions.contains_key("now")).then_some(clock.name.as_str())
    }

    pub(super) fn package(
        &mut self,
        namespace: &str,
        name: &str,
        version: Option<semver::Version>,
    ) -> PackageId {
        let name = PackageName {
            namespace: namespace.to_string(),
            name: name.to_string(),
            version,
        };
        if let Some(id) = self.resolve.package_names.get(&name) {
            return *id;
        }
        let id = self.resolve.packages.alloc(wit_parser::Package {
            name: name.clone(),
            docs: Default::default(),
            interfaces: Default::default(),
            worlds: Default::default(),
        });
        self.resolve.package_names.insert(name, id);
        id
    }

    /// Whether the adapter's own code serves something of this subsystem.
    pub(super) fn serves(&self, subsystem: Subsystem) -> bool {
        self.groups.iter().any(|group| {
            group.members[0].role == Role::Virtual && group.members[0].subsystem == subsystem
        })
    }

    /// Whether the adapter's own code may ask the host for the environment.
    pub(super) fn reads_host_environment(&self) -> bool {
        self.serves(Subsystem::Env) && crate::config::reads_host_environment(self.policy)
    }

    /// Whether the adapter's own code may ask the host for configuration properties.
    pub(super) fn reads_host_config(&self) -> bool {
        crate::config::reads_host_config(self.policy)
    }
}

impl Builder<'_> {
    /// The interface of the host's packages that stands for `name`.
    pub(super) fn prebuilt(&self, name: &str) -> Option<InterfaceId> {
        let parsed = InterfaceName::parse(name)?;
        let package = PackageName {
            namespace: "host".to_string(),
            name: parsed.package.strip_prefix("wasi:")?.to_string(),
            version: Some(adapter_version(parsed.package)),
        };
        let package = self.resolve.package_names.get(&package)?;
        self.resolve.packages[*package]
            .interfaces
            .get(parsed.interface)
            .copied()
    }

    pub(super) fn is_virtual(&self, id: InterfaceId) -> bool {
        self.groups
            .iter()
            .any(|group| group.members[0].id == id && group.members[0].role == Role::Virtual)
    }

    pub(super) fn plain_name(&self, id: InterfaceId) -> Option<String> {
        self.groups
            .iter()
            .map(|group| &group.members[0])
            .find(|member| member.id == id)
            .map(|member| member.name.clone())
    }
}

/// The version of a package that the adapter's own code was compiled for.
fn adapter_version(package: &str) -> semver::Version {
    let release = semver::Version::new(0, 2, 12);
    match package {
        "wasi:config" => semver::Version {
            patch: 0,
            pre: semver::Prerelease::new("rc.1").expect("a prerelease"),
            ..release
        },
        _ => release,
    }
}
