//! The second step: every core function of the component, and of those nested in it, that is
//! replaced, and by what. This module must never emit anything.

mod answers;
pub(crate) mod classify;
pub(crate) mod decide;
pub(crate) mod effect;
mod files;
pub(crate) mod import_type;
mod imports;
pub(crate) mod keep;
pub(crate) mod label;
pub(crate) mod layout;
mod leaks;
pub(crate) mod log;
pub(crate) mod network;
pub(crate) mod notice;
pub(crate) mod origin;
mod parts;
mod range;
pub(crate) mod reached;
pub(crate) mod refuse;
mod replaced;
pub(crate) mod resources;
pub(crate) mod role;
mod settle;
pub(crate) mod site;
pub(crate) mod streams;
pub(crate) mod written;

pub(crate) use files::Files;
pub(crate) use role::Role;

use crate::error::{Error, Problem, ProblemKind, Result, none_of};
use crate::policy::{DebugLog, Policy};
use crate::read::inspect::Component;
use crate::report::Action;
use crate::specialize::adapter;
use crate::wasi::Wasi;
use crate::wasi::name;
use crate::wasm::component::{Item, Kind, Scope};
use decide::{Decisions, Import, Service, govern, keep_http_types};
use imports::{actions, imports, signatures};
use keep::Kept;
use log::{Added, Log};
use origin::Origins;
pub(crate) use parts::{Parts, refers};
use reached::Reached;
use replaced::OfHost;
pub(crate) use replaced::Replaced;
use std::collections::{BTreeMap, BTreeSet};
use streams::{Handed, Streams, Waits};
use wasi_virt_layout::{Now, abi};
use wasmparser::component_types::{ComponentEntityType, ResourceId};
use wasmparser::types::Types;

/// The number of a hollow handle. Its layer is 0, which no adapter has.
pub(crate) const HOLLOW: u32 = abi::INDEX_MASK;

