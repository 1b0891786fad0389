//! Says how values of component types lie in memory and flatten into core values: the canonical ABI
//! with 32-bit memories. This module must never know what a type is called or what it is for.

pub(crate) mod spilled;

use wasm_encoder::ValType;
use wasmparser::component_types::{
    AliasableResourceId, ComponentDefinedType, ComponentDefinedTypeId, ComponentFuncTypeId,
    ComponentValType,
};
use wasmparser::{PrimitiveValType, types::TypesRef};

/// Core parameters of a lowered function before the rest goes through memory.
pub(crate) const MAX_FLAT_PARAMS: usize = 16;
/// The same where the lower is `async`.
pub(crate) const MAX_FLAT_ASYNC_PARAMS: usize = 4;
/// Core results of a lowered function before they go through memory.
pub(crate) const MAX_FLAT_RESULTS: usize = 1;

/// The room that a value takes in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    /// In bytes, and saturated: a fixed-length list can be larger than any memory.
    pub size: u64,
    /// In bytes, a power of two up to 8.
    pub align: u32,
}

/// What a type is made of, as far as the canonical ABI tells types apart.
pub(crate) enum Shape {
    /// A number, a truth value, a character or flags.
    Scalar(Scalar),
    /// A pointer and a count of elements, which are made of these: strings, lists and maps.
    List(Vec<ComponentValType>),
    /// Records and tuples.
    Fields(Vec<ComponentValType>),
    /// A fixed-length list, whose elements lie in it.
    Repeated(ComponentValType, u32),
    /// Variants, enumerations, options and results: what each case carries.
    Cases(Vec<Option<ComponentValType>>),
    Handle(Handle),
}

/// A value that is one core value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Scalar {
    /// Bytes in memory, and their alignment.
    pub size: u32,
    /// The core value it flattens to.
    pub flat: ValType,
}

/// A number that stands for something in a table of the component instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Handle {
    Own(AliasableResourceId),
    Borrow(AliasableResourceId),
    /// The readable end, by the stream's type.
    Stream(ComponentDefinedTypeId),
    /// The readable end, by the future's type.
    Future(ComponentDefinedTypeId),
    ErrorContext,
}

/// Where a number of the arguments is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Operand {
    /// In a core parameter: an i32, or the low half of an i64.
    Param { index: u32, is_wide: bool },
    /// In memory, so many bytes after the first parameter, and so many wide.
    Memory { offset: u32, width: u32 },
}

impl Operand {
    /// A parameter that is an i32.
    pub(crate) fn param(index: u32) -> Self {
        Operand::Param {
            index,
            is_wide: false,
        }
    }
}

/// The core signature of a lowered function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Signature {
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    /// Whether the first parameter points to all of the function's parameters.
    pub spilled: bool,
    /// The parameter that says where the result goes.
    pub return_pointer: Option<u32>,
}

/// The canonical ABI over the types of a validated component.
#[derive(Clone, Copy)]
pub(crate) struct Abi<'a> {
    pub types: TypesRef<'a>,
}

