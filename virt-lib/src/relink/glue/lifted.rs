//! The functions around core functions that are lifted: modules of their own, which are the same
//! wherever the types are. They tell the adapter of waits, or make ends real that are returned.
//! This module must never know what is lifted.

use super::code::{call, call_alone};
use super::ends::{self, Lowering, Lowers, scratch};
use super::{ADAPTER, HOST, LOG, MEMORIES, any_memory};
use crate::plan::streams::{Handed, Kind, Wakes};
use crate::relink::busy::{self, BUSY};
use crate::relink::trace::EVENT;
use std::collections::BTreeMap;
use wasi_virt_layout::abi::{begun, stream as names};
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, InstructionSink, Module, TypeSection, ValType,
};

const I: ValType = ValType::I32;

/// Codes that a core function and its callback return.
const EXIT: i32 = 0;
const YIELD: i32 = 1;
const WAIT: i32 = 2;
/// Where the waitable set is in a code, and what the rest is.
const SET: i32 = 4;
const CODE: i32 = 15;

/// Which functions are imported, with their types, and the module's own after them.
struct Builder {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    exports: ExportSection,
    code: CodeSection,
    count: u32,
}

impl Builder {
    fn new() -> Self {
        Builder {
            types: TypeSection::new(),
            imports: ImportSection::new(),
            functions: FunctionSection::new(),
            exports: ExportSection::new(),
            code: CodeSection::new(),
            count: 0,
        }
    }

    fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let all = self.types.len();
        self.types
            .ty()
            .function(params.iter().copied(), results.iter().copied());
        all
    }

    fn import(&mut self, from: &str, name: &str, params: &[ValType], results: &[ValType]) -> u32 {
        let ty = self.ty(params, results);
        self.imports.import(from, name, EntityType::Function(ty));
        self.count += 1;
        self.count - 1
    }

    /// Adds a function, whose exports are numbered; all imports have to be there.
    fn function(&mut self, params: &[ValType], results: &[ValType], body: &Function) {
        let ty = self.ty(params, results);
        let number = self.exports.len();
        self.functions.function(ty);
        self.exports
            .export(&number.to_string(), ExportKind::Func, self.count + number);
        self.code.function(body);
    }

    fn finish(self) -> Vec<u8> {
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.imports)
            .section(&self.functions)
            .section(&self.exports)
            .section(&self.code);
        module.finish()
    }
}

/// The functions around a core function with these parameters, 0, and its callback, 1: those that
/// it gets under the same numbers. `exports` says under which numbers the adapter exports what,
/// `wakes` what of the adapter's may end a wait, and `logs` whether events are logged.
pub(crate) fn waits(
    params: &[ValType],
    exports: &BTreeMap<String, u32>,
    wakes: Wakes,
    logs: bool,
) -> Vec<u8> {
    let mut module = Builder::new();
    let number = |name: &str| exports.get(name).copied().unwrap_or_default().to_string();
    let ends = wakes.ends.then(|| Ends {
        wait: module.import(ADAPTER, &number(names::PUMP_WAIT), &[I], &[]),
        yields: module.import(ADAPTER, &number(names::PUMP_YIELD), &[], &[]),
        exit: module.import(ADAPTER, &number(names::PUMP_EXIT), &[], &[I]),
        event: module.import(ADAPTER, &number(names::PUMP_EVENT), &[I; 3], &[I]),
    });
    let calls = wakes.calls.then(|| {
        module.imports.import(BUSY, BUSY, busy::TYPE);
        module.import(ADAPTER, &number(begun::EVENT), &[I; 3], &[I])
    });
    let start = module.import(HOST, "0", params, &[I]);
    let callback = module.import(HOST, "1", &[I; 3], &[I]);
    let log = logs.then(|| module.import(LOG, EVENT, &[I; 3], &[]));

    let mut body = Function::new([(1, I)]);
    let mut sink = body.instructions();
    let code = params.len() as u32;
    call(&mut sink, start, code);
    if let Some(ends) = &ends {
        ends.told(&mut sink, code);
    }
    sink.end();
    module.function(params, &[I], &body);

    let mut body = Function::new([(1, I)]);
    let mut sink = body.instructions();
    if let Some(event) = calls {
        call_alone(&mut sink, event, 0..3);
        sink.local_tee(3).if_(BlockType::Empty);
        sink.local_get(3).i32_const(SET).i32_shl();
        sink.i32_const(WAIT).i32_or().return_().end();
    }
    if let Some(ends) = &ends {
        call(&mut sink, ends.event, 3);
        sink.local_tee(3).i32_const(names::THE_APPS).i32_ne();
        sink.if_(BlockType::Empty).local_get(3).return_().end();
    }
    if let Some(log) = log {
        call(&mut sink, log, 3);
    }
    call(&mut sink, callback, 3);
    if let Some(ends) = &ends {
        ends.told(&mut sink, 3);
    }
    sink.end();
    module.function(&[I; 3], &[I], &body);
    module.finish()
}

/// What the glue reports to the adapter where its ends may end a wait.
struct Ends {
    wait: u32,
    yields: u32,
    exit: u32,
    event: u32,
}

impl Ends {
    /// Reports that a task stops. The code on the stack becomes the one that is returned. `local`
    /// is free.
    fn told(&self, sink: &mut InstructionSink<'_>, local: u32) {
        sink.local_tee(local).i32_const(CODE).i32_and();
        sink.i32_const(EXIT).i32_eq();
        sink.if_(BlockType::Empty).call(self.exit).return_().end();
        sink.local_get(local).i32_const(CODE).i32_and();
        sink.i32_const(YIELD).i32_eq();
        sink.if_(BlockType::Empty).call(self.yields).end();
        sink.local_get(local).i32_const(CODE).i32_and();
        sink.i32_const(WAIT).i32_eq();
        sink.if_(BlockType::Empty);
        sink.local_get(local).i32_const(SET).i32_shr_u();
        sink.call(self.wait).end();
        sink.local_get(local);
    }
}

/// The function around a core function of this type that returns readable ends. `own` is the
/// context that is the adapter's own memory.
pub(crate) fn returns(
    (params, results): (&[ValType], &[ValType]),
    handed: &Handed,
    own: u32,
    exports: &BTreeMap<String, u32>,
) -> Vec<u8> {
    let mut module = Builder::new();
    let mut lower = |kind: Kind| {
        let number = exports.get(kind.lower()).copied().unwrap_or_default();
        let params = ends::params(kind);
        (
            kind,
            module.import(ADAPTER, &number.to_string(), params, &[I]),
        )
    };
    let functions = handed.kinds().into_iter().map(&mut lower).collect();
    let function = module.import(HOST, "0", params, results);
    if handed.uses_memory() {
        module.imports.import(MEMORIES, "0", any_memory());
    }
    let first = params.len() as u32;
    let values = [params, results].concat();
    let mut locals: Vec<_> = results.iter().map(|ty| (1, *ty)).collect();
    locals.push((scratch(handed), I));
    let mut body = Function::new(locals);
    let mut sink = body.instructions();
    call(&mut sink, function, first);
    for at in (0..results.len() as u32).rev() {
        sink.local_set(first + at);
    }
    let lowering = Lowering {
        lowers: Lowers { functions, own },
        memory: 0,
        values: &values,
        scratch: values.len() as u32,
    };
    lowering.write(&mut sink, handed, first);
    for at in 0..results.len() as u32 {
        sink.local_get(first + at);
    }
    sink.end();
    module.function(params, results, &body);
    module.finish()
}
