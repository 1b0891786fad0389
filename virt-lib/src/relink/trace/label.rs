//! The code that writes the word for a call. This module must never decide which.

use super::code::Code;
use crate::plan::label::{Label, Word};
use crate::plan::layout::Operand;
use crate::relink::glue::code::{any_is_virtual, is_virtual, number, place};
use wasm_encoder::{BlockType, InstructionSink, ValType};

impl Code<'_> {
    /// Puts on the stack whether this call is denied.
    pub(super) fn is_refused(&mut self, sink: &mut InstructionSink<'_>, label: &Label) {
        match label {
            Label::Always(word) => {
                sink.i32_const(i32::from(*word == Word::Denied));
            }
            Label::Handles { handles, ours, .. } if *ours == Word::Denied => {
                any_is_virtual(sink, handles, 0, self.layer());
            }
            Label::Handles {
                handles,
                ours,
                theirs,
            } => {
                if ours != theirs {
                    any_is_virtual(sink, handles, 0, self.layer());
                    sink.if_(BlockType::Result(ValType::I32));
                }
                self.any_is_denied(sink, handles);
                if ours != theirs {
                    sink.else_().i32_const(0).end();
                }
            }
            Label::Poll => {
                sink.i32_const(0);
            }
        }
    }

    /// Puts on the stack whether one of these virtual handles is that of a denied stream.
    fn any_is_denied(&mut self, sink: &mut InstructionSink<'_>, handles: &[Operand]) {
        for (at, handle) in handles.iter().enumerate() {
            number(sink, *handle, 0);
            self.is_denied(sink);
            if at > 0 {
                sink.i32_or();
            }
        }
    }

    /// Writes the word for this call. `walk` is the first of two locals of its own.
    pub(super) fn label(&mut self, sink: &mut InstructionSink<'_>, label: &Label, walk: u32) {
        match label {
            Label::Always(word) => self.text(sink, word.text()),
            Label::Handles {
                handles,
                ours,
                theirs,
            } => {
                if ours != theirs {
                    any_is_virtual(sink, handles, 0, self.layer());
                    sink.if_(BlockType::Empty);
                }
                if *ours == Word::Virtual {
                    self.any_is_denied(sink, handles);
                    sink.if_(BlockType::Empty);
                    self.text(sink, Word::Denied.text());
                    sink.else_();
                    self.text(sink, ours.text());
                    sink.end();
                } else {
                    self.text(sink, ours.text());
                }
                if ours != theirs {
                    sink.else_();
                    self.text(sink, theirs.text());
                    sink.end();
                }
            }
            Label::Poll => {
                let (at, end) = (walk, walk + 1);
                sink.local_get(0).local_tee(at);
                sink.local_get(1).i32_const(2).i32_shl();
                sink.i32_add().local_set(end);
                sink.block(BlockType::Empty);
                sink.block(BlockType::Empty).loop_(BlockType::Empty);
                sink.local_get(at).local_get(end).i32_ge_u().br_if(1);
                sink.local_get(at).i32_load(place(0, 0));
                is_virtual(sink, self.layer());
                sink.if_(BlockType::Empty);
                self.text(sink, Word::Virtual.text());
                sink.br(3).end();
                sink.local_get(at).i32_const(4).i32_add().local_set(at);
                sink.br(0).end().end();
                self.text(sink, Word::Host.text());
                sink.end();
            }
        }
    }
}