impl Abi<'_> {
    /// What a type is made of.
    pub(crate) fn shape(&self, ty: ComponentValType) -> Shape {
        let id = match ty {
            ComponentValType::Primitive(ty) => return primitive(ty),
            ComponentValType::Type(id) => id,
        };
        match &self.types[id] {
            ComponentDefinedType::Primitive(ty) => primitive(*ty),
            ComponentDefinedType::Record(record) => {
                Shape::Fields(record.fields.values().copied().collect())
            }
            ComponentDefinedType::Tuple(tuple) => Shape::Fields(tuple.types.to_vec()),
            ComponentDefinedType::Variant(variant) => {
                Shape::Cases(variant.cases.values().map(|case| case.ty).collect())
            }
            ComponentDefinedType::Enum(cases) => Shape::Cases(vec![None; cases.len()]),
            ComponentDefinedType::Option { ty, .. } => Shape::Cases(vec![None, Some(*ty)]),
            ComponentDefinedType::Result { ok, err, .. } => Shape::Cases(vec![*ok, *err]),
            // The validator allows no more than 32 labels.
            ComponentDefinedType::Flags(names) => scalar(
                match names.len() {
                    0..=8 => 1,
                    9..=16 => 2,
                    _ => 4,
                },
                ValType::I32,
            ),
            ComponentDefinedType::List { element, .. } => Shape::List(vec![*element]),
            ComponentDefinedType::Map { key, value, .. } => Shape::List(vec![*key, *value]),
            ComponentDefinedType::FixedLengthList {
                element, length, ..
            } => Shape::Repeated(*element, *length),
            ComponentDefinedType::Own(id) => Shape::Handle(Handle::Own(*id)),
            ComponentDefinedType::Borrow(id) => Shape::Handle(Handle::Borrow(*id)),
            ComponentDefinedType::Stream { .. } => Shape::Handle(Handle::Stream(id)),
            ComponentDefinedType::Future { .. } => Shape::Handle(Handle::Future(id)),
        }
    }

    /// The primitive type that a type is.
    pub(crate) fn primitive(&self, ty: ComponentValType) -> Option<PrimitiveValType> {
        match ty {
            ComponentValType::Primitive(ty) => Some(ty),
            ComponentValType::Type(id) => match &self.types[id] {
                ComponentDefinedType::Primitive(ty) => Some(*ty),
                _ => None,
            },
        }
    }

    /// The room that a value of this type takes.
    pub(crate) fn layout(&self, ty: ComponentValType) -> Layout {
        match self.shape(ty) {
            Shape::Scalar(Scalar { size, .. }) => Layout {
                size: size.into(),
                align: size,
            },
            Shape::List(_) => Layout { size: 8, align: 4 },
            Shape::Handle(_) => Layout { size: 4, align: 4 },
            Shape::Fields(types) => self.fields(&types).1,
            Shape::Repeated(element, length) => {
                let Layout { size, align } = self.layout(element);
                Layout {
                    size: size.saturating_mul(length.into()),
                    align,
                }
            }
            Shape::Cases(cases) => {
                let (offset, payload) = self.payload(&cases);
                let align = payload.align.max(tag(cases.len()));
                Layout {
                    size: up(offset.saturating_add(payload.size), align),
                    align,
                }
            }
        }
    }

    /// The offset of each field, and the room that all of them take.
    pub(crate) fn fields(&self, types: &[ComponentValType]) -> (Vec<u64>, Layout) {
        let mut whole = Layout { size: 0, align: 1 };
        let mut offsets = Vec::with_capacity(types.len());
        for ty in types {
            let Layout { size, align } = self.layout(*ty);
            let offset = up(whole.size, align);
            offsets.push(offset);
            whole.size = offset.saturating_add(size);
            whole.align = whole.align.max(align);
        }
        whole.size = up(whole.size, whole.align);
        (offsets, whole)
    }

    /// The offset of what cases carry, and the room for the largest of them.
    pub(crate) fn payload(&self, cases: &[Option<ComponentValType>]) -> (u64, Layout) {
        let mut most = Layout { size: 0, align: 1 };
        for ty in cases.iter().flatten() {
            let Layout { size, align } = self.layout(*ty);
            most.size = most.size.max(size);
            most.align = most.align.max(align);
        }
        (up(tag(cases.len()).into(), most.align), most)
    }

    /// What elements made of these are aligned to.
    pub(crate) fn element_align(&self, parts: &[ComponentValType]) -> u32 {
        let aligns = parts.iter().map(|ty| self.layout(*ty).align);
        aligns.max().unwrap_or(1)
    }

    /// Whether a type has no more parts than `left`, counted where they stand; takes them off.
    pub(crate) fn has_at_most(&self, ty: ComponentValType, left: &mut usize) -> bool {
        let Some(rest) = left.checked_sub(1) else {
            return false;
        };
        *left = rest;
        match self.shape(ty) {
            Shape::Scalar(_) | Shape::Handle(_) => true,
            Shape::Repeated(ty, _) => self.has_at_most(ty, left),
            Shape::List(types) | Shape::Fields(types) => {
                types.into_iter().all(|ty| self.has_at_most(ty, left))
            }
            Shape::Cases(cases) => {
                let mut types = cases.into_iter().flatten();
                types.all(|ty| self.has_at_most(ty, left))
            }
        }
    }

    /// The core values that a value flattens to, or `None` if there are more than `max`.
    pub(crate) fn flat(&self, ty: ComponentValType, max: usize) -> Option<Vec<ValType>> {
        let mut flat = Vec::new();
        self.push(ty, max, &mut flat).then_some(flat)
    }

    fn push(&self, ty: ComponentValType, max: usize, flat: &mut Vec<ValType>) -> bool {
        match self.shape(ty) {
            Shape::Scalar(Scalar { flat: ty, .. }) => flat.push(ty),
            Shape::List(_) => flat.extend([ValType::I32; 2]),
            Shape::Handle(_) => flat.push(ValType::I32),
            Shape::Fields(types) => return types.into_iter().all(|ty| self.push(ty, max, flat)),
            // Every type has a core value, so this ends soon, however long the list is.
            Shape::Repeated(ty, length) => return (0..length).all(|_| self.push(ty, max, flat)),
            Shape::Cases(cases) => {
                flat.push(ValType::I32);
                let start = flat.len();
                for ty in cases.into_iter().flatten() {
                    let Some(case) = self.flat(ty, max) else {
                        return false;
                    };
                    for (index, ty) in case.into_iter().enumerate() {
                        match flat.get_mut(start + index) {
                            Some(joined) => *joined = join(*joined, ty),
                            None => flat.push(ty),
                        }
                    }
                }
            }
        }
        flat.len() <= max
    }

    /// The core signature of a function where it is lowered.
    pub(crate) fn signature(&self, function: ComponentFuncTypeId, is_async: bool) -> Signature {
        let function = &self.types[function];
        let max = match is_async {
            true => MAX_FLAT_ASYNC_PARAMS,
            false => MAX_FLAT_PARAMS,
        };
        let mut params = Vec::new();
        let all = function.params.iter();
        let spilled = !all
            .map(|(_, ty)| *ty)
            .all(|ty| self.push(ty, max, &mut params));
        if spilled {
            params = vec![ValType::I32];
        }
        let flat = match function.result {
            None => Some(vec![]),
            Some(_) if is_async => None,
            Some(ty) => self.flat(ty, MAX_FLAT_RESULTS),
        };
        let return_pointer = flat.is_none().then_some(params.len() as u32);
        if return_pointer.is_some() {
            params.push(ValType::I32);
        }
        let results = match is_async {
            // The status of the call.
            true => vec![ValType::I32],
            false => flat.unwrap_or_default(),
        };
        Signature {
            params,
            results,
            spilled,
            return_pointer,
        }
    }
}

