//! The plan of a relinking: every core function of the component that is replaced, and by what.
//! This module must never emit anything.

mod answers;
mod imports;
mod leaks;

use super::decide::{Decisions, Files, Import, Service};
use super::keep::{Keep, Kept, Wasi};
use super::origin;
use super::refuse::{Answer, Manner, Reply};
use super::resources::{self, Taken};
use super::site::{Does, Site, sites};
use crate::error::{Error, Result, Stage};
use crate::inspect::Component;
use crate::plan::{self, Role};
use crate::policy::{Clocks, Policy};
use crate::report::Action;
use crate::subsystem::{InterfaceName, Subsystem};
use crate::wasm::component::{self, Item, Liveness};
use crate::{config, relink::adapter};
use answers::{answer, manner, none};
use imports::{actions, imports, signatures};
use leaks::leaks;
use std::collections::{BTreeMap, BTreeSet};
use wasi_virt_layout::{Now, abi};
use wasmparser::component_types::{ComponentEntityType, ResourceId};
use wasmparser::types::Types;
use wasmparser::{Validator, WasmFeatures};

/// The number of a handle with nothing behind it, of the layer 0, which nobody else has.
pub(super) const HOLLOW: u32 = abi::INDEX_MASK;

/// The function that takes a list of handles.
pub(super) const POLL: &str = "wasi:io/poll#poll";

/// A core function that is replaced.
#[derive(Clone, Debug)]
pub(super) struct Replaced {
    pub site: Site,
    pub service: Service,
    /// Which memory and realloc the adapter uses; none where it uses none.
    pub context: Option<u32>,
    /// The arguments that are handles of which the adapter has some.
    pub handles: Vec<u32>,
    /// The arguments that are descriptors, where the adapter keeps some to itself.
    pub descriptors: Vec<u32>,
    /// The name of the first resource that the function takes and the adapter has handles of.
    pub resource: String,
    /// How a denied function answers, or a guarded one that is given a virtual handle; where it
    /// does not, it traps.
    pub answer: Option<Answer>,
    /// Whether handles with nothing behind them are dropped.
    pub drops_hollow: bool,
}

impl Replaced {
    /// Whether the host's function is called as well.
    pub(super) fn keeps_host(&self) -> bool {
        matches!(self.service, Service::Either | Service::Guarded)
    }

    /// The memory that the glue itself touches.
    pub(super) fn glue_memory(&self) -> Option<u32> {
        let polls = self.service == Service::Either && self.site.key() == POLL;
        let writes = matches!(
            self.answer,
            Some(Answer {
                reply: Reply::Memory { .. },
                ..
            })
        );
        self.site.memory.filter(|_| polls || writes)
    }

    /// Whether the adapter is called.
    pub(super) fn calls_adapter(&self) -> bool {
        matches!(self.service, Service::Either | Service::Virtual)
    }
}

/// See the module.
pub(crate) struct Plan<'c> {
    pub(super) items: Vec<Item<'c>>,
    pub(super) types: Types,
    pub(super) imports: Vec<Import>,
    /// In the order of the items.
    pub(super) replaced: Vec<Replaced>,
    /// The functions of undecided interfaces that only the host answers: import and name.
    pub(super) hosts: Vec<(String, String)>,
    /// Memory and realloc of each context.
    pub(super) contexts: Vec<(u32, Option<u32>)>,
    /// The prebuilt adapter.
    pub(super) prebuilt: &'static [u8],
    pub(super) layer: u32,
    /// What stays of the items.
    pub(super) kept: Kept<'c>,
    /// Functions of the host's that the adapter may call, by its names for them, with the import
    /// that has each.
    pub(super) reached: BTreeMap<String, String>,
    /// Where the time of a change to a file comes from.
    pub now: Now,
    /// What the report says of each import.
    pub actions: Vec<(String, Action)>,
}

