//! The small core modules between the adapter and a component: what touches one memory of the
//! component's, and what fills the adapter's table. None of them knows what it is used for.

use super::busy;
use crate::specialize::adapter::SLOTS;
use wasi_virt_layout::abi;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    InstructionSink, MemArg, MemArgTarget, MemoryType, Module, RefType, TableType, TypeSection,
    ValType,
};

/// What a helper imports from: the adapter, and the memory with its realloc.
pub(crate) const ADAPTER: &str = "a";
pub(crate) const MEMORY: &str = "m";

/// The helpers of one memory. Its one data segment, the contents of mounted files, is left empty.
pub(crate) fn memory_helpers() -> Vec<u8> {
    let mut types = TypeSection::new();
    for (_, params, results) in SLOTS {
        types
            .ty()
            .function(params.iter().copied(), results.iter().copied());
    }
    let sink_type = SLOTS.len() as u32;
    types.ty().function([ValType::I64; 8], []);
    let mut imports = ImportSection::new();
    imports.import(ADAPTER, abi::SINK, EntityType::Function(sink_type));
    let any = MemoryType {
        minimum: 0,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    imports.import(MEMORY, "memory", any);
    let mut functions = FunctionSection::new();
    let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
    for (at, (name, ..)) in (0..).zip(SLOTS) {
        functions.function(at);
        exports.export(name, ExportKind::Func, at + 1);
        let mut body = Function::new([]);
        helper(name, &mut body.instructions());
        code.function(&body);
    }
    let mut data = DataSection::new();
    data.passive([]);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&exports)
        .section(&DataCountSection { count: 1 })
        .section(&code)
        .section(&data);
    module.finish()
}

fn place(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 0,
        target: MemArgTarget::Memory(0),
        ordering: None,
    }
}

fn helper(name: &str, sink: &mut InstructionSink<'_>) {
    match name {
        abi::app::SIZE => {
            sink.memory_size(0);
        }
        abi::app::LOAD_8 => {
            sink.local_get(0).i32_load8_u(place(0));
        }
        abi::app::LOAD => {
            sink.block(BlockType::Empty).loop_(BlockType::Empty);
            // The end may lie at 4 GiB, which is 0.
            sink.local_get(0).local_get(1).i32_eq().br_if(1);
            for word in 0..8 {
                sink.local_get(0).i64_load(place(word * 8));
            }
            sink.call(0);
            sink.local_get(0).i32_const(64).i32_add().local_set(0);
            sink.br(0).end().end();
        }
        abi::app::STORE_8 => {
            sink.local_get(0).local_get(1).i32_store8(place(0));
        }
        abi::app::STORE_32 => {
            sink.local_get(0).local_get(1).i32_store(place(0));
        }
        abi::app::STORE_64 => {
            sink.local_get(0).local_get(1).i64_store(place(0));
        }
        abi::app::STORE => {
            for word in 0..8 {
                sink.local_get(0).local_get(word + 1);
                sink.i64_store(place(u64::from(word) * 8));
            }
        }
        abi::app::PAYLOAD => {
            sink.local_get(0)
                .local_get(1)
                .local_get(2)
                .memory_init(0, 0);
        }
        // Where a lowered function names no realloc, none is called.
        _ => {
            sink.unreachable();
        }
    }
    sink.end();
}

/// A function that goes into the adapter's table: where, what it is imported as, and its type.
pub(crate) struct Fill {
    pub place: u32,
    pub module: String,
    pub name: String,
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    /// Whether the component may call while the function runs.
    pub waits: bool,
}

/// A module that puts functions into the adapter's table.
pub(crate) fn filler(fills: &[Fill]) -> Vec<u8> {
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    let any = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 0,
        maximum: None,
        shared: false,
    };
    imports.import(ADAPTER, crate::wasm::module::TABLE, any);
    let mut elements = ElementSection::new();
    let count = fills.len() as u32;
    let own = (count, count + 1);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    functions.function(count).function(count + 1);
    code.function(&busy::enter()).function(&busy::leave());
    for (at, fill) in (0..).zip(fills) {
        types
            .ty()
            .function(fill.params.iter().copied(), fill.results.iter().copied());
        imports.import(&fill.module, &fill.name, EntityType::Function(at));
        let function = match fill.waits {
            true => {
                functions.function(at);
                code.function(&busy::waiting(at, fill.params.len() as u32, own));
                count + functions.len() - 1
            }
            false => at,
        };
        elements.active(
            None,
            &ConstExpr::i32_const(fill.place as i32),
            Elements::Functions([function].as_slice().into()),
        );
    }
    let mut module = Module::new();
    if !fills.iter().any(|fill| fill.waits) {
        module.section(&types).section(&imports).section(&elements);
        return module.finish();
    }
    types.ty().function([], [ValType::I32]);
    types.ty().function([ValType::I32], []);
    busy::import(&mut imports);
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&elements)
        .section(&code)
        .section(&busy::names(own.1));
    module.finish()
}
