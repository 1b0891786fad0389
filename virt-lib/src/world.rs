//! The adapter's world: it exports what the component imports, under the component's own names, and
//! imports the host's interfaces under a namespace of its own, `host:`, so that both sides can carry
//! resources of the same name. Built from the component's own WIT, so that only functions the component
//! uses appear. This module must never emit code.

mod bridge;
mod host;
mod mapper;

use crate::error::{Error, Result, Stage};
use crate::plan::{Bridged, Interface, Plan, Role, resource_owners};
use crate::policy::{Clocks, Policy};
use crate::subsystem::{InterfaceName, Subsystem};
use crate::types::root;
use bridge::Bridge;
pub(crate) use bridge::Crossing;
use host::HostSide;
use mapper::Mapper;
use std::collections::BTreeMap;
use wasi_virt_layout::Now;
use wit_parser::{
    Function, InterfaceId, PackageId, PackageName, Resolve, TypeId, TypeOwner, World, WorldId,
    WorldItem, WorldKey,
};

/// What the adapter's own code imports, a package each.
const IO: &str = include_str!("world/host/io.wit");
const CLOCKS: &str = include_str!("world/host/clocks.wit");
const CLI: &str = include_str!("world/host/cli.wit");
const STDERR: &str = include_str!("world/host/stderr.wit");
const FILESYSTEM: &str = include_str!("world/host/filesystem.wit");
const CONFIG: &str = include_str!("world/host/config.wit");

/// How one exported function is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// By the adapter's own code.
    Adapter,
    /// By calling the host's function of this interface.
    Forward(InterfaceId),
    /// By refusing.
    Deny,
    /// By making a resource of one of the host's.
    Adopt,
    /// By giving the host's resource in one of the adapter's.
    Release,
}

/// Who makes the handles of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The adapter's own code: some are the host's inside, some are virtual.
    Adapter,
    /// Synthesized code: the representation is the host's handle, or a hollow one.
    Forwarder,
    /// The host.
    Host,
    /// The host, for the bridge, which hands the adapter's counterpart on.
    Crossing,
}

/// An interface the adapter exports: one for all versions of it that the component imports.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    pub key: WorldKey,
    pub id: InterfaceId,
    /// The name it is exported under: that of the highest version imported.
    pub name: String,
    /// Every import of the component it satisfies.
    pub satisfies: Vec<String>,
    pub subsystem: Subsystem,
    pub role: Role,
    /// Its functions, and how each is served.
    pub functions: Vec<(Function, Service)>,
    /// The host's side of it, where it has one.
    pub host: Option<InterfaceId>,
}

/// The adapter's world and how it is wired.
pub(crate) struct AdapterWorld {
    pub resolve: Resolve,
    pub world: WorldId,
    pub exports: Vec<Export>,
    /// Import of the adapter → import of the artifact, for all that is the host's.
    pub hosts: Vec<(String, String)>,
    /// Interface that is left to the host → the version of it that the artifact imports for all.
    pub open: BTreeMap<InterfaceId, InterfaceId>,
    /// Whether the adapter's own code uses files of the host's.
    pub host_files: bool,
    /// Whether it has files that may be changed in memory.
    pub writable: bool,
    /// Where the time of a change to a file comes from.
    pub now: Now,
    /// Whether the adapter's own code tells the time.
    pub clocks: bool,
    /// What the trace of calls takes, where there is one.
    pub trace: Option<Trace>,
    /// In the bridge's world: resource of the host's → how it crosses.
    pub crossings: BTreeMap<TypeId, Crossing>,
    /// The world of the bridge, where exports need one.
    pub bridge: Option<Box<AdapterWorld>>,
}

/// What the trace of calls takes of the host, whatever else is denied.
pub(crate) struct Trace {
    /// The adapter's import of standard error.
    pub stderr: String,
    /// The imports of the artifact that the adapter writes through.
    pub imports: Vec<String>,
}

impl AdapterWorld {
    /// Builds the world for a plan in which something is served.
    pub(crate) fn new(plan: &Plan, policy: &Policy) -> Result<Self> {
        let mut resolve = plan.resolve.clone();
        if let Some((name, _)) = resolve
            .package_names
            .iter()
            .find(|(name, _)| name.namespace == "host")
        {
            return Err(Error::invalid(format!(
                "the component uses package `{name}`; the namespace `host` is reserved for the adapter"
            )));
        }
        for package in host_packages(plan, policy) {
            // A package is one text.
            let more = if package == CLI && policy.debug {
                STDERR
            } else {
                ""
            };
            resolve
                .push_source("host.wit", &format!("{package}{more}"))
                .map_err(|error| Error::internal(Stage::Specialize, format!("{error:#}")))?;
        }
        Builder::new(resolve, plan, policy).build(plan)
    }

    /// Who makes the handles of `resource`, an alias or the resource itself.
    pub(crate) fn owner(&self, resource: TypeId) -> Owner {
        let resource = root(&self.resolve, resource);
        if self.crossings.contains_key(&resource) {
            return Owner::Crossing;
        }
        let TypeOwner::Interface(id) = self.resolve.types[resource].owner else {
            return Owner::Host;
        };
        match self.exports.iter().find(|export| export.id == id) {
            Some(export) if export.role == Role::Virtual => Owner::Adapter,
            Some(_) => Owner::Forwarder,
            None => Owner::Host,
        }
    }

    /// The export that defines `resource`.
    pub(crate) fn export_of(&self, resource: TypeId) -> Option<&Export> {
        let TypeOwner::Interface(id) = self.resolve.types[root(&self.resolve, resource)].owner
        else {
            return None;
        };
        self.exports.iter().find(|export| export.id == id)
    }
}