impl<'c> Plan<'c> {
    /// Plans for `component` under `policy`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a policy that this component cannot be given, all problems at once.
    pub(crate) fn new(
        component: &'c Component,
        policy: &Policy,
        files: plan::Files,
        wasi: &'c Wasi,
    ) -> Result<Self> {
        let subsystems = plan::subsystems(component, policy, files)?;
        let types = Validator::new_with_features(WasmFeatures::all())
            .validate_all(&component.skeleton)
            .map_err(|error| Error::internal(Stage::Relink, error))?;
        let items = component::read(&component.skeleton)?;
        let owners = origin::owners(&items, types.as_ref());
        let sites = sites(&items, types.as_ref(), &owners)?;
        let mut problems = Vec::new();
        let imports = imports(component, &subsystems, &types, policy, files, &mut problems)?;
        let exports: Vec<ComponentEntityType> = component
            .exports
            .iter()
            .filter_map(|export| types.as_ref().component_item_for_export(&export.name))
            .map(|item| item.ty)
            .collect();
        let of_files = Files {
            host_descriptors: files.host,
            writable: files.writable,
        };
        let decisions = Decisions::new(types.as_ref(), imports, &exports, of_files);
        let prebuilt = if files.writable {
            wasi_virt_adapter::P2_WRITE
        } else if files.host {
            wasi_virt_adapter::P2_HOST
        } else {
            wasi_virt_adapter::P2
        };
        let served = adapter::served(prebuilt)?;
        problems.extend(signatures(component, &decisions));
        let layer = component.layer.saturating_add(1);
        if layer > abi::LAYERS {
            problems.push(format!(
                "the component was virtualized {} times; a handle has room for {} layers: \
                 virtualize what it was made of",
                component.layer,
                abi::LAYERS
            ));
        }
        let descriptors: BTreeSet<ResourceId> = decisions
            .imports
            .iter()
            .filter(|import| import.path() == "wasi:filesystem/types")
            .filter_map(|import| import.resources.get("descriptor").copied())
            .collect();
        if files.hidden {
            problems.extend(leaks(component, &types, &descriptors));
        }
        let (mut replaced, mut hosts) = (Vec::new(), Vec::new());
        for site in sites {
            let service = decisions.service(&site, served.contains(&site.key()));
            let taken = taken(&types, &site);
            if files.hidden
                && !matches!(service, Service::Denied | Service::Virtual)
                && !taken.buried.is_disjoint(&descriptors)
            {
                problems.push(format!(
                    "`{}` takes a descriptor inside of another value, where nobody sees whether it \
                     is one of the host's that has to stay hidden: close the import, or mount no \
                     directory of the host's",
                    site.label()
                ));
            }
            if service == Service::Host {
                hosts.push((site.import, site.name));
                continue;
            }
            if let Some(what) = site.unusual {
                problems.push(format!(
                    "`{}` is lowered with {what}, which this release cannot relink; build the \
                     component for UTF-8 and memories of 32 bits",
                    site.label()
                ));
            }
            if site.is_async && matches!(service, Service::Virtual | Service::Either) {
                problems.push(format!(
                    "`{}` is lowered `async`, which this release cannot make virtual; build the \
                     component with tools that call WASI 0.2 without it",
                    site.label()
                ));
            }
            let answer = match service {
                // The answer would drop a handle that the glue cannot check.
                Service::Denied if files.hidden && !taken.buried.is_disjoint(&descriptors) => None,
                Service::Denied => answer(&types, &decisions, &site, policy.deny),
                Service::Guarded => none(&types, &site),
                _ => None,
            };
            let virtuals = flat(&taken, |id| decisions.is_of_adapter(id));
            replaced.push(Replaced {
                resource: virtuals
                    .first()
                    .map_or("resource", |(_, id)| decisions.resource_name(*id))
                    .to_string(),
                handles: virtuals.into_iter().map(|(at, _)| at).collect(),
                descriptors: match files.hidden && service != Service::Virtual {
                    true => flat(&taken, |id| descriptors.contains(&id))
                        .into_iter()
                        .map(|(at, _)| at)
                        .collect(),
                    false => Vec::new(),
                },
                answer,
                drops_hollow: service == Service::Denied
                    && matches!(site.does, Does::Drop(_))
                    && decisions
                        .import(&site.import)
                        .is_some_and(|import| manner(import, policy.deny) == Manner::Answer),
                site,
                service,
                context: None,
            });
        }
        if !problems.is_empty() {
            problems.dedup();
            return Err(Error::invalid(problems.join("\n")));
        }
        let mut plan = Plan {
            actions: actions(component, &decisions, &replaced, policy, files),
            imports: decisions.imports,
            items,
            types,
            replaced,
            hosts,
            contexts: Vec::new(),
            prebuilt,
            layer,
            kept: Kept::default(),
            reached: BTreeMap::new(),
            now: Now::Fixed,
        };
        // Once without what the adapter calls, which depends on what is left.
        plan.settle(wasi)?;
        plan.reach(policy, files)?;
        plan.settle(wasi)?;
        plan.assign_contexts();
        Ok(plan)
    }

    /// The layer of the adapter's handles; 0 where it has none.
    pub(crate) fn layer(&self) -> u32 {
        match self.exports().is_empty() {
            true => 0,
            false => self.layer,
        }
    }

    /// Whether nothing is replaced and no import goes.
    pub(crate) fn is_untouched(&self) -> bool {
        self.replaced.is_empty()
            && self
                .imports
                .iter()
                .all(|import| matches!(import.role, Role::Host | Role::Undecided))
    }

