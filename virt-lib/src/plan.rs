//! The second step: every core function of the component, and of those nested in it, that is
//! replaced, and by what. This module must never emit anything.

mod answers;
pub(crate) mod classify;
pub(crate) mod decide;
mod effect;
pub(crate) mod import_type;
mod imports;
pub(crate) mod keep;
pub(crate) mod label;
pub(crate) mod layout;
mod leaks;
pub(crate) mod log;
pub(crate) mod notice;
pub(crate) mod origin;
mod parts;
pub(crate) mod refuse;
pub(crate) mod resources;
pub(crate) mod role;
pub(crate) mod site;
pub(crate) mod written;

pub(crate) use classify::Files;
pub(crate) use role::Role;

use crate::error::{Error, Result};
use crate::policy::{Clocks, Policy};
use crate::read::inspect::Component;
use crate::report::Action;
use crate::specialize::adapter;
use crate::specialize::config;
use crate::wasi::Wasi;
use crate::wasi::subsystem::{InterfaceName, Subsystem, is_newer};
use crate::wasm::component::{Item, Kind, Liveness, Scope};
use answers::{answer, manner, none};
use decide::{Decisions, Import, Service, keep_http_types};
use imports::{actions, imports, signatures};
use keep::{Keep, Kept};
use label::Label;
use leaks::leaks;
use log::{Added, Log};
use origin::Origins;
pub(crate) use parts::{Parts, refers};
use refuse::{Answer, Manner, Reply};
use resources::Taken;
use site::{Does, Site, sites};
use std::collections::{BTreeMap, BTreeSet};
use wasi_virt_layout::{Now, abi};
use wasmparser::component_types::{ComponentEntityType, ResourceId};
use wasmparser::types::Types;

/// The number of a handle with nothing behind it, of the layer 0, which nobody else has.
pub(crate) const HOLLOW: u32 = abi::INDEX_MASK;

/// The function that takes a list of handles.
pub(crate) const POLL: &str = "wasi:io/poll#poll";

/// A core function that is replaced.
#[derive(Clone, Debug)]
pub(crate) struct Replaced {
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
    /// What the log calls its calls, where they are logged.
    pub label: Option<Label>,
}

impl Replaced {
    /// Whether the host's function is called as well.
    pub(crate) fn keeps_host(&self) -> bool {
        matches!(
            self.service,
            Service::Either | Service::Guarded | Service::Host
        )
    }

    /// The memory that the glue itself touches.
    pub(crate) fn glue_memory(&self) -> Option<u32> {
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
    pub(crate) fn calls_adapter(&self) -> bool {
        matches!(self.service, Service::Either | Service::Virtual)
    }
}

/// See the module.
pub(crate) struct Plan<'c> {
    pub(crate) items: Vec<Item<'c>>,
    pub(crate) types: Types,
    pub(crate) imports: Vec<Import>,
    /// In the order of the items.
    pub(crate) replaced: Vec<Replaced>,
    /// The functions of undecided interfaces that only the host answers: import and name.
    pub(crate) hosts: Vec<(String, String)>,
    /// Memory and realloc of each context.
    pub(crate) contexts: Vec<(u32, Option<u32>)>,
    /// The prebuilt adapter.
    pub(crate) prebuilt: &'static [u8],
    pub(crate) layer: u32,
    /// What stays of the items.
    pub(crate) kept: Kept<'c>,
    /// Functions of the host's that the adapter may call, by its names for them, with the import
    /// that has each.
    pub(crate) reached: BTreeMap<String, String>,
    /// The components nested in it, by the positions of their items.
    pub(crate) inner: BTreeMap<usize, Plan<'c>>,
    pub(crate) parts: Parts,
    /// The exports that may give away a virtual handle, with the resource's name.
    leaves: BTreeMap<String, String>,
    /// The log's way to the host, where something is logged, and the imports that it adds.
    pub(crate) log: Option<Log>,
    pub(crate) added: Vec<Added<'c>>,
    /// Where the time of a change to a file comes from.
    pub now: Now,
    /// What the report says of each import; nothing for a nested component.
    pub actions: Vec<(String, Action)>,
}

