//! The flag that says that the adapter is at work, and the functions around those of the host's
//! that it calls. While the host waits in one, other tasks of the component may call the adapter:
//! the flag is down then. Calls share one stack, so that they have to end in the reverse order.
//! This module must never know what a function does.

use wasm_encoder::{
    BlockType, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType,
    ImportSection, Module, NameMap, NameSection, ValType,
};

/// What the flag is imported and exported as.
pub(crate) const BUSY: &str = "b";

/// What the number of calls that wait in the host is imported and exported as.
const WAITING: &str = "w";

/// What a backtrace shows where a call ends before one that began after it.
const LABEL: &str = "wasi-virt: a call that waits in the host cannot end before a later one";

/// The type of both.
pub(crate) const TYPE: GlobalType = GlobalType {
    val_type: ValType::I32,
    mutable: true,
    shared: false,
};

/// The module that has the flag.
pub(crate) fn module() -> Vec<u8> {
    let mut globals = GlobalSection::new();
    let mut exports = ExportSection::new();
    for (at, name) in (0..).zip([BUSY, WAITING]) {
        globals.global(TYPE, &ConstExpr::i32_const(0));
        exports.export(name, ExportKind::Global, at);
    }
    let mut module = Module::new();
    module.section(&globals).section(&exports);
    module.finish()
}

/// Imports what [`enter`] and [`leave`] use, as the first globals.
pub(super) fn import(imports: &mut ImportSection) {
    imports.import(BUSY, BUSY, TYPE);
    imports.import(BUSY, WAITING, TYPE);
}

/// Takes the flag down. Gives a number for [`leave`]: how many calls wait, this one among them, and
/// the flag.
pub(super) fn enter() -> Function {
    let mut body = Function::new([]);
    let mut sink = body.instructions();
    sink.global_get(1).i32_const(1).i32_add().global_set(1);
    sink.global_get(1).i32_const(1).i32_shl();
    sink.global_get(0).i32_or();
    sink.i32_const(0).global_set(0).end();
    body
}

/// Puts the flag back. Traps where a later call still waits.
pub(super) fn leave() -> Function {
    let mut body = Function::new([]);
    let mut sink = body.instructions();
    sink.global_get(1)
        .local_get(0)
        .i32_const(1)
        .i32_shr_u()
        .i32_ne();
    sink.if_(BlockType::Empty).unreachable().end();
    sink.global_get(1).i32_const(1).i32_sub().global_set(1);
    sink.local_get(0).i32_const(1).i32_and().global_set(0).end();
    body
}

/// The function around one of the host's with so many parameters.
pub(super) fn waiting(host: u32, params: u32, (enter, leave): (u32, u32)) -> Function {
    let mut body = Function::new([(1, ValType::I32)]);
    let mut sink = body.instructions();
    sink.call(enter).local_set(params);
    for param in 0..params {
        sink.local_get(param);
    }
    sink.call(host).local_get(params).call(leave).end();
    body
}

/// The name of [`leave`].
pub(super) fn names(leave: u32) -> NameSection {
    let mut names = NameMap::new();
    names.append(leave, LABEL);
    let mut section = NameSection::new();
    section.functions(&names);
    section
}
