//! Where a value is, and code that reads its numbers from there. This module must never know what a
//! value means.

use crate::relink::glue::code::place;
use wasm_encoder::{InstructionSink, ValType};

/// A core value: a local and its type.
type Slot = (u32, ValType);

/// Where a value is.
#[derive(Clone, Copy)]
pub(super) enum Location<'p> {
    /// In memory, so many bytes after the address in a local.
    Memory(u32, u32),
    /// In core values.
    Flat(&'p [Slot]),
}

impl Location<'_> {
    /// The place so many bytes, or core values, further; none past the largest memory.
    pub(super) fn behind(self, bytes: u64, slots: usize) -> Option<Self> {
        Some(match self {
            Location::Memory(base, offset) => {
                Location::Memory(base, offset.checked_add(bytes.try_into().ok()?)?)
            }
            Location::Flat(flat) => Location::Flat(flat.get(slots..)?),
        })
    }

    /// Puts a number of at most 32 bits on the stack, which takes `width` bytes in memory.
    pub(super) fn word(self, sink: &mut InstructionSink<'_>, width: u32) {
        match self {
            Location::Memory(base, offset) => {
                sink.local_get(base);
                match width {
                    1 => sink.i32_load8_u(place(0, offset)),
                    2 => sink.i32_load16_u(place(0, offset)),
                    _ => sink.i32_load(place(0, offset)),
                };
            }
            Location::Flat(flat) => match flat.first() {
                Some((local, ValType::I64)) => {
                    sink.local_get(*local).i32_wrap_i64();
                }
                Some((local, _)) => {
                    sink.local_get(*local);
                }
                None => {
                    sink.i32_const(0);
                }
            },
        }
    }

    /// Puts a number on the stack as an `i64`. Where it shares a core value with wider ones, it is
    /// in the lowest bits.
    pub(super) fn bits(self, sink: &mut InstructionSink<'_>, width: u32) {
        match self {
            Location::Memory(base, offset) if width == 8 => {
                sink.local_get(base).i64_load(place(0, offset));
            }
            Location::Flat([(local, ValType::I64), ..]) => {
                sink.local_get(*local);
            }
            Location::Flat([(local, ValType::F32), ..]) => {
                sink.local_get(*local);
                sink.i32_reinterpret_f32().i64_extend_i32_u();
            }
            Location::Flat([(local, ValType::F64), ..]) => {
                sink.local_get(*local).i64_reinterpret_f64();
            }
            _ => {
                self.word(sink, width);
                sink.i64_extend_i32_u();
            }
        }
    }

    /// Puts the address and the length of a list on the stack.
    pub(super) fn pair(self, sink: &mut InstructionSink<'_>) {
        self.word(sink, 4);
        let len = self.behind(4, 1).unwrap_or(Location::Flat(&[]));
        len.word(sink, 4);
    }

    /// Puts the address of something in memory on the stack.
    pub(super) fn address(base: u32, offset: u32, sink: &mut InstructionSink<'_>) {
        sink.local_get(base);
        if offset > 0 {
            sink.i32_const(offset as i32).i32_add();
        }
    }
}
