//! Says how a function that is denied answers: what it writes, what it returns and which handles it
//! drops. This module must never emit code, and never know which function or policy it is about.

mod walk;

use crate::plan::layout::{Abi, Operand, Shape, tag};
use walk::Walk;
use wasmparser::component_types::{
    AliasableResourceId, ComponentDefinedType, ComponentFuncTypeId, ComponentValType,
};

/// What an `async` lower returns where the result is there already.
pub(crate) const RETURNED: i32 = 2;

/// Bytes that an answer may have, handles, and parts of a type: there is code, or work, for each.
const MOST: usize = 1_000;

/// Error cases that mean *denied*, the best first.
pub(crate) const REFUSALS: [&str; 10] = [
    "access-denied",
    "HTTP-request-denied",
    "access",
    "not-permitted",
    "permission-denied",
    "denied",
    "forbidden",
    "not-supported",
    "unsupported",
    "other",
];

/// How a function is to be denied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Manner {
    Trap,
    /// With an error, a hollow resource or nothing, if the result's type has any of them.
    Answer,
}

/// A denial that does not trap.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Answer {
    /// Handles that the host would have consumed, in the order of the parameters.
    pub drops: Vec<Drop>,
    /// The resource of each of them.
    pub resources: Vec<AliasableResourceId>,
    pub reply: Reply,
    /// What an `async` lower returns.
    pub status: Option<i32>,
}

/// The result of the function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    /// Returned as the core result.
    Flat(i32),
    /// Written where a parameter points to.
    Memory {
        /// The parameter's index.
        pointer: u32,
        /// The room that has to be in bounds.
        size: u32,
        /// What the pointer has to be aligned to.
        align: u32,
        /// Offset and value of every byte that matters, zeros among them, by offset; the caller
        /// reads no other, so nothing has to be zeroed before.
        bytes: Vec<(u32, u8)>,
    },
}

/// A handle to drop, if all of `guards` hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Drop {
    pub place: Operand,
    pub guards: Vec<Guard>,
}

/// A discriminant that has to be of one case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Guard {
    pub place: Operand,
    pub case: u32,
}

/// What is asked for.
pub(crate) struct Denial<'a> {
    pub abi: Abi<'a>,
    pub function: ComponentFuncTypeId,
    /// Whether it is lowered `async`.
    pub is_async: bool,
    pub manner: Manner,
    /// Whether a resource's interface is denied in whole: a hollow handle does.
    pub is_hollow: &'a dyn Fn(AliasableResourceId) -> bool,
    /// The number of a hollow handle.
    pub hollow: u32,
}

