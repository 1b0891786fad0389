//! Functions that may wait, and that the component defines without `async`: lowered ones of an
//! `async` type, and built-ins. The glue calls them with `async`, so that the adapter goes on with
//! its ends until they return. This module must never decide who answers.

use super::names;
use crate::plan::layout::{Abi, Shape};
use wasm_encoder::ValType;
use wasmparser::component_types::{ComponentFuncTypeId, ComponentValType};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, CanonicalOption, PrimitiveValType};

/// What such a call is, and where its result goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Where the component wants it, or there is none.
    There,
    /// It is a core value. The host writes it to a place in the adapter's memory.
    Placed(Placed),
    /// It is a built-in. The event that ends it has what it returns.
    Operation,
    /// The same, which traps where its waitable is in a set, even if it need not wait.
    Cancellation,
}

/// A result that is a core value, from eight bytes in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub ty: ValType,
    /// The bytes of a number with a sign, where they are fewer than the core value's.
    pub signed: Option<u32>,
}

impl Waits {
    /// The adapter's exports that the call needs.
    pub(crate) fn exports(self) -> impl Iterator<Item = &'static str> {
        let exports = match self {
            Waits::There => [names::PUMP_UNTIL].as_slice(),
            Waits::Placed(_) => &[names::PUMP_UNTIL, names::PLACE_NEW, names::PLACE_TAKE],
            Waits::Operation => &[names::PUMP_UNTIL_DONE],
            Waits::Cancellation => &[names::PUMP_UNTIL_DONE, names::JOINED],
        };
        [names::PUMP_CAME]
            .into_iter()
            .chain(exports.iter().copied())
    }

    /// How a built-in is called that is defined without `async`. `None`: as it is defined. That is
    /// for those that never wait. Where hosts may lack what is `extended`, it is for those as well
    /// that would be an extension with `async`.
    pub(super) fn of_built_in(canon: &CanonicalFunction, extended: bool) -> Option<Self> {
        use CanonicalFunction as C;
        match canon {
            C::StreamRead { options, .. }
            | C::StreamWrite { options, .. }
            | C::FutureRead { options, .. }
            | C::FutureWrite { options, .. } => {
                let is_async = options.contains(&CanonicalOption::Async);
                (!is_async).then_some(Waits::Operation)
            }
            C::StreamCancelRead { async_, .. }
            | C::StreamCancelWrite { async_, .. }
            | C::FutureCancelRead { async_, .. }
            | C::FutureCancelWrite { async_, .. }
            | C::SubtaskCancel { async_ } => (extended && !async_).then_some(Waits::Cancellation),
            _ => None,
        }
    }

    /// How a function is called that is lowered without `async`. `None`: as it is lowered. That is
    /// for functions that never wait, and for parameters that would have to lie in the component's
    /// memory.
    pub(super) fn of(types: TypesRef<'_>, function: ComponentFuncTypeId) -> Option<Self> {
        let ty = &types[function];
        let abi = Abi { types };
        if !ty.async_ || abi.signature(function, true).spilled {
            return None;
        }
        match (ty.result, &abi.signature(function, false).results[..]) {
            (Some(result), [flat]) => {
                let points = |ty: &(_, ComponentValType)| has_pointer(abi, ty.1);
                // The call has one memory, which would be the component's.
                let placed = Placed {
                    ty: *flat,
                    signed: signed(abi, result),
                };
                let is_free = !ty.params.iter().any(points);
                is_free.then_some(Waits::Placed(placed))
            }
            _ => Some(Waits::There),
        }
    }
}

/// Whether a built-in is not among those that every host of WASI 0.3 has: hosts call them *more
/// async built-ins*.
pub(super) fn is_extension(canon: &CanonicalFunction) -> bool {
    use CanonicalFunction as C;
    match canon {
        C::StreamRead { options, .. }
        | C::StreamWrite { options, .. }
        | C::FutureRead { options, .. }
        | C::FutureWrite { options, .. } => !options.contains(&CanonicalOption::Async),
        C::StreamCancelRead { async_, .. }
        | C::StreamCancelWrite { async_, .. }
        | C::FutureCancelRead { async_, .. }
        | C::FutureCancelWrite { async_, .. }
        | C::SubtaskCancel { async_ } => *async_,
        _ => false,
    }
}

/// Whether a value that is passed in core values points to memory.
fn has_pointer(abi: Abi<'_>, ty: ComponentValType) -> bool {
    match abi.shape(ty) {
        Shape::List(_) => true,
        Shape::Scalar(_) | Shape::Handle(_) => false,
        Shape::Repeated(ty, _) => has_pointer(abi, ty),
        Shape::Fields(types) => types.into_iter().any(|ty| has_pointer(abi, ty)),
        Shape::Cases(cases) => cases.into_iter().flatten().any(|ty| has_pointer(abi, ty)),
    }
}

/// See [`Placed`], for a type that is one core value.
fn signed(abi: Abi<'_>, ty: ComponentValType) -> Option<u32> {
    match (abi.shape(ty), abi.primitive(ty)) {
        (Shape::Scalar(scalar), Some(PrimitiveValType::S8 | PrimitiveValType::S16)) => {
            Some(scalar.size)
        }
        (Shape::Fields(types), _) => signed(abi, *types.first()?),
        (Shape::Repeated(ty, _), _) => signed(abi, ty),
        _ => None,
    }
}
