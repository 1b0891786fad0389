//! Writes the relinked component, and in it those that are nested: the adapter and its helpers
//! first, then the component's items under new indices, and the glue before the first item that
//! uses a replaced function. This module must never decide anything.

mod does;
mod hosts;
mod items;
mod logged;

use super::glue::{self, Glued};
use super::helpers::{self, Fill};
use crate::error::Result;
use crate::plan::decide::Service;
use crate::plan::{Plan, Replaced};
use crate::policy::Policy;
use crate::read::inspect::Component;
use crate::specialize::adapter::SLOTS;
use crate::specialize::adapter::{self, Needs};
use crate::wasm::component::{self, Item, Kind, Mapper, Mark, Space, Writer};
use crate::wasm::module::Emitted;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use wasi_virt_layout::{Now, abi};
use wasm_encoder::ExportKind;
use wasmparser::Instance;

/// The component as bytes, and what takes the place of sections in it.
pub(crate) fn emit(
    component: &Component,
    plan: &Plan<'_>,
    asked: &Asked<'_>,
) -> Result<component::Encoded> {
    let mut mapper = Mapper::renumbering();
    let written = nested(&component.skeleton, plan, asked, &mut mapper, None)?;
    mapper.check()?;
    Ok(written)
}

/// What each adapter is given.
pub(crate) struct Asked<'a> {
    pub policy: &'a Policy,
    /// The configuration, from where the time of a change to a file comes from.
    pub configuration: &'a dyn Fn(Now) -> Vec<u8>,
}

/// A module of the root, as nested components see it.
#[derive(Clone, Copy)]
struct Outer {
    /// How many components around is the root.
    count: u32,
    index: u32,
}

/// A component, root or nested, as bytes. `mapper` is the one for its items; `helpers` is the
/// helpers' module, which only the root defines.
fn nested(
    skeleton: &[u8],
    plan: &Plan<'_>,
    asked: &Asked<'_>,
    mapper: &mut Mapper,
    helpers: Option<Outer>,
) -> Result<component::Encoded> {
    let mut emitter = Emitter {
        plan,
        asked,
        skeleton,
        writer: Writer::new(),
        mapper,
        shared: helpers,
        adapter: None,
        busy: None,
        pending: Vec::new(),
        hosts: HashMap::new(),
        unfilled: Vec::new(),
        filled: BTreeSet::new(),
        glued: BTreeSet::new(),
        answering: HashMap::new(),
        added: BTreeMap::new(),
    };
    emitter.begin()?;
    let sites: HashMap<usize, usize> = (plan.replaced.iter().enumerate())
        .map(|(at, one)| (one.site.item, at))
        .collect();
    let functions: HashMap<u32, usize> = (plan.replaced.iter().enumerate())
        .map(|(at, one)| (one.site.function, at))
        .collect();
    let (mut modules, mut components) = (0, 0);
    // Instances that only bundle items are written when they are first used, so that few modules
    // of glue serve all.
    let mut bundles: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, item) in plan.items.iter().enumerate() {
        let position = match item.kind {
            Kind::Component(_) => components,
            _ => modules,
        };
        modules += usize::from(matches!(item.kind, Kind::CoreModule(_)));
        components += usize::from(matches!(item.kind, Kind::Component(_)));
        if !plan.kept.live.contains(&at) {
            continue;
        }
        let needs_glue = |emitter: &Emitter<'_, '_>, (space, index): &(Space, u32)| {
            let replaced = functions.get(index).filter(|_| *space == Space::CoreFunc);
            replaced.is_some_and(|replaced| !emitter.glued.contains(replaced))
        };
        if let Some(replaced) = sites.get(&at) {
            // Its `realloc` may be a replaced function itself.
            if item.uses.iter().any(|of| needs_glue(&emitter, of)) {
                emitter.glue()?;
            }
            emitter.replace(*replaced, item)?;
            continue;
        }
        if let (Kind::CoreInstance(Instance::FromExports(_)), Some(index)) =
            (&item.kind, item.index())
        {
            bundles.insert(index, at);
            continue;
        }
        let mut next: Vec<usize> = item
            .uses
            .iter()
            .filter(|(space, _)| *space == Space::CoreInstance)
            .filter_map(|(_, index)| bundles.remove(index))
            .collect();
        next.push(at);
        let mut uses = next.iter().flat_map(|at| &plan.items[*at].uses);
        if uses.any(|of| needs_glue(&emitter, of)) {
            emitter.glue()?;
        }
        next.pop();
        for bundle in next {
            emitter.item(bundle, position)?;
        }
        match (&item.kind, plan.kept.types.get(&at)) {
            (Kind::Import(import), Some(ty)) => emitter.import(item, import, ty)?,
            (Kind::Alias(_), _) if plan.kept.written.contains(&at) => emitter.write_out(item)?,
            _ => emitter.item(at, position)?,
        }
    }
    Ok(emitter.writer.finish())
}