impl Denial<'_> {
    /// The answer, or `None` for a trap: that is what is asked for, or the result has no way to
    /// refuse, or there is too much, or what the function takes would be lost.
    pub(crate) fn answer(&self) -> Option<Answer> {
        if self.manner == Manner::Trap {
            return None;
        }
        let function = &self.abi.types[self.function];
        let result = function.result?;
        let params: Vec<_> = function.params.iter().map(|(_, ty)| *ty).collect();
        let mut left = MOST;
        let mut types = params.iter().chain([&result]);
        if !types.all(|ty| self.abi.has_at_most(*ty, &mut left)) {
            return None;
        }
        let mut bytes = Bytes::default();
        self.refusal(result, &mut bytes)?;
        let signature = self.abi.signature(self.function, self.is_async);
        let reply = match signature.return_pointer {
            Some(pointer) => {
                let layout = self.abi.layout(result);
                Reply::Memory {
                    pointer,
                    size: layout.size.try_into().ok()?,
                    align: layout.align,
                    bytes: bytes.0,
                }
            }
            None => {
                let mut number = [0; 4];
                for (byte, (_, value)) in number.iter_mut().zip(bytes.0) {
                    *byte = value;
                }
                Reply::Flat(i32::from_le_bytes(number))
            }
        };
        let walk = Walk::new(self, &params, &signature)?;
        Some(Answer {
            drops: walk.drops,
            resources: walk.resources,
            reply,
            status: self.is_async.then_some(RETURNED),
        })
    }

    /// Writes the refusal that a type has.
    fn refusal(&self, ty: ComponentValType, bytes: &mut Bytes) -> Option<()> {
        if let (Shape::List(_), _) | (_, Some(ComponentDefinedType::Option { .. })) =
            (self.abi.shape(ty), self.defined(ty))
        {
            return self.zero(ty, 0, bytes);
        }
        match self.defined(ty)? {
            ComponentDefinedType::Own(id) if (self.is_hollow)(*id) => {
                bytes.number(0, 4, self.hollow.into())
            }
            ComponentDefinedType::Result { ok, err, .. } => {
                bytes.number(0, 1, 1)?;
                let Some(error) = *err else {
                    return Some(());
                };
                self.error(error, self.abi.payload(&[*ok, *err]).0, bytes)
            }
            _ => None,
        }
    }

    /// Writes the best error that a type has.
    fn error(&self, ty: ComponentValType, at: u64, bytes: &mut Bytes) -> Option<()> {
        let names: Vec<&str> = match self.defined(ty) {
            Some(ComponentDefinedType::Enum(names)) => {
                names.iter().map(|name| name.as_str()).collect()
            }
            Some(ComponentDefinedType::Variant(variant)) => {
                variant.cases.keys().map(|name| name.as_str()).collect()
            }
            _ => return self.zero(ty, at, bytes),
        };
        let best = REFUSALS
            .iter()
            .filter_map(|refusal| names.iter().position(|name| name == refusal));
        let Shape::Cases(cases) = self.abi.shape(ty) else {
            return None;
        };
        let payload = at.checked_add(self.abi.payload(&cases).0)?;
        // The bytes are only kept of a case that can be made in whole.
        *bytes = best.chain(0..names.len()).find_map(|case| {
            let mut tried = bytes.clone();
            tried.number(at, tag(cases.len()), case as u64)?;
            if let Some(ty) = *cases.get(case)? {
                self.zero(ty, payload, &mut tried)?;
            }
            Some(tried)
        })?;
        Some(())
    }

    /// Writes the value that a type has without a handle: zero, empty, the first case.
    fn zero(&self, ty: ComponentValType, at: u64, bytes: &mut Bytes) -> Option<()> {
        match self.abi.shape(ty) {
            Shape::Scalar(scalar) => bytes.number(at, scalar.size, 0),
            // What `realloc` gives for no bytes: callers make slices of it, which must not be null.
            Shape::List(parts) => {
                bytes.number(at, 4, self.abi.element_align(&parts).into())?;
                bytes.number(at.checked_add(4)?, 4, 0)
            }
            Shape::Fields(types) => {
                let (offsets, _) = self.abi.fields(&types);
                types
                    .into_iter()
                    .zip(offsets)
                    .try_for_each(|(ty, offset)| self.zero(ty, at.checked_add(offset)?, bytes))
            }
            Shape::Repeated(ty, length) => {
                let size = self.abi.layout(ty).size;
                (0..u64::from(length)).try_for_each(|index| {
                    let offset = index.checked_mul(size)?;
                    self.zero(ty, at.checked_add(offset)?, bytes)
                })
            }
            Shape::Cases(cases) => {
                bytes.number(at, tag(cases.len()), 0)?;
                match *cases.first()? {
                    Some(ty) => self.zero(ty, at.checked_add(self.abi.payload(&cases).0)?, bytes),
                    None => Some(()),
                }
            }
            Shape::Handle(_) => None,
        }
    }

    fn defined(&self, ty: ComponentValType) -> Option<&ComponentDefinedType> {
        match ty {
            ComponentValType::Primitive(_) => None,
            ComponentValType::Type(id) => Some(&self.abi.types[id]),
        }
    }
}

/// Bytes to be written, and where.
#[derive(Clone, Default)]
struct Bytes(Vec<(u32, u8)>);

impl Bytes {
    /// Adds the low `width` bytes of a number, or is `None` where that is too much or too far.
    fn number(&mut self, at: u64, width: u32, number: u64) -> Option<()> {
        for (byte, offset) in number.to_le_bytes().into_iter().zip(0..width) {
            let at = at.checked_add(offset.into())?;
            self.0.push((at.try_into().ok()?, byte));
        }
        (self.0.len() <= MOST).then_some(())
    }
}

#[cfg(test)]
mod tests;
