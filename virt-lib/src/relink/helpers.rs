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

/// What a function is imported as.
pub(crate) struct Source {
    pub module: String,
    pub name: String,
    /// The numbers of the imports that it is for, where it is not for all.
    pub callers: Vec<u32>,
}

/// A function that goes into the adapter's table: where, what it is, and its type.
pub(crate) struct Fill {
    pub place: u32,
    /// One, or one for each release by which the host is called.
    pub from: Vec<Source>,
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    /// Whether the component may call while the function runs.
    pub waits: bool,
}

impl Fill {
    /// Whether the filler imports what [`busy`] has.
    pub(crate) fn needs_flag(&self) -> bool {
        self.waits || self.is_by_caller()
    }

    /// Whether it depends on the caller which function it is.
    fn is_by_caller(&self) -> bool {
        self.from.iter().any(|from| !from.callers.is_empty())
    }

    /// Calls the function, the first of which has this index, with the parameters of the one
    /// around.
    fn call(&self, sink: &mut InstructionSink<'_>, first: u32) {
        let call = |sink: &mut InstructionSink<'_>, function| {
            for param in 0..self.params.len() as u32 {
                sink.local_get(param);
            }
            sink.call(function);
        };
        if !self.is_by_caller() {
            return call(sink, first);
        }
        let result = self.results.first();
        let result = result.map_or(BlockType::Empty, |ty| BlockType::Result(*ty));
        for (function, from) in (first..).zip(&self.from) {
            busy::is_caller(sink, &from.callers);
            sink.if_(result);
            call(sink, function);
            sink.else_();
        }
        // Handles of any other caller are of no release that is known.
        sink.unreachable();
        for _ in &self.from {
            sink.end();
        }
    }
}

/// A module that puts functions into the adapter's table, where `callers` says whether some of them
/// depend on the caller.
pub(crate) fn filler(fills: &[Fill], callers: bool) -> Vec<u8> {
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
    let count = fills.iter().map(|fill| fill.from.len() as u32).sum();
    let own = (count, count + 1);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    let types_of_own = fills.len() as u32;
    functions.function(types_of_own).function(types_of_own + 1);
    code.function(&busy::enter()).function(&busy::leave());
    let mut next = 0;
    for (at, fill) in (0..).zip(fills) {
        types
            .ty()
            .function(fill.params.iter().copied(), fill.results.iter().copied());
        let first = next;
        for from in &fill.from {
            imports.import(&from.module, &from.name, EntityType::Function(at));
            next += 1;
        }
        let params = fill.params.len() as u32;
        let around = match (fill.waits, fill.is_by_caller()) {
            (true, _) => Some(busy::waiting(params, own, callers, |sink| {
                fill.call(sink, first);
            })),
            (false, true) => {
                let mut body = Function::new([]);
                fill.call(&mut body.instructions(), first);
                body.instructions().end();
                Some(body)
            }
            (false, false) => None,
        };
        let function = match around {
            Some(body) => {
                functions.function(at);
                code.function(&body);
                count + functions.len() - 1
            }
            None => first,
        };
        elements.active(
            None,
            &ConstExpr::i32_const(fill.place as i32),
            Elements::Functions([function].as_slice().into()),
        );
    }
    let mut module = Module::new();
    if !fills.iter().any(Fill::needs_flag) {
        module.section(&types).section(&imports).section(&elements);
        return module.finish();
    }
    types.ty().function([], [ValType::I32]);
    types.ty().function([ValType::I32], []);
    busy::import(&mut imports, callers);
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&elements)
        .section(&code)
        .section(&busy::names(own.1));
    module.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;
    use wasmparser::{Operator, Parser, Payload, Validator};

    fn fill(callers: &[&[u32]], waits: bool) -> Fill {
        let from = callers.iter().enumerate().map(|(at, callers)| Source {
            module: at.to_string(),
            name: "f".to_string(),
            callers: callers.to_vec(),
        });
        Fill {
            place: 0,
            from: from.collect(),
            params: vec![ValType::I32],
            results: vec![ValType::I32],
            waits,
        }
    }

    /// The functions behind those of the flag.
    fn code(fill: Fill) -> Vec<String> {
        let bytes = filler(&[fill], true);
        Validator::new().validate_all(&bytes).unwrap();
        let bodies = Parser::new(0).parse_all(&bytes).filter_map(|payload| {
            let Payload::CodeSectionEntry(body) = payload.unwrap() else {
                return None;
            };
            let operators = body.get_operators_reader().unwrap().into_iter();
            let shown = operators.map(|operator| match operator.unwrap() {
                Operator::LocalGet { local_index } => format!("get {local_index}"),
                Operator::LocalSet { local_index } => format!("set {local_index}"),
                Operator::GlobalGet { global_index } => format!("global {global_index}"),
                Operator::GlobalSet { global_index } => format!("global={global_index}"),
                Operator::I32Const { value } => format!("{value}"),
                Operator::Call { function_index } => format!("call {function_index}"),
                Operator::If { .. } => "if".to_string(),
                other => format!("{other:?}").to_lowercase(),
            });
            Some(shown.collect::<Vec<_>>().join(" "))
        });
        bodies.skip(2).collect()
    }

    const OF_FIRST: &str = "global 2 1 i32eq global 2 3 i32eq i32or if get 0 call 0 else";
    const OF_SECOND: &str = "global 2 2 i32eq if get 0 call 1 else unreachable end end";

    #[test]
    fn each_caller_gets_the_function_of_its_release() {
        let expected = format!("{OF_FIRST} {OF_SECOND} end");
        assert_eq!(code(fill(&[&[1, 3], &[2]], false)), [expected]);
    }

    #[test]
    fn the_caller_is_the_same_when_the_host_has_waited() {
        let around = |call: &str, [enter, leave]: [u32; 2]| {
            format!(
                "call {enter} set 1 global 2 set 2 {call} get 2 global=2 get 1 call {leave} end"
            )
        };
        let expected = around(&format!("{OF_FIRST} {OF_SECOND}"), [2, 3]);
        assert_eq!(code(fill(&[&[1, 3], &[2]], true)), [expected]);
        // So it is where the function is the same for all.
        let expected = around("get 0 call 0", [1, 2]);
        assert_eq!(code(fill(&[&[]], true)), [expected]);
    }
}