/// Bytes of the discriminant among so many cases.
pub(crate) fn tag(cases: usize) -> u32 {
    match cases {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

fn primitive(ty: PrimitiveValType) -> Shape {
    match ty {
        PrimitiveValType::Bool | PrimitiveValType::S8 | PrimitiveValType::U8 => {
            scalar(1, ValType::I32)
        }
        PrimitiveValType::S16 | PrimitiveValType::U16 => scalar(2, ValType::I32),
        PrimitiveValType::S32 | PrimitiveValType::U32 | PrimitiveValType::Char => {
            scalar(4, ValType::I32)
        }
        PrimitiveValType::S64 | PrimitiveValType::U64 => scalar(8, ValType::I64),
        PrimitiveValType::F32 => scalar(4, ValType::F32),
        PrimitiveValType::F64 => scalar(8, ValType::F64),
        PrimitiveValType::String => Shape::List(vec![]),
        PrimitiveValType::ErrorContext => Shape::Handle(Handle::ErrorContext),
    }
}

fn scalar(size: u32, flat: ValType) -> Shape {
    Shape::Scalar(Scalar { size, flat })
}

/// The core type that holds a value of either.
fn join(a: ValType, b: ValType) -> ValType {
    match (a, b) {
        _ if a == b => a,
        (ValType::I32, ValType::F32) | (ValType::F32, ValType::I32) => ValType::I32,
        _ => ValType::I64,
    }
}

fn up(at: u64, align: u32) -> u64 {
    at.checked_next_multiple_of(align.into())
        .unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