/// The adapter's instance and what is known of it.
struct Adapter {
    emitted: Emitted,
    instance: u32,
    helpers: u32,
    /// What the helpers are given of it.
    sink: u32,
}

struct Emitter<'p, 'c> {
    plan: &'p Plan<'c>,
    asked: &'p Asked<'p>,
    skeleton: &'p [u8],
    writer: Writer,
    mapper: &'p mut Mapper,
    /// The helpers' module, where it is written.
    shared: Option<Outer>,
    adapter: Option<Adapter>,
    /// The instance that holds the flag, where there is glue.
    busy: Option<u32>,
    /// Replaced functions that have no glue yet.
    pending: Vec<usize>,
    /// The host's function of each replaced one that keeps it.
    hosts: HashMap<usize, u32>,
    /// Places in the adapter's table that the host's functions have not been put into.
    unfilled: Vec<u32>,
    /// The contexts that are in the adapter's table.
    filled: BTreeSet<u32>,
    glued: BTreeSet<usize>,
    /// The function that answers each logged one: of the glue, or the host's.
    answering: HashMap<usize, u32>,
    /// The imports that were added for the log.
    added: BTreeMap<String, u32>,
}

impl Emitter<'_, '_> {
    /// The modules that need nothing of the component.
    fn begin(&mut self) -> Result<()> {
        let plan = self.plan;
        if self.shared.is_none() && plan.has_adapter() {
            let helpers = helpers::memory_helpers();
            let index = self.writer.module(&helpers, Some(Mark::Payload));
            self.shared = Some(Outer { count: 0, index });
        }
        self.log_imports()?;
        let exports = plan.exports();
        let Some(helpers) = self.shared.filter(|_| !exports.is_empty()) else {
            return Ok(());
        };
        let configuration = (self.asked.configuration)(plan.now);
        let needs = Needs {
            prebuilt: plan.prebuilt,
            configuration: &configuration,
            layer: plan.layer,
            exports: &exports,
            contexts: plan.contexts.len() as u32,
        };
        let reaches = |name: &str| plan.reached.contains_key(name);
        let emitted = adapter::specialize(&needs, self.asked.policy, reaches)?;
        let module = self.writer.module(&emitted.bytes, None);
        let instance = self.writer.instantiate(module, &[]);
        let helpers = match helpers.count {
            0 => helpers.index,
            count => self.writer.outer_module(count, helpers.index),
        };
        let sink = emitted.exports.get(abi::SINK).copied().unwrap_or_default();
        let sink = sink.to_string();
        let sink = self.writer.take(instance, ExportKind::Func, &sink);
        let sink = [(abi::SINK, ExportKind::Func, sink)];
        let sink = self.writer.bundle(&sink);
        self.unfilled = (0..emitted.imports.len() as u32).collect();
        self.adapter = Some(Adapter {
            emitted,
            instance,
            helpers,
            sink,
        });
        self.fill_hosts()
    }

    /// A replaced function: the host's stays where it is called as well.
    fn replace(&mut self, at: usize, item: &Item<'_>) -> Result<()> {
        if self.plan.replaced[at].keeps_host() {
            let index = self.writer.next(Space::CoreFunc);
            self.writer.item(self.mapper, &item.kind, self.skeleton)?;
            self.hosts.insert(at, index);
        }
        self.pending.push(at);
        Ok(())
    }

    /// Writes the glue of the pending functions: a module for each memory that some of them
    /// touch, because not every engine has modules with several. The log goes around it.
    fn glue(&mut self) -> Result<()> {
        let plan = self.plan;
        let mut groups: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
        let mut logged = Vec::new();
        for at in std::mem::take(&mut self.pending) {
            self.glued.insert(at);
            logged.extend(plan.replaced[at].label.is_some().then_some(at));
            if plan.replaced[at].service == Service::Host {
                self.answering
                    .extend(self.hosts.get(&at).map(|host| (at, *host)));
                continue;
            }
            let memory = plan.replaced[at].glue_memory();
            groups.entry(memory).or_default().push(at);
        }
        // What touches none goes with others.
        if groups.len() > 1
            && let Some(without) = groups.remove(&None)
            && let Some(mut first) = groups.first_entry()
        {
            first.get_mut().extend(without);
        }
        let mut groups = groups.into_values();
        groups.try_for_each(|group| self.glue_module(group))?;
        self.log(logged)
    }