/// What holds for a component and for all that are nested in it.
struct Asked<'a, 'c> {
    policy: &'a Policy,
    files: Files,
    prebuilt: &'static [u8],
    /// The functions that the prebuilt adapter serves.
    served: BTreeSet<String>,
    layer: u32,
    wasi: &'c Wasi,
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
        files: Files,
        wasi: &'c Wasi,
    ) -> Result<Self> {
        let subsystems = classify::subsystems(component, policy, files)?;
        let scope = Scope::read(&component.skeleton)?;
        let types = &scope.types;
        let mut problems = Vec::new();
        let mut imports = imports(component, &subsystems, types, policy, files, &mut problems)?;
        keep_http_types(&mut imports, &given(&scope));
        problems.extend(signatures(component, &imports));
        let prebuilt = if files.writable {
            wasi_virt_adapter::P2_WRITE
        } else if files.host {
            wasi_virt_adapter::P2_HOST
        } else {
            wasi_virt_adapter::P2
        };
        let layer = component.layer.saturating_add(1);
        if layer > abi::LAYERS {
            problems.push(format!(
                "the component was virtualized {} times; a handle has room for {} layers: \
                 virtualize what it was made of",
                component.layer,
                abi::LAYERS
            ));
        }
        let asked = Asked {
            policy,
            files,
            prebuilt,
            served: adapter::served(prebuilt)?,
            layer,
            wasi,
        };
        let mut plan = Self::component(scope, imports, &asked, &mut problems)?;
        let changing = plan.count_of_files();
        if files.writable && changing > 1 {
            problems.push(format!(
                "{changing} parts of the composition use files, and files that may be changed would \
                 be each part's own: mount them for reading only, or virtualize the parts before \
                 composing them"
            ));
        }
        if !problems.is_empty() {
            problems.dedup();
            return Err(Error::invalid(problems.join("\n")));
        }
        plan.actions = actions(
            component,
            &plan.imports,
            &plan.all_replaced(),
            policy,
            files,
        );
        plan.settle_all(&asked, true)?;
        Ok(plan)
    }

    /// Decides for a component and for all that are nested in it.
    fn component(
        mut scope: Scope<'c>,
        imports: Vec<Import>,
        asked: &Asked<'_, 'c>,
        problems: &mut Vec<String>,
    ) -> Result<Self> {
        let origins = Origins::new(&scope.items);
        let parts = Parts::new(&scope.items, &origins);
        let mut inner = BTreeMap::new();
        for (at, nested) in std::mem::take(&mut scope.inner) {
            let imports = parts.imports(at, &nested, &imports);
            inner.insert(at, Self::component(nested, imports, asked, problems)?);
        }
        let given = given(&scope);
        let decisions = Decisions::new(scope.types.as_ref(), imports, given, asked.files);
        let leaves = leaves(&scope, &decisions);
        let (replaced, hosts) = replaced(&scope, &decisions, asked, problems)?;
        let plan = Plan {
            imports: decisions.imports,
            items: scope.items,
            types: scope.types,
            replaced,
            hosts,
            contexts: Vec::new(),
            prebuilt: asked.prebuilt,
            layer: asked.layer,
            kept: Kept::default(),
            reached: BTreeMap::new(),
            inner,
            parts,
            leaves,
            log: None,
            added: Vec::new(),
            now: Now::Fixed,
            actions: Vec::new(),
        };
        problems.extend(parts::passing(&plan, &Origins::new(&plan.items)));
        Ok(plan)
    }

    /// Finds what stays, and what adapters call of the host's: of nested components first, because
    /// what they need has to be given to them.
    fn settle_all(&mut self, asked: &Asked<'_, 'c>, is_root: bool) -> Result<()> {
        for inner in self.inner.values_mut() {
            inner.settle_all(asked, false)?;
        }
        // Once without what the adapter calls, which depends on what is left.
        self.settle(asked.wasi)?;
        if self.logs() || self.inner.values().any(Plan::is_logged) {
            let log = Log::new(self, is_root)?;
            self.added = log.added(asked.wasi)?;
            self.log = Some(log);
        }
        self.reach(asked.policy, asked.files)?;
        self.settle(asked.wasi)?;
        self.assign_contexts();
        Ok(())
    }

    /// What is replaced here and in nested components.
    fn all_replaced(&self) -> Vec<&Replaced> {
        let inner = self.inner.values().flat_map(Plan::all_replaced);
        self.replaced.iter().chain(inner).collect()
    }

    /// How many adapters serve files.
    fn count_of_files(&self) -> usize {
        let mut calling = self.replaced.iter().filter(|one| one.calls_adapter());
        let own = calling.any(|one| one.site.known.starts_with("wasi:filesystem/"));
        let parts = self.parts.of.values().filter_map(|at| self.inner.get(at));
        usize::from(own) + parts.map(Plan::count_of_files).sum::<usize>()
    }

    /// Whether an adapter is needed here or in a nested component.
    pub(crate) fn has_adapter(&self) -> bool {
        !self.exports().is_empty() || self.inner.values().any(Plan::has_adapter)
    }

    /// The layer of the adapter's handles; 0 where it has none.
    pub(crate) fn layer(&self) -> u32 {
        match self.has_adapter() {
            true => self.layer,
            false => 0,
        }
    }

    /// Whether nothing is replaced and no import goes.
    pub(crate) fn is_untouched(&self) -> bool {
        self.replaced.is_empty()
            && self
                .imports
                .iter()
                .all(|import| matches!(import.role, Role::Host | Role::Undecided))
            && self.inner.values().all(Plan::is_untouched)
    }

    /// A name that no import has.
    pub(crate) fn unused_name(&self, name: &str) -> String {
        let is_free = |name: &String| self.imports.iter().all(|import| import.name != *name);
        let mut names = (0..).map(|n| match n {
            0 => name.to_string(),
            n => format!("{name}-{n}"),
        });
        names.find(is_free).unwrap_or_default()
    }

    /// Whether calls are logged, here or in a nested component.
    pub(crate) fn is_logged(&self) -> bool {
        self.log.is_some()
    }

    /// Whether calls of this component itself are logged.
    fn logs(&self) -> bool {
        self.replaced.iter().any(|one| one.label.is_some())
    }

    /// The import of the highest version of an interface, with this function where one is needed.
    fn newest(&self, path: &str, function: Option<&str>) -> Option<&Import> {
        let version = |import: &Import| {
            let version = InterfaceName::parse(&import.known).and_then(|name| name.version);
            version.and_then(|version| semver::Version::parse(version).ok())
        };
        self.imports
            .iter()
            .filter(|import| import.path() == path && !import.is_foreign)
            .filter(|import| !is_newer(&import.known))
            .filter(|import| function.is_none_or(|name| import.functions.contains_key(name)))
            .max_by_key(|import| version(import))
    }

    /// Finds what the adapter calls of the host's: what the policy lets it, its functions for
    /// this component need, and the component imports.
    fn reach(&mut self, policy: &Policy, files: Files) -> Result<()> {
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
            _ if self.log.is_some() && Log::calls(name) => true,
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
            let of_log = self.log.as_ref().and_then(|log| log.import(&name));
            let newest = || Some(self.newest(path, needed)?.name.as_str());
            if let Some(import) = of_log.or_else(newest).map(str::to_string) {
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
    pub(crate) fn exports(&self) -> BTreeSet<String> {
        let calling = self.replaced.iter().filter(|one| one.calls_adapter());
        let mut exports: BTreeSet<String> = calling.map(|one| one.site.key()).collect();
        if self.replaced.iter().any(|one| !one.descriptors.is_empty()) {
            exports.insert(abi::HIDDEN.to_string());
        }
        if self.logs() {
            exports.extend(abi::trace::ALL.map(str::to_string));
        }
        exports
    }

    /// Finds what stays of the component.
    fn settle(&mut self, wasi: &'c Wasi) -> Result<()> {
        let links = Liveness::new(&self.items);
        let handed = self.handed();
        let keep = Keep {
            items: &self.items,
            links: &links,
            types: self.types.as_ref(),
            imports: &self.imports,
            replaced: &self.replaced,
            reached: &self.reached,
            inner: &self.inner,
            parts: &self.parts,
            handed: &handed,
            log: self.log.as_ref(),
        };
        let kept = keep.run(wasi)?;
        self.replaced
            .retain(|one| kept.live.contains(&one.site.item));
        self.kept = kept;
        Ok(())
    }

    /// What nested components need of each import, by name.
    fn handed(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut handed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in self.parts.of.values() {
            let Some(plan) = self.inner.get(part) else {
                continue;
            };
            for (import, names) in plan.kept.needs(&plan.items, &plan.types) {
                if let Some(of) = self.parts.given(*part, import) {
                    handed.entry(of.import.clone()).or_default().extend(names);
                }
            }
        }
        handed
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

/// What is replaced in a component, and the functions of undecided interfaces that only the host
/// answers.
fn replaced(
    scope: &Scope<'_>,
    decisions: &Decisions<'_>,
    asked: &Asked<'_, '_>,
    problems: &mut Vec<String>,
) -> Result<(Vec<Replaced>, Vec<(String, String)>)> {
    let types = &scope.types;
    let owners = origin::owners(&scope.items, types.as_ref());
    let known = |import: &str| {
        let import = decisions.import(import);
        import.map_or_else(Default::default, |import| {
            (import.known.clone(), import.function.clone())
        })
    };
    let descriptors: BTreeSet<ResourceId> = decisions
        .imports
        .iter()
        .filter(|import| import.path() == "wasi:filesystem/types")
        .filter_map(|import| import.resources.get("descriptor").copied())
        .collect();
    if asked.files.hidden {
        problems.extend(leaks(scope, &descriptors));
    }
    let (mut replaced, mut hosts) = (Vec::new(), Vec::new());
    for site in sites(&scope.items, types.as_ref(), &owners, &known)? {
        let service = decisions.service(&site, asked.served.contains(&site.key()));
        let taken = taken(types, &site);
        if asked.files.hidden
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
        let mut foreign = decisions.import(&site.import).into_iter();
        if service == Service::Guarded && foreign.any(|import| import.is_foreign) {
            let mut all = taken.all();
            if let Some(id) = all.find(|id| decisions.is_useful(*id)) {
                let resource = decisions.resource_name(id);
                problems.push(parts::passes(&site.label(), resource));
            }
        }
        let virtuals = flat(&taken, |id| decisions.is_of_adapter(id));
        let handles: Vec<u32> = virtuals.iter().map(|(at, _)| *at).collect();
        let of_policy = (asked.policy, asked.files);
        let label = Label::new(service, decisions, &site, &handles, of_policy);
        if service == Service::Host {
            hosts.push((site.import.clone(), site.name.clone()));
            if label.is_none() {
                continue;
            }
        }
        if let (Some(what), Service::Host) = (site.unusual, service) {
            problems.push(format!(
                "`{}` is lowered with {what}, which `--debug` cannot log; leave it out, or \
                 build the component for UTF-8 and memories of 32 bits",
                site.label()
            ));
        } else if let Some(what) = site.unusual {
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
            Service::Denied if asked.files.hidden && !taken.buried.is_disjoint(&descriptors) => {
                None
            }
            Service::Denied => answer(types, &decisions, &site, asked.policy.deny),
            Service::Guarded => none(types, &site),
            _ => None,
        };
        replaced.push(Replaced {
            resource: virtuals
                .first()
                .map_or("resource", |(_, id)| decisions.resource_name(*id))
                .to_string(),
            handles,
            label,
            descriptors: match asked.files.hidden && service != Service::Virtual {
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
                    .is_some_and(|import| manner(import, asked.policy.deny) == Manner::Answer),
            site,
            service,
            context: None,
        });
    }
    Ok((replaced, hosts))
}

/// The resources of which a component's callers give it handles.
fn given(scope: &Scope<'_>) -> BTreeSet<ResourceId> {
    let mut given = BTreeSet::new();
    for (_, ty) in exports(scope) {
        resources::given(scope.types.as_ref(), &ty, &mut given);
    }
    given
}

/// The exports that may give away handles which an adapter makes, with the resource's name.
fn leaves(scope: &Scope<'_>, decisions: &Decisions<'_>) -> BTreeMap<String, String> {
    let leaving = |(name, ty): (&str, ComponentEntityType)| {
        let mut left = BTreeSet::new();
        resources::returned(scope.types.as_ref(), &ty, &mut left);
        let virtuals = left.into_iter().find(|id| decisions.is_useful(*id))?;
        let resource = decisions.resource_name(virtuals).to_string();
        Some((name.to_string(), resource))
    };
    exports(scope).filter_map(leaving).collect()
}

/// What a component exports.
fn exports<'s>(scope: &'s Scope<'_>) -> impl Iterator<Item = (&'s str, ComponentEntityType)> {
    let types = scope.types.as_ref();
    scope.items.iter().filter_map(move |item| match &item.kind {
        Kind::Export(export) => {
            let name = export.name.name;
            Some((name, types.component_item_for_export(name)?.ty))
        }
        _ => None,
    })
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
