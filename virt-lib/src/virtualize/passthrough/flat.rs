//! Values between memory and core values: arguments that an `async` lower wants in memory, and
//! results that `task.return` wants as core values. This module must never change a handle.

use super::code::{BLOCK, Body, at};
use super::function::PassThrough;
use super::handles::flat_types;
use super::internal;
use super::location::Slot;
use crate::error::Result;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::{FlagsRepr, Int, Type, TypeDefKind};

/// Where values go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// From memory to core values, whose locals are zero.
    Load,
    /// From core values to memory.
    Store,
}

/// A place in memory: so many bytes after the address in a local.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub base: u32,
    pub offset: u32,
}

impl Place {
    fn behind(self, bytes: u32) -> Self {
        Place {
            offset: self.offset + bytes,
            ..self
        }
    }
}

/// A number in memory: so many bytes, as a core value of this type.
#[derive(Clone, Copy)]
struct Number {
    size: u32,
    signed: bool,
    flat: ValType,
}

impl Number {
    const fn new(size: u32, flat: ValType) -> Self {
        Number {
            size,
            signed: false,
            flat,
        }
    }

    const fn signed(size: u32) -> Self {
        Number {
            size,
            signed: true,
            flat: ValType::I32,
        }
    }

    fn tag(tag: Int) -> Self {
        let size = match tag {
            Int::U8 => 1,
            Int::U16 => 2,
            Int::U32 | Int::U64 => 4,
        };
        Number::new(size, ValType::I32)
    }
}

/// An address, a count or a handle.
const WORD: Number = Number::new(4, ValType::I32);

impl PassThrough<'_> {
    /// Adds to `body` what moves values that follow each other.
    pub(super) fn transfer_all(
        &self,
        body: &mut Body,
        types: &[Type],
        place: Place,
        slots: &[Slot],
        way: Way,
    ) -> Result<()> {
        let mut slots = slots;
        for (offset, ty) in self.sizes.field_offsets(types) {
            let count = flat_types(self.resolve, ty)?.len();
            let (these, others) = slots.split_at(count);
            let place = place.behind(offset.size_wasm32() as u32);
            self.transfer(body, ty, place, these, way)?;
            slots = others;
        }
        Ok(())
    }

    fn transfer(
        &self,
        body: &mut Body,
        ty: &Type,
        place: Place,
        slots: &[Slot],
        way: Way,
    ) -> Result<()> {
        let id = match ty {
            Type::Id(id) => *id,
            Type::String => {
                list(body, place, slots, way);
                return Ok(());
            }
            primitive => {
                number(body, self::primitive(primitive)?, place, slots[0], way);
                return Ok(());
            }
        };
        match &self.resolve.types[id].kind {
            TypeDefKind::Type(ty) => self.transfer(body, ty, place, slots, way),
            TypeDefKind::Record(record) => {
                let types: Vec<_> = record.fields.iter().map(|field| field.ty).collect();
                self.transfer_all(body, &types, place, slots, way)
            }
            TypeDefKind::Tuple(tuple) => self.transfer_all(body, &tuple.types, place, slots, way),
            TypeDefKind::List(_) => {
                list(body, place, slots, way);
                Ok(())
            }
            TypeDefKind::Handle(_) | TypeDefKind::Future(_) | TypeDefKind::Stream(_) => {
                number(body, WORD, place, slots[0], way);
                Ok(())
            }
            TypeDefKind::Enum(cases) => {
                number(body, Number::tag(cases.tag()), place, slots[0], way);
                Ok(())
            }
            TypeDefKind::Flags(flags) => {
                let size = match flags.repr() {
                    FlagsRepr::U8 => 1,
                    FlagsRepr::U16 => 2,
                    FlagsRepr::U32(_) => 4,
                };
                let flags = Number::new(size, ValType::I32);
                number(body, flags, place, slots[0], way);
                Ok(())
            }
            TypeDefKind::Variant(variant) => {
                let cases: Vec<_> = variant.cases.iter().map(|case| case.ty).collect();
                self.case(body, (variant.tag(), &cases), place, slots, way)
            }
            TypeDefKind::Option(ty) => {
                self.case(body, (Int::U8, &[None, Some(*ty)]), place, slots, way)
            }
            TypeDefKind::Result(result) => {
                let cases = [result.ok, result.err];
                self.case(body, (Int::U8, &cases), place, slots, way)
            }
            kind => Err(internal(format!("WASI has no {}", kind.as_str()))),
        }
    }

    fn case(
        &self,
        body: &mut Body,
        (tag, cases): (Int, &[Option<Type>]),
        place: Place,
        slots: &[Slot],
        way: Way,
    ) -> Result<()> {
        number(body, Number::tag(tag), place, slots[0], way);
        let types = cases.iter().map(Option::as_ref);
        let payload = place.behind(self.sizes.payload_offset(tag, types).size_wasm32() as u32);
        for (index, ty) in (0..).zip(cases) {
            let Some(ty) = ty else { continue };
            let count = flat_types(self.resolve, ty)?.len();
            body.add([I::LocalGet(slots[0].local)]);
            if slots[0].ty == ValType::I64 {
                body.add([I::I32WrapI64]);
            }
            body.add([I::I32Const(index), I::I32Eq, I::If(BLOCK)]);
            self.transfer(body, ty, payload, &slots[1..=count], way)?;
            body.add([I::End]);
        }
        Ok(())
    }
}

