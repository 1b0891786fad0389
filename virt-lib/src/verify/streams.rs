//! What streams of bytes need where an adapter serves some: no module of the component has the
//! host's own built-ins, and what is lifted goes through functions of ours. This module must never
//! look at who is given what.

use super::violation;
use crate::error::Result;
use crate::plan::Plan;
use crate::wasm::component::{Kind, Ref, Scope, Space};
use std::collections::BTreeSet;

/// The core functions that are the host's own built-ins, which are replaced for the component.
pub(super) fn closed<'s>(
    scope: &'s Scope<'_>,
    plan: &'s Plan<'_>,
) -> impl Iterator<Item = (u32, String)> + 's {
    let types = scope.types.as_ref();
    scope.items.iter().filter_map(move |item| {
        let (Kind::Canon(canon), Some((Space::CoreFunc, function, _))) = (&item.kind, item.defines)
        else {
            return None;
        };
        let name = plan.streams.closes(types, canon)?;
        Some((function, name.trim_matches('`').to_string()))
    })
}

/// Fails where a lifted function is not one of `ours` and has to be.
pub(super) fn lifted(scope: &Scope<'_>, plan: &Plan<'_>, ours: &BTreeSet<Ref>) -> Result<()> {
    for item in &scope.items {
        let Kind::Canon(canon) = &item.kind else {
            continue;
        };
        let functions = plan.streams.around(scope.types.as_ref(), canon);
        let mut functions = functions.into_iter();
        if functions.any(|function| !ours.contains(&(Space::CoreFunc, function))) {
            let why = "a lifted function does not go through the adapter";
            return Err(violation(why.to_string()));
        }
    }
    Ok(())
}
