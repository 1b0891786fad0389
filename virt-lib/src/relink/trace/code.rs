//! A module of the log's functions: what it imports, and helpers that several functions share. This
//! module must never know what a function means.

use super::{Needs, Whose};
use crate::plan::layout::Abi;
use crate::relink::busy::{self, BUSY};
use crate::relink::glue::{self, code::place};
use std::collections::BTreeMap;
use wasi_virt_layout::abi::trace;
use wasi_virt_layout::trace::Scalar;
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, InstructionSink, MemoryType, Module, NameMap, NameSection, TypeSection, ValType,
};
use wasmparser::component_types::{ComponentDefinedTypeId, ResourceId};

const I: ValType = ValType::I32;
const L: ValType = ValType::I64;

/// The adapter's functions in the order in which they are imported.
const IMPORTS: [(&str, &[ValType], &[ValType]); 7] = [
    (trace::TEXT, &[L], &[]),
    (trace::NEXT, &[], &[]),
    (trace::SCALAR, &[I, L], &[]),
    (trace::TAKE, &[L, I], &[]),
    (trace::QUOTED, &[I], &[]),
    (trace::LINE, &[], &[]),
    (trace::DENIED, &[I], &[I]),
];
const TEXT: u32 = 0;
const NEXT: u32 = 1;
const SCALAR: u32 = 2;
const TAKE: u32 = 3;
const QUOTED: u32 = 4;
const LINE: u32 = 5;
const DENIED: u32 = 6;

/// The adapter's functions that are imported after them, where the module shows streams.
const OF_STREAMS: [(&str, &[ValType], &[ValType]); 2] = [
    (trace::BLOCKED, &[I, I, I], &[]),
    (trace::UNBLOCKED, &[I, I], &[I]),
];
const BLOCKED: u32 = IMPORTS.len() as u32;
const UNBLOCKED: u32 = BLOCKED + 1;

/// A function that others call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Helper {
    /// Writes a string, by address and length.
    Quoted,
    /// Writes a value in memory, by its address.
    Value(ComponentDefinedTypeId),
    /// Writes the elements of a list, by address and count.
    Elements(ComponentDefinedTypeId),
    /// Writes the name of an enumeration's case, by its number.
    Case(ComponentDefinedTypeId),
    /// Writes what came of moving a part of a stream, by its status and the address of what was
    /// read; whether the module has a memory.
    Outcome(bool, Whose),
    /// Writes an event, by its code, handle and payload; the number of the module's memory.
    Event(Option<u32>, Whose),
}

/// A module that is being written.
pub(super) struct Code<'t> {
    pub abi: Abi<'t>,
    resources: &'t BTreeMap<ResourceId, String>,
    layer: u32,
    types: Vec<(Vec<ValType>, Vec<ValType>)>,
    imports: ImportSection,
    /// How many functions of the adapter are imported.
    of_adapter: u32,
    /// How many functions are wrapped, and as many are imported after those of the adapter.
    wrapped: u32,
    functions: FunctionSection,
    bodies: BTreeMap<u32, Function>,
    helpers: BTreeMap<Helper, u32>,
    /// Helpers that have no code yet.
    missing: Vec<Helper>,
    /// Helpers that are exported, and their names.
    exported: Vec<(&'static str, u32)>,
}

