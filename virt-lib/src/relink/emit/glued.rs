//! The modules of the glue, and what they are given: the adapter, the flag, functions of the
//! host and memories of the component. This module must never decide what a function does.

use super::{Emitter, One};
use crate::error::{Error, Result, Stage};
use crate::plan::decide::Service;
use crate::plan::streams::{BuiltIn, LABEL};
use crate::plan::{Plan, Replaced};
use crate::relink::busy;
use crate::relink::glue::{self, Does, Glued, Stream, Waiting};
use crate::relink::helpers::{self, Fill, Source};
use crate::specialize::adapter::SLOTS;
use crate::wasm::component::Space;
use crate::wasm::module;
use std::collections::BTreeMap;
use wasi_virt_layout::abi;
use wasm_encoder::ExportKind;

impl Emitter<'_, '_> {
    /// Writes the glue of the pending functions: a module for each memory that some of them
    /// touch, because not every engine has modules with several. The log goes around it.
    pub(super) fn glue(&mut self) -> Result<()> {
        let plan = self.plan;
        let mut groups: BTreeMap<Option<u32>, Vec<One>> = BTreeMap::new();
        let (mut logged, mut carried) = (Vec::new(), Vec::new());
        for one in std::mem::take(&mut self.pending) {
            self.glued.insert(one);
            let memory = match one {
                One::Site(at) => {
                    let site = &plan.replaced[at];
                    logged.extend(site.label.is_some().then_some(at));
                    if site.is_answered_by_host() {
                        self.answering
                            .extend(self.hosts.get(&one).map(|host| (one, *host)));
                        continue;
                    }
                    site.glue_memory()
                }
                One::BuiltIn(at) => {
                    let built_in = &plan.streams.built_ins[at];
                    carried.extend(built_in.carried.map(|_| at));
                    if built_in.is_answered_by_host() {
                        self.answering
                            .extend(self.hosts.get(&one).map(|host| (one, *host)));
                        continue;
                    }
                    built_in.glue_memory()
                }
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
        self.log(logged)?;
        self.log_streams(carried)
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
            let waits = match one {
                One::Site(at) => plan.replaced[*at].waits,
                One::BuiltIn(at) => plan.streams.built_ins[*at].waits,
            };
            let waits = match waits {
                Some(waits) => Some(Waiting {
                    waits,
                    wait: self.numbered_wait(&mut hosts)?,
                }),
                None => None,
            };
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
                        waits,
                        caller: plan.caller_of(one),
                        label: label(plan, one),
                    }
                }
                One::BuiltIn(at) => {
                    let one = &plan.streams.built_ins[*at];
                    let host = (host.unwrap_or_default(), waits);
                    self.built_in(one, host, &mut memories)
                }
            });
        }
        let none = BTreeMap::new();
        let adapter = self.adapter.as_ref();
        let exports = adapter.map_or(&none, |adapter| &adapter.emitted.exports);
        let bytes = glue::module(
            &functions,
            memories.len() as u32,
            plan.layer,
            plan.own_context().unwrap_or_default(),
            exports,
        );
        let adapter = adapter.map(|adapter| adapter.instance);
        let mut args = vec![(busy::BUSY, self.busy())];
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
            self.answering.insert(one, function);
            let replaced = match one {
                One::Site(at) => plan.replaced[at].site.function,
                One::BuiltIn(at) => plan.streams.built_ins[at].function,
            };
            self.mapper.set(Space::CoreFunc, replaced, function);
        }
        Ok(())
    }

    /// The glue of a built-in.
    fn built_in(
        &mut self,
        one: &BuiltIn,
        (host, waits): (u32, Option<Waiting>),
        memories: &mut Vec<u32>,
    ) -> Glued {
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
            waits,
            caller: None,
            label: LABEL.to_string(),
        }
    }

    /// The number of the `waitable-set.wait` that the glue calls among the host's functions.
    fn numbered_wait(&mut self, hosts: &mut Vec<u32>) -> Result<u32> {
        let wait = self.own_wait()?;
        let known = hosts.iter().position(|known| *known == wait);
        let at = known.unwrap_or_else(|| {
            hosts.push(wait);
            hosts.len() - 1
        });
        Ok(at as u32)
    }

    /// The number of a memory of the component's among those that the glue is given.
    pub(super) fn numbered_memory(&mut self, memory: u32, memories: &mut Vec<u32>) -> u32 {
        let memory = self.mapper.get(Space::CoreMemory, memory);
        let known = memories.iter().position(|known| *known == memory);
        known.unwrap_or_else(|| {
            memories.push(memory);
            memories.len() - 1
        }) as u32
    }

    /// The instance that holds the flag.
    pub(super) fn busy(&mut self) -> u32 {
        let (writer, callers) = (&mut self.writer, self.plan.has_callers());
        *self.busy.get_or_insert_with(|| {
            let module = writer.module(&busy::module(callers), None);
            writer.instantiate(module, &[])
        })
    }

    /// An instance whose items are numbered.
    pub(super) fn numbered(&mut self, kind: ExportKind, items: &[u32]) -> u32 {
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
        let realloc = realloc.map(|realloc| self.mapper.get(Space::CoreFunc, realloc));
        self.fill(slots, (memory, realloc), (instance, helpers, sink));
        Ok(())
    }

    /// Puts the helpers of the adapter's own memory into its table, where values are written there.
    pub(super) fn fill_own(&mut self) -> Result<()> {
        let (Some(context), Some(adapter)) = (self.plan.own_context(), &self.adapter) else {
            return Ok(());
        };
        let lost = || Error::internal(Stage::Relink, "the adapter does not allocate");
        let (instance, helpers, sink) = (adapter.instance, adapter.helpers, adapter.sink);
        let slots = adapter.emitted.slots + context * SLOTS.len() as u32;
        let realloc = adapter.emitted.exports.get(abi::REALLOC).ok_or_else(lost)?;
        let realloc = realloc.to_string();
        let writer = &mut self.writer;
        let memory = writer.take(instance, ExportKind::Memory, module::MEMORY);
        let realloc = writer.take(instance, ExportKind::Func, &realloc);
        self.fill(slots, (memory, Some(realloc)), (instance, helpers, sink));
        Ok(())
    }

    /// Puts helpers for a memory into the adapter's table, from this place on.
    fn fill(
        &mut self,
        slots: u32,
        (memory, realloc): (u32, Option<u32>),
        (instance, helpers, sink): (u32, u32, u32),
    ) {
        let memory = self
            .writer
            .bundle(&[("memory", ExportKind::Memory, memory)]);
        let helpers = self.writer.instantiate(
            helpers,
            &[(helpers::ADAPTER, sink), (helpers::MEMORY, memory)],
        );
        let mut args = vec![(helpers::ADAPTER, instance), ("h", helpers)];
        if let Some(realloc) = realloc {
            let own = (abi::app::REALLOC, ExportKind::Func, realloc);
            args.push(("r", self.writer.bundle(&[own])));
        }
        let fills: Vec<_> = (slots..)
            .zip(SLOTS)
            .map(|(place, (name, params, results))| {
                let own = name == abi::app::REALLOC && realloc.is_some();
                let from = Source {
                    module: if own { "r" } else { "h" }.to_string(),
                    name: name.to_string(),
                    callers: Vec::new(),
                };
                Fill {
                    place,
                    from: vec![from],
                    params: params.to_vec(),
                    results: results.to_vec(),
                    waits: false,
                }
            })
            .collect();
        let filler = self.writer.module(&helpers::filler(&fills, false), None);
        self.writer.instantiate(filler, &args);
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