/// An address and a count.
fn list(body: &mut Body, place: Place, slots: &[Slot], way: Way) {
    number(body, WORD, place, slots[0], way);
    number(body, WORD, place.behind(4), slots[1], way);
}

fn number(body: &mut Body, number: Number, place: Place, slot: Slot, way: Way) {
    let memory = at(place.offset);
    body.add([I::LocalGet(place.base)]);
    match way {
        Way::Load => {
            body.add([match (number.flat, number.size, number.signed) {
                (ValType::I32, 1, false) => I::I32Load8U(memory),
                (ValType::I32, 1, true) => I::I32Load8S(memory),
                (ValType::I32, 2, false) => I::I32Load16U(memory),
                (ValType::I32, 2, true) => I::I32Load16S(memory),
                (ValType::I64, ..) => I::I64Load(memory),
                (ValType::F32, ..) => I::F32Load(memory),
                (ValType::F64, ..) => I::F64Load(memory),
                _ => I::I32Load(memory),
            }]);
            // Where cases share a core value, it holds the bits of each.
            match (number.flat, slot.ty) {
                (ValType::F32, ValType::I32) => body.add([I::I32ReinterpretF32]),
                (ValType::F32, ValType::I64) => {
                    body.add([I::I32ReinterpretF32, I::I64ExtendI32U]);
                }
                (ValType::F64, ValType::I64) => body.add([I::I64ReinterpretF64]),
                (ValType::I32, ValType::I64) => body.add([I::I64ExtendI32U]),
                _ => {}
            }
            body.add([I::LocalSet(slot.local)]);
        }
        Way::Store => {
            body.add([I::LocalGet(slot.local)]);
            match (number.flat, slot.ty) {
                (ValType::F32, ValType::I32) => body.add([I::F32ReinterpretI32]),
                (ValType::F32, ValType::I64) => body.add([I::I32WrapI64, I::F32ReinterpretI32]),
                (ValType::F64, ValType::I64) => body.add([I::F64ReinterpretI64]),
                (ValType::I32, ValType::I64) => body.add([I::I32WrapI64]),
                _ => {}
            }
            body.add([match (number.flat, number.size) {
                (ValType::I32, 1) => I::I32Store8(memory),
                (ValType::I32, 2) => I::I32Store16(memory),
                (ValType::I64, _) => I::I64Store(memory),
                (ValType::F32, _) => I::F32Store(memory),
                (ValType::F64, _) => I::F64Store(memory),
                _ => I::I32Store(memory),
            }]);
        }
    }
}

fn primitive(ty: &Type) -> Result<Number> {
    Ok(match ty {
        Type::Bool | Type::U8 => Number::new(1, ValType::I32),
        Type::S8 => Number::signed(1),
        Type::U16 => Number::new(2, ValType::I32),
        Type::S16 => Number::signed(2),
        Type::U32 | Type::S32 | Type::Char | Type::ErrorContext => WORD,
        Type::U64 | Type::S64 => Number::new(8, ValType::I64),
        Type::F32 => Number::new(4, ValType::F32),
        Type::F64 => Number::new(8, ValType::F64),
        Type::String | Type::Id(_) => return Err(internal("not a number")),
    })
}