/// The packages that the adapter's own code may ask the host for in this plan, each behind those it uses.
fn host_packages(plan: &Plan, policy: &Policy) -> impl Iterator<Item = &'static str> {
    let is_virtual = |subsystem| {
        let mut interfaces = plan.interfaces.iter();
        interfaces.any(|i| i.role == Role::Virtual && i.subsystem == subsystem)
    };
    let files = plan.files.host || plan.files.lent;
    let environment = crate::config::reads_host_environment(policy);
    let config = crate::config::reads_host_config(policy);
    [
        (IO, files || policy.debug || is_virtual(Subsystem::Neutral)),
        (CLOCKS, plan.files.writable),
        (
            CLI,
            policy.debug || (environment && is_virtual(Subsystem::Env)),
        ),
        (FILESYSTEM, files),
        (CONFIG, config && is_virtual(Subsystem::Config)),
    ]
    .into_iter()
    .filter_map(|(package, wanted)| wanted.then_some(package))
}

/// A world without items.
pub(crate) fn empty_world(name: &str, package: Option<PackageId>) -> World {
    World {
        name: name.to_string(),
        imports: Default::default(),
        exports: Default::default(),
        package,
        docs: Default::default(),
        stability: Default::default(),
        includes: Default::default(),
        span: Default::default(),
    }
}

/// The interfaces of a plan whose role is one of these, by path.
fn group(plan: &Plan, role: fn(Role) -> bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for interface in plan
        .interfaces
        .iter()
        .filter(|interface| role(interface.role))
    {
        let same = |group: &&mut Group| {
            interface.subsystem != Subsystem::Other
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

struct Builder<'a> {
    resolve: Resolve,
    policy: &'a Policy,
    /// Whether the adapter's own code uses files of the host's.
    host_files: bool,
    /// Whether it has files that may be changed in memory.
    writable: bool,
    /// Whether it gets descriptors of the host's from what is forwarded.
    lent_files: bool,
    groups: Vec<Group>,
    /// Served interface of any version → its export.
    primary: BTreeMap<InterfaceId, InterfaceId>,
    /// The interfaces that are left to the host.
    open: Vec<Group>,
}

/// The imported versions of one interface.
struct Group {
    /// By falling version: the first is the one exported.
    members: Vec<Interface>,
}

impl<'a> Builder<'a> {
    fn new(resolve: Resolve, plan: &Plan, policy: &'a Policy) -> Self {
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

    fn build(mut self, plan: &Plan) -> Result<AdapterWorld> {
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
    fn unify_versions(&mut self, bridged: &[Bridged]) {
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

    fn exports(&self) -> Vec<Export> {
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
    fn service(&self, interface: &Interface, function: &Function) -> Service {
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
    fn carries_unreachable(&self, function: &Function) -> bool {
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
    fn release(&self) -> semver::Version {
        let imports = self.groups.iter().chain(&self.open);
        let versions = imports
            .filter(|group| group.members[0].name.starts_with("wasi:"))
            .filter_map(|group| version(&group.members[0].name))
            .filter(|version| version.pre.is_empty());
        versions.max().unwrap_or(semver::Version::new(0, 2, 0))
    }

    /// Where the time of a change to a file comes from: only a clock that the component sees may be asked.
    fn now(&self) -> Now {
        match self.policy.clocks {
            _ if !self.writable => Now::Fixed,
            Clocks::Fixed(_) | Clocks::Start(_) => Now::Virtual,
            Clocks::Allow if self.open_clock().is_some() => Now::Host,
            Clocks::Deny | Clocks::Allow => Now::Fixed,
        }
    }

    /// The clock of the host's that files may tell the time by: one that the component itself imports, and asks.
    fn open_clock(&self) -> Option<&str> {
        let clock = self
            .open
            .iter()
            .map(|group| &group.members[0])
            .find(|clock| path(&clock.name) == "wasi:clocks/wall-clock")?;
        let functions = &self.resolve.interfaces[clock.id].functions;
        (self.writable && functions.contains_key("now")).then_some(clock.name.as_str())
    }

    fn package(
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
    fn serves(&self, subsystem: Subsystem) -> bool {
        self.groups.iter().any(|group| {
            group.members[0].role == Role::Virtual && group.members[0].subsystem == subsystem
        })
    }

    /// Whether the adapter's own code may ask the host for the environment.
    fn reads_host_environment(&self) -> bool {
        self.serves(Subsystem::Env) && crate::config::reads_host_environment(self.policy)
    }

    /// Whether the adapter's own code may ask the host for configuration properties.
    fn reads_host_config(&self) -> bool {
        crate::config::reads_host_config(self.policy)
    }
}

impl Builder<'_> {
    /// The interface of the host's packages that stands for `name`.
    fn prebuilt(&self, name: &str) -> Option<InterfaceId> {
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

    fn is_virtual(&self, id: InterfaceId) -> bool {
        self.groups
            .iter()
            .any(|group| group.members[0].id == id && group.members[0].role == Role::Virtual)
    }

    fn plain_name(&self, id: InterfaceId) -> Option<String> {
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

fn interface_item(id: InterfaceId) -> WorldItem {
    WorldItem::Interface {
        id,
        stability: Default::default(),
        external_id: None,
        docs: Default::default(),
        span: Default::default(),
    }
}

/// The name without its version.
fn path(name: &str) -> &str {
    name.split_once('@').map_or(name, |(path, _)| path)
}

fn version(name: &str) -> Option<semver::Version> {
    semver::Version::parse(name.split_once('@')?.1).ok()
}
