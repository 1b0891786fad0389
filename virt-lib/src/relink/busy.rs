//! The flag that says that the adapter is at work, and the functions around those of the host's
//! that it calls. While the host waits in one, other tasks of the component may call the adapter:
//! the flag is down then. Calls share one stack, so that they have to end in the reverse order.
//! This module must never know what a function does.

use wasm_encoder::{
    BlockType, ConstExpr, ExportKind, ExportSection, Function, GlobalSection, GlobalType,
    ImportSection, InstructionSink, Module, NameMap, NameSection, ValType,
};

/// What the flag is imported and exported as.
pub(crate) const BUSY: &str = "b";

/// What the number of calls that wait in the host is imported and exported as.
const WAITING: &str = "w";

/// What the number of the import that the adapter was called for is imported and exported as, where
/// the adapter calls the host by several releases.
const CALLER: &str = "c";

/// What a backtrace shows where a call ends before one that began after it.
const LABEL: &str = "wasi-virt: a call that waits in the host cannot end before a later one";

/// The type of all.
pub(crate) const TYPE: GlobalType = GlobalType {
    val_type: ValType::I32,
    mutable: true,
    shared: false,
};

/// The module that has the flag, and the number of the caller where `callers` says so.
pub(crate) fn module(callers: bool) -> Vec<u8> {
    let mut globals = GlobalSection::new();
    let mut exports = ExportSection::new();
    let names = [BUSY, WAITING].into_iter().chain(callers.then_some(CALLER));
    for (at, name) in (0..).zip(names) {
        globals.global(TYPE, &ConstExpr::i32_const(0));
        exports.export(name, ExportKind::Global, at);
    }
    let mut module = Module::new();
    module.section(&globals).section(&exports);
    module.finish()
}

/// Imports what [`enter`] and [`leave`] use, as the first globals, and behind it the number of the
/// caller where `callers` says so.
pub(super) fn import(imports: &mut ImportSection, callers: bool) {
    imports.import(BUSY, BUSY, TYPE);
    imports.import(BUSY, WAITING, TYPE);
    if callers {
        import_caller(imports);
    }
}

/// Imports the number of the caller.
pub(super) fn import_caller(imports: &mut ImportSection) {
    imports.import(BUSY, CALLER, TYPE);
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

/// The function around one of the host's with so many parameters, which `call` calls. Who calls the
/// adapter meanwhile may be another caller.
pub(super) fn waiting(
    params: u32,
    (enter, leave): (u32, u32),
    callers: bool,
    call: impl FnOnce(&mut InstructionSink<'_>),
) -> Function {
    let mut body = Function::new([(1 + u32::from(callers), ValType::I32)]);
    let mut sink = body.instructions();
    sink.call(enter).local_set(params);
    if callers {
        sink.global_get(2).local_set(params + 1);
    }
    call(&mut sink);
    if callers {
        sink.local_get(params + 1).global_set(2);
    }
    sink.local_get(params).call(leave).end();
    body
}

/// Whether the adapter was called for one of these imports, of which there is one at least.
pub(super) fn is_caller(sink: &mut InstructionSink<'_>, numbers: &[u32]) {
    for (at, number) in numbers.iter().enumerate() {
        sink.global_get(2).i32_const(*number as i32).i32_eq();
        if at > 0 {
            sink.i32_or();
        }
    }
}

/// The name of [`leave`].
pub(super) fn names(leave: u32) -> NameSection {
    let mut names = NameMap::new();
    names.append(leave, LABEL);
    let mut section = NameSection::new();
    section.functions(&names);
    section
}
