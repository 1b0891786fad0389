//! The core module with the memory of a pass-through: an area for results, and after it what
//! arguments and results need while a call runs. WASI 0.2 never enters a component twice, so that
//! everything after the area is free again when a call is over. This module must never know WIT.

use super::code::{BLOCK, Body};
use wasm_encoder::{
    CodeSection, ConstExpr, EntityType, ExportKind, ExportSection, FunctionSection, GlobalSection,
    GlobalType, Instruction as I, MemorySection, MemoryType, Module, TypeSection, ValType,
};

/// What the module is called where it is imported.
pub(super) const MODULE: &str = "m";
/// Its memory.
pub(super) const MEMORY: &str = "m";
/// Its `realloc`, as the canonical ABI has it.
pub(super) const REALLOC: &str = "r";
/// Its flag: not zero while a resource is dropped that goes on without its handle.
pub(super) const FLAG: &str = "f";
/// The index of the flag where it is imported.
pub(super) const IMPORTED_FLAG: u32 = 0;

/// Where results lie: past 0, which callers take for no address.
pub(super) const RESULT: u32 = 16;

/// The global with the end of what is in use.
pub(super) const END: u32 = 1;

/// The size of a page, as a shift.
const PAGE: u32 = 16;

/// The type under which the flag is imported.
pub(super) fn flag() -> EntityType {
    EntityType::Global(global())
}

/// The type under which the memory is imported, however large it is.
pub(super) fn any() -> EntityType {
    EntityType::Memory(memory(0, None))
}

/// The type of the module's globals.
fn global() -> GlobalType {
    GlobalType {
        val_type: ValType::I32,
        mutable: true,
        shared: false,
    }
}

fn memory(minimum: u64, maximum: Option<u64>) -> MemoryType {
    MemoryType {
        minimum,
        maximum,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

/// The type of a memory that has room for so many bytes at first, and for no more than `limit`.
fn limited(base: u32, limit: Option<u64>) -> MemoryType {
    let minimum = u64::from(base >> PAGE) + 1;
    let most = limit.map(|limit| (limit >> PAGE).clamp(minimum, 1 << PAGE));
    memory(minimum, most)
}

/// The module, with an area for results of at most so many bytes. Besides what has a name it
/// exports, by number, functions that follow a call, for calls with each of these results. The
/// memory has no more than `limit` bytes, but what it has at first.
pub(super) fn module(widest: u32, after: &[Vec<ValType>], limit: Option<u64>) -> Vec<u8> {
    let base = (RESULT + widest).next_multiple_of(16);
    let mut bodies = vec![(REALLOC.to_string(), realloc())];
    let after = (0..)
        .zip(after)
        .map(|(number, results)| (number.to_string(), release(results, base)));
    bodies.extend(after);
    with_functions(&bodies, base, limit)
}

/// A module with these functions, exported by their names unless those are empty. It has a memory
/// with room for `base` bytes at first and for no more than `limit`, the flag, and [`END`], which
/// is `base`.
pub(super) fn with_functions(
    functions: &[(String, Body)],
    base: u32,
    limit: Option<u64>,
) -> Vec<u8> {
    let (mut types, mut indices) = (TypeSection::new(), FunctionSection::new());
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    exports.export(MEMORY, ExportKind::Memory, 0);
    exports.export(FLAG, ExportKind::Global, 0);
    for (index, (name, body)) in (0..).zip(functions) {
        let [params, results] = [&body.params, &body.results].map(|types| types.iter().copied());
        types.ty().function(params, results);
        indices.function(index);
        if !name.is_empty() {
            exports.export(name, ExportKind::Func, index);
        }
        code.function(&body.encode(0));
    }
    let mut memories = MemorySection::new();
    memories.memory(limited(base, limit));
    let mut globals = GlobalSection::new();
    for value in [0, base] {
        globals.global(global(), &ConstExpr::i32_const(value as i32));
    }
    let mut module = Module::new();
    module
        .section(&types)
        .section(&indices)
        .section(&memories)
        .section(&globals)
        .section(&exports)
        .section(&code);
    module.finish()
}

/// `realloc`: takes more from the end, and memory from the host where that is not enough.
fn realloc() -> Body {
    let mut body = Body::new(&[ValType::I32; 4], &[ValType::I32]);
    let [old, old_size, align, size] = [0, 1, 2, 3];
    let start = body.local(ValType::I32);
    let end = body.local(ValType::I64);
    // What does not grow stays, and what is empty is anywhere.
    body.add([
        I::LocalGet(size),
        I::LocalGet(old_size),
        I::I32LeU,
        I::If(BLOCK),
        I::LocalGet(old),
        I::Return,
        I::End,
    ]);
    // An address of 64 bits cannot overflow.
    body.add([
        I::GlobalGet(END),
        I::I64ExtendI32U,
        I::LocalGet(align),
        I::I64ExtendI32U,
        I::I64Add,
        I::I64Const(1),
        I::I64Sub,
        I::I64Const(0),
        I::LocalGet(align),
        I::I64ExtendI32U,
        I::I64Sub,
        I::I64And,
        I::LocalTee(end),
        I::I32WrapI64,
        I::LocalSet(start),
        I::LocalGet(end),
        I::LocalGet(size),
        I::I64ExtendI32U,
        I::I64Add,
        I::LocalTee(end),
        I::I64Const(1 << 32),
        I::I64GeU,
        I::If(BLOCK),
        I::Unreachable,
        I::End,
    ]);
    grow(&mut body, end);
    body.add([
        I::LocalGet(end),
        I::I32WrapI64,
        I::GlobalSet(END),
        I::LocalGet(start),
        I::LocalGet(old),
        I::LocalGet(old_size),
        I::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        },
        I::LocalGet(start),
    ]);
    body
}

/// Takes memory from the host where there is less than up to the address in a local.
pub(super) fn grow(body: &mut Body, end: u32) {
    body.add([
        I::LocalGet(end),
        I::MemorySize(0),
        I::I64ExtendI32U,
        I::I64Const(PAGE as i64),
        I::I64Shl,
        I::I64GtU,
        I::If(BLOCK),
        I::LocalGet(end),
        I::I64Const((1 << PAGE) - 1),
        I::I64Add,
        I::I64Const(PAGE as i64),
        I::I64ShrU,
        I::I32WrapI64,
        I::MemorySize(0),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(BLOCK),
        I::Unreachable,
        I::End,
        I::End,
    ]);
}

/// What follows a call, with its results as parameters: everything is free again.
fn release(params: &[ValType], base: u32) -> Body {
    let mut body = Body::new(params, &[]);
    body.add([I::I32Const(base as i32), I::GlobalSet(END)]);
    body
}