impl<'t> Code<'t> {
    /// A module around functions of these types. It can show streams if `has_streams`.
    pub(super) fn new<'s>(
        needs: &Needs<'t>,
        (has_memory, has_streams): (bool, bool),
        wrapped: impl Iterator<Item = (&'s [ValType], &'s [ValType])>,
    ) -> Self {
        let mut code = Code {
            abi: needs.abi,
            resources: needs.resources,
            layer: needs.layer,
            types: Vec::new(),
            imports: ImportSection::new(),
            of_adapter: 0,
            wrapped: 0,
            functions: FunctionSection::new(),
            bodies: BTreeMap::new(),
            helpers: BTreeMap::new(),
            missing: Vec::new(),
            exported: Vec::new(),
        };
        code.imports.import(BUSY, BUSY, busy::TYPE);
        if has_memory {
            let any = MemoryType {
                minimum: 0,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            };
            code.imports.import(glue::MEMORIES, "0", any);
        }
        let of_streams = OF_STREAMS.into_iter().filter(|_| has_streams);
        for (name, params, results) in IMPORTS.into_iter().chain(of_streams) {
            code.of_adapter += 1;
            let number = needs.exports.get(name).copied().unwrap_or_default();
            let ty = code.ty(params, results);
            let ty = EntityType::Function(ty);
            code.imports.import(glue::ADAPTER, &number.to_string(), ty);
        }
        for (params, results) in wrapped {
            let ty = code.ty(params, results);
            let name = code.wrapped.to_string();
            code.imports
                .import(glue::HOST, &name, EntityType::Function(ty));
            code.functions.function(ty);
            code.wrapped += 1;
        }
        code
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

    /// The function that a wrapped one calls.
    pub(super) fn inner(&self, number: u32) -> u32 {
        self.of_adapter + number
    }

    /// The index of the first function with code.
    fn first(&self) -> u32 {
        self.of_adapter + self.wrapped
    }

    /// Gives a wrapped function its code.
    pub(super) fn define(&mut self, number: u32, body: Function) {
        self.bodies.insert(number, body);
    }

    /// Calls a helper, with its arguments on the stack.
    pub(super) fn call(&mut self, sink: &mut InstructionSink<'_>, helper: Helper) {
        let number = self.helper(helper);
        sink.call(self.first() + number);
    }

    /// Exports a helper.
    pub(super) fn export(&mut self, name: &'static str, helper: Helper) {
        let number = self.helper(helper);
        self.exported.push((name, number));
    }

    /// The number of a helper among the functions with code.
    fn helper(&mut self, helper: Helper) -> u32 {
        match self.helpers.get(&helper) {
            Some(number) => *number,
            None => {
                let number = self.wrapped + self.helpers.len() as u32;
                let params: &[ValType] = match helper {
                    Helper::Event(..) => &[I, I, I],
                    Helper::Quoted | Helper::Elements(_) | Helper::Outcome(..) => &[I, I],
                    Helper::Value(_) | Helper::Case(_) => &[I],
                };
                let ty = self.ty(params, &[]);
                self.functions.function(ty);
                self.helpers.insert(helper, number);
                self.missing.push(helper);
                number
            }
        }
    }

    pub(super) fn layer(&self) -> u32 {
        self.layer
    }

    /// What a resource is called.
    pub(super) fn resource(&self, id: ResourceId) -> &'t str {
        self.resources.get(&id).map_or("resource", String::as_str)
    }

    /// Writes a text, eight bytes at a time.
    pub(super) fn text(&mut self, sink: &mut InstructionSink<'_>, text: &str) {
        let (mut word, mut len) = ([0; 8], 0);
        let mut add = |word: [u8; 8]| {
            sink.i64_const(i64::from_le_bytes(word)).call(TEXT);
        };
        for c in text.chars() {
            if len + c.len_utf8() > word.len() {
                add(word);
                (word, len) = ([0; 8], 0);
            }
            c.encode_utf8(&mut word[len..]);
            len += c.len_utf8();
        }
        if len > 0 {
            add(word);
        }
    }

    /// Writes what separates elements, unless the first follows.
    pub(super) fn next(&mut self, sink: &mut InstructionSink<'_>) {
        sink.call(NEXT);
    }

    /// Writes a number by its bits, which `bits` puts on the stack as an `i64`.
    pub(super) fn scalar(
        &mut self,
        sink: &mut InstructionSink<'_>,
        kind: Scalar,
        bits: impl FnOnce(&mut InstructionSink<'_>),
    ) {
        sink.i32_const(kind as i32);
        bits(sink);
        sink.call(SCALAR);
    }

    /// Takes a byte of a string, which is on the stack.
    pub(super) fn take(&mut self, sink: &mut InstructionSink<'_>) {
        sink.i64_extend_i32_u().i32_const(1).call(TAKE);
    }

    /// Writes the string that was taken, whose length is on the stack.
    pub(super) fn taken(&mut self, sink: &mut InstructionSink<'_>) {
        sink.call(QUOTED);
    }

    pub(super) fn end_line(&mut self, sink: &mut InstructionSink<'_>) {
        sink.call(LINE);
    }

    /// Notes where a read blocks: a memory, a handle and an address are on the stack.
    pub(super) fn blocked(&mut self, sink: &mut InstructionSink<'_>) {
        sink.call(BLOCKED);
    }

    /// Where a read wrote to: a memory and a handle are on the stack.
    pub(super) fn unblocked(&mut self, sink: &mut InstructionSink<'_>) {
        sink.call(UNBLOCKED);
    }

    /// Whether the handle on the stack is that of a stream that is denied.
    pub(super) fn is_denied(&mut self, sink: &mut InstructionSink<'_>) {
        sink.call(DENIED);
    }

    /// Writes the helpers and the module. Its functions have `labels` in backtraces.
    pub(super) fn finish(mut self, labels: impl Iterator<Item = String>) -> Vec<u8> {
        while let Some(helper) = self.missing.pop() {
            let mut function = Function::new([(1, I)]);
            let sink = &mut function.instructions();
            match helper {
                Helper::Quoted => quoted(sink),
                Helper::Value(id) => self.value_in_memory(sink, id),
                Helper::Elements(id) => self.elements(sink, id),
                Helper::Case(id) => self.case(sink, id),
                Helper::Outcome(has_memory, whose) => self.outcome(sink, has_memory, whose),
                Helper::Event(memory, whose) => self.event(sink, memory, whose),
            }
            sink.end();
            if let Some(number) = self.helpers.get(&helper) {
                self.bodies.insert(*number, function);
            }
        }
        let first = self.first();
        let (mut exports, mut names) = (ExportSection::new(), NameMap::new());
        for (number, label) in (0..self.wrapped).zip(labels) {
            exports.export(&number.to_string(), ExportKind::Func, first + number);
            names.append(first + number, &format!("logged by wasi-virt: {label}"));
        }
        for (name, number) in self.exported {
            exports.export(name, ExportKind::Func, first + number);
        }
        let mut types = TypeSection::new();
        for (params, results) in self.types {
            types.ty().function(params, results);
        }
        let mut code = CodeSection::new();
        for body in self.bodies.values() {
            code.function(body);
        }
        let mut section = NameSection::new();
        section.functions(&names);
        let mut module = Module::new();
        module
            .section(&types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&exports)
            .section(&code)
            .section(&section);
        module.finish()
    }
}

/// The code of [`Helper::Quoted`]: hands over what is shown, which has to be within the memory.
fn quoted(sink: &mut InstructionSink<'_>) {
    let (at, len, left) = (0, 1, 2);
    sink.local_get(len).i32_const(trace::TAKEN as i32);
    sink.local_get(len).i32_const(trace::TAKEN as i32);
    sink.i32_lt_u().select().local_set(left);
    for step in [8, 1] {
        sink.block(BlockType::Empty).loop_(BlockType::Empty);
        sink.local_get(left).i32_const(step).i32_lt_u().br_if(1);
        sink.local_get(at);
        match step {
            8 => sink.i64_load(place(0, 0)),
            _ => sink.i64_load8_u(place(0, 0)),
        };
        sink.i32_const(step).call(TAKE);
        sink.local_get(at).i32_const(step).i32_add().local_set(at);
        sink.local_get(left).i32_const(step).i32_sub();
        sink.local_set(left).br(0).end().end();
    }
    sink.local_get(len).call(QUOTED);
}
