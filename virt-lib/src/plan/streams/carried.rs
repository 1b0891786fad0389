//! The canonical built-ins around which the log of `--debug` shows what streams carry: those that
//! move it, and those that report that a move has ended. This module must never decide who answers.

use super::ends::is_bytes;
use wasmparser::CanonicalFunction;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentDefinedTypeId};
use wasmparser::types::TypesRef;

/// What the log shows of one. What is moved is shown where it `is_bytes`, else how much it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    Read {
        is_bytes: bool,
    },
    Write {
        is_bytes: bool,
    },
    CancelRead {
        is_bytes: bool,
    },
    CancelWrite,
    /// It returns events, whose handles and payloads it writes to memory.
    Event,
}

impl Carried {
    /// What the log shows of a canonical function, where it shows something.
    pub(super) fn of(types: TypesRef<'_>, canon: &CanonicalFunction) -> Option<Self> {
        let is_bytes = |ty: u32| defined(types, ty).is_some_and(|id| is_bytes(types, id));
        Some(match canon {
            CanonicalFunction::StreamRead { ty, .. } => Carried::Read {
                is_bytes: is_bytes(*ty),
            },
            CanonicalFunction::StreamWrite { ty, .. } => Carried::Write {
                is_bytes: is_bytes(*ty),
            },
            CanonicalFunction::StreamCancelRead { ty, .. } => Carried::CancelRead {
                is_bytes: is_bytes(*ty),
            },
            CanonicalFunction::StreamCancelWrite { .. } => Carried::CancelWrite,
            CanonicalFunction::WaitableSetWait { .. }
            | CanonicalFunction::WaitableSetPoll { .. } => Carried::Event,
            _ => return None,
        })
    }
}

fn defined(types: TypesRef<'_>, ty: u32) -> Option<ComponentDefinedTypeId> {
    match types.component_any_type_at(ty) {
        ComponentAnyTypeId::Defined(id) => Some(id),
        _ => None,
    }
}
