//! Lifted functions that get a function of ours around their core functions: so that the adapter
//! learns of waits, or so that readable ends that they return are real. One without a callback has
//! no task that waits once it has returned, so that nothing would go on with a stream or a future
//! that it returned: such a function is refused. A task of its own would need `async`, which the
//! Component Model allows for functions of an `async` type alone. This module must never look at
//! more than its own item.

use super::built_in::Wakes;
use super::ends::{Handed, Search, TooLarge};
use super::kind::{Kind, Kinds};
use super::names;
use crate::plan::layout::{Abi, MAX_FLAT_RESULTS};
use crate::plan::site::Options;
use wasi_virt_layout::abi::begun;
use wasmparser::component_types::ComponentAnyTypeId;
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, CanonicalOption};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Lifted {
    /// The position of its item.
    pub item: usize,
    /// The core function that is lifted.
    pub function: u32,
    pub does: Around,
}

/// What the function around it does.
#[derive(Clone, Debug)]
pub(crate) enum Around {
    /// Tells the adapter when the task waits, yields or exits, where ends of the adapter's wake it,
    /// and of every event before the core function `callback`. The log shows the events that the
    /// callback gets, where what streams carry is logged.
    Waits { callback: u32, wakes: Wakes },
    /// Makes readable ends real that the core function returns, some of them in this memory.
    Returns { handed: Handed, memory: Option<u32> },
}

/// Why a function cannot be lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// What it returns is too large to look through.
    TooLarge,
    /// Nothing would go on with what it returns.
    Unfed,
}

impl From<TooLarge> for Unfit {
    fn from(_: TooLarge) -> Self {
        Unfit::TooLarge
    }
}

impl Lifted {
    /// What becomes of a lift, where something does. `wakes` says what of the adapter's may end a
    /// wait, `logs` whether what streams carry is logged.
    pub(super) fn new(
        types: TypesRef<'_>,
        (item, canon): (usize, &CanonicalFunction),
        kinds: &Kinds,
        (wakes, logs): (Wakes, bool),
    ) -> Result<Option<Self>, Unfit> {
        let CanonicalFunction::Lift {
            core_func_index,
            type_index,
            options,
        } = canon
        else {
            return Ok(None);
        };
        let callback = options.iter().find_map(|option| match option {
            CanonicalOption::Callback(function) => Some(*function),
            _ => None,
        });
        let is_async = options.contains(&CanonicalOption::Async);
        let does = match callback {
            Some(callback) => (wakes.any() || logs).then_some(Around::Waits { callback, wakes }),
            None => {
                let result = match types.component_any_type_at(*type_index) {
                    ComponentAnyTypeId::Func(id) => types[id].result,
                    _ => None,
                };
                let abi = Abi { types };
                let search = Search { abi, kinds };
                let handed = match result {
                    Some(ty) => search.result_ends(ty, MAX_FLAT_RESULTS)?,
                    None => None,
                };
                let feeds = |kind: Kind| kinds.feeds(kind);
                if handed
                    .iter()
                    .any(|handed| handed.kinds().into_iter().any(feeds))
                {
                    return Err(Unfit::Unfed);
                }
                // What an `async` function returns passes through `task.return`.
                handed.filter(|_| !is_async).map(|handed| Around::Returns {
                    memory: Options::new(options, types)
                        .memory
                        .filter(|_| handed.uses_memory()),
                    handed,
                })
            }
        };
        Ok(does.map(|does| Lifted {
            item,
            function: *core_func_index,
            does,
        }))
    }

    /// What is unusual about the memory that the function around it uses.
    pub(super) fn unusual(&self, types: TypesRef<'_>) -> Option<&'static str> {
        match self.does {
            Around::Returns {
                memory: Some(memory),
                ..
            } => Options::new(&[CanonicalOption::Memory(memory)], types).unusual,
            _ => None,
        }
    }

    /// The adapter's exports that are called.
    pub(super) fn exports(&self) -> Vec<&'static str> {
        match &self.does {
            Around::Waits { wakes, .. } => wakes.exports(
                &[
                    names::PUMP_WAIT,
                    names::PUMP_YIELD,
                    names::PUMP_EXIT,
                    names::PUMP_EVENT,
                ],
                &[begun::EVENT],
            ),
            Around::Returns { handed, .. } => handed.kinds().into_iter().map(Kind::lower).collect(),
        }
    }
}
