//! The log's functions around canonical built-ins, of the component or of the adapter: they show
//! what streams carry, at once or when an event reports it, and which calls have ended. This module
//! must never change a value.

use super::Needs;
use super::code::{Code, Helper};
use super::location::Location;
use crate::plan::streams::Carried;
use crate::relink::glue::code::place;
use wasi_virt_layout::abi::trace::UNKNOWN;
use wasi_virt_layout::trace::Scalar;
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};

/// The export `(code, handle, payload)` that shows an event.
pub(crate) const EVENT: &str = "event";

/// What a built-in returns where it blocks.
const BLOCKED: i32 = -1;
/// Where the count is in the status of a move, and what the rest is.
const COUNT: i32 = 4;
const REST: i32 = 15;
/// What the rest says, besides that the move is done.
const ENDS: [(i32, &str); 2] = [(1, ", dropped"), (2, ", cancelled")];

/// Codes of events.
const SUBTASK: i32 = 1;
const STREAM_READ: i32 = 2;
const STREAM_WRITE: i32 = 3;
/// The first state of a subtask that has ended, and the one in which it has a result.
const RETURNED: i32 = 2;

/// Whose built-ins a module logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whose {
    Component,
    Adapter,
}

impl Whose {
    /// How its lines begin.
    fn line(self) -> &'static str {
        match self {
            Whose::Component => "wasi-virt: ",
            Whose::Adapter => "wasi-virt: adapter ",
        }
    }
}

/// A built-in that is logged.
pub(crate) struct Moving<'s> {
    pub carried: Carried,
    pub params: &'s [ValType],
    pub results: &'s [ValType],
}

/// Writes the module. Its exports are numbered as `functions` are, and so are the functions that it
/// imports from [`HOST`](crate::relink::glue::HOST). `memory` numbers the memory that it reads.
pub(crate) fn streams(
    functions: &[Moving<'_>],
    memory: Option<u32>,
    whose: Whose,
    needs: &Needs<'_>,
) -> Vec<u8> {
    let wrapped = functions.iter().map(|it| (it.params, it.results));
    let mut code = Code::new(needs, (memory.is_some(), true), wrapped);
    for (number, function) in (0..).zip(functions) {
        let body = wrap(&mut code, number, function, (memory, whose));
        code.define(number, body);
    }
    code.export(EVENT, Helper::Event(memory, whose));
    code.finish(functions.iter().map(|it| name(it.carried).to_string()))
}

fn name(carried: Carried) -> &'static str {
    match carried {
        Carried::Read { .. } => "stream.read",
        Carried::Write { .. } => "stream.write",
        Carried::CancelRead { .. } => "stream.cancel-read",
        Carried::CancelWrite => "stream.cancel-write",
        Carried::Event => "waitable-set",
    }
}

/// The code of a function that logs what an inner one does.
fn wrap(
    code: &mut Code<'_>,
    number: u32,
    moving: &Moving<'_>,
    (memory, whose): (Option<u32>, Whose),
) -> Function {
    let mut function = Function::new([(2, ValType::I32)]);
    let sink = &mut function.instructions();
    let params = moving.params.len() as u32;
    let (status, at) = (params, params + 1);
    // As in the canonical ABI: what calls back from a realloc may not call out. The adapter itself
    // is at work.
    if whose == Whose::Component {
        sink.global_get(0).if_(BlockType::Empty).unreachable().end();
    }
    if moving.carried != Carried::Event {
        code.text(sink, &format!("{}{}(", whose.line(), name(moving.carried)));
        code.stream(sink, 0);
        match moving.carried {
            Carried::Write { is_bytes: true } if memory.is_some() => {
                code.text(sink, ", b");
                sink.local_get(1).local_get(2);
                code.call(sink, Helper::Quoted);
            }
            Carried::Read { .. } | Carried::Write { .. } => {
                code.text(sink, ", ");
                code.number(sink, 2);
            }
            Carried::CancelRead { .. } | Carried::CancelWrite | Carried::Event => {}
        }
        code.text(sink, ")");
        code.end_line(sink);
    }
    (0..params).for_each(|param| {
        sink.local_get(param);
    });
    sink.call(code.inner(number)).local_set(status);
    if moving.carried == Carried::Event {
        if memory.is_some() {
            sink.local_get(status);
            sink.local_get(1).i32_load(place(0, 0));
            sink.local_get(1).i32_load(place(0, 4));
            code.call(sink, Helper::Event(memory, whose));
        }
        sink.local_get(status).end();
        return function;
    }
    sink.local_get(status).i32_const(BLOCKED).i32_eq();
    sink.if_(BlockType::Empty);
    code.text(sink, &format!("{}  -> blocked", whose.line()));
    code.end_line(sink);
    if let (Carried::Read { is_bytes: true }, Some(memory)) = (moving.carried, memory) {
        sink.i32_const(memory as i32).local_get(0).local_get(1);
        code.blocked(sink);
    }
    sink.else_();
    match (moving.carried, memory) {
        (Carried::Read { is_bytes: true }, Some(_)) => {
            sink.local_get(1).local_set(at);
        }
        (Carried::CancelRead { is_bytes: true }, Some(memory)) => {
            sink.i32_const(memory as i32).local_get(0);
            code.unblocked(sink);
            sink.local_set(at);
        }
        _ => {
            sink.i32_const(UNKNOWN as i32).local_set(at);
        }
    }
    sink.local_get(status).local_get(at);
    code.call(sink, Helper::Outcome(memory.is_some(), whose));
    sink.end().local_get(status).end();
    function
}

