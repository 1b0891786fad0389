//! The canonical built-ins of streams, futures and waiting that are replaced in one component, so
//! that virtual ends work beside the host's, and the lifted functions around which the glue
//! lets the adapter learn of waits. Only where functions that an adapter answers mention streams or
//! futures. This module must never decide who answers an imported function.

mod built_in;
mod carried;
pub(crate) mod ends;
mod find;
mod kind;
mod lift;
mod meet;
mod waits;

pub(crate) use built_in::{BuiltIn, Does, LABEL, Learns, Wakes};
pub(crate) use carried::Carried;
pub(crate) use ends::{Ends, Handed};
pub(crate) use kind::Kind;
pub(crate) use lift::{Around, Lifted};
pub(crate) use waits::{Placed, Waits};

use super::decide::Service;
use super::layout::Abi;
use super::replaced::Replaced;
use super::site::{self, Site};
use crate::error::{Problem, ProblemKind, Result};
use crate::wasm::component::{Kind as ItemKind, Scope};
use ends::{Search, TooLarge};
use find::{Finder, Known};
use kind::Kinds;
use lift::Unfit;
use std::collections::BTreeSet;
use wasi_virt_layout::abi::{stream as names, trace};
use wasmparser::component_types::ComponentDefinedTypeId;
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, ComponentExternalKind};

/// See the module.
#[derive(Default)]
pub(crate) struct Streams {
    /// In the order of the items.
    pub built_ins: Vec<BuiltIn>,
    /// By the positions of their items, in order.
    pub lifted: Vec<Lifted>,
    kinds: Kinds,
    known: Known,
    /// Whether what streams carry is logged.
    logs: bool,
}

impl Streams {
    /// What is replaced in a component beside what stands for something imported, which is
    /// `replaced`: that gets to know its ends. It has all functions that the host answers, and
    /// loses those of which nothing has to be known. `logs` says whether what streams carry is
    /// logged.
    pub(super) fn new(
        scope: &Scope<'_>,
        replaced: &mut Vec<Replaced>,
        logs: bool,
        problems: &mut Vec<Problem>,
    ) -> Result<Self> {
        let types = scope.types.as_ref();
        let kinds = Kinds::new(types, replaced);
        let search = Search {
            abi: Abi { types },
            kinds: &kinds,
        };
        if !kinds.is_empty() {
            for one in replaced.iter_mut().filter(|one| one.keeps_host()) {
                if let site::Does::Call(function) = one.site.does {
                    match search.lowered_ends(function, one.site.is_async) {
                        Ok(ends) => one.ends = ends,
                        Err(TooLarge) => problems.push(refused(&label(&one.site))),
                    }
                }
                if let (Some(what), true, None) = (one.site.unusual, one.ends.is_some(), &one.label)
                {
                    problems.push(built_in::unusual(&label(&one.site), what));
                }
            }
        }
        replaced.retain(|one| !one.is_untouched());
        let calls = replaced.iter().any(|one| one.service == Service::Begun);
        if kinds.is_empty() && !logs && !calls {
            return Ok(Streams::default());
        }
        let wakes = Wakes {
            ends: meet::real_and_virtual(scope, &kinds, replaced),
            calls,
        };
        for one in replaced.iter_mut() {
            if one.service == Service::Begun && !one.site.is_async {
                one.waits = Some(Waits::There);
            }
        }
        for one in replaced
            .iter_mut()
            .filter(|one| wakes.ends && one.keeps_host())
        {
            if let (site::Does::Call(function), None) = (one.site.does, one.site.unusual)
                && !one.site.is_async
            {
                one.waits = Waits::of(types, function);
            }
        }
        let sites: BTreeSet<usize> = replaced.iter().map(|one| one.site.item).collect();
        let canons = || {
            scope.items.iter().filter_map(|item| match &item.kind {
                ItemKind::Canon(canon) => Some(canon),
                _ => None,
            })
        };
        let known = Known {
            wakes,
            extended: !kinds.is_empty() && canons().any(waits::is_extension),
            joins: canons().any(|canon| matches!(canon, CanonicalFunction::WaitableJoin)),
        };
        let mut streams = Streams {
            known,
            logs,
            kinds,
            ..Streams::default()
        };
        let kinds = &streams.kinds;
        let finder = Finder {
            types,
            kinds,
            known,
        };
        for (at, item) in scope.items.iter().enumerate() {
            let (ItemKind::Canon(canon), Some(index)) = (&item.kind, item.index()) else {
                continue;
            };
            if let CanonicalFunction::Lift { .. } = canon {
                let lifted = Lifted::new(types, (at, canon), kinds, (wakes, logs));
                match lifted {
                    Ok(lifted) => {
                        let unusual = lifted.as_ref().and_then(|one| one.unusual(types));
                        let name = "an exported function";
                        problems.extend(unusual.map(|what| built_in::unusual(name, what)));
                        streams.lifted.extend(lifted);
                    }
                    Err(Unfit::TooLarge) => problems.push(refused("an exported function")),
                    Err(Unfit::Unfed) => problems.push(unfed(&exported(scope, index))),
                }
            } else if !sites.contains(&at) {
                let found = built_in::of(&finder, (canon, at, index), logs, problems)?;
                streams.built_ins.extend(found);
            }
        }
        Ok(streams)
    }

