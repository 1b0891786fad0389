//! Where functions, globals and types are in the binary form. This module must never assign an
//! index: it only keeps them.

use super::{FunctionId, GlobalId, SignatureId};
use wasm_encoder::InstructionSink;

/// Where functions and globals are in the binary form.
pub(super) struct Indices {
    pub(super) functions: Vec<Callee>,
    pub(super) globals: Vec<u32>,
    /// Index of the type of each of the module's signatures.
    pub(super) types: Vec<u32>,
    /// Where the reserved places of the table start.
    pub(super) slots: u32,
}

/// How a function is called.
#[derive(Clone, Copy)]
pub(super) enum Callee {
    /// Nothing reaches it.
    Gone,
    /// By its index.
    Index(u32),
    /// Not at all: so many arguments are dropped.
    Nothing(u32),
    /// In the table, with the index of its type.
    Table(u32, u32),
}

impl Indices {
    pub(super) fn global(&self, id: GlobalId) -> u32 {
        self.globals[id.0 as usize]
    }

    pub(super) fn ty(&self, id: SignatureId) -> u32 {
        self.types[id.0]
    }

    /// A reserved place of the table.
    pub(super) fn slot(&self, slot: u32) -> i32 {
        (self.slots + slot) as i32
    }

    /// Appends a call.
    pub(super) fn call(&self, id: FunctionId, sink: &mut InstructionSink<'_>) {
        match self.functions[id.0 as usize] {
            Callee::Index(index) => {
                sink.call(index);
            }
            Callee::Nothing(arguments) => (0..arguments).for_each(|_| {
                sink.drop();
            }),
            Callee::Table(slot, ty) => {
                sink.i32_const(slot as i32).call_indirect(0, ty);
            }
            Callee::Gone => {
                sink.unreachable();
            }
        }
    }
}
