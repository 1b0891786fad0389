//! How a function answers where it does not trap. This module must never decide who answers.

use super::HOLLOW;
use crate::plan::decide::{Decisions, Import};
use crate::plan::layout::Abi;
use crate::plan::refuse::{Answer, Denial, Manner};
use crate::plan::site::{Does, Site};
use crate::policy::DenyMode;
use crate::wasi::name;
use crate::wasi::subsystem::Subsystem;
use wasmparser::component_types::{ComponentDefinedType, ComponentValType};
use wasmparser::types::Types;

/// The answer of a denied function, where it does not trap.
pub(super) fn answer(
    types: &Types,
    decisions: &Decisions<'_>,
    site: &Site,
    mode: DenyMode,
) -> Option<Answer> {
    if asks_about_error(types, decisions, site) {
        return none(types, site);
    }
    let manner = manner(decisions.import(&site.import)?, mode);
    match site.does {
        Does::Call(function) => Denial {
            abi: Abi {
                types: types.as_ref(),
            },
            function,
            is_async: site.is_async,
            manner,
            is_hollow: &|id| decisions.is_hollow(id.resource()),
            hollow: HOLLOW,
        }
        .answer(),
        Does::Drop(_) => None,
    }
}

/// Whether a denied interface answers or traps. Environment, preopens and terminals are empty in
/// both modes; clocks, random, exit and polling have no way to refuse, and an empty answer would be
/// a wrong one.
pub(super) fn manner(import: &Import, mode: DenyMode) -> Manner {
    match (import.subsystem, import.path()) {
        (Subsystem::Env | Subsystem::Stdio, _) | (Subsystem::Fs, name::PREOPENS) => Manner::Answer,
        (Subsystem::Clocks | Subsystem::Random | Subsystem::Exit | Subsystem::Io, _) => {
            Manner::Trap
        }
        _ => match mode {
            DenyMode::Trap => Manner::Trap,
            DenyMode::Error => Manner::Answer,
        },
    }
}

/// Whether a function only asks what an error of `wasi:io` means to its interface, as
/// `filesystem-error-code` does. It opens nothing, and C asks it of every failed write; `none` says
/// that the error is of something else.
fn asks_about_error(types: &Types, decisions: &Decisions<'_>, site: &Site) -> bool {
    let Does::Call(function) = site.does else {
        return false;
    };
    let params = &types.as_ref()[function].params;
    !params.is_empty()
        && params.iter().all(|(_, ty)| {
            let ComponentValType::Type(id) = ty else {
                return false;
            };
            match &types.as_ref()[*id] {
                ComponentDefinedType::Borrow(id) => decisions.is_io_error(id.resource()),
                _ => false,
            }
        })
}

/// The answer *none* of a function that has it.
pub(super) fn none(types: &Types, site: &Site) -> Option<Answer> {
    let Does::Call(function) = site.does else {
        return None;
    };
    let result = types.as_ref()[function].result;
    let Some(ComponentValType::Type(id)) = result else {
        return None;
    };
    if !matches!(types.as_ref()[id], ComponentDefinedType::Option { .. }) {
        return None;
    }
    Denial {
        abi: Abi {
            types: types.as_ref(),
        },
        function,
        is_async: site.is_async,
        manner: Manner::Answer,
        is_hollow: &|_| false,
        hollow: HOLLOW,
    }
    .answer()
}
