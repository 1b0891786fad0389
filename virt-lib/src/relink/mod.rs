//! Writes the component again, with core functions of an adapter inside it in place of the
//! functions that the policy closes or makes virtual. Everything else stays as it is, its core
//! modules byte for byte. This module must never look into a core module of the component.

mod busy;
mod emit;
mod glue;
mod helpers;
#[cfg(test)]
pub(crate) mod tests;
mod trace;

use crate::error::Result;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::read::inspect::Component;
use crate::wasm::component::Encoded;
use emit::Asked;
use wasi_virt_layout::Now;

/// Relinks `component` as `plan` says, with the skeleton's modules in the component's place and
/// without payload. `configuration` makes the configuration of an adapter, from where the time of a
/// change to a file comes from.
///
/// # Errors
///
/// [`Error::Invalid`](crate::Error::Invalid) for what cannot be relinked, all of it at once;
/// [`Error::Internal`](crate::Error::Internal) where the result is not what it has to be.
pub(crate) fn relink(
    component: &Component,
    plan: &Plan<'_>,
    configuration: &dyn Fn(Now) -> Vec<u8>,
    policy: &Policy,
) -> Result<Encoded> {
    let asked = Asked {
        policy,
        configuration,
    };
    emit::emit(component, plan, &asked)
}
