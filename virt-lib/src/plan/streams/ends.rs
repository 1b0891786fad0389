//! Where readable ends that may be virtual lie in values that a component hands out: in core values
//! or in its memory. This module must never decide what becomes of an end.

use super::kind::{Kind, Kinds};
use crate::plan::layout::{Abi, Handle, Shape, tag};
use std::collections::BTreeSet;
use wasmparser::component_types::{
    ComponentDefinedType, ComponentDefinedTypeId, ComponentFuncTypeId, ComponentValType,
};
use wasmparser::{PrimitiveValType, types::TypesRef};

/// Parts of a type that are looked at, counted where they stand: there is code for each end.
const MOST: usize = 10_000;

/// Ends in a value. Places are numbers of core values where the value is flat, else bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// The value is one of this kind.
    Here(Kind),
    /// In parts of the value, by their places.
    Parts(Vec<(u32, Ends)>),
    /// In what some cases carry, at one place. The discriminant has so many bytes.
    Cases {
        width: u32,
        payload: u32,
        cases: Vec<(u32, Ends)>,
    },
    /// In elements, which lie in memory and have this size: a pointer and a count.
    Elements { size: u32, ends: Box<Ends> },
    /// In so many elements of this size, which lie in the value.
    Repeated {
        size: u32,
        count: u32,
        ends: Box<Ends>,
    },
}

/// Ends among the core values of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Handed {
    /// In the core values.
    Flat(Ends),
    /// In memory, where this core value points to.
    Memory { pointer: u32, ends: Ends },
}

impl Ends {
    /// Whether some lie in memory even where the value is flat.
    fn are_in_memory(&self) -> bool {
        match self {
            Ends::Here(_) => false,
            Ends::Elements { .. } => true,
            Ends::Parts(parts) | Ends::Cases { cases: parts, .. } => {
                parts.iter().any(|(_, ends)| ends.are_in_memory())
            }
            Ends::Repeated { ends, .. } => ends.are_in_memory(),
        }
    }

    /// The kinds of those.
    fn kinds(&self, found: &mut BTreeSet<Kind>) {
        match self {
            Ends::Here(kind) => {
                found.insert(*kind);
            }
            Ends::Parts(parts) | Ends::Cases { cases: parts, .. } => {
                parts.iter().for_each(|(_, ends)| ends.kinds(found));
            }
            Ends::Elements { ends, .. } | Ends::Repeated { ends, .. } => ends.kinds(found),
        }
    }

    /// How many lists lie in each other, at most.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Ends::Here(_) => 0,
            Ends::Parts(parts) | Ends::Cases { cases: parts, .. } => {
                let depths = parts.iter().map(|(_, ends)| ends.depth());
                depths.max().unwrap_or_default()
            }
            Ends::Elements { ends, .. } | Ends::Repeated { ends, .. } => ends.depth() + 1,
        }
    }
}

impl Handed {
    /// Whether the memory is touched.
    pub(crate) fn uses_memory(&self) -> bool {
        match self {
            Handed::Flat(ends) => ends.are_in_memory(),
            Handed::Memory { .. } => true,
        }
    }

    /// The kinds of the ends.
    pub(crate) fn kinds(&self) -> BTreeSet<Kind> {
        let mut kinds = BTreeSet::new();
        self.ends().kinds(&mut kinds);
        kinds
    }

    /// Whether the adapter's own memory is needed for some.
    pub(crate) fn has_values(&self) -> bool {
        self.kinds().into_iter().any(Kind::has_values)
    }

    pub(crate) fn ends(&self) -> &Ends {
        match self {
            Handed::Flat(ends) | Handed::Memory { ends, .. } => ends,
        }
    }
}

/// Why ends in a value cannot be found: it has too many parts, or lies too far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

type Found = Result<Option<Ends>, TooLarge>;

