//! Pieces of code that functions of the glue share. This module must never decide which.

use super::Hidden;
use crate::plan::layout::Operand;
use crate::plan::refuse::{Answer, Reply};
use wasm_encoder::{BlockType, InstructionSink, MemArg, MemArgTarget};

pub(crate) fn place(memory: u32, offset: u32) -> MemArg {
    MemArg {
        offset: u64::from(offset),
        align: 0,
        target: MemArgTarget::Memory(memory),
        ordering: None,
    }
}

/// Whether the number on the stack bears the layer.
pub(crate) fn is_virtual(sink: &mut InstructionSink<'_>, layer: u32) {
    sink.i32_const(wasi_virt_layout::abi::LAYER_SHIFT as i32)
        .i32_shr_u();
    sink.i32_const(layer as i32).i32_eq();
}

pub(crate) fn any_is_virtual(
    sink: &mut InstructionSink<'_>,
    handles: &[Operand],
    memory: u32,
    layer: u32,
) {
    for (at, handle) in handles.iter().enumerate() {
        number(sink, *handle, memory);
        is_virtual(sink, layer);
        if at > 0 {
            sink.i32_or();
        }
    }
}

pub(super) fn refuse_hidden(
    sink: &mut InstructionSink<'_>,
    hidden: Option<&Hidden>,
    check: Option<u32>,
    memory: u32,
) {
    let (Some(hidden), Some(check)) = (hidden, check) else {
        return;
    };
    for descriptor in &hidden.descriptors {
        number(sink, *descriptor, memory);
        sink.call(check);
        sink.if_(BlockType::Empty).unreachable().end();
    }
}

pub(super) fn call(sink: &mut InstructionSink<'_>, function: u32, params: u32) {
    for param in 0..params {
        sink.local_get(param);
    }
    sink.call(function);
}

/// Calls the adapter with a context and these locals, and traps on a second call meanwhile.
pub(super) fn call_adapter(
    sink: &mut InstructionSink<'_>,
    function: u32,
    context: u32,
    args: impl IntoIterator<Item = u32>,
) {
    alone(sink, function, |sink| {
        sink.i32_const(context as i32);
        for arg in args {
            sink.local_get(arg);
        }
    });
}

/// The same without a context.
pub(super) fn call_alone(
    sink: &mut InstructionSink<'_>,
    function: u32,
    args: impl IntoIterator<Item = u32>,
) {
    alone(sink, function, |sink| {
        for arg in args {
            sink.local_get(arg);
        }
    });
}

/// The same with what `args` puts on the stack.
pub(super) fn alone(
    sink: &mut InstructionSink<'_>,
    function: u32,
    args: impl FnOnce(&mut InstructionSink<'_>),
) {
    sink.i32_const(1).global_set(0);
    args(sink);
    sink.call(function).i32_const(0).global_set(0);
}

/// Leaves an answer where its caller looks for it.
pub(super) fn reply(sink: &mut InstructionSink<'_>, answer: &Answer, memory: u32) {
    match &answer.reply {
        Reply::Flat(result) if answer.status.is_none() => {
            sink.i32_const(*result);
        }
        Reply::Flat(_) => {}
        Reply::Memory {
            pointer,
            size,
            align,
            bytes,
        } => write(sink, memory, *pointer, (*size, *align), bytes),
    }
    if let Some(status) = answer.status {
        sink.i32_const(status);
    }
}

/// A number of the arguments.
pub(crate) fn number(sink: &mut InstructionSink<'_>, at: Operand, memory: u32) {
    match at {
        Operand::Param { index, is_wide } => {
            sink.local_get(index);
            if is_wide {
                sink.i32_wrap_i64();
            }
        }
        Operand::Memory { offset, width } => {
            sink.local_get(0);
            match width {
                1 => sink.i32_load8_u(place(memory, offset)),
                2 => sink.i32_load16_u(place(memory, offset)),
                _ => sink.i32_load(place(memory, offset)),
            };
        }
    }
}

/// Writes to the area that an argument points to, if it is aligned and within the memory.
fn write(
    sink: &mut InstructionSink<'_>,
    memory: u32,
    pointer: u32,
    (size, align): (u32, u32),
    bytes: &[(u32, u8)],
) {
    check(sink, memory, pointer, (size, align));
    for (offset, byte) in bytes {
        sink.local_get(pointer).i32_const(i32::from(*byte));
        sink.i32_store8(place(memory, *offset));
    }
}

/// Traps as the canonical ABI does where the area that a parameter points to is not aligned, or not
/// within the memory as a whole.
pub(super) fn check(
    sink: &mut InstructionSink<'_>,
    memory: u32,
    pointer: u32,
    (size, align): (u32, u32),
) {
    if align > 1 {
        sink.local_get(pointer)
            .i32_const(align as i32 - 1)
            .i32_and();
        sink.if_(BlockType::Empty).unreachable().end();
    }
    if let Some(last) = size.checked_sub(1) {
        sink.local_get(pointer)
            .i32_load8_u(place(memory, last))
            .drop();
    }
}