    /// What a core function is that the component's modules must not be given, by these types.
    /// Streams of directory entries and futures of results are not distinguished from others.
    pub(crate) fn closes(
        &self,
        types: TypesRef<'_>,
        canon: &CanonicalFunction,
    ) -> Option<&'static str> {
        let bytes = self.kinds.of_bytes();
        let none = self.known.wakes.calls.then(Kinds::default);
        let finder = Finder {
            types,
            kinds: &bytes.or(none)?,
            known: self.known,
        };
        built_in::name(&finder, canon)
    }

    /// The core functions of a lift, where they have to be functions of ours.
    pub(crate) fn around(&self, types: TypesRef<'_>, canon: &CanonicalFunction) -> Vec<u32> {
        // The types of others are those of the component as it was.
        let kinds = self.kinds.without_others();
        let why = (self.known.wakes, false);
        let Ok(Some(lifted)) = Lifted::new(types, (0, canon), &kinds, why) else {
            return Vec::new();
        };
        match lifted.does {
            Around::Waits { callback, .. } => vec![lifted.function, callback],
            Around::Returns { .. } => vec![lifted.function],
        }
    }

    /// What becomes of the lift at this position, where something does.
    pub(crate) fn lifted(&self, item: usize) -> Option<&Lifted> {
        self.lifted.iter().find(|one| one.item == item)
    }

    /// Forgets what `stays` does not hold for, by the positions of the items.
    pub(super) fn retain(&mut self, stays: impl Fn(usize) -> bool) {
        self.built_ins.retain(|one| stays(one.item));
        self.lifted.retain(|one| stays(one.item));
    }

    /// The type of a kind that is not that of bytes.
    pub(crate) fn ty(&self, kind: Kind) -> Option<ComponentDefinedTypeId> {
        self.kinds.ty(kind)
    }

    /// Whether the adapter writes values to real ends, beside those that the host is handed.
    pub(super) fn has_values(&self) -> bool {
        let of_built_ins = self.built_ins.iter().filter_map(|one| match &one.does {
            Does::Hand(handed) => Some(handed),
            _ => None,
        });
        let of_lifted = self.lifted.iter().filter_map(|one| match &one.does {
            Around::Returns { handed, .. } => Some(handed),
            Around::Waits { .. } => None,
        });
        of_built_ins.chain(of_lifted).any(Handed::has_values)
    }

    /// The adapter's exports that are called.
    pub(crate) fn exports(&self) -> BTreeSet<&'static str> {
        let of_built_ins = self.built_ins.iter().flat_map(BuiltIn::exports);
        let of_lifted = self.lifted.iter().flat_map(Lifted::exports);
        // What the component's built-ins carry, or the adapter's own.
        let carry = self.built_ins.iter().any(|one| one.carried.is_some());
        let is_logged = carry || self.logs && self.known.wakes.ends;
        let of_log = is_logged.then_some(trace::STREAMS);
        let of_log = of_log.into_iter().flatten();
        of_built_ins.chain(of_lifted).chain(of_log).collect()
    }
}

fn label(site: &Site) -> String {
    format!("`{}`", site.label())
}

/// What messages call a function, by its index.
fn exported(scope: &Scope<'_>, function: u32) -> String {
    let name = scope.items.iter().find_map(|item| match &item.kind {
        ItemKind::Export(export)
            if export.kind == ComponentExternalKind::Func && export.index == function =>
        {
            Some(export.name.name)
        }
        _ => None,
    });
    name.map_or_else(
        || "a function of an exported interface".to_string(),
        |name| format!("`{}`", name.escape_debug()),
    )
}

/// Why a function is refused that returns a stream or a future.
fn unfed(what: &str) -> Problem {
    Problem::text(
        ProblemKind::Unsupported,
        format!(
            "{what} returns a stream or a future, perhaps of a virtual file or directory, and is \
             lifted without a callback, so that nothing goes on with it once the function has \
             returned; make the function `async` in WIT and lift it with a callback"
        ),
    )
}

/// What is wrong with a type.
fn refused(what: &str) -> Problem {
    Problem::text(
        ProblemKind::Unsupported,
        format!(
            "{what} passes `stream<u8>` inside a type that is too large to look through; pass it by \
             itself"
        ),
    )
}

#[cfg(test)]
mod tests;