/// See the module.
pub(crate) struct Plan<'c> {
    pub(crate) items: Vec<Item<'c>>,
    pub(crate) types: Types,
    pub(crate) imports: Vec<Import>,
    /// In the order of the items.
    pub(crate) replaced: Vec<Replaced>,
    /// The built-ins of streams that are replaced beside.
    pub(crate) streams: Streams,
    /// The functions of undecided interfaces that only the host answers: import and name.
    pub(crate) hosts: Vec<OfHost>,
    /// Memory and realloc of each context.
    pub(crate) contexts: Vec<(u32, Option<u32>)>,
    /// The prebuilt adapter.
    pub(crate) prebuilt: &'static [u8],
    pub(crate) layer: u32,
    /// What stays of the items.
    pub(crate) kept: Kept<'c>,
    /// Host functions that the adapter may call, by its names for them.
    pub(crate) reached: BTreeMap<String, Reached>,
    /// The components nested in it, by the positions of their items.
    pub(crate) inner: BTreeMap<usize, Plan<'c>>,
    pub(crate) parts: Parts,
    /// The exports that may give away a virtual handle, with the resource's name.
    leaves: BTreeMap<String, String>,
    /// The log's way to the host, where something is logged, and the imports that it adds.
    pub(crate) log: Option<Log>,
    /// Whether only calls that are denied are logged.
    pub(crate) only_denied: bool,
    /// Whether directories that the host lacks are logged.
    logs_missing: bool,
    /// Whether calls that network rules refuse are logged.
    logs_refused: bool,
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
    /// Plans for `component` under `policy`, where `problems` were found already.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a policy that this component cannot be given,
    /// with every problem.
    pub(crate) fn new(
        component: &'c Component,
        policy: &Policy,
        files: Files,
        wasi: &'c Wasi,
        mut problems: Vec<Problem>,
    ) -> Result<Self> {
        let subsystems = classify::subsystems(component, policy, files, &mut problems);
        let Some(subsystems) = subsystems else {
            return Err(Error::Invalid { problems });
        };
        let scope = Scope::read(&component.skeleton)?;
        let types = &scope.types;
        let mut imports = imports(component, &subsystems, types, policy, files, &mut problems)?;
        keep_http_types(&mut imports, &given(&scope));
        govern(&mut imports, files.network);
        problems.extend(signatures(component, &imports));
        let prebuilt = if files.writable || files.network.has_rules() {
            wasi_virt_adapter::WRITE
        } else if files.host {
            wasi_virt_adapter::HOST
        } else {
            wasi_virt_adapter::PLAIN
        };
        let layer = component.layer.saturating_add(1);
        if layer > abi::LAYERS {
            problems.push(Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "the component was virtualized {} times, and {} is the limit; virtualize the \
                     component that it was made of",
                    component.layer,
                    abi::LAYERS
                ),
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
        let mut plan = Self::component(scope, imports, &asked, policy.debug, &mut problems)?;
        let changing = plan.count_of_files();
        if files.writable && changing > 1 {
            problems.push(Problem::text(
                ProblemKind::Unsupported,
                format!(
                    "{changing} parts of the composition use files, and each part would have its \
                     own copy of the writable ones; mount them read-only, or virtualize the parts \
                     before you compose them"
                ),
            ));
        }
        none_of(problems)?;
        plan.actions = actions(
            component,
            &plan.imports,
            &plan.all_replaced(),
            policy,
            files,
        );
        plan.settle_all(&asked, true)?;
        none_of(plan.without_environment())?;
        none_of(imports::called(component, &plan))?;
        Ok(plan)
    }

    /// Decides for a component and for all that are nested in it. Of those, only parts are logged.
    fn component(
        mut scope: Scope<'c>,
        imports: Vec<Import>,
        asked: &Asked<'_, 'c>,
        logged: DebugLog,
        problems: &mut Vec<Problem>,
    ) -> Result<Self> {
        let origins = Origins::new(&scope.items);
        let parts = Parts::new(&scope.items, &origins);
        let mut inner = BTreeMap::new();
        for (at, nested) in std::mem::take(&mut scope.inner) {
            let imports = parts.imports(at, &nested, &imports);
            let logged = match parts.has(at) {
                true => logged,
                false => DebugLog::Off,
            };
            let plan = Self::component(nested, imports, asked, logged, problems)?;
            inner.insert(at, plan);
        }
        let given = given(&scope);
        let decisions = Decisions::new(scope.types.as_ref(), imports, given, asked.files);
        let leaves = leaves(&scope, &decisions);
        let (mut replaced, hosts) =
            replaced::replaced(&scope, &decisions, asked, logged, problems)?;
        let logs = logged == DebugLog::All && replaced.iter().any(|one| one.label.is_some());
        let streams = Streams::new(&scope, &mut replaced, logs, problems)?;
        let plan = Plan {
            imports: decisions.imports,
            items: scope.items,
            types: scope.types,
            replaced,
            streams,
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
            only_denied: logged == DebugLog::Denied,
            logs_missing: logged != DebugLog::Off && asked.files.host,
            logs_refused: logged != DebugLog::Off && asked.files.network.has_rules(),
            added: Vec::new(),
            now: Now::Fixed,
            actions: Vec::new(),
        };
        problems.extend(parts::passing(&plan, &Origins::new(&plan.items)));
        Ok(plan)
    }

    /// What is replaced here and in nested components.
    fn all_replaced(&self) -> Vec<&Replaced> {
        let inner = self.inner.values().flat_map(Plan::all_replaced);
        self.replaced.iter().chain(inner).collect()
    }

    /// How many adapters serve files.
    fn count_of_files(&self) -> usize {
        let mut calling = self.replaced.iter().filter(|one| one.calls_adapter());
        let own = calling.any(|one| name::is_of(name::FILESYSTEM, &one.site.known));
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

    /// Whether calls of this component itself are logged, directories that the host lacks, or what
    /// network rules refuse.
    fn logs(&self) -> bool {
        let has_label = self.replaced.iter().any(|one| one.label.is_some());
        has_label || self.reaches_missing() || self.refuses()
    }

    /// Whether calls are logged that network rules refuse, and there are such calls.
    fn refuses(&self) -> bool {
        let of_network =
            |name: &str| name::is_of(name::SOCKETS, name) || name::is_of(name::HTTP, name);
        let mut calling = self.replaced.iter().filter(|one| one.calls_adapter());
        self.logs_refused && calling.any(|one| of_network(&one.site.known))
    }

    /// Whether directories that the host lacks are logged, and the adapter opens some.
    fn reaches_missing(&self) -> bool {
        let mut calling = self.replaced.iter().filter(|one| one.calls_adapter());
        self.logs_missing && calling.any(|one| name::is_of(name::FILESYSTEM, &one.site.known))
    }

    /// The context that is the adapter's own memory, where it writes values to real ends.
    pub(crate) fn own_context(&self) -> Option<u32> {
        let mut handed = self.replaced.iter().filter_map(|one| one.ends.as_ref());
        let has_values = self.streams.has_values() || handed.any(Handed::has_values);
        has_values.then_some(self.contexts.len() as u32)
    }

    /// How many contexts there are.
    pub(crate) fn context_count(&self) -> u32 {
        self.contexts.len() as u32 + u32::from(self.own_context().is_some())
    }

    /// The adapter's exports that the glue calls.
    pub(crate) fn exports(&self) -> BTreeSet<String> {
        let calling = self.replaced.iter().filter(|one| one.calls_adapter());
        let mut exports: BTreeSet<String> = calling.map(Replaced::export).collect();
        if self.replaced.iter().any(|one| !one.descriptors.is_empty()) {
            exports.insert(abi::HIDDEN.to_string());
        }
        if self.replaced.iter().any(|one| one.label.is_some()) {
            exports.extend(abi::trace::ALL.map(str::to_string));
        }
        if self.reaches_missing() {
            exports.insert(abi::trace::MISSING.to_string());
        }
        if self.refuses() {
            exports.insert(abi::trace::REFUSED.to_string());
        }
        let handed = self.replaced.iter().filter_map(|one| one.ends.as_ref());
        let lowers = handed.flat_map(|handed| handed.kinds());
        exports.extend(lowers.map(|kind| kind.lower().to_string()));
        let waits = self.replaced.iter().filter_map(|one| one.waits);
        let waits = waits.flat_map(Waits::exports);
        let mut begun = self.replaced.iter();
        if begun.any(|one| one.service == Service::Begun && one.waits.is_some()) {
            exports.insert(abi::begun::WOKEN.to_string());
        }
        let of_streams = self.streams.exports().into_iter().chain(waits);
        exports.extend(of_streams.map(str::to_string));
        exports
    }
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

#[cfg(test)]
mod tests;
