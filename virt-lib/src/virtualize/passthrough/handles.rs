//! The walk over a value, in memory or in core values, that changes every handle in it. A handle
//! of an exported resource is one of the component's own, whose representation is the handle of
//! the import. The same walk frees what a value refers to. This module must never allocate.

use super::code::{BLOCK, Body, at};
use super::function::{PassThrough, val_types};
use super::internal;
use super::location::{Change, Location, Slot};
use crate::error::Result;
use crate::wasi::types::root;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::{FlatTypes, WasmType};
use wit_parser::{Handle, Int, Resolve, Type, TypeDefKind};

impl PassThrough<'_> {
    /// Adds to `body` what changes the handles in a value of this type.
    pub(super) fn value(
        &mut self,
        body: &mut Body,
        ty: &Type,
        place: Location<'_>,
        change: Change,
    ) -> Result<()> {
        let id = match ty {
            Type::Id(id) => id,
            Type::String if change == Change::Free => {
                self.free_list(body, place);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let resolve = self.resolve;
        match &resolve.types[*id].kind {
            TypeDefKind::Type(ty) => self.value(body, ty, place, change),
            TypeDefKind::Handle(handle) => {
                self.handle(body, *handle, place, change);
                Ok(())
            }
            TypeDefKind::Record(record) => {
                let types: Vec<_> = record.fields.iter().map(|field| field.ty).collect();
                self.values(body, &types, place, change)
            }
            TypeDefKind::Tuple(tuple) => self.values(body, &tuple.types, place, change),
            TypeDefKind::List(element) => self.list(body, element, place, change),
            TypeDefKind::Variant(variant) => {
                let cases: Vec<_> = variant.cases.iter().map(|case| case.ty).collect();
                self.cases(body, variant.tag(), &cases, place, change)
            }
            TypeDefKind::Option(ty) => self.cases(body, Int::U8, &[None, Some(*ty)], place, change),
            TypeDefKind::Result(result) => {
                self.cases(body, Int::U8, &[result.ok, result.err], place, change)
            }
            TypeDefKind::Flags(_) | TypeDefKind::Enum(_) => Ok(()),
            // They pass as they are: none of them has a handle of a resource in it that is served.
            TypeDefKind::Stream(_) | TypeDefKind::Future(_) => Ok(()),
            kind => Err(internal(format!("WASI has no {}", kind.as_str()))),
        }
    }

    fn handle(&mut self, body: &mut Body, handle: Handle, place: Location<'_>, change: Change) {
        let (owned, resource) = match handle {
            Handle::Own(id) => (true, root(self.resolve, id)),
            Handle::Borrow(id) => (false, root(self.resolve, id)),
        };
        // What is lent of an exported resource arrives as its representation.
        let function = match (change, owned, self.exports(resource)) {
            (Change::In, true, true) => self.take(resource),
            (Change::Out, true, true) => self.make(resource),
            (Change::GiveBack, false, false) => self.drop_imported(resource),
            _ => return,
        };
        match (change, place) {
            (Change::GiveBack, _) => {
                get(body, place);
                body.call(function);
            }
            (_, Location::Memory { base, offset }) => {
                body.add([I::LocalGet(base)]);
                get(body, place);
                body.call(function);
                body.add([I::I32Store(at(offset))]);
            }
            (_, Location::Flat(slots)) => {
                get(body, place);
                body.call(function);
                set(body, slots[0]);
            }
        }
    }

    /// Values that follow each other, as parameters and fields do.
    pub(super) fn values(
        &mut self,
        body: &mut Body,
        types: &[Type],
        place: Location<'_>,
        change: Change,
    ) -> Result<()> {
        match place {
            Location::Memory { .. } => {
                for (offset, ty) in self.sizes.field_offsets(types) {
                    let place = place.behind(offset.size_wasm32() as u32);
                    self.value(body, ty, place, change)?;
                }
            }
            Location::Flat(mut slots) => {
                for ty in types {
                    let (these, others) = slots.split_at(flat_types(self.resolve, ty)?.len());
                    self.value(body, ty, Location::Flat(these), change)?;
                    slots = others;
                }
            }
        }
        Ok(())
    }

    fn cases(
        &mut self,
        body: &mut Body,
        tag: Int,
        cases: &[Option<Type>],
        place: Location<'_>,
        change: Change,
    ) -> Result<()> {
        let payload = match place {
            Location::Memory { .. } => {
                let cases = cases.iter().map(Option::as_ref);
                place.behind(self.sizes.payload_offset(tag, cases).size_wasm32() as u32)
            }
            Location::Flat(slots) => Location::Flat(&slots[1..]),
        };
        for (index, ty) in cases.iter().enumerate() {
            let Some(ty) = ty else { continue };
            body.around(
                |body| {
                    match place {
                        Location::Memory { base, offset } => body.add([
                            I::LocalGet(base),
                            match tag {
                                Int::U8 => I::I32Load8U(at(offset)),
                                Int::U16 => I::I32Load16U(at(offset)),
                                Int::U32 | Int::U64 => I::I32Load(at(offset)),
                            },
                        ]),
                        Location::Flat(_) => get(body, place),
                    }
                    body.add([I::I32Const(index as i32), I::I32Eq, I::If(BLOCK)]);
                },
                |body, ()| self.value(body, ty, payload, change),
                |body, ()| body.add([I::End]),
            )?;
        }
        Ok(())
    }

    fn list(
        &mut self,
        body: &mut Body,
        element: &Type,
        place: Location<'_>,
        change: Change,
    ) -> Result<()> {
        let size = self.sizes.size(element).size_wasm32() as i32;
        body.around(
            |body| {
                let (base, left) = (body.local(ValType::I32), body.local(ValType::I32));
                get(body, place);
                body.add([I::LocalSet(base)]);
                match place {
                    Location::Memory { .. } => get(body, place.behind(4)),
                    Location::Flat(slots) => get(body, Location::Flat(&slots[1..])),
                }
                body.add([
                    I::LocalSet(left),
                    I::Block(BLOCK),
                    I::Loop(BLOCK),
                    I::LocalGet(left),
                    I::I32Eqz,
                    I::BrIf(1),
                ]);
                (base, left)
            },
            |body, (base, _)| {
                let place = Location::Memory {
                    base: *base,
                    offset: 0,
                };
                self.value(body, element, place, change)
            },
            |body, (base, left)| {
                body.add([
                    I::LocalGet(base),
                    I::I32Const(size),
                    I::I32Add,
                    I::LocalSet(base),
                    I::LocalGet(left),
                    I::I32Const(1),
                    I::I32Sub,
                    I::LocalSet(left),
                    I::Br(0),
                    I::End,
                    I::End,
                ]);
            },
        )?;
        if change == Change::Free {
            self.free_list(body, place);
        }
        Ok(())
    }

    /// Frees the place of a list or string, unless it is empty: then it has none.
    fn free_list(&mut self, body: &mut Body, place: Location<'_>) {
        let free = self.free();
        match place {
            Location::Memory { .. } => get(body, place.behind(4)),
            Location::Flat(slots) => get(body, Location::Flat(&slots[1..])),
        }
        body.add([I::If(BLOCK)]);
        get(body, place);
        body.call(free);
        body.add([I::End]);
    }
}

/// Puts the core value in which a handle, an address or a tag lies on the stack.
fn get(body: &mut Body, place: Location<'_>) {
    match place {
        Location::Memory { base, offset } => {
            body.add([I::LocalGet(base), I::I32Load(at(offset))]);
        }
        Location::Flat(slots) => {
            body.add([I::LocalGet(slots[0].local)]);
            // Where cases share a core value, it is as wide as the widest.
            if slots[0].ty == ValType::I64 {
                body.add([I::I32WrapI64]);
            }
        }
    }
}

fn set(body: &mut Body, slot: Slot) {
    if slot.ty == ValType::I64 {
        body.add([I::I64ExtendI32U]);
    }
    body.add([I::LocalSet(slot.local)]);
}

/// The core values that a value is.
pub(super) fn flat_types(resolve: &Resolve, ty: &Type) -> Result<Vec<ValType>> {
    let mut storage = [WasmType::I32; 16];
    let mut flat = FlatTypes::new(&mut storage);
    match resolve.push_flat(ty, &mut flat) {
        true => Ok(val_types(&flat.to_vec())),
        false => Err(internal("a value of more than 16 core values")),
    }
}
