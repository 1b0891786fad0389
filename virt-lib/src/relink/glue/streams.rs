//! The functions of the glue that take the place of canonical built-ins. This module must never
//! know a type.

use super::code::{alone, call, call_alone, is_virtual, place};
use super::ends::{self, Lowering, Lowers};
use super::{Glue, Glued};
use crate::plan::streams::{Does, Handed, Kind, Learns};
use wasi_virt_layout::abi::{begun, stream as names};
use wasm_encoder::{BlockType, InstructionSink, ValType};

/// A function that takes the place of a built-in: `host` is the built-in's number among the host's
/// functions, `memory` one among the memories.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub does: Does,
    pub context: u32,
    pub host: u32,
    pub memory: u32,
}

impl Stream {
    /// The locals that it needs beside its parameters.
    pub(super) fn locals(&self) -> Vec<ValType> {
        match &self.does {
            Does::Read {
                held: Some(Learns::After),
                ..
            }
            | Does::Status { .. }
            | Does::Write { .. }
            | Does::Wait(_)
            | Does::Poll(_)
            | Does::Cancel => vec![ValType::I32],
            Does::Ask { .. }
            | Does::Join(_)
            | Does::Read { .. }
            | Does::Check { .. }
            | Does::Tell { .. }
            | Does::Pass => vec![],
            Does::New => vec![ValType::I64],
            Does::Hand(handed) => vec![ValType::I32; super::ends::scratch(handed) as usize],
        }
    }
}

/// The functions that it calls.
struct Called {
    host: u32,
    /// Those of the adapter, in the order in which they are first called.
    adapter: Vec<u32>,
}

