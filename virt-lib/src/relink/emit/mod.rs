//! Writes the relinked component, and in it those that are nested: the adapter and its helpers
//! first, then the component's items under new indices, and the glue before the first item that
//! uses a replaced function. This module must never decide anything.

mod does;
mod glued;
mod hosts;
mod items;
mod logged;
mod logged_streams;
mod streams;

use self::streams::Own;
use super::helpers;
use crate::error::Result;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::read::inspect::Component;
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
        stream_log: None,
        stream_logs: 0,
        own_log: None,
        added: BTreeMap::new(),
        around: BTreeMap::new(),
        wrapped: 0,
        own_types: BTreeMap::new(),
        set_wait: None,
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
    answering: HashMap<One, u32>,
    /// The log's instance that shows events of streams, and how many there are.
    stream_log: Option<u32>,
    stream_logs: u32,
    /// The instance of the log's functions around the adapter's own built-ins.
    own_log: Option<u32>,
    /// The imports that were added for the log.
    added: BTreeMap<String, u32>,
    /// The modules of functions around lifted ones.
    around: BTreeMap<Vec<u8>, u32>,
    /// How many functions around lifted ones there are.
    wrapped: u32,
    /// The types of the adapter's own streams and futures.
    own_types: BTreeMap<Own, u32>,
    /// The built-in `waitable-set.wait` with the adapter's memory.
    set_wait: Option<u32>,
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
            contexts: plan.context_count(),
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
        self.fill_own()?;
        self.fill_hosts()
    }

    /// A replaced function: the host's stays where it is called as well.
    fn replace(&mut self, one: One, item: &Item<'_>) -> Result<()> {
        let (keeps_host, waits) = match one {
            One::Site(at) => {
                let one = &self.plan.replaced[at];
                (one.keeps_host(), one.waits)
            }
            One::BuiltIn(at) => (true, self.plan.streams.built_ins[at].waits),
        };
        if keeps_host {
            let index = self.writer.next(Space::CoreFunc);
            match waits {
                Some(waits) => self.define_async(&item.kind, waits)?,
                None => self.writer.item(self.mapper, &item.kind, self.skeleton)?,
            }
            self.hosts.insert(one, index);
        }
        self.pending.push(one);
        Ok(())
    }
}
