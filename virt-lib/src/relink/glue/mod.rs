//! The glue: the core functions that take the place of lowered imports. Each looks at handles where
//! these say who answers, and calls the adapter, the host or neither. This module must never know
//! what a function means.

pub(crate) mod code;
mod ends;
mod function;
pub(crate) mod lifted;
mod lowered;
mod streams;
mod waiting;

pub(crate) use function::{Does, Glued, Hidden};
pub(crate) use lowered::Async;
pub(crate) use streams::Stream;
pub(crate) use waiting::Waiting;

use crate::plan::refuse::{self, RETURNED};
use crate::relink::busy::{self, BUSY};
use code::{any_is_virtual, call, call_adapter, is_virtual, number, place, refuse_hidden, reply};
use std::collections::BTreeMap;
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, InstructionSink, MemoryType, Module, NameMap, NameSection, TypeSection, ValType,
};

/// The modules that the glue imports from.
pub(crate) const ADAPTER: &str = "a";
pub(crate) const HOST: &str = "h";
pub(crate) const MEMORIES: &str = "m";
/// The log's module of streams, which [`lifted`] functions call.
pub(crate) const LOG: &str = "l";

/// Writes the glue. Its exports are numbered as `functions` are, its memories are numbered below
/// `memories`; `own` is the context that is the adapter's own memory; `exports` says under which
/// numbers the adapter exports what.
pub(crate) fn module(
    functions: &[Glued],
    memories: u32,
    layer: u32,
    own: u32,
    exports: &BTreeMap<String, u32>,
) -> Vec<u8> {
    let mut glue = Glue::new(memories, (layer, own), exports);
    if functions.iter().any(|function| function.caller.is_some()) {
        busy::import_caller(&mut glue.imports);
    }
    for function in functions {
        glue.declare(function);
    }
    // What functions call is imported, so that the imports are known before the first index is.
    for function in functions {
        glue.define(function);
    }
    glue.finish(functions)
}