impl Code<'_> {
    /// Writes the handle of a stream, which is in a local.
    fn stream(&mut self, sink: &mut InstructionSink<'_>, local: u32) {
        self.handle(sink, "stream", Location::Flat(&[(local, ValType::I32)]));
    }

    /// Writes the number in a local.
    fn number(&mut self, sink: &mut InstructionSink<'_>, local: u32) {
        self.scalar(sink, Scalar::U32, |sink| {
            sink.local_get(local).i64_extend_i32_u();
        });
    }

    /// The code of [`Helper::Outcome`].
    pub(super) fn outcome(
        &mut self,
        sink: &mut InstructionSink<'_>,
        has_memory: bool,
        whose: Whose,
    ) {
        let (status, at, count) = (0, 1, 2);
        sink.local_get(status).i32_const(COUNT).i32_shr_u();
        sink.local_set(count);
        self.text(sink, &format!("{}  -> ", whose.line()));
        if has_memory {
            sink.local_get(at).i32_const(UNKNOWN as i32).i32_ne();
            sink.if_(BlockType::Empty);
            self.text(sink, "b");
            sink.local_get(at).local_get(count);
            self.call(sink, Helper::Quoted);
            sink.else_();
        }
        self.number(sink, count);
        if has_memory {
            sink.end();
        }
        for (end, text) in ENDS {
            sink.local_get(status).i32_const(REST).i32_and();
            sink.i32_const(end).i32_eq().if_(BlockType::Empty);
            self.text(sink, text);
            sink.end();
        }
        self.end_line(sink);
    }

    /// The code of [`Helper::Event`].
    pub(super) fn event(
        &mut self,
        sink: &mut InstructionSink<'_>,
        memory: Option<u32>,
        whose: Whose,
    ) {
        let (event, handle, payload, at) = (0, 1, 2, 3);
        let is = |sink: &mut InstructionSink<'_>, code: i32| {
            sink.local_get(event).i32_const(code).i32_eq();
        };
        let line = whose.line();
        is(sink, SUBTASK);
        sink.local_get(payload).i32_const(RETURNED).i32_ge_u();
        sink.i32_and().if_(BlockType::Empty);
        self.text(sink, &format!("{line}ended "));
        self.handle(sink, "subtask", Location::Flat(&[(handle, ValType::I32)]));
        self.end_line(sink);
        self.text(sink, &format!("{line}  -> "));
        sink.local_get(payload).i32_const(RETURNED).i32_eq();
        sink.if_(BlockType::Empty);
        self.text(sink, "returned");
        sink.else_();
        self.text(sink, "cancelled");
        sink.end();
        self.end_line(sink);
        sink.end();
        for (code, text) in [(STREAM_READ, "read"), (STREAM_WRITE, "write")] {
            is(sink, code);
            sink.if_(BlockType::Empty);
            self.text(sink, &format!("{line}ended stream.{text}("));
            self.stream(sink, handle);
            self.text(sink, ")");
            self.end_line(sink);
            sink.i32_const(UNKNOWN as i32).local_set(at);
            if let (STREAM_READ, Some(memory)) = (code, memory) {
                sink.i32_const(memory as i32).local_get(handle);
                self.unblocked(sink);
                sink.local_set(at);
            }
            sink.local_get(payload).local_get(at);
            self.call(sink, Helper::Outcome(memory.is_some(), whose));
            sink.end();
        }
    }
}
