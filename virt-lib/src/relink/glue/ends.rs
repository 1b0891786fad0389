//! Code that makes readable ends real where a value that is handed out has some: in locals, or in
//! the component's memory. This module must never look for them.

use super::code::place;
use crate::plan::streams::{Ends, Handed, Kind};
use std::collections::BTreeMap;
use wasm_encoder::{BlockType, InstructionSink, ValType};

/// What the code uses.
pub(super) struct Lowering<'v> {
    pub lowers: Lowers,
    pub memory: u32,
    /// The types of the locals that the value is in, and of those before.
    pub values: &'v [ValType],
    /// The first of the locals that are free: [`scratch`] of them.
    pub scratch: u32,
}

/// The functions of the adapter that give a real end for one of each kind.
pub(super) struct Lowers {
    pub functions: BTreeMap<Kind, u32>,
    /// The context that is the adapter's own memory.
    pub own: u32,
}

impl Lowers {
    /// Replaces the end on the stack.
    fn call(&self, sink: &mut InstructionSink<'_>, kind: Kind) {
        if kind.has_values() {
            sink.i32_const(self.own as i32);
        }
        sink.call(self.functions.get(&kind).copied().unwrap_or_default());
    }
}

/// The parameters of such a function.
pub(super) fn params(kind: Kind) -> &'static [ValType] {
    match kind.has_values() {
        true => &[ValType::I32; 2],
        false => &[ValType::I32],
    }
}

/// How many locals of 32 bits are needed.
pub(super) fn scratch(handed: &Handed) -> u32 {
    handed.ends().depth() * 2
}

impl Lowering<'_> {
    /// The value's first local is `first`.
    pub(super) fn write(&self, sink: &mut InstructionSink<'_>, handed: &Handed, first: u32) {
        match handed {
            Handed::Flat(ends) => self.flat(sink, ends, first),
            Handed::Memory { pointer, ends } => self.memory(sink, ends, (first + pointer, 0), 0),
        }
    }

    /// The low half of a local, or all of it.
    fn get(&self, sink: &mut InstructionSink<'_>, at: u32) {
        sink.local_get(at);
        if self.is_wide(at) {
            sink.i32_wrap_i64();
        }
    }

    fn is_wide(&self, at: u32) -> bool {
        self.values.get(at as usize) == Some(&ValType::I64)
    }

    fn flat(&self, sink: &mut InstructionSink<'_>, ends: &Ends, at: u32) {
        match ends {
            Ends::Here(kind) => {
                self.get(sink, at);
                self.lowers.call(sink, *kind);
                if self.is_wide(at) {
                    sink.i64_extend_i32_u();
                }
                sink.local_set(at);
            }
            Ends::Parts(parts) => {
                for (place, ends) in parts {
                    self.flat(sink, ends, at + place);
                }
            }
            Ends::Cases { payload, cases, .. } => {
                for (case, ends) in cases {
                    self.get(sink, at);
                    sink.i32_const(*case as i32).i32_eq();
                    sink.if_(BlockType::Empty);
                    self.flat(sink, ends, at + payload);
                    sink.end();
                }
            }
            Ends::Elements { size, ends } => {
                self.get(sink, at);
                self.get(sink, at + 1);
                self.elements(sink, *size, ends, 0);
            }
            // In core values, each element has its own place.
            Ends::Repeated { .. } => {}
        }
    }

    /// A value so many bytes after where a local points to, in so many lists.
    fn memory(
        &self,
        sink: &mut InstructionSink<'_>,
        ends: &Ends,
        (base, offset): (u32, u32),
        depth: u32,
    ) {
        match ends {
            Ends::Here(kind) => {
                sink.local_get(base);
                sink.local_get(base).i32_load(place(self.memory, offset));
                self.lowers.call(sink, *kind);
                sink.i32_store(place(self.memory, offset));
            }
            Ends::Parts(parts) => {
                for (place, ends) in parts {
                    self.memory(sink, ends, (base, offset + place), depth);
                }
            }
            Ends::Cases {
                width,
                payload,
                cases,
            } => {
                for (case, ends) in cases {
                    let tag = place(self.memory, offset);
                    sink.local_get(base);
                    match width {
                        1 => sink.i32_load8_u(tag),
                        2 => sink.i32_load16_u(tag),
                        _ => sink.i32_load(tag),
                    };
                    sink.i32_const(*case as i32).i32_eq();
                    sink.if_(BlockType::Empty);
                    self.memory(sink, ends, (base, offset + payload), depth);
                    sink.end();
                }
            }
            Ends::Elements { size, ends } => {
                sink.local_get(base).i32_load(place(self.memory, offset));
                sink.local_get(base)
                    .i32_load(place(self.memory, offset + 4));
                self.elements(sink, *size, ends, depth);
            }
            Ends::Repeated { size, count, ends } => {
                sink.local_get(base).i32_const(offset as i32).i32_add();
                sink.i32_const(*count as i32);
                self.elements(sink, *size, ends, depth);
            }
        }
    }

    /// Elements, of which address and count are on the stack.
    fn elements(&self, sink: &mut InstructionSink<'_>, size: u32, ends: &Ends, depth: u32) {
        let (at, left) = (self.scratch + depth * 2, self.scratch + depth * 2 + 1);
        sink.local_set(left).local_set(at);
        sink.block(BlockType::Empty).loop_(BlockType::Empty);
        sink.local_get(left).i32_eqz().br_if(1);
        self.memory(sink, ends, (at, 0), depth + 1);
        sink.local_get(at).i32_const(size as i32).i32_add();
        sink.local_set(at);
        sink.local_get(left).i32_const(1).i32_sub().local_set(left);
        sink.br(0).end().end();
    }
}
