//! The code of an `async` lower that the adapter answers: it loads what lies in memory, calls, and
//! leaves the result where the caller looks for it. This module must never know what a value means.

use super::code::{call_adapter, check, place};
use crate::plan::layout::spilled::{Load, Lowered};
use crate::plan::refuse::RETURNED;
use wasm_encoder::{BlockType, InstructionSink, ValType};

/// An `async` lower, as the glue calls the adapter for it.
#[derive(Clone, Debug)]
pub(crate) struct Async {
    pub lowered: Lowered,
    /// The number of the memory that it reads and writes.
    pub memory: u32,
}

impl Async {
    /// The locals that the code needs after the parameters.
    pub(super) fn locals(&self) -> Vec<ValType> {
        let mut locals = match self.lowered.spilled {
            Some(_) => self.loaded().to_vec(),
            None => vec![],
        };
        // The result, until its place is checked.
        if self.lowered.stored.is_some() {
            locals.extend(&self.lowered.results);
        }
        locals
    }

    /// The types of the parameters without the one that says where the result goes.
    fn loaded(&self) -> &[ValType] {
        let params = &self.lowered.params;
        let points = self.lowered.pointer.is_some() && self.lowered.stored.is_none();
        &params[..params.len() - usize::from(points)]
    }

    /// Calls the adapter's function, where the locals begin at `first`. What it returns is on the
    /// stack.
    pub(super) fn pass(
        &self,
        sink: &mut InstructionSink<'_>,
        function: u32,
        context: u32,
        first: u32,
    ) {
        let Lowered {
            spilled,
            pointer,
            stored,
            ..
        } = &self.lowered;
        let loaded = self.loaded();
        let count = loaded.len() as u32;
        let begin = match spilled {
            Some(spilled) => {
                check(sink, self.memory, 0, (spilled.size, spilled.align));
                let places: Vec<_> = (first..).zip(loaded.iter().copied()).collect();
                self.loads(sink, &spilled.loads, &places);
                first
            }
            None => 0,
        };
        let own = pointer.filter(|_| stored.is_none());
        call_adapter(sink, function, context, (begin..begin + count).chain(own));
    }

    /// Calls the adapter's function, leaves its result where the caller looks for it, and says that
    /// the call has returned.
    pub(super) fn call(
        &self,
        sink: &mut InstructionSink<'_>,
        function: u32,
        context: u32,
        first: u32,
    ) {
        self.pass(sink, function, context, first);
        let Lowered {
            spilled,
            pointer,
            stored,
            ..
        } = &self.lowered;
        if let (Some(size), Some(pointer), [ty]) = (stored, pointer, &self.lowered.results[..]) {
            let result = match spilled {
                Some(_) => first + self.loaded().len() as u32,
                None => first,
            };
            sink.local_set(result);
            check(sink, self.memory, *pointer, (*size, *size));
            sink.local_get(*pointer).local_get(result);
            self.store(sink, *ty, *size);
        }
        sink.i32_const(RETURNED);
    }

    /// Loads values into locals, in order; gives how many.
    fn loads(
        &self,
        sink: &mut InstructionSink<'_>,
        loads: &[Load],
        places: &[(u32, ValType)],
    ) -> usize {
        let mut at = 0;
        for load in loads {
            at += self.load(sink, load, places.get(at..).unwrap_or_default());
        }
        at
    }

    fn load(
        &self,
        sink: &mut InstructionSink<'_>,
        load: &Load,
        places: &[(u32, ValType)],
    ) -> usize {
        let Some((local, ty)) = places.first().copied() else {
            return 0;
        };
        match load {
            Load::Value { offset, size, flat } => {
                self.value(sink, *offset, *size, *flat);
                convert(sink, *flat, ty);
                sink.local_set(local);
                1
            }
            Load::Cases {
                offset,
                width,
                cases,
                joined,
            } => {
                let case_number = |sink: &mut InstructionSink<'_>| {
                    self.value(sink, *offset, *width, ValType::I32);
                };
                case_number(sink);
                sink.i32_const(cases.len() as i32).i32_ge_u();
                sink.if_(BlockType::Empty).unreachable().end();
                case_number(sink);
                convert(sink, ValType::I32, ty);
                sink.local_set(local);
                for (case, loads) in (0..).zip(cases) {
                    if loads.is_empty() {
                        continue;
                    }
                    case_number(sink);
                    sink.i32_const(case).i32_eq();
                    sink.if_(BlockType::Empty);
                    self.loads(sink, loads, &places[1..]);
                    sink.end();
                }
                1 + joined.len()
            }
        }
    }

    /// Puts a value in memory on the stack.
    fn value(&self, sink: &mut InstructionSink<'_>, offset: u32, size: u32, ty: ValType) {
        let at = place(self.memory, offset);
        sink.local_get(0);
        match (ty, size) {
            (ValType::F32, _) => sink.f32_load(at),
            (ValType::F64, _) => sink.f64_load(at),
            (ValType::I64, _) => sink.i64_load(at),
            (_, 1) => sink.i32_load8_u(at),
            (_, 2) => sink.i32_load16_u(at),
            _ => sink.i32_load(at),
        };
    }

    /// Stores the value on the stack at the address below it.
    fn store(&self, sink: &mut InstructionSink<'_>, ty: ValType, size: u32) {
        let at = place(self.memory, 0);
        match (ty, size) {
            (ValType::F32, _) => sink.f32_store(at),
            (ValType::F64, _) => sink.f64_store(at),
            (ValType::I64, _) => sink.i64_store(at),
            (_, 1) => sink.i32_store8(at),
            (_, 2) => sink.i32_store16(at),
            _ => sink.i32_store(at),
        };
    }
}

/// Converts the value on the stack to a type that holds values of several.
fn convert(sink: &mut InstructionSink<'_>, from: ValType, to: ValType) {
    match (from, to) {
        (ValType::F32, ValType::I32) => {
            sink.i32_reinterpret_f32();
        }
        (ValType::F32, ValType::I64) => {
            sink.i32_reinterpret_f32().i64_extend_i32_u();
        }
        (ValType::I32, ValType::I64) => {
            sink.i64_extend_i32_u();
        }
        (ValType::F64, ValType::I64) => {
            sink.i64_reinterpret_f64();
        }
        _ => {}
    }
}