/// Whether a type is a stream of bytes.
pub(crate) fn is_bytes(types: TypesRef<'_>, id: ComponentDefinedTypeId) -> bool {
    let ComponentDefinedType::Stream { ty: Some(ty), .. } = &types[id] else {
        return false;
    };
    let primitive = match ty {
        ComponentValType::Primitive(ty) => *ty,
        ComponentValType::Type(id) => match &types[*id] {
            ComponentDefinedType::Primitive(ty) => *ty,
            _ => return false,
        },
    };
    primitive == PrimitiveValType::U8
}

/// Looks for ends of these kinds.
pub(crate) struct Search<'a> {
    pub abi: Abi<'a>,
    pub kinds: &'a Kinds,
}

impl Search<'_> {
    /// The ends among the parameters of a lowered function.
    pub(crate) fn lowered_ends(
        &self,
        function: ComponentFuncTypeId,
        is_async: bool,
    ) -> Result<Option<Handed>, TooLarge> {
        let params = &self.abi.types[function].params;
        let params: Vec<_> = params.iter().map(|(_, ty)| *ty).collect();
        if !self.have_ends(&params)? {
            return Ok(None);
        }
        Ok(match self.abi.signature(function, is_async).spilled {
            true => self.in_memory(&params, 0)?,
            false => self.flat_fields(&params)?.0.map(Handed::Flat),
        })
    }

    /// The ends in a result that goes by at most `most` core values, or by a pointer to it.
    pub(crate) fn result_ends(
        &self,
        ty: ComponentValType,
        most: usize,
    ) -> Result<Option<Handed>, TooLarge> {
        if !self.have_ends(&[ty])? {
            return Ok(None);
        }
        match self.abi.flat(ty, most) {
            Some(_) => Ok(self.flat_ends(ty)?.0.map(Handed::Flat)),
            None => self.in_memory(&[ty], 0),
        }
    }

    /// The ends in a value that a core value points to.
    pub(crate) fn pointed_ends(
        &self,
        ty: ComponentValType,
        pointer: u32,
    ) -> Result<Option<Handed>, TooLarge> {
        match self.have_ends(&[ty])? {
            true => self.in_memory(&[ty], pointer),
            false => Ok(None),
        }
    }

    /// The ends in elements, to which a core value points and which the next one counts.
    pub(crate) fn element_ends(
        &self,
        ty: ComponentValType,
        pointer: u32,
    ) -> Result<Option<Handed>, TooLarge> {
        if !self.have_ends(&[ty])? {
            return Ok(None);
        }
        let elements = self.elements(&[ty])?;
        Ok(elements.map(|ends| Handed::Flat(Ends::Parts(vec![(pointer, ends)]))))
    }

    /// Whether a value of one of these types may have ends in it.
    pub(crate) fn have_ends(&self, types: &[ComponentValType]) -> Result<bool, TooLarge> {
        let mut seen = BTreeSet::new();
        if !types.iter().any(|ty| self.has_ends(*ty, &mut seen)) {
            return Ok(false);
        }
        let mut left = MOST;
        match types.iter().all(|ty| self.abi.has_at_most(*ty, &mut left)) {
            true => Ok(true),
            false => Err(TooLarge),
        }
    }

    /// `seen` are types that have none: others are made of them many times.
    fn has_ends(&self, ty: ComponentValType, seen: &mut BTreeSet<ComponentDefinedTypeId>) -> bool {
        if let ComponentValType::Type(id) = ty
            && !seen.insert(id)
        {
            return false;
        }
        match self.abi.shape(ty) {
            Shape::Handle(handle) => self.kind(handle).is_some(),
            Shape::Scalar(_) => false,
            Shape::Repeated(ty, _) => self.has_ends(ty, seen),
            Shape::List(types) | Shape::Fields(types) => {
                types.into_iter().any(|ty| self.has_ends(ty, seen))
            }
            Shape::Cases(cases) => {
                let mut types = cases.into_iter().flatten();
                types.any(|ty| self.has_ends(ty, seen))
            }
        }
    }

    fn kind(&self, handle: Handle) -> Option<Kind> {
        match handle {
            Handle::Stream(id) | Handle::Future(id) => self.kinds.of(self.abi.types, id),
            _ => None,
        }
    }

    fn in_memory(
        &self,
        types: &[ComponentValType],
        pointer: u32,
    ) -> Result<Option<Handed>, TooLarge> {
        // Places of all that lies in it are no larger.
        small(self.abi_size(types))?;
        let ends = self.memory_fields(types)?;
        Ok(ends.map(|ends| Handed::Memory { pointer, ends }))
    }

    /// The ends in a value in memory.
    fn memory_ends(&self, ty: ComponentValType) -> Found {
        Ok(match self.abi.shape(ty) {
            Shape::Handle(handle) => self.kind(handle).map(Ends::Here),
            Shape::Scalar(_) => None,
            Shape::List(parts) => self.elements(&parts)?,
            Shape::Fields(types) => self.memory_fields(&types)?,
            Shape::Repeated(element, count) => {
                let size = small(self.abi_size(&[element]))?;
                let ends = self.memory_ends(element)?;
                ends.map(|ends| Ends::Repeated {
                    size,
                    count,
                    ends: Box::new(ends),
                })
            }
            Shape::Cases(types) => {
                let payload = small(self.abi.payload(&types).0)?;
                self.cases(&types, payload, |ty| self.memory_ends(ty))?
            }
        })
    }

    fn memory_fields(&self, types: &[ComponentValType]) -> Found {
        let (offsets, _) = self.abi.fields(types);
        let mut parts = Vec::new();
        for (ty, offset) in types.iter().zip(offsets) {
            if let Some(ends) = self.memory_ends(*ty)? {
                parts.push((small(offset)?, ends));
            }
        }
        Ok((!parts.is_empty()).then_some(Ends::Parts(parts)))
    }

    /// The ends in elements made of these.
    fn elements(&self, parts: &[ComponentValType]) -> Found {
        let size = small(self.abi_size(parts))?;
        Ok(self.memory_fields(parts)?.map(|ends| Ends::Elements {
            size,
            ends: Box::new(ends),
        }))
    }

    fn abi_size(&self, parts: &[ComponentValType]) -> u64 {
        self.abi.fields(parts).1.size
    }

    fn cases(
        &self,
        types: &[Option<ComponentValType>],
        payload: u32,
        ends: impl Fn(ComponentValType) -> Found,
    ) -> Found {
        let mut cases = Vec::new();
        for (case, ty) in (0..).zip(types) {
            let Some(ty) = ty else { continue };
            if let Some(ends) = ends(*ty)? {
                cases.push((case, ends));
            }
        }
        Ok((!cases.is_empty()).then_some(Ends::Cases {
            width: tag(types.len()),
            payload,
            cases,
        }))
    }

    /// The ends in a value that is flat, and how many core values it has.
    fn flat_ends(&self, ty: ComponentValType) -> Result<(Option<Ends>, u32), TooLarge> {
        Ok(match self.abi.shape(ty) {
            Shape::Handle(handle) => (self.kind(handle).map(Ends::Here), 1),
            Shape::Scalar(_) => (None, 1),
            Shape::List(parts) => (self.elements(&parts)?, 2),
            Shape::Fields(types) => self.flat_fields(&types)?,
            // A value with so few core values has few elements.
            Shape::Repeated(element, count) => self.flat_fields(&vec![element; count as usize])?,
            Shape::Cases(types) => {
                let mut most = 0;
                for ty in types.iter().flatten() {
                    most = most.max(self.flat_ends(*ty)?.1);
                }
                let ends = self.cases(&types, 1, |ty| Ok(self.flat_ends(ty)?.0))?;
                (ends, most + 1)
            }
        })
    }

    fn flat_fields(&self, types: &[ComponentValType]) -> Result<(Option<Ends>, u32), TooLarge> {
        let (mut parts, mut at) = (Vec::new(), 0);
        for ty in types {
            let (ends, count) = self.flat_ends(*ty)?;
            parts.extend(ends.map(|ends| (at, ends)));
            at += count;
        }
        Ok(((!parts.is_empty()).then_some(Ends::Parts(parts)), at))
    }
}

/// A place or a size that an instruction can have.
fn small(number: u64) -> Result<u32, TooLarge> {
    number.try_into().map_err(|_| TooLarge)
}
