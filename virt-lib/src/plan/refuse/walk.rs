//! The handles that a denied call takes and owns: where each is, and when. This module must never
//! decide what is answered.

use super::{Denial, Drop, Guard, MOST};
use crate::plan::layout::{Abi, Handle, Operand, Shape, Signature, tag};
use wasm_encoder::ValType;
use wasmparser::component_types::{AliasableResourceId, ComponentValType};

/// Looks for handles that the callee owns.
pub(super) struct Walk<'a> {
    abi: Abi<'a>,
    params: &'a [ValType],
    is_hollow: &'a dyn Fn(AliasableResourceId) -> bool,
    guards: Vec<Guard>,
    pub drops: Vec<Drop>,
    /// The resource of each.
    pub resources: Vec<AliasableResourceId>,
}

impl<'a> Walk<'a> {
    /// Looks for all that a denied call has to drop; none for what cannot be dropped.
    pub(super) fn new(
        denial: &'a Denial<'a>,
        params: &[ComponentValType],
        signature: &'a Signature,
    ) -> Option<Self> {
        let mut walk = Walk {
            abi: denial.abi,
            params: &signature.params,
            is_hollow: denial.is_hollow,
            guards: vec![],
            drops: vec![],
            resources: vec![],
        };
        if signature.spilled {
            let (offsets, layout) = walk.abi.fields(params);
            u32::try_from(layout.size).ok()?;
            for (ty, offset) in params.iter().zip(offsets) {
                walk.memory(*ty, offset)?;
            }
        } else {
            let mut at = 0;
            for ty in params {
                at = walk.flat(*ty, at)?;
            }
        }
        Some(walk)
    }

    fn handle(&mut self, handle: Handle, place: Operand) -> Option<()> {
        let resource = match handle {
            Handle::Borrow(_) => return Some(()),
            // Who has the other end would wait for ever where the glue kept this one.
            Handle::Stream(_) | Handle::Future(_) | Handle::ErrorContext => return None,
            Handle::Own(resource) => resource,
        };
        self.resources.push(resource);
        self.drops.push(Drop {
            place,
            guards: self.guards.clone(),
        });
        (self.drops.len() <= MOST).then_some(())
    }

    /// Looks for what the glue would have to drop in elements of a list, as many as there are: none
    /// where there is something.
    fn elements(&self, types: Vec<ComponentValType>) -> Option<()> {
        let mut todo = types;
        while let Some(ty) = todo.pop() {
            match self.abi.shape(ty) {
                Shape::Scalar(_) | Shape::Handle(Handle::Borrow(_)) => {}
                Shape::Handle(Handle::Own(id)) if (self.is_hollow)(id) => {}
                Shape::Handle(_) => return None,
                Shape::List(types) | Shape::Fields(types) => todo.extend(types),
                Shape::Repeated(ty, _) => todo.push(ty),
                Shape::Cases(cases) => todo.extend(cases.into_iter().flatten()),
            }
        }
        Some(())
    }

    fn param(&self, at: usize) -> Option<Operand> {
        Some(Operand::Param {
            index: at.try_into().ok()?,
            is_wide: *self.params.get(at)? == ValType::I64,
        })
    }

    /// A value in parameters from `at` on; gives the parameter after it.
    fn flat(&mut self, ty: ComponentValType, at: usize) -> Option<usize> {
        match self.abi.shape(ty) {
            Shape::Scalar(_) => Some(at + 1),
            Shape::List(types) => {
                self.elements(types)?;
                Some(at + 2)
            }
            Shape::Handle(handle) => {
                let place = self.param(at)?;
                self.handle(handle, place)?;
                Some(at + 1)
            }
            Shape::Fields(types) => types.into_iter().try_fold(at, |at, ty| self.flat(ty, at)),
            Shape::Repeated(ty, length) => (0..length).try_fold(at, |at, _| self.flat(ty, at)),
            Shape::Cases(cases) => {
                let place = self.param(at)?;
                let mut end = at + 1;
                for (case, ty) in cases.into_iter().enumerate() {
                    let Some(ty) = ty else { continue };
                    let case = case.try_into().ok()?;
                    self.guards.push(Guard { place, case });
                    end = self.flat(ty, at + 1)?.max(end);
                    self.guards.pop();
                }
                Some(end)
            }
        }
    }

    /// A value in memory.
    fn memory(&mut self, ty: ComponentValType, at: u64) -> Option<()> {
        let place = |width| {
            let offset = at.try_into().ok()?;
            Some(Operand::Memory { offset, width })
        };
        match self.abi.shape(ty) {
            Shape::Scalar(_) => Some(()),
            Shape::List(types) => self.elements(types),
            Shape::Handle(handle) => self.handle(handle, place(4)?),
            Shape::Fields(types) => {
                let (offsets, _) = self.abi.fields(&types);
                let mut fields = types.into_iter().zip(offsets);
                fields.try_for_each(|(ty, offset)| self.memory(ty, at.checked_add(offset)?))
            }
            Shape::Repeated(ty, length) => {
                let (size, before) = (self.abi.layout(ty).size, self.drops.len());
                for index in 0..u64::from(length) {
                    self.memory(ty, at.checked_add(index.checked_mul(size)?)?)?;
                    // Where the first element has no handle, none has.
                    if self.drops.len() == before {
                        break;
                    }
                }
                Some(())
            }
            Shape::Cases(cases) => {
                let place = place(tag(cases.len()))?;
                let at = at.checked_add(self.abi.payload(&cases).0)?;
                for (case, ty) in cases.into_iter().enumerate() {
                    let Some(ty) = ty else { continue };
                    let case = case.try_into().ok()?;
                    self.guards.push(Guard { place, case });
                    self.memory(ty, at)?;
                    self.guards.pop();
                }
                Some(())
            }
        }
    }
}
