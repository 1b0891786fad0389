//! What an `async` lower differs in from the same function lowered without `async`: parameters that
//! lie in memory, and a result that always goes there. This module must never emit code.

use super::{Abi, Shape, tag};
use wasm_encoder::ValType;
use wasmparser::component_types::{ComponentFuncTypeId, ComponentValType};

/// How a function that is lowered `async` is called as if it were not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Lowered {
    /// The parameters, where they lie in memory.
    pub spilled: Option<Spilled>,
    /// The core parameters without `async`, the one that says where the result goes among them.
    pub params: Vec<ValType>,
    /// The core results without `async`.
    pub results: Vec<ValType>,
    /// The parameter of the `async` lower that says where the result goes.
    pub pointer: Option<u32>,
    /// Bytes of a result that is a core value without `async`, and their alignment.
    pub stored: Option<u32>,
}

impl Lowered {
    /// Whether the call reads or writes memory.
    pub(crate) fn uses_memory(&self) -> bool {
        self.spilled.is_some() || self.stored.is_some()
    }
}

/// Parameters that lie where the first one points to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Spilled {
    /// The room that has to be in bounds.
    pub size: u32,
    /// What the pointer has to be aligned to.
    pub align: u32,
    pub loads: Vec<Load>,
}

/// A value in memory, as core values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Load {
    /// So many bytes as one core value.
    Value {
        offset: u32,
        size: u32,
        flat: ValType,
    },
    /// The number of a case, so many bytes wide, then the core values of what the case carries:
    /// those types hold the values of each case.
    Cases {
        offset: u32,
        width: u32,
        cases: Vec<Vec<Load>>,
        joined: Vec<ValType>,
    },
}

impl Abi<'_> {
    /// See [`Lowered`]. None for more parameters than a function without `async` passes flat.
    pub(crate) fn lowered(&self, function: ComponentFuncTypeId) -> Option<Lowered> {
        let (with, without) = (
            self.signature(function, true),
            self.signature(function, false),
        );
        if without.spilled {
            return None;
        }
        let ty = &self.types[function];
        let spilled = match with.spilled {
            true => {
                let types: Vec<_> = ty.params.iter().map(|(_, ty)| *ty).collect();
                let (offsets, layout) = self.fields(&types);
                let mut loads = Vec::new();
                for (ty, offset) in types.into_iter().zip(offsets) {
                    self.load(ty, offset, &mut loads)?;
                }
                Some(Spilled {
                    size: layout.size.try_into().ok()?,
                    align: layout.align,
                    loads,
                })
            }
            false => None,
        };
        let stored = match (ty.result, without.return_pointer) {
            (Some(ty), None) => Some(self.layout(ty).size.try_into().ok()?),
            _ => None,
        };
        Some(Lowered {
            spilled,
            params: without.params,
            results: without.results,
            pointer: with.return_pointer,
            stored,
        })
    }

    /// Adds the core values of a value at an offset.
    fn load(&self, ty: ComponentValType, at: u64, loads: &mut Vec<Load>) -> Option<()> {
        let word = |at: u64| {
            Some(Load::Value {
                offset: at.try_into().ok()?,
                size: 4,
                flat: ValType::I32,
            })
        };
        match self.shape(ty) {
            Shape::Scalar(scalar) => loads.push(Load::Value {
                offset: at.try_into().ok()?,
                size: scalar.size,
                flat: scalar.flat,
            }),
            Shape::Handle(_) => loads.push(word(at)?),
            Shape::List(_) => loads.extend([word(at)?, word(at.checked_add(4)?)?]),
            Shape::Fields(types) => {
                let (offsets, _) = self.fields(&types);
                for (ty, offset) in types.into_iter().zip(offsets) {
                    self.load(ty, at.checked_add(offset)?, loads)?;
                }
            }
            Shape::Repeated(ty, length) => {
                let size = self.layout(ty).size;
                for index in 0..u64::from(length) {
                    self.load(ty, at.checked_add(index.checked_mul(size)?)?, loads)?;
                }
            }
            Shape::Cases(types) => {
                let payload = at.checked_add(self.payload(&types).0)?;
                let width = tag(types.len());
                let joined = self.flat(ty, super::MAX_FLAT_PARAMS)?.split_off(1);
                let mut cases = Vec::new();
                for ty in types {
                    let mut case = Vec::new();
                    if let Some(ty) = ty {
                        self.load(ty, payload, &mut case)?;
                    }
                    cases.push(case);
                }
                loads.push(Load::Cases {
                    offset: at.try_into().ok()?,
                    width,
                    cases,
                    joined,
                });
            }
        }
        Some(())
    }
}
