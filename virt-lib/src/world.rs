//! The adapter's world: it exports what the component imports, under the component's own names, and
//! imports the host's interfaces under a namespace of its own, `host:`, so that both sides can carry
//! resources of the same name. Built from the component's own WIT, so that only functions the component
//! uses appear. This module must never emit code.

mod bridge;
mod builder;
mod host;
mod mapper;

use crate::error::{Error, Result, Stage};
use crate::plan::{Plan, Role};
use crate::policy::Policy;
use crate::subsystem::Subsystem;
use crate::types::root;
pub(crate) use bridge::Crossing;
use builder::Builder;
use std::collections::BTreeMap;
use wasi_virt_layout::Now;
use wit_parser::{
    Function, InterfaceId, PackageId, Resolve, TypeId, TypeOwner, World, WorldId, WorldItem,
    WorldKey,
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
