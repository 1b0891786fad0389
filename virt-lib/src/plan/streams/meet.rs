//! Whether real and virtual ends can meet in one component, so that reads and
//! writes of the adapter's have to wait. This module must never decide what waits.

use super::ends::Search;
use super::kind::Kinds;
use crate::plan::decide::Service;
use crate::plan::layout::Abi;
use crate::plan::replaced::Replaced;
use crate::wasm::component::{Kind, Scope};
use std::collections::BTreeMap;
use wasmparser::CanonicalFunction;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedType, ComponentValType};
use wasmparser::types::TypesRef;

/// See the module.
pub(super) fn real_and_virtual(scope: &Scope<'_>, kinds: &Kinds, replaced: &[Replaced]) -> bool {
    let services: BTreeMap<usize, Service> = replaced
        .iter()
        .map(|one| (one.site.item, one.service))
        .collect();
    let taken = kinds.taken();
    let made = kinds.made();
    let mut passed = Passed {
        types: scope.types.as_ref(),
        taken: &taken,
        made: &made,
        comes: false,
        leaves: false,
    };
    for (at, item) in scope.items.iter().enumerate() {
        let answered = matches!(services.get(&at), Some(Service::Virtual | Service::Denied));
        if let (Kind::Canon(canon), false) = (&item.kind, answered) {
            passed.add(canon);
        }
    }
    kinds.takes_bytes && passed.comes || passed.leaves
}

/// Whether real readable ends of bytes come from somewhere, and whether virtual ends leave.
struct Passed<'a> {
    types: TypesRef<'a>,
    taken: &'a Kinds,
    made: &'a Kinds,
    comes: bool,
    leaves: bool,
}

impl Passed<'_> {
    fn add(&mut self, canon: &CanonicalFunction) {
        match canon {
            CanonicalFunction::StreamNew { ty } => {
                let stream = self.defined(*ty).map(ComponentValType::Type);
                self.comes |= self.has(self.taken, stream);
            }
            CanonicalFunction::StreamRead { ty, .. } | CanonicalFunction::FutureRead { ty, .. } => {
                self.comes |= self.has(self.taken, self.payload(*ty));
            }
            CanonicalFunction::StreamWrite { ty, .. }
            | CanonicalFunction::FutureWrite { ty, .. } => {
                self.leaves |= self.has(self.made, self.payload(*ty));
            }
            CanonicalFunction::Lower { func_index, .. } => {
                let function = &self.types[self.types.component_function_at(*func_index)];
                self.comes |= self.has(self.taken, function.result);
                let params = function.params.iter().map(|(_, ty)| *ty);
                self.leaves |= self.has(self.made, params);
            }
            CanonicalFunction::Lift { type_index, .. } => {
                let ComponentAnyTypeId::Func(id) = self.types.component_any_type_at(*type_index)
                else {
                    return;
                };
                let function = &self.types[id];
                let params = function.params.iter().map(|(_, ty)| *ty);
                self.comes |= self.has(self.taken, params);
                self.leaves |= self.has(self.made, function.result);
            }
            _ => {}
        }
    }

    fn has(&self, kinds: &Kinds, types: impl IntoIterator<Item = ComponentValType>) -> bool {
        let types: Vec<_> = types.into_iter().collect();
        let abi = Abi { types: self.types };
        // What is too large is refused elsewhere.
        Search { abi, kinds }.have_ends(&types).unwrap_or(true)
    }

    fn defined(&self, ty: u32) -> Option<wasmparser::component_types::ComponentDefinedTypeId> {
        match self.types.component_any_type_at(ty) {
            ComponentAnyTypeId::Defined(id) => Some(id),
            _ => None,
        }
    }

    /// What a stream or a future carries.
    fn payload(&self, ty: u32) -> Option<ComponentValType> {
        match &self.types[self.defined(ty)?] {
            ComponentDefinedType::Stream { ty, .. } | ComponentDefinedType::Future { ty, .. } => {
                *ty
            }
            _ => None,
        }
    }
}