/// A memory of the component, of any size.
fn any_memory() -> MemoryType {
    MemoryType {
        minimum: 0,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

struct Glue<'e> {
    layer: u32,
    own: u32,
    exports: &'e BTreeMap<String, u32>,
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    imports: ImportSection,
    imported: BTreeMap<(&'static str, String), u32>,
    declared: FunctionSection,
    code: CodeSection,
    /// Labels of functions by their place among the defined.
    labels: BTreeMap<u32, String>,
    defined: u32,
}

impl<'e> Glue<'e> {
    fn new(memories: u32, (layer, own): (u32, u32), exports: &'e BTreeMap<String, u32>) -> Self {
        let mut imports = ImportSection::new();
        imports.import(BUSY, BUSY, busy::TYPE);
        for memory in 0..memories {
            imports.import(MEMORIES, &memory.to_string(), any_memory());
        }
        Glue {
            layer,
            own,
            exports,
            types: Vec::new(),
            imports,
            imported: BTreeMap::new(),
            declared: FunctionSection::new(),
            code: CodeSection::new(),
            labels: BTreeMap::new(),
            defined: 0,
        }
    }

    fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = (params.to_vec(), results.to_vec());
        let known = self.types.iter().position(|known| *known == ty);
        let known = known.unwrap_or_else(|| {
            self.types.push(ty);
            self.types.len() - 1
        });
        known as u32
    }

    /// Imports a function once; its index.
    fn import(
        &mut self,
        module: &'static str,
        name: String,
        params: &[ValType],
        results: &[ValType],
    ) -> u32 {
        let key = (module, name);
        if let Some(index) = self.imported.get(&key) {
            return *index;
        }
        let ty = self.ty(params, results);
        let index = self.imported.len() as u32;
        self.imports
            .import(module, &key.1, EntityType::Function(ty));
        self.imported.insert(key, index);
        index
    }

    /// The adapter's function that a function of the glue calls, with the context before its
    /// parameters.
    fn adapter(&mut self, export: &str, function: &Glued, lowered: Option<&Async>) -> u32 {
        let (params, results) = match lowered {
            Some(of) => (&of.lowered.params, &of.lowered.results),
            None => (&function.params, &function.results),
        };
        let params = [&[ValType::I32], params.as_slice()].concat();
        self.adapters(export, &params, results)
    }

    /// The adapter's check of a function.
    fn check(&mut self, export: &str, function: &Glued, lowered: Option<&Async>) -> u32 {
        let params = match lowered {
            Some(of) => &of.lowered.params,
            None => &function.params,
        };
        let params = [&[ValType::I32], params.as_slice()].concat();
        self.adapters(export, &params, &[ValType::I32])
    }

    /// The adapter's function that calls the host, whether the call waits or not.
    fn begin(&mut self, export: &str, function: &Glued) -> u32 {
        let params = [&[ValType::I32], function.params.as_slice()].concat();
        self.adapters(export, &params, &[ValType::I32])
    }

    fn adapters(&mut self, export: &str, params: &[ValType], results: &[ValType]) -> u32 {
        let number = self.exports.get(export).copied().unwrap_or_default();
        self.import(ADAPTER, number.to_string(), params, results)
    }

    fn dropper(&mut self, host: u32) -> u32 {
        self.import(HOST, host.to_string(), &[ValType::I32], &[])
    }

    fn hidden(&mut self, hidden: Option<&Hidden>) -> Option<u32> {
        let export = &hidden?.export;
        Some(self.adapters(export, &[ValType::I32], &[ValType::I32]))
    }

    fn declare(&mut self, function: &Glued) {
        let ty = self.ty(&function.params, &function.results);
        self.declared.function(ty);
        if let Some((handed, _)) = &function.ends {
            self.lowers(handed);
        }
        match &function.does {
            Does::Stream(stream) => self.declare_stream(stream, function),
            Does::Adapter {
                export, lowered, ..
            } => {
                self.adapter(export, function, lowered.as_ref());
            }
            Does::Either {
                export,
                host,
                hidden,
                lowered,
                ..
            } => {
                self.adapter(export, function, lowered.as_ref());
                self.host(*host, function);
                self.hidden(hidden.as_ref());
            }
            Does::Checked {
                export,
                host,
                lowered,
                ..
            } => {
                self.check(export, function, lowered.as_ref());
                self.host(*host, function);
            }
            Does::Begun { export, .. } => {
                self.begin(export, function);
                if let Some(waiting) = &function.waits {
                    self.called_waiting(waiting, true);
                }
            }
            Does::Poll { export, host, .. } => {
                self.adapter(export, function, None);
                self.host(*host, function);
            }
            Does::Guarded { host, hidden, .. } => {
                self.host(*host, function);
                self.hidden(hidden.as_ref());
            }
            Does::Answer { drops, hidden, .. } => {
                for host in drops.iter().flatten() {
                    self.dropper(*host);
                }
                self.hidden(hidden.as_ref());
            }
            Does::DropHollow(_) | Does::Trap => {}
        }
    }

    fn define(&mut self, function: &Glued) {
        let params = function.params.len() as u32;
        let mut locals = function.own_locals();
        if function.waits.is_some() {
            locals.extend(waiting::LOCALS);
        }
        let mut body = Function::new_with_locals_types(locals);
        let mut sink = body.instructions();
        if !matches!(function.does, Does::Trap) {
            // As in the canonical ABI: what calls back from a realloc may not call out.
            sink.global_get(0).if_(BlockType::Empty).unreachable().end();
        }
        if let Some(caller) = function.caller {
            sink.i32_const(caller as i32).global_set(1);
        }
        match &function.does {
            Does::Trap => {
                sink.unreachable();
                self.labels.insert(self.defined, function.label.clone());
            }
            Does::Stream(stream) => self.define_stream(&mut sink, stream, function),
            Does::Adapter {
                export,
                context,
                lowered,
            } => {
                let adapter = self.adapter(export, function, lowered.as_ref());
                answered(&mut sink, adapter, *context, params, lowered.as_ref());
            }
            Does::Either {
                export,
                context,
                host,
                handles,
                hidden,
                lowered,
                memory,
            } => {
                let adapter = self.adapter(export, function, lowered.as_ref());
                let (host, check) = (self.host(*host, function), self.hidden(hidden.as_ref()));
                any_is_virtual(&mut sink, handles, *memory, self.layer);
                sink.if_(BlockType::Empty);
                answered(&mut sink, adapter, *context, params, lowered.as_ref());
                sink.return_().end();
                refuse_hidden(&mut sink, hidden.as_ref(), check, *memory);
                self.hand_over(&mut sink, function);
                self.call_host(&mut sink, host, function);
            }
            Does::Checked {
                export,
                context,
                host,
                lowered,
            } => {
                let check = self.check(export, function, lowered.as_ref());
                let host = self.host(*host, function);
                match lowered {
                    Some(lowered) => lowered.pass(&mut sink, check, *context, params),
                    None => call_adapter(&mut sink, check, *context, 0..params),
                }
                if lowered
                    .as_ref()
                    .is_none_or(|of| of.lowered.spilled.is_none())
                {
                    sink.local_tee(0);
                }
                sink.i32_eqz().if_(BlockType::Empty);
                if lowered.is_some() {
                    sink.i32_const(RETURNED);
                }
                sink.return_().end();
                self.call_host(&mut sink, host, function);
            }
            Does::Begun { export, context } => {
                let begin = self.begin(export, function);
                call_adapter(&mut sink, begin, *context, 0..params);
                if let Some(waiting) = &function.waits {
                    self.returned(&mut sink, waiting, function, true);
                }
            }
            Does::Poll {
                export,
                context,
                host,
                memory,
            } => {
                let adapter = self.adapter(export, function, None);
                let host = self.host(*host, function);
                let (at, end) = (params, params + 1);
                sink.local_get(0).local_tee(at);
                sink.local_get(1).i32_const(2).i32_shl();
                sink.i32_add().local_set(end);
                sink.block(BlockType::Empty).loop_(BlockType::Empty);
                sink.local_get(at).local_get(end).i32_ge_u().br_if(1);
                sink.local_get(at).i32_load(place(*memory, 0));
                is_virtual(&mut sink, self.layer);
                sink.if_(BlockType::Empty);
                call_adapter(&mut sink, adapter, *context, 0..params);
                sink.return_().end();
                sink.local_get(at).i32_const(4).i32_add().local_set(at);
                sink.br(0).end().end();
                call(&mut sink, host, params);
            }
            Does::Guarded {
                host,
                handles,
                hidden,
                answer,
                memory,
            } => {
                let (host, check) = (self.host(*host, function), self.hidden(hidden.as_ref()));
                if !handles.is_empty() {
                    any_is_virtual(&mut sink, handles, *memory, self.layer);
                    sink.if_(BlockType::Empty);
                    match answer {
                        Some(answer) => {
                            reply(&mut sink, answer, *memory);
                            sink.return_();
                        }
                        None => {
                            sink.unreachable();
                            self.labels.insert(self.defined, function.label.clone());
                        }
                    }
                    sink.end();
                }
                refuse_hidden(&mut sink, hidden.as_ref(), check, *memory);
                self.hand_over(&mut sink, function);
                self.call_host(&mut sink, host, function);
            }
            Does::Answer {
                answer,
                memory,
                drops,
                hidden,
            } => {
                let check = self.hidden(hidden.as_ref());
                let memory = memory.unwrap_or_default();
                refuse_hidden(&mut sink, hidden.as_ref(), check, memory);
                for (drop, host) in answer.drops.iter().zip(drops) {
                    if let Some(host) = host {
                        let host = self.dropper(*host);
                        self.drop_handle(&mut sink, drop, memory, host);
                    }
                }
                reply(&mut sink, answer, memory);
            }
            Does::DropHollow(number) => {
                sink.local_get(0).i32_const(*number as i32).i32_ne();
                sink.if_(BlockType::Empty).unreachable().end();
                self.labels.insert(self.defined, function.label.clone());
            }
        }
        sink.end();
        self.code.function(&body);
        self.defined += 1;
    }

    /// Makes readable ends real that the host is handed.
    fn hand_over(&mut self, sink: &mut InstructionSink<'_>, function: &Glued) {
        if let Some((handed, memory)) = &function.ends {
            let scratch = function.params.len() + function.does.locals().len();
            self.lower_ends(sink, handed, *memory, (function, scratch as u32));
        }
    }

    /// Drops a host handle that a denied call takes, as the host would have.
    fn drop_handle(
        &self,
        sink: &mut InstructionSink<'_>,
        drop: &refuse::Drop,
        memory: u32,
        host: u32,
    ) {
        sink.block(BlockType::Empty);
        for guard in &drop.guards {
            number(sink, guard.place, memory);
            sink.i32_const(guard.case as i32).i32_ne().br_if(0);
        }
        number(sink, drop.place, memory);
        is_virtual(sink, self.layer);
        sink.br_if(0);
        number(sink, drop.place, memory);
        sink.call(host).end();
    }

    fn finish(self, functions: &[Glued]) -> Vec<u8> {
        let imported = self.imported.len() as u32;
        let mut exports = ExportSection::new();
        for at in 0..functions.len() as u32 {
            exports.export(&at.to_string(), ExportKind::Func, imported + at);
        }
        let mut types = TypeSection::new();
        for (params, results) in self.types {
            types.ty().function(params, results);
        }
        let mut module = Module::new();
        module
            .section(&types)
            .section(&self.imports)
            .section(&self.declared)
            .section(&exports)
            .section(&self.code);
        if !self.labels.is_empty() {
            let mut names = NameMap::new();
            for (at, label) in &self.labels {
                names.append(imported + at, label);
            }
            let mut section = NameSection::new();
            section.functions(&names);
            module.section(&section);
        }
        module.finish()
    }
}

/// Calls the adapter for a function that is lowered `async` or not.
fn answered(
    sink: &mut InstructionSink<'_>,
    adapter: u32,
    context: u32,
    params: u32,
    lowered: Option<&Async>,
) {
    match lowered {
        Some(lowered) => lowered.call(sink, adapter, context, params),
        None => call_adapter(sink, adapter, context, 0..params),
    }
}

#[cfg(test)]
mod tests;
