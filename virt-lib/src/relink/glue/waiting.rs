//! Calls of the host. Where one may wait and the component defines it without `async`, the glue
//! calls with `async` and blocks itself until the call returns, or the operation is done. The
//! adapter goes on with its ends meanwhile. This module must never know a type.

use super::code::{alone, call};
use super::{Glue, Glued, HOST};
use crate::plan::refuse::RETURNED;
use crate::plan::streams::{Placed, Waits};
use wasi_virt_layout::abi::{begun, stream as names};
use wasm_encoder::{BlockType, InstructionSink, ValType};

/// How the host is called.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub waits: Waits,
    /// The number of `waitable-set.wait`, with the adapter's memory, among the host's functions.
    pub wait: u32,
}

/// The locals that a call needs: the set and the address of the events, a status or an event, and
/// where the result goes.
pub(super) const LOCALS: [ValType; 3] = [ValType::I64, ValType::I32, ValType::I32];

/// Where the number of a call is in the status.
const CALL: i32 = 4;

const I: ValType = ValType::I32;

/// The functions that a call needs beside the host's.
pub(super) struct Called {
    wait: u32,
    until: u32,
    came: u32,
    /// What looks at an event first, where the adapter has made the call.
    woken: Option<u32>,
}

impl Glue<'_> {
    /// The host's function that a function of the glue calls. Imports what a call needs.
    pub(super) fn host(&mut self, host: u32, function: &Glued) -> u32 {
        let Some(waiting) = &function.waits else {
            return self.import(HOST, host.to_string(), &function.params, &function.results);
        };
        self.called_waiting(waiting, false);
        let mut params = function.params.clone();
        match waiting.waits {
            Waits::There | Waits::Operation => {}
            Waits::Placed(_) => {
                self.places();
                params.push(I);
            }
            Waits::Cancellation => {
                self.joined();
            }
        }
        self.import(HOST, host.to_string(), &params, &[I])
    }

    /// Calls it with the parameters, and leaves the result as if it were defined without `async`.
    /// The function's last locals are [`LOCALS`] then.
    pub(super) fn call_host(
        &mut self,
        sink: &mut InstructionSink<'_>,
        host: u32,
        function: &Glued,
    ) {
        let params = function.params.len() as u32;
        let Some(waiting) = &function.waits else {
            return call(sink, host, params);
        };
        let [_, _, place] = locals(function);
        match waiting.waits {
            Waits::There => {
                call(sink, host, params);
                self.returned(sink, waiting, function, false);
            }
            Waits::Placed(placed) => {
                let [new, take] = self.places();
                sink.call(new).local_set(place);
                for param in (0..params).chain([place]) {
                    sink.local_get(param);
                }
                sink.call(host);
                self.returned(sink, waiting, function, false);
                sink.local_get(place).call(take);
                result(sink, placed);
            }
            Waits::Operation => {
                call(sink, host, params);
                self.done(sink, function);
            }
            Waits::Cancellation => {
                let joined = self.joined();
                sink.local_get(0).call(joined).if_(BlockType::Empty);
                self.trap(sink, function);
                sink.end();
                call(sink, host, params);
                self.done(sink, function);
            }
        }
    }

    /// Waits until a call with the status on the stack has returned. `begun` says whether the
    /// adapter has made it.
    pub(super) fn returned(
        &mut self,
        sink: &mut InstructionSink<'_>,
        waiting: &Waiting,
        function: &Glued,
        begun: bool,
    ) {
        let [_, number, _] = locals(function);
        sink.local_tee(number).i32_const(RETURNED).i32_ne();
        sink.if_(BlockType::Empty);
        sink.local_get(number).i32_const(CALL).i32_shr_u();
        self.wait(sink, waiting, function, begun);
        sink.drop().end();
    }

    /// Waits until an operation with the status on the stack is done, which is the last status
    /// then. Where the function never waits, the status stays.
    pub(super) fn done(&mut self, sink: &mut InstructionSink<'_>, function: &Glued) {
        let Some(waiting) = &function.waits else {
            return;
        };
        let [_, number, _] = locals(function);
        sink.local_tee(number).i32_const(names::BLOCKED).i32_eq();
        sink.if_(BlockType::Result(I));
        sink.local_get(0);
        self.wait(sink, waiting, function, false);
        sink.else_().local_get(number).end();
    }

    /// Blocks until what the task waits for has come, the waitable on the stack: to what is on the
    /// stack then.
    fn wait(
        &mut self,
        sink: &mut InstructionSink<'_>,
        waiting: &Waiting,
        function: &Glued,
        begun: bool,
    ) {
        let Called {
            wait,
            until,
            came,
            woken,
        } = self.called_waiting(waiting, begun);
        let [events, number, _] = locals(function);
        let set = |sink: &mut InstructionSink<'_>| {
            sink.local_get(events).i32_wrap_i64();
        };
        let area = |sink: &mut InstructionSink<'_>| {
            sink.local_get(events).i64_const(32).i64_shr_u();
            sink.i32_wrap_i64();
        };
        sink.call(until).local_set(events);
        sink.loop_(BlockType::Empty);
        set(sink);
        area(sink);
        sink.call(wait).local_set(number);
        if let Some(woken) = woken {
            alone(sink, woken, |sink| {
                set(sink);
                area(sink);
                sink.local_get(number);
            });
            sink.br_if(0);
        }
        set(sink);
        sink.local_get(number);
        sink.call(came).local_tee(number);
        sink.i32_const(names::BLOCKED).i32_eq().br_if(0).end();
        sink.local_get(number);
    }

    /// `begun` says whether the adapter makes the call.
    pub(super) fn called_waiting(&mut self, waiting: &Waiting, begun: bool) -> Called {
        let until = match waiting.waits {
            Waits::There | Waits::Placed(_) => names::PUMP_UNTIL,
            Waits::Operation | Waits::Cancellation => names::PUMP_UNTIL_DONE,
        };
        Called {
            wait: self.import(HOST, waiting.wait.to_string(), &[I; 2], &[I]),
            until: self.adapters(until, &[I], &[ValType::I64]),
            came: self.adapters(names::PUMP_CAME, &[I; 2], &[I]),
            woken: begun.then(|| self.adapters(begun::WOKEN, &[I; 3], &[I])),
        }
    }

    /// What makes a place for a result, and what takes it.
    fn places(&mut self) -> [u32; 2] {
        [
            self.adapters(names::PLACE_NEW, &[], &[I]),
            self.adapters(names::PLACE_TAKE, &[I], &[ValType::I64]),
        ]
    }

    fn joined(&mut self) -> u32 {
        self.adapters(names::JOINED, &[I], &[I])
    }
}

/// The numbers of [`LOCALS`].
fn locals(function: &Glued) -> [u32; 3] {
    let first = (function.params.len() + function.own_locals().len()) as u32;
    [first, first + 1, first + 2]
}

/// Makes the core value of eight bytes.
fn result(sink: &mut InstructionSink<'_>, Placed { ty, signed }: Placed) {
    match ty {
        ValType::I64 => {}
        ValType::F64 => {
            sink.f64_reinterpret_i64();
        }
        ValType::F32 => {
            sink.i32_wrap_i64().f32_reinterpret_i32();
        }
        _ => {
            sink.i32_wrap_i64();
            match signed {
                Some(1) => sink.i32_extend8_s(),
                Some(_) => sink.i32_extend16_s(),
                None => sink,
            };
        }
    }
}
