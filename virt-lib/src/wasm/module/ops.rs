//! The few instructions that added code is made of, and their binary form.

use super::FunctionId;
use super::Local;
use super::SignatureId;
use super::indices::Indices;
use wasm_encoder::{Function, InstructionSink};

/// One instruction.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Get(Local),
    Const(i32),
    /// The place in the table of a reserved slot.
    Slot(u32),
    /// Calls what is at the place in the table that lies on the stack.
    CallTable(SignatureId),
    Call(FunctionId),
    Add,
    Mul,
    Unreachable,
}

impl Op {
    fn encode(&self, indices: &Indices, sink: &mut InstructionSink<'_>) {
        match self {
            Op::Get(Local(index)) => sink.local_get(*index),
            Op::Const(value) => sink.i32_const(*value),
            Op::Slot(slot) => sink.i32_const(indices.slot(*slot)),
            Op::CallTable(signature) => sink.call_indirect(0, indices.ty(*signature)),
            Op::Call(function) => {
                indices.call(*function, sink);
                sink
            }
            Op::Add => sink.i32_add(),
            Op::Mul => sink.i32_mul(),
            Op::Unreachable => sink.unreachable(),
        };
    }
}

/// The code of a function in binary form.
pub(super) fn encode(ops: &[Op], indices: &Indices) -> Function {
    let mut function = Function::new([]);
    let mut sink = function.instructions();
    for op in ops {
        op.encode(indices, &mut sink);
    }
    sink.end();
    function
}
