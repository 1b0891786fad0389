//! The adapter's way to the host: its imports lowered once more, with its own memory. This module
//! must never call anything for the component.

use super::Emitter;
use crate::error::{Error, Result, Stage};
use crate::relink::busy;
use crate::relink::helpers::{self, Fill};
use crate::wasi::name;
use crate::wasm::component::{Kind, Space};
use crate::wasm::module;
use wasi_virt_layout::abi;
use wasm_encoder::{CanonicalOption, ComponentExportKind, ExportKind};

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
                abi::payload::MODULE => Some(self.own_helpers()?),
                abi::stream::BUILT_INS => Some(self.own_built_in(&name)?),
                _ => self.lower_for_adapter(&name)?,
            };
            let Some((from, function)) = found else {
                self.unfilled.push(place);
                continue;
            };
            // A handle that is dropped must not become another one before the adapter forgets it.
            // The clock is asked for the time of a change, while the tree is in use.
            let is_short = name.contains(abi::DROP) || name::is_of(name::CLOCKS, &name);
            let waits = of == abi::HOST && !is_short;
            let module = place.to_string();
            args.push((module.clone(), from));
            fills.push(Fill {
                place,
                module,
                name: function,
                waits,
                params: signature.params,
                results: signature.results,
            });
        }
        if fills.is_empty() {
            return Ok(());
        }
        if fills.iter().any(|fill| fill.waits) {
            args.push((busy::BUSY.to_string(), self.busy()));
        }
        let filler = self.writer.module(&helpers::filler(&fills), None);
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

    /// Lowers a host function with the adapter's memory: an instance that has it, and its
    /// name there. None where the import is not written yet.
    fn lower_for_adapter(&mut self, name: &str) -> Result<Option<(u32, String)>> {
        let lost = || Error::internal(Stage::Relink, format!("the adapter calls `{name}`"));
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let (instance, exports) = (adapter.instance, &adapter.emitted.exports);
        let realloc = exports.get(abi::REALLOC).ok_or_else(lost)?.to_string();
        let import = self.plan.reached.get(name).ok_or_else(lost)?;
        let Some(from) = self.import_index(import) else {
            return Ok(None);
        };
        let (_, plain) = name::of_host(name).ok_or_else(lost)?;
        let (_, function) = name.split_once('#').ok_or_else(lost)?;
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
        Ok(Some(self.alone(lowered)))
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
