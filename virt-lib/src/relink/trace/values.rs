//! Code that writes values of component types, in the notation of WIT values. It reads only what a
//! value of the type has, wherever discriminants say that there is one. This module must never
//! trust a number that it reads: the component may be hostile.

use super::code::{Code, Helper};
use super::location::Location;
use crate::plan::layout::tag;
use crate::plan::written;
use wasi_virt_layout::trace::Scalar;
use wasm_encoder::{BlockType, InstructionSink};
use wasmparser::PrimitiveValType;
use wasmparser::component_types::{ComponentDefinedType, ComponentDefinedTypeId, ComponentValType};

/// How many elements of a list are shown.
const SHOWN: i32 = 32;

/// Words of the notation, before which a case of the same name has `%`.
const KEYWORDS: [&str; 8] = ["true", "false", "inf", "nan", "some", "none", "ok", "err"];

impl Code<'_> {
    /// Writes a value.
    pub(super) fn value(
        &mut self,
        sink: &mut InstructionSink<'_>,
        ty: ComponentValType,
        at: Location<'_>,
    ) {
        use ComponentDefinedType as Type;
        let id = match ty {
            ComponentValType::Primitive(ty) => return self.primitive(sink, ty, at),
            ComponentValType::Type(id) => written::root(self.abi.types, id),
        };
        let types = self.abi.types;
        match (&types[id], at) {
            (Type::Primitive(ty), _) => self.primitive(sink, *ty, at),
            (Type::Own(id) | Type::Borrow(id), _) => {
                let name = self.resource(id.resource());
                self.handle(sink, name, at);
            }
            (Type::Stream { .. }, _) => self.handle(sink, "stream", at),
            (Type::Future { .. }, _) => self.handle(sink, "future", at),
            (Type::Flags(names), _) => {
                let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                self.flags(sink, &names, at);
            }
            (Type::Enum(cases), _) => {
                at.word(sink, tag(cases.len()));
                self.call(sink, Helper::Case(id));
            }
            (Type::List { .. } | Type::Map { .. }, _) => {
                at.pair(sink);
                self.list(sink, id);
            }
            (Type::FixedLengthList { length, .. }, Location::Memory(base, offset)) => {
                Location::address(base, offset, sink);
                sink.i32_const(*length as i32);
                self.list(sink, id);
            }
            // Each type has one function for its values in memory, however often it is used.
            (_, Location::Memory(base, offset)) => {
                Location::address(base, offset, sink);
                self.call(sink, Helper::Value(id));
            }
            (_, Location::Flat(_)) => self.compound(sink, id, at),
        }
    }

    /// The code of [`Helper::Value`].
    pub(super) fn value_in_memory(
        &mut self,
        sink: &mut InstructionSink<'_>,
        id: ComponentDefinedTypeId,
    ) {
        self.compound(sink, id, Location::Memory(0, 0));
    }

    /// Writes a value that is made of others.
    fn compound(
        &mut self,
        sink: &mut InstructionSink<'_>,
        id: ComponentDefinedTypeId,
        at: Location<'_>,
    ) {
        use ComponentDefinedType as Type;
        let types = self.abi.types;
        match &types[id] {
            Type::Record(record) => {
                let fields = record.fields.iter();
                let fields: Vec<_> = fields
                    .map(|(name, ty)| (Some(name.as_str()), *ty))
                    .collect();
                self.text(sink, "{");
                self.sequence(sink, &fields, at);
                self.text(sink, "}");
            }
            Type::Tuple(tuple) => {
                let elements: Vec<_> = tuple.types.iter().map(|ty| (None, *ty)).collect();
                self.text(sink, "(");
                self.sequence(sink, &elements, at);
                self.text(sink, ")");
            }
            Type::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases: Vec<_> = cases.map(|(name, case)| (label(name), case.ty)).collect();
                self.cases(sink, &cases, at);
            }
            Type::Option { ty, .. } => {
                let cases = [("none".to_string(), None), ("some".to_string(), Some(*ty))];
                self.cases(sink, &cases, at);
            }
            Type::Result { ok, err, .. } => {
                let cases = [("ok".to_string(), *ok), ("err".to_string(), *err)];
                self.cases(sink, &cases, at);
            }
            // Flat: few elements, each in core values of its own.
            Type::FixedLengthList {
                element, length, ..
            } if self.is_byte(*element) => {
                self.text(sink, "b");
                for index in 0..*length as usize {
                    if let Some(byte) = at.behind(0, index) {
                        byte.word(sink, 1);
                        self.take(sink);
                    }
                }
                sink.i32_const(*length as i32);
                self.taken(sink);
            }
            Type::FixedLengthList {
                element, length, ..
            } => {
                let elements = vec![(None, *element); *length as usize];
                self.text(sink, "[");
                self.sequence(sink, &elements, at);
                self.text(sink, "]");
            }
            _ => self.text(sink, "…"),
        }
    }

    /// Parameters, fields or elements, with commas between them.
    pub(super) fn sequence(
        &mut self,
        sink: &mut InstructionSink<'_>,
        values: &[(Option<&str>, ComponentValType)],
        at: Location<'_>,
    ) {
        let types: Vec<_> = values.iter().map(|(_, ty)| *ty).collect();
        let (offsets, _) = self.abi.fields(&types);
        let mut slots = 0;
        for (position, ((name, ty), offset)) in values.iter().zip(offsets).enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            match name {
                Some(name) => self.text(sink, &format!("{comma}{name}: ")),
                None => self.text(sink, comma),
            }
            match at.behind(offset, slots) {
                Some(at) => self.value(sink, *ty, at),
                None => self.text(sink, "…"),
            }
            if let Location::Flat(flat) = at {
                slots += self.abi.flat(*ty, flat.len()).map_or(0, |flat| flat.len());
            }
        }
    }

    /// One of several cases, with or without a payload.
    fn cases(
        &mut self,
        sink: &mut InstructionSink<'_>,
        cases: &[(String, Option<ComponentValType>)],
        at: Location<'_>,
    ) {
        let payloads: Vec<_> = cases.iter().map(|(_, ty)| *ty).collect();
        let (offset, _) = self.abi.payload(&payloads);
        for (case, (name, ty)) in (0..).zip(cases) {
            at.word(sink, tag(cases.len()));
            sink.i32_const(case).i32_eq().if_(BlockType::Empty);
            match ty {
                None => self.text(sink, name),
                Some(ty) => {
                    self.text(sink, &format!("{name}("));
                    match at.behind(offset, 1) {
                        Some(at) => self.value(sink, *ty, at),
                        None => self.text(sink, "…"),
                    }
                    self.text(sink, ")");
                }
            }
            sink.end();
        }
    }

    /// The code of [`Helper::Case`].
    pub(super) fn case(&mut self, sink: &mut InstructionSink<'_>, id: ComponentDefinedTypeId) {
        let types = self.abi.types;
        let ComponentDefinedType::Enum(cases) = &types[id] else {
            return;
        };
        for (case, name) in (0..).zip(cases) {
            sink.local_get(0).i32_const(case).i32_eq();
            sink.if_(BlockType::Empty);
            self.text(sink, &label(name));
            sink.end();
        }
    }

    fn flags(&mut self, sink: &mut InstructionSink<'_>, names: &[&str], at: Location<'_>) {
        let width = match names.len() {
            0..=8 => 1,
            9..=16 => 2,
            _ => 4,
        };
        self.text(sink, "{");
        // The validator allows no more than 32 of them.
        for (index, name) in (0..32).zip(names) {
            at.word(sink, width);
            sink.i32_const(1 << index).i32_and().if_(BlockType::Empty);
            self.next(sink);
            self.text(sink, name);
            sink.end();
        }
        self.text(sink, "}");
    }

    fn primitive(
        &mut self,
        sink: &mut InstructionSink<'_>,
        ty: PrimitiveValType,
        at: Location<'_>,
    ) {
        use PrimitiveValType as Type;
        let (kind, width) = match ty {
            Type::String => {
                at.pair(sink);
                return self.call(sink, Helper::Quoted);
            }
            Type::ErrorContext => return self.handle(sink, "error-context", at),
            Type::Bool => (Scalar::Bool, 1),
            Type::U8 => (Scalar::U8, 1),
            Type::S8 => (Scalar::S8, 1),
            Type::U16 => (Scalar::U16, 2),
            Type::S16 => (Scalar::S16, 2),
            Type::U32 => (Scalar::U32, 4),
            Type::S32 => (Scalar::S32, 4),
            Type::Char => (Scalar::Char, 4),
            Type::F32 => (Scalar::F32, 4),
            Type::U64 => (Scalar::U64, 8),
            Type::S64 => (Scalar::S64, 8),
            Type::F64 => (Scalar::F64, 8),
        };
        self.scalar(sink, kind, |sink| at.bits(sink, width));
    }

    /// A resource and the like, by its name and its number.
    pub(super) fn handle(&mut self, sink: &mut InstructionSink<'_>, name: &str, at: Location<'_>) {
        self.text(sink, &format!("<{name} "));
        self.scalar(sink, Scalar::U32, |sink| at.bits(sink, 4));
        self.text(sink, ">");
    }

    /// A list, whose address and count are on the stack.
    fn list(&mut self, sink: &mut InstructionSink<'_>, id: ComponentDefinedTypeId) {
        use ComponentDefinedType as Type;
        let types = self.abi.types;
        match &types[id] {
            Type::List { element, .. } | Type::FixedLengthList { element, .. }
                if self.is_byte(*element) =>
            {
                self.text(sink, "b");
                self.call(sink, Helper::Quoted);
            }
            _ => self.call(sink, Helper::Elements(id)),
        }
    }

    /// The code of [`Helper::Elements`].
    pub(super) fn elements(&mut self, sink: &mut InstructionSink<'_>, id: ComponentDefinedTypeId) {
        use ComponentDefinedType as Type;
        let types = self.abi.types;
        let (parts, open, close) = match &types[id] {
            Type::Map { key, value, .. } => (vec![*key, *value], "{", "}"),
            Type::List { element, .. } | Type::FixedLengthList { element, .. } => {
                (vec![*element], "[", "]")
            }
            _ => return,
        };
        let (offsets, layout) = self.abi.fields(&parts);
        let (at, left, room) = (0, 1, 2);
        self.text(sink, open);
        sink.i32_const(SHOWN).local_set(room);
        sink.block(BlockType::Empty).loop_(BlockType::Empty);
        sink.local_get(left).i32_eqz().br_if(1);
        sink.local_get(room).i32_eqz().br_if(1);
        self.next(sink);
        for (position, (ty, offset)) in parts.into_iter().zip(offsets).enumerate() {
            if position > 0 {
                self.text(sink, ": ");
            }
            match Location::Memory(at, 0).behind(offset, 0) {
                Some(at) => self.value(sink, ty, at),
                None => self.text(sink, "…"),
            }
        }
        // An element that is larger than a memory is not there.
        let size = u32::try_from(layout.size).unwrap_or_default();
        sink.local_get(at).i32_const(size as i32).i32_add();
        sink.local_set(at);
        for count in [left, room] {
            sink.local_get(count)
                .i32_const(1)
                .i32_sub()
                .local_set(count);
        }
        sink.br(0).end().end();
        sink.local_get(left).if_(BlockType::Empty);
        self.next(sink);
        self.text(sink, "… ");
        self.scalar(sink, Scalar::U32, |sink| {
            sink.local_get(left).i64_extend_i32_u();
        });
        self.text(sink, " more");
        sink.end();
        self.text(sink, close);
    }

    fn is_byte(&self, ty: ComponentValType) -> bool {
        match ty {
            ComponentValType::Primitive(ty) => ty == PrimitiveValType::U8,
            ComponentValType::Type(id) => matches!(
                self.abi.types[id],
                ComponentDefinedType::Primitive(PrimitiveValType::U8)
            ),
        }
    }
}

/// The name of a case.
fn label(name: &str) -> String {
    match KEYWORDS.contains(&name) {
        true => format!("%{name}"),
        false => name.to_string(),
    }
}