impl Glue<'_> {
    /// Imports what a function calls.
    pub(super) fn declare_stream(&mut self, stream: &Stream, function: &Glued) {
        self.called(stream, function);
    }

    fn called(&mut self, stream: &Stream, function: &Glued) -> Called {
        const I: ValType = ValType::I32;
        let params = function.params.as_slice();
        let with_context = [&[I], params].concat();
        let adapter = match &stream.does {
            Does::Ask { export } => vec![self.adapters(export, params, &[I])],
            Does::Tell { export } => vec![self.adapters(export, params, &[])],
            Does::Status {
                export,
                has_context,
                ..
            } => match has_context {
                true => vec![self.adapters(export, &with_context, &[I])],
                false => vec![self.adapters(export, params, &[I])],
            },
            Does::Read { export, held } => {
                let mut called: Vec<u32> = export
                    .map(|export| self.adapters(export, &with_context, &[I]))
                    .into_iter()
                    .collect();
                if let Some(learns) = held {
                    called.push(self.adapters(names::U8_HELD, &[I], &[I]));
                    if *learns == Learns::After {
                        called.push(self.adapters(names::U8_BLOCKED, &[I], &[]));
                    }
                }
                called
            }
            Does::Write { learns } => {
                let mut called = vec![
                    self.adapters(names::U8_CAPTURED, &[I], &[I]),
                    self.adapters(names::U8_WRITE, &with_context, &[I]),
                ];
                if *learns == Learns::After {
                    called.push(self.adapters(names::U8_BLOCKED, &[I], &[]));
                }
                called
            }
            Does::Check { export } => vec![self.adapters(export, &[I], &[I])],
            Does::New => vec![self.adapters(names::U8_NEW, &[ValType::I64], &[])],
            Does::Wait(wakes) => {
                let mut called = Vec::new();
                if wakes.ends {
                    called.push(self.adapters(names::PUMP_BLOCK, &[I], &[]));
                }
                if wakes.calls {
                    called.push(self.adapters(begun::EVENT, &[I; 3], &[I]));
                }
                if wakes.ends {
                    called.push(self.adapters(names::PUMP_WOKEN, &[I; 4], &[I]));
                }
                called
            }
            Does::Poll(wakes) => {
                let mut called = Vec::new();
                if wakes.ends {
                    called.push(self.adapters(names::SET_POLL, &[I], &[]));
                }
                if wakes.calls {
                    called.push(self.adapters(begun::EVENT, &[I; 3], &[I]));
                }
                if wakes.ends {
                    called.push(self.adapters(names::PUMP_EVENT, &[I; 3], &[I]));
                }
                called
            }
            Does::Join(wakes) => {
                let mut called = Vec::new();
                if wakes.ends {
                    called.push(self.adapters(names::JOIN, params, &[I]));
                }
                if wakes.calls {
                    called.push(self.adapters(begun::JOIN, params, &[]));
                }
                called
            }
            Does::Cancel => vec![self.adapters(begun::CANCEL, &[I; 2], &[I])],
            Does::Hand(handed) => {
                self.lowers(handed);
                vec![]
            }
            Does::Pass => vec![],
        };
        Called {
            host: self.host(stream.host, function),
            adapter,
        }
    }

    /// The adapter's functions that give real ends for readable ones.
    pub(super) fn lowers(&mut self, handed: &Handed) -> Lowers {
        let kinds = handed.kinds().into_iter();
        let lower = |kind: Kind| {
            let params = ends::params(kind);
            (kind, self.adapters(kind.lower(), params, &[ValType::I32]))
        };
        Lowers {
            functions: kinds.map(lower).collect(),
            own: self.own,
        }
    }

    pub(super) fn define_stream(
        &mut self,
        sink: &mut InstructionSink<'_>,
        stream: &Stream,
        function: &Glued,
    ) {
        let Called { host, adapter } = self.called(stream, function);
        let params = function.params.len() as u32;
        let mut adapter = adapter.into_iter();
        let mut next = || adapter.next().unwrap_or_default();
        match &stream.does {
            Does::Ask { .. } => {
                call(sink, next(), params);
                sink.if_(BlockType::Empty).return_().end();
            }
            Does::Tell { .. } => call(sink, next(), params),
            Does::Status { has_context, .. } => {
                match has_context {
                    true => busy(sink, next(), stream.context, params),
                    false => call(sink, next(), params),
                }
                sink.local_tee(params).i32_const(names::NOT_OURS).i32_ne();
                sink.if_(BlockType::Empty);
                sink.local_get(params);
                self.done(sink, function);
                sink.return_().end();
            }
            Does::Read { export, held } => {
                sink.local_get(0);
                is_virtual(sink, self.layer);
                sink.if_(BlockType::Empty);
                match export {
                    Some(_) => {
                        busy(sink, next(), stream.context, params);
                        sink.return_();
                    }
                    None => self.trap(sink, function),
                }
                sink.end();
                if let Some(learns) = held {
                    sink.local_get(0).call(next()).if_(BlockType::Empty);
                    self.trap(sink, function);
                    sink.end();
                    self.call_host(sink, host, function);
                    return learning(sink, *learns, params, next);
                }
            }
            Does::Write { learns } => {
                sink.local_get(0).call(next()).if_(BlockType::Empty);
                busy(sink, next(), stream.context, params);
                sink.return_().end();
                self.call_host(sink, host, function);
                return learning(sink, *learns, params, next);
            }
            Does::Check { .. } => {
                sink.local_get(0).call(next()).if_(BlockType::Empty);
                self.trap(sink, function);
                sink.end();
            }
            Does::New => {
                sink.call(host).local_tee(params).call(next());
                sink.local_get(params);
                return;
            }
            Does::Wait(wakes) => {
                if wakes.ends {
                    sink.local_get(0).call(next());
                }
                sink.loop_(BlockType::Empty);
                call(sink, host, params);
                sink.local_set(params);
                let event = |sink: &mut InstructionSink<'_>| {
                    sink.local_get(params);
                    sink.local_get(1).i32_load(place(stream.memory, 0));
                    sink.local_get(1).i32_load(place(stream.memory, 4));
                };
                if wakes.calls {
                    alone(sink, next(), event);
                    sink.br_if(0);
                }
                if wakes.ends {
                    sink.local_get(0);
                    event(sink);
                    sink.call(next()).i32_eqz().br_if(0);
                }
                sink.end().local_get(params);
                return;
            }
            Does::Poll(wakes) => {
                if wakes.ends {
                    sink.local_get(0).call(next());
                }
                sink.loop_(BlockType::Empty);
                call(sink, host, params);
                sink.local_tee(params);
                // No event: the adapter takes one only of a task that yielded.
                sink.i32_eqz().if_(BlockType::Empty);
                sink.i32_const(0).return_().end();
                let event = |sink: &mut InstructionSink<'_>| {
                    sink.local_get(params);
                    sink.local_get(1).i32_load(place(stream.memory, 0));
                    sink.local_get(1).i32_load(place(stream.memory, 4));
                };
                if wakes.calls {
                    alone(sink, next(), event);
                    sink.br_if(0);
                }
                if wakes.ends {
                    event(sink);
                    sink.call(next()).i32_const(names::THE_APPS).i32_ne();
                    sink.br_if(0);
                }
                sink.end().local_get(params);
                return;
            }
            Does::Join(wakes) => {
                if wakes.ends {
                    call(sink, next(), params);
                    sink.if_(BlockType::Empty).return_().end();
                }
                if wakes.calls {
                    call(sink, next(), params);
                }
            }
            Does::Cancel => {
                self.call_host(sink, host, function);
                sink.local_set(params);
                call_alone(sink, next(), [0, params]);
                return;
            }
            Does::Hand(handed) => self.lower_ends(sink, handed, stream.memory, (function, params)),
            Does::Pass => {}
        }
        self.call_host(sink, host, function);
    }

    /// Makes ends among a function's parameters real. Its free locals begin with `scratch`.
    pub(super) fn lower_ends(
        &mut self,
        sink: &mut InstructionSink<'_>,
        handed: &Handed,
        memory: u32,
        (function, scratch): (&Glued, u32),
    ) {
        let lowering = Lowering {
            lowers: self.lowers(handed),
            memory,
            values: &function.params,
            scratch,
        };
        lowering.write(sink, handed, 0);
    }

    /// A trap with the function's label.
    pub(super) fn trap(&mut self, sink: &mut InstructionSink<'_>, function: &Glued) {
        sink.unreachable();
        self.labels.insert(self.defined, function.label.clone());
    }
}

/// Tells the adapter where the status on the stack is that of an operation that the host blocks.
/// The local `free` is free.
fn learning(
    sink: &mut InstructionSink<'_>,
    learns: Learns,
    free: u32,
    mut blocked: impl FnMut() -> u32,
) {
    if learns == Learns::After {
        sink.local_tee(free).i32_const(names::BLOCKED).i32_eq();
        sink.if_(BlockType::Empty);
        sink.local_get(0).call(blocked()).end();
        sink.local_get(free);
    }
}

/// Calls the adapter, which may call back for memory, and traps on a second call meanwhile.
fn busy(sink: &mut InstructionSink<'_>, function: u32, context: u32, params: u32) {
    super::code::call_adapter(sink, function, context, 0..params);
}