    /// The import of the highest version of an interface, with this function where one is needed.
    fn newest(&self, path: &str, function: Option<&str>) -> Option<&Import> {
        let version = |import: &Import| {
            let version = InterfaceName::parse(&import.name).and_then(|name| name.version);
            version.and_then(|version| semver::Version::parse(version).ok())
        };
        self.imports
            .iter()
            .filter(|import| import.path() == path)
            .filter(|import| function.is_none_or(|name| import.functions.contains_key(name)))
            .max_by_key(|import| version(import))
    }

    /// Finds what the adapter calls of the host's: what the policy lets it, its functions for
    /// this component need, and the component imports.
    fn reach(&mut self, policy: &Policy, files: plan::Files) -> Result<()> {
        let virtual_of = |subsystem: Subsystem| {
            let mut imports = self.imports.iter();
            imports.any(|import| import.subsystem == subsystem && import.role == Role::Virtual)
        };
        let environment = config::reads_host_environment(policy) && virtual_of(Subsystem::Env);
        let properties = config::reads_host_config(policy) && virtual_of(Subsystem::Config);
        let of_files = files.host && virtual_of(Subsystem::Fs);
        let mut replaced = self.replaced.iter();
        let streams = replaced
            .any(|one| one.service == Service::Either && one.site.key().starts_with("wasi:io/"));
        let clock = files.writable && policy.clocks == Clocks::Allow;
        let is_open = |name: &str| match name.split_once('#') {
            Some(("wasi:cli/environment", _)) => environment,
            Some(("wasi:config/store" | "wasi:config/runtime", _)) => properties,
            Some((path, _)) if path.starts_with("wasi:filesystem/") => of_files,
            Some((path, _)) if path.starts_with("wasi:io/") => streams || of_files,
            Some(("wasi:clocks/wall-clock", _)) => clock,
            _ => false,
        };
        let calls = adapter::calls(self.prebuilt, &self.exports(), is_open)?;
        for name in calls {
            let Some((path, function)) = name.split_once('#') else {
                continue;
            };
            // Only what the component asks for itself says the time.
            let needed = (path == "wasi:clocks/wall-clock").then_some(function);
            if let Some(import) = self.newest(path, needed) {
                let import = import.name.clone();
                self.reached.insert(name, import);
            }
        }
        let virtual_clock = self.imports.iter().any(|import| {
            import.path() == "wasi:clocks/wall-clock" && import.role == Role::Virtual
        });
        self.now = match (files.writable, virtual_clock) {
            (true, true) => Now::Virtual,
            (true, false) if self.reached.contains_key("wasi:clocks/wall-clock#now") => Now::Host,
            _ => Now::Fixed,
        };
        Ok(())
    }

    /// The adapter's exports that the glue calls.
    pub(super) fn exports(&self) -> BTreeSet<String> {
        let calling = self.replaced.iter().filter(|one| one.calls_adapter());
        let mut exports: BTreeSet<String> = calling.map(|one| one.site.key()).collect();
        if self.replaced.iter().any(|one| !one.descriptors.is_empty()) {
            exports.insert(abi::HIDDEN.to_string());
        }
        exports
    }

    /// Finds what stays of the component.
    fn settle(&mut self, wasi: &'c Wasi) -> Result<()> {
        let links = Liveness::new(&self.items);
        let keep = Keep {
            items: &self.items,
            links: &links,
            types: self.types.as_ref(),
            imports: &self.imports,
            replaced: &self.replaced,
            reached: &self.reached,
        };
        let kept = keep.run(wasi)?;
        self.replaced
            .retain(|one| kept.live.contains(&one.site.item));
        self.kept = kept;
        Ok(())
    }

    /// Numbers the contexts; one without a realloc joins one with.
    fn assign_contexts(&mut self) {
        for with_realloc in [true, false] {
            for one in self.replaced.iter_mut().filter(|one| one.calls_adapter()) {
                let (Some(memory), realloc) = (one.site.memory, one.site.realloc) else {
                    continue;
                };
                if realloc.is_some() != with_realloc {
                    continue;
                }
                let known = self.contexts.iter().position(|(known, known_realloc)| {
                    *known == memory && (realloc.is_none() || *known_realloc == realloc)
                });
                let context = known.unwrap_or_else(|| {
                    self.contexts.push((memory, realloc));
                    self.contexts.len() - 1
                });
                one.context = Some(context as u32);
            }
        }
    }
}

/// The handles that a site takes.
fn taken(types: &Types, site: &Site) -> Taken {
    match site.does {
        Does::Drop(resource) => Taken {
            flat: vec![(0, resource)],
            ..Taken::default()
        },
        Does::Call(function) => resources::taken(types.as_ref(), function, site.is_async),
    }
}

/// The arguments that are handles of resources that `is` holds for, with these.
fn flat(taken: &Taken, is: impl Fn(ResourceId) -> bool) -> Vec<(u32, ResourceId)> {
    let handles = taken.flat.iter().copied();
    handles.filter(|(_, id)| is(*id)).collect()
}

#[cfg(test)]
mod tests;
