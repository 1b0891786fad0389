//! The adapter's way to the host: its imports lowered once more, with its own memory. This module
//! must never call anything for the component.

use super::Emitter;
use crate::error::{Error, Result, Stage};
use crate::relink::busy;
use crate::relink::helpers::{self, Fill, Source};
use crate::wasi::name;
use crate::wasm::component::{Kind, Space};
use crate::wasm::module;
use wasi_virt_layout::abi;
use wasm_encoder::{CanonicalOption, ComponentExportKind, ExportKind};

/// An instance that has a lowered function, the function's name there, and the numbers of the
/// callers that it is for.
type Lowered = ((u32, String), Vec<u32>);

impl Emitter<'_, '_> {
    /// Puts into the adapter's table what it calls, as far as its imports are written.
    pub(super) fn fill_hosts(&mut self) -> Result<()> {
        self.log_imports()?;
        let Some(adapter) = &self.adapter else {
            return Ok(());
        };
        let instance = adapter.instance;
        let (mut fills, mut args) = (Vec::new(), vec![(helpers::ADAPTER.to_string(), instance)]);
        for place in std::mem::take(&mut self.unfilled) {
            let Some(adapter) = &self.adapter else {
                break;
            };
            let import = &adapter.emitted.imports[place as usize];
            let signature = import.signature.clone();
            let (of, name) = import.name.clone();
            let found = match of.as_str() {
                abi::payload::MODULE => Some(vec![(self.own_helpers()?, Vec::new())]),
                abi::stream::BUILT_INS => Some(vec![(self.own_built_in(&name)?, Vec::new())]),
                _ => self.lower_for_adapter(&name)?,
            };
            let Some(found) = found else {
                self.unfilled.push(place);
                continue;
            };
            // A handle that is dropped must not become another one before the adapter forgets it.
            // The clock is asked for the time of a change, while the tree is in use.
            let is_short = name.contains(abi::DROP) || name::is_of(name::CLOCKS, &name);
            let waits = of == abi::HOST && !is_short;
            let mut all = Vec::new();
            for (at, ((instance, name), callers)) in found.into_iter().enumerate() {
                let module = match at {
                    0 => place.to_string(),
                    at => format!("{place}-{at}"),
                };
                args.push((module.clone(), instance));
                all.push(Source {
                    module,
                    name,
                    callers,
                });
            }
            fills.push(Fill {
                place,
                from: all,
                waits,
                params: signature.params,
                results: signature.results,
            });
        }
        if fills.is_empty() {
            return Ok(());
        }
        if fills.iter().any(Fill::needs_flag) {
            args.push((busy::BUSY.to_string(), self.busy()));
        }
        let filler = self
            .writer
            .module(&helpers::filler(&fills, self.plan.has_callers()), None);
        let args: Vec<_> = args.iter().map(|(name, at)| (name.as_str(), *at)).collect();
        self.writer.instantiate(filler, &args);
        Ok(())
    }

    /// Helpers for the adapter's own memory, and the name of what reads the payload there.
    fn own_helpers(&mut self) -> Result<(u32, String)> {
        let lost = || Error::internal(Stage::Relink, "no adapter reads the payload");
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let (instance, helpers, sink) = (adapter.instance, adapter.helpers, adapter.sink);
        let memory = self
            .writer
            .take(instance, ExportKind::Memory, module::MEMORY);
        let memory = self
            .writer
            .bundle(&[("memory", ExportKind::Memory, memory)]);
        let own = self.writer.instantiate(
            helpers,
            &[(helpers::ADAPTER, sink), (helpers::MEMORY, memory)],
        );
        Ok((own, abi::app::PAYLOAD.to_string()))
    }

    /// Lowers a host function with the adapter's memory, from each import that it comes from: an
    /// instance that has it, its name there, and the callers that it is for. None where one of the
    /// imports is not written yet.
    fn lower_for_adapter(&mut self, name: &str) -> Result<Option<Vec<Lowered>>> {
        let lost = || Error::internal(Stage::Relink, format!("the adapter calls `{name}`"));
        let plan = self.plan;
        let reached = plan.reached.get(name).ok_or_else(lost)?;
        let (_, function) = name.split_once('#').ok_or_else(lost)?;
        let mut written = Vec::new();
        for import in reached.imports() {
            let Some(from) = self.import_index(import) else {
                return Ok(None);
            };
            let callers = reached.callers(import);
            let callers: Vec<u32> = callers.filter_map(|name| plan.caller(name)).collect();
            written.push((from, callers));
        }
        let lower = |(from, callers)| Ok((self.lower_from(from, function)?, callers));
        let lowered: Result<Vec<Lowered>> = written.into_iter().map(lower).collect();
        lowered.map(Some)
    }

    /// Lowers a function of an import with the adapter's memory.
    fn lower_from(&mut self, from: u32, function: &str) -> Result<(u32, String)> {
        let lost = || Error::internal(Stage::Relink, format!("the adapter calls `{function}`"));
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let (instance, exports) = (adapter.instance, &adapter.emitted.exports);
        let realloc = exports.get(abi::REALLOC).ok_or_else(lost)?.to_string();
        let plain = function.strip_prefix(abi::begun::LOWER).unwrap_or(function);
        let lowered = match function.strip_prefix(abi::DROP) {
            Some(resource) => {
                let ty = self.writer.alias(from, ComponentExportKind::Type, resource);
                self.writer.canon(|canons| {
                    canons.resource_drop(ty);
                })
            }
            None => {
                let memory = self
                    .writer
                    .take(instance, ExportKind::Memory, module::MEMORY);
                let realloc = self.writer.take(instance, ExportKind::Func, &realloc);
                let is_async = (plain != function).then_some(CanonicalOption::Async);
                let function = self.writer.alias(from, ComponentExportKind::Func, plain);
                let options = [
                    CanonicalOption::UTF8,
                    CanonicalOption::Memory(memory),
                    CanonicalOption::Realloc(realloc),
                ];
                let options: Vec<_> = options.into_iter().chain(is_async).collect();
                self.writer.canon(|canons| {
                    canons.lower(function, options);
                })
            }
        };
        Ok(self.alone(lowered))
    }

    /// An instance that has one function, and the function's name there.
    pub(super) fn alone(&mut self, function: u32) -> (u32, String) {
        let bundle = self.writer.bundle(&[("f", ExportKind::Func, function)]);
        (bundle, "f".to_string())
    }

    /// The new index of the instance that an import is, where it is written.
    pub(super) fn import_index(&mut self, name: &str) -> Option<u32> {
        if let Some(added) = self.added.get(name) {
            return Some(*added);
        }
        let item = self.plan.items.iter().find(|item| match &item.kind {
            Kind::Import(import) => import.name.name == name,
            _ => false,
        })?;
        self.mapper.known(Space::Instance, item.index()?)
    }
}