    /// Writes the glue of functions that touch one memory, and what it needs before it.
    fn glue_module(&mut self, pending: Vec<usize>) -> Result<()> {
        let plan = self.plan;
        let (mut hosts, mut memories) = (Vec::new(), Vec::new());
        let mut functions = Vec::new();
        for at in &pending {
            let one = &plan.replaced[*at];
            if let Some(context) = one.context {
                self.fill_context(context)?;
            }
            let host = self.hosts.get(at).map(|function| {
                hosts.push(*function);
                hosts.len() as u32 - 1
            });
            let does = self.does(one, host, &mut hosts, &mut memories)?;
            functions.push(Glued {
                params: one.site.params.clone(),
                results: one.site.results.clone(),
                does,
                label: label(plan, one),
            });
        }
        let none = BTreeMap::new();
        let adapter = self.adapter.as_ref();
        let exports = adapter.map_or(&none, |adapter| &adapter.emitted.exports);
        let bytes = glue::module(&functions, memories.len() as u32, plan.layer, exports);
        let adapter = adapter.map(|adapter| adapter.instance);
        let mut args = vec![(glue::BUSY, self.busy())];
        args.extend(adapter.map(|instance| (glue::ADAPTER, instance)));
        if !hosts.is_empty() {
            args.push((glue::HOST, self.numbered(ExportKind::Func, &hosts)));
        }
        if !memories.is_empty() {
            args.push((glue::MEMORIES, self.numbered(ExportKind::Memory, &memories)));
        }
        let module = self.writer.module(&bytes, None);
        let instance = self.writer.instantiate(module, &args);
        for (number, at) in pending.into_iter().enumerate() {
            let name = number.to_string();
            let function = self.writer.take(instance, ExportKind::Func, &name);
            self.answering.insert(at, function);
            // Where the call is logged, the log's function takes its place.
            let replaced = plan.replaced[at].site.function;
            self.mapper.set(Space::CoreFunc, replaced, function);
        }
        Ok(())
    }

    /// The instance that holds the flag.
    fn busy(&mut self) -> u32 {
        let writer = &mut self.writer;
        *self.busy.get_or_insert_with(|| {
            let module = writer.module(&helpers::busy(), None);
            writer.instantiate(module, &[])
        })
    }

    /// An instance whose items are numbered.
    fn numbered(&mut self, kind: ExportKind, items: &[u32]) -> u32 {
        let names: Vec<String> = (0..items.len()).map(|at| at.to_string()).collect();
        let items: Vec<_> = names
            .iter()
            .zip(items)
            .map(|(name, item)| (name.as_str(), kind, *item))
            .collect();
        self.writer.bundle(&items)
    }

    /// Puts the helpers of a context into the adapter's table, once.
    fn fill_context(&mut self, context: u32) -> Result<()> {
        if !self.filled.insert(context) {
            return Ok(());
        }
        let Some(adapter) = &self.adapter else {
            return Ok(());
        };
        let (instance, helpers, sink) = (adapter.instance, adapter.helpers, adapter.sink);
        let slots = adapter.emitted.slots + context * SLOTS.len() as u32;
        let (memory, realloc) = self.plan.contexts[context as usize];
        let memory = self.mapper.get(Space::CoreMemory, memory);
        let memory = self
            .writer
            .bundle(&[("memory", ExportKind::Memory, memory)]);
        let helpers = self.writer.instantiate(
            helpers,
            &[(helpers::ADAPTER, sink), (helpers::MEMORY, memory)],
        );
        let mut args = vec![(helpers::ADAPTER, instance), ("h", helpers)];
        let realloc = realloc.map(|realloc| self.mapper.get(Space::CoreFunc, realloc));
        if let Some(realloc) = realloc {
            let own = (abi::app::REALLOC, ExportKind::Func, realloc);
            args.push(("r", self.writer.bundle(&[own])));
        }
        let fills: Vec<_> = (slots..)
            .zip(SLOTS)
            .map(|(place, (name, params, results))| {
                let own = name == abi::app::REALLOC && realloc.is_some();
                Fill {
                    place,
                    module: if own { "r" } else { "h" }.to_string(),
                    name: name.to_string(),
                    params: params.to_vec(),
                    results: results.to_vec(),
                }
            })
            .collect();
        let filler = self.writer.module(&helpers::filler(&fills), None);
        self.writer.instantiate(filler, &args);
        Ok(())
    }
}

/// What a backtrace shows where a replaced function traps.
fn label(plan: &Plan<'_>, one: &Replaced) -> String {
    let label = one.site.label();
    if one.service == Service::Guarded {
        let what = &one.resource;
        return format!("wasi-virt: a virtual {what} cannot be handed to the host: {label}");
    }
    let import = plan.imports.iter().find(|i| i.name == one.site.import);
    let hint = import.map_or_else(String::new, |import| import.subsystem.hint(&import.name));
    format!("denied by wasi-virt: {label} ({hint})")
}
