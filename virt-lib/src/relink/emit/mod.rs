//! Writes the relinked component, and in it those that are nested: the adapter and its helpers
//! first, then the component's items under new indices, and the glue before the first item that
//! uses a replaced function. This module must never decide anything.

mod does;
mod hosts;
mod items;
mod logged;
mod streams;

use super::glue::{self, Does, Glued, Stream};
use super::helpers::{self, Fill};
use crate::error::Result;
use crate::plan::decide::Service;
use crate::plan::streams::BuiltIn;
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
        around: BTreeMap::new(),
        wrapped: 0,
        own_stream: None,
        own_future: None,
    };
    emitter.begin()?;
    let (mut sites, mut functions) = (HashMap::new(), HashMap::new());
    for (at, one) in plan.replaced.iter().enumerate() {
        sites.insert(one.site.item, One::Site(at));
        functions.insert(one.site.function, One::Site(at));
    }
    for (at, one) in plan.streams.built_ins.iter().enumerate() {
        sites.insert(one.item, One::BuiltIn(at));
        functions.insert(one.function, One::BuiltIn(at));
    }
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

/// A core function that is replaced, by its position in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum One {
    Site(usize),
    BuiltIn(usize),
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
    pending: Vec<One>,
    /// The host's function of each replaced one that keeps it.
    hosts: HashMap<One, u32>,
    /// Places in the adapter's table that the host's functions have not been put into.
    unfilled: Vec<u32>,
    /// The contexts that are in the adapter's table.
    filled: BTreeSet<u32>,
    glued: BTreeSet<One>,
    /// The function that answers each logged one: of the glue, or the host's.
    answering: HashMap<usize, u32>,
    /// The imports that were added for the log.
    added: BTreeMap<String, u32>,
    /// The modules of functions around lifted ones.
    around: BTreeMap<Vec<u8>, u32>,
    /// How many functions around lifted ones there are.
    wrapped: u32,
    /// The types of the adapter's own streams and futures.
    own_stream: Option<u32>,
    own_future: Option<u32>,
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
    fn replace(&mut self, one: One, item: &Item<'_>) -> Result<()> {
        let keeps_host = match one {
            One::Site(at) => self.plan.replaced[at].keeps_host(),
            One::BuiltIn(_) => true,
        };
        if keeps_host {
            let index = self.writer.next(Space::CoreFunc);
            self.writer.item(self.mapper, &item.kind, self.skeleton)?;
            self.hosts.insert(one, index);
        }
        self.pending.push(one);
        Ok(())
    }

    /// Writes the glue of the pending functions: a module for each memory that some of them
    /// touch, because not every engine has modules with several. The log goes around it.
    fn glue(&mut self) -> Result<()> {
        let plan = self.plan;
        let mut groups: BTreeMap<Option<u32>, Vec<One>> = BTreeMap::new();
        let mut logged = Vec::new();
        for one in std::mem::take(&mut self.pending) {
            self.glued.insert(one);
            let memory = match one {
                One::Site(at) => {
                    let site = &plan.replaced[at];
                    logged.extend(site.label.is_some().then_some(at));
                    if site.is_answered_by_host() {
                        self.answering
                            .extend(self.hosts.get(&one).map(|host| (at, *host)));
                        continue;
                    }
                    site.glue_memory()
                }
                One::BuiltIn(at) => plan.streams.built_ins[at].glue_memory(),
            };
            groups.entry(memory).or_default().push(one);
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
    fn glue_module(&mut self, pending: Vec<One>) -> Result<()> {
        let plan = self.plan;
        let (mut hosts, mut memories) = (Vec::new(), Vec::new());
        let mut functions = Vec::new();
        for one in &pending {
            let context = match one {
                One::Site(at) => plan.replaced[*at].context,
                One::BuiltIn(at) => plan.streams.built_ins[*at].context,
            };
            if let Some(context) = context {
                self.fill_context(context)?;
            }
            let host = self.hosts.get(one).map(|function| {
                hosts.push(*function);
                hosts.len() as u32 - 1
            });
            functions.push(match one {
                One::Site(at) => {
                    let one = &plan.replaced[*at];
                    let does = self.does(one, host, &mut hosts, &mut memories)?;
                    let ends = one.ends.clone().map(|ends| {
                        let memory = one.site.memory.filter(|_| ends.uses_memory());
                        let memory =
                            memory.map(|memory| self.numbered_memory(memory, &mut memories));
                        (ends, memory.unwrap_or_default())
                    });
                    Glued {
                        params: one.site.params.clone(),
                        results: one.site.results.clone(),
                        does,
                        ends,
                        label: label(plan, one),
                    }
                }
                One::BuiltIn(at) => {
                    let one = &plan.streams.built_ins[*at];
                    self.built_in(one, host.unwrap_or_default(), &mut memories)
                }
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
        for (number, one) in pending.into_iter().enumerate() {
            let name = number.to_string();
            let function = self.writer.take(instance, ExportKind::Func, &name);
            // Where the call is logged, the log's function takes its place.
            let replaced = match one {
                One::Site(at) => {
                    self.answering.insert(at, function);
                    plan.replaced[at].site.function
                }
                One::BuiltIn(at) => plan.streams.built_ins[at].function,
            };
            self.mapper.set(Space::CoreFunc, replaced, function);
        }
        Ok(())
    }

    /// The glue of a built-in.
    fn built_in(&mut self, one: &BuiltIn, host: u32, memories: &mut Vec<u32>) -> Glued {
        let memory = one.glue_memory();
        let memory = memory.map(|memory| self.numbered_memory(memory, memories));
        Glued {
            params: one.params.clone(),
            results: one.results.clone(),
            does: Does::Stream(Stream {
                does: one.does.clone(),
                context: one.context.unwrap_or_default(),
                host,
                memory: memory.unwrap_or_default(),
            }),
            ends: None,
            label: "wasi-virt: this end of a stream or future cannot be used so".to_string(),
        }
    }

    /// The number of a memory of the component's among those that the glue is given.
    fn numbered_memory(&mut self, memory: u32, memories: &mut Vec<u32>) -> u32 {
        let memory = self.mapper.get(Space::CoreMemory, memory);
        let known = memories.iter().position(|known| *known == memory);
        known.unwrap_or_else(|| {
            memories.push(memory);
            memories.len() - 1
        }) as u32
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
