//! Calls of the host. Where one may wait and the component lowers it without `async`, the glue
//! calls with `async` and blocks itself until the call returns. The adapter goes on with its ends
//! meanwhile. This module must never know a type.

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
    returned: u32,
    /// What looks at an event first, where the adapter has made the call.
    woken: Option<u32>,
    /// What makes a place for the result, and what takes it.
    placed: Option<(Placed, u32, u32)>,
}

impl Glue<'_> {
    /// The host's function that a function of the glue calls.
    pub(super) fn host(&mut self, host: u32, function: &Glued) -> u32 {
        match &function.waits {
            Some(waiting) => self.waiting_host(host, function, waiting),
            None => self.import(HOST, host.to_string(), &function.params, &function.results),
        }
    }

    /// Calls it with the parameters.
    pub(super) fn call_host(
        &mut self,
        sink: &mut InstructionSink<'_>,
        host: u32,
        function: &Glued,
    ) {
        match &function.waits {
            Some(waiting) => self.call_waiting(sink, host, function, waiting),
            None => call(sink, host, function.params.len() as u32),
        }
    }

    /// The host's function, which is lowered with `async`. Imports what a call needs.
    fn waiting_host(&mut self, host: u32, function: &Glued, waiting: &Waiting) -> u32 {
        let mut params = function.params.clone();
        if let Waits::Placed(_) = waiting.waits {
            params.push(I);
        }
        self.called_waiting(waiting, false);
        self.import(HOST, host.to_string(), &params, &[I])
    }

    /// `begun` says whether the adapter makes the call.
    pub(super) fn called_waiting(&mut self, waiting: &Waiting, begun: bool) -> Called {
        Called {
            woken: begun.then(|| self.adapters(begun::WOKEN, &[I; 3], &[I])),
            wait: self.import(HOST, waiting.wait.to_string(), &[I; 2], &[I]),
            until: self.adapters(names::PUMP_UNTIL, &[I], &[ValType::I64]),
            returned: self.adapters(names::PUMP_RETURNED, &[I; 2], &[I]),
            placed: match waiting.waits {
                Waits::There => None,
                Waits::Placed(placed) => Some((
                    placed,
                    self.adapters(names::PLACE_NEW, &[], &[I]),
                    self.adapters(names::PLACE_TAKE, &[I], &[ValType::I64]),
                )),
            },
        }
    }

    /// Calls the host with the parameters, and leaves the result as if it were lowered without
    /// `async`. The function's last locals are [`LOCALS`].
    fn call_waiting(
        &mut self,
        sink: &mut InstructionSink<'_>,
        host: u32,
        function: &Glued,
        waiting: &Waiting,
    ) {
        let params = function.params.len() as u32;
        let place = params + function.own_locals().len() as u32 + 2;
        let Called { placed, .. } = self.called_waiting(waiting, false);
        if let Some((_, new, _)) = placed {
            sink.call(new).local_set(place);
        }
        for param in 0..params {
            sink.local_get(param);
        }
        if placed.is_some() {
            sink.local_get(place);
        }
        sink.call(host);
        self.until_returned(sink, function, waiting, false);
        if let Some((placed, _, take)) = placed {
            sink.local_get(place).call(take);
            result(sink, placed);
        }
    }

    /// Waits until a call has returned, whose status is on the stack.
    pub(super) fn until_returned(
        &mut self,
        sink: &mut InstructionSink<'_>,
        function: &Glued,
        waiting: &Waiting,
        begun: bool,
    ) {
        let Called {
            wait,
            until,
            returned,
            woken,
            ..
        } = self.called_waiting(waiting, begun);
        let events = function.params.len() as u32 + function.own_locals().len() as u32;
        let number = events + 1;
        let set = |sink: &mut InstructionSink<'_>| {
            sink.local_get(events).i32_wrap_i64();
        };
        let area = |sink: &mut InstructionSink<'_>| {
            sink.local_get(events).i64_const(32).i64_shr_u();
            sink.i32_wrap_i64();
        };
        sink.local_tee(number);
        sink.i32_const(RETURNED).i32_ne().if_(BlockType::Empty);
        sink.local_get(number).i32_const(CALL).i32_shr_u();
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
        sink.call(returned).i32_eqz().br_if(0).end().end();
    }
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
