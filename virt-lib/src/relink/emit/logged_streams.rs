//! The log's functions around canonical built-ins, which show what streams carry: a module for each
//! memory that some of them read, the adapter's among these. This module must never decide what of
//! the component is logged.

use super::{Emitter, One};
use crate::error::{Error, Result, Stage};
use crate::plan::layout::Abi;
use crate::plan::streams::Carried;
use crate::relink::trace::{self, Moving, Needs, Whose};
use crate::relink::{busy, glue};
use crate::wasm::module;
use std::collections::BTreeMap;
use wasi_virt_layout::abi;
use wasi_virt_layout::abi::stream::built_in as names;
use wasm_encoder::{ExportKind, ValType};

/// The adapter's own built-ins that are logged, and what they carry.
const OWN: [(&str, Carried); 3] = [
    (names::STREAM_READ, Carried::Read { is_bytes: true }),
    (names::STREAM_WRITE, Carried::Write { is_bytes: true }),
    (names::ENTRY_WRITE, Carried::Write { is_bytes: false }),
];

impl Emitter<'_, '_> {
    /// Puts functions of the log around these built-ins.
    pub(super) fn log_streams(&mut self, carried: Vec<usize>) -> Result<()> {
        let mut groups: BTreeMap<Option<u32>, Vec<usize>> = BTreeMap::new();
        for at in carried {
            let memory = self.plan.streams.built_ins[at].memory;
            groups.entry(memory).or_default().push(at);
        }
        // What names no memory may end a read of those that do.
        if groups.len() > 1
            && let Some(without) = groups.remove(&None)
            && let Some(mut first) = groups.first_entry()
        {
            first.get_mut().extend(without);
        }
        let mut groups = groups.into_iter();
        groups.try_for_each(|(memory, group)| self.log_streams_of(memory, &group))
    }

    fn log_streams_of(&mut self, memory: Option<u32>, group: &[usize]) -> Result<()> {
        let plan = self.plan;
        let lost = || Error::internal(Stage::Relink, "a stream that is logged has no built-in");
        let (mut functions, mut inner) = (Vec::new(), Vec::new());
        for at in group {
            let one = &plan.streams.built_ins[*at];
            let answering = self.answering.get(&One::BuiltIn(*at));
            inner.push(*answering.ok_or_else(lost)?);
            functions.push(Moving {
                carried: one.carried.ok_or_else(lost)?,
                params: &one.params,
                results: &one.results,
            });
        }
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let instance = adapter.instance;
        let needs = Needs {
            abi: Abi {
                types: plan.types.as_ref(),
            },
            resources: &BTreeMap::new(),
            layer: plan.layer,
            only_denied: false,
            exports: &adapter.emitted.exports,
        };
        let memory_number = memory.map(|_| self.stream_logs);
        let bytes = trace::streams(&functions, memory_number, Whose::Component, &needs);
        let replaced = group.iter().map(|at| plan.streams.built_ins[*at].function);
        let instance = self.in_front(&bytes, instance, &inner, memory, replaced);
        self.stream_logs += 1;
        if memory.is_some() {
            self.stream_log.get_or_insert(instance);
        }
        Ok(())
    }

    /// What stands for a built-in of the adapter's where the log shows what its streams carry: an
    /// instance of the log's, and the name there. None where the built-in itself does.
    pub(super) fn own_logged(&mut self, name: &str) -> Result<Option<(u32, String)>> {
        let lost = || Error::internal(Stage::Relink, "the adapter's streams have no log");
        let emitted = &self.adapter.as_ref().ok_or_else(lost)?.emitted;
        if !emitted.exports.contains_key(abi::trace::BLOCKED) {
            return Ok(None);
        }
        let imports = emitted.imports.iter().map(|import| import.name.1.as_str());
        let called: Vec<&str> = imports.collect();
        let mut own = OWN.to_vec();
        own.retain(|(name, _)| called.contains(name));
        let export = match own.iter().position(|(own, _)| *own == name) {
            Some(number) => number.to_string(),
            None if name == names::ENDED => trace::EVENT.to_string(),
            None => return Ok(None),
        };
        let instance = match self.own_log {
            Some(instance) => instance,
            None => self.log_own(&own)?,
        };
        Ok(Some((instance, export)))
    }

    /// Puts functions of the log around these built-ins of the adapter's.
    fn log_own(&mut self, own: &[(&str, Carried)]) -> Result<u32> {
        let lost = || Error::internal(Stage::Relink, "the adapter's streams have no log");
        let inner = own.iter().map(|(name, _)| self.own_function(name));
        let inner = inner.collect::<Result<Vec<u32>>>()?;
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let functions = own.iter().map(|(_, carried)| Moving {
            carried: *carried,
            params: &[ValType::I32; 3],
            results: &[ValType::I32],
        });
        let functions: Vec<_> = functions.collect();
        let needs = Needs {
            abi: Abi {
                types: self.plan.types.as_ref(),
            },
            resources: &BTreeMap::new(),
            layer: self.plan.layer,
            only_denied: false,
            exports: &adapter.emitted.exports,
        };
        let number = Some(self.stream_logs);
        let bytes = trace::streams(&functions, number, Whose::Adapter, &needs);
        self.stream_logs += 1;
        let instance = adapter.instance;
        let memory = self
            .writer
            .take(instance, ExportKind::Memory, module::MEMORY);
        let args = [
            (busy::BUSY, self.busy()),
            (glue::ADAPTER, instance),
            (glue::HOST, self.numbered(ExportKind::Func, &inner)),
            (glue::MEMORIES, self.numbered(ExportKind::Memory, &[memory])),
        ];
        let module = self.writer.module(&bytes, None);
        let log = self.writer.instantiate(module, &args);
        self.own_log = Some(log);
        Ok(log)
    }
}
