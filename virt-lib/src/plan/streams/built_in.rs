//! One core function that is replaced, or stands for a function of another component: what becomes
//! of it. This module must never look at more than its own item.

use super::carried::Carried;
use super::ends::Handed;
use super::find::{Finder, Found};
use super::kind::Kind;
use super::names;
use super::waits::Waits;
use crate::error::{Problem, ProblemKind, Result};
use crate::plan::site::{Options, val_types};
use wasi_virt_layout::abi::begun;
use wasm_encoder::ValType;
use wasmparser::{CanonicalFunction, CanonicalOption};

/// What messages call what the glue calls only because it may wait.
const WAITING: &str = "a function in which the component blocks";

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct BuiltIn {
    /// The position of its item.
    pub item: usize,
    /// Its index among the core functions.
    pub function: u32,
    pub does: Does,
    /// How the host is called, where that may wait.
    pub waits: Option<Waits>,
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    pub memory: Option<u32>,
    pub realloc: Option<u32>,
    /// Which memory and realloc the adapter uses; none where it uses none.
    pub context: Option<u32>,
    /// What the log shows of it.
    pub carried: Option<Carried>,
}

/// What takes the place of a core function. The host's is called as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    /// The adapter, unless its answer is that the host's has to be called.
    Ask { export: &'static str },
    /// The adapter, unless its status says *the host's*.
    Status {
        export: &'static str,
        has_context: bool,
    },
    /// The adapter for a virtual end, a trap where it serves none. Where it may hold ends, a trap
    /// for one of them; else the host's.
    Read {
        export: Option<&'static str>,
        held: Option<Learns>,
    },
    /// The adapter for a captured end, else the host's.
    Write { learns: Learns },
    /// A trap where the adapter says that the end is none to be used so, else the host's.
    Check { export: &'static str },
    /// The host's, and the adapter learns both ends.
    New,
    /// The host's, again where the event is the adapter's.
    Wait(Wakes),
    /// The same, once the adapter has taken what is ready: nothing is waited for.
    Poll(Wakes),
    /// The host's, unless the waitable is virtual. The adapter learns of it.
    Join(Wakes),
    /// The host's, which cancels a call. The adapter says what became of that.
    Cancel,
    /// The adapter first, then the host's.
    Tell { export: &'static str },
    /// The host's, once readable ends that are handed out are real.
    Hand(Handed),
    /// The host's, which is logged or may wait.
    Pass,
}

/// What of the adapter's may end a wait of the component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wakes {
    /// Ends of streams and futures, real ones.
    pub ends: bool,
    /// Calls that it makes for the component.
    pub calls: bool,
}

impl Wakes {
    /// Whether something does.
    pub(crate) fn any(self) -> bool {
        self.ends || self.calls
    }

    /// The adapter's exports that are called for ends and for calls.
    pub(super) fn exports(
        self,
        ends: &[&'static str],
        calls: &[&'static str],
    ) -> Vec<&'static str> {
        let ends = ends.iter().filter(|_| self.ends);
        ends.chain(calls.iter().filter(|_| self.calls))
            .copied()
            .collect()
    }
}

/// Whether the glue tells the adapter that the host blocks an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learns {
    /// It does not: nothing is blocked, or the adapter is asked to wait for it.
    Never,
    /// It does, after the operation.
    After,
}

/// What a backtrace shows where a built-in traps.
pub(crate) const LABEL: &str = "wasi-virt: this end of a stream or future cannot be used so";

impl Does {
    /// The adapter's exports that are called.
    pub(super) fn exports(&self) -> Vec<&'static str> {
        match self {
            Does::Ask { export }
            | Does::Status { export, .. }
            | Does::Tell { export }
            | Does::Check { export } => vec![export],
            Does::Read { export, held } => {
                let held = held.map(|learns| match learns {
                    Learns::Never => [names::U8_HELD].as_slice(),
                    Learns::After => &[names::U8_HELD, names::U8_BLOCKED],
                });
                let held = held.into_iter().flatten();
                export.iter().chain(held).copied().collect()
            }
            Does::Write { learns } => {
                let mut exports = vec![names::U8_CAPTURED, names::U8_WRITE];
                exports.extend((*learns == Learns::After).then_some(names::U8_BLOCKED));
                exports
            }
            Does::New => vec![names::U8_NEW],
            Does::Wait(wakes) => {
                wakes.exports(&[names::PUMP_BLOCK, names::PUMP_WOKEN], &[begun::EVENT])
            }
            Does::Poll(wakes) => {
                wakes.exports(&[names::SET_POLL, names::PUMP_EVENT], &[begun::EVENT])
            }
            Does::Join(wakes) => wakes.exports(&[names::JOIN], &[begun::JOIN]),
            Does::Cancel => vec![begun::CANCEL],
            Does::Hand(handed) => handed.kinds().into_iter().map(Kind::lower).collect(),
            Does::Pass => vec![],
        }
    }

    /// Whether the adapter is called with a context.
    fn has_context(&self) -> bool {
        match self {
            Does::Status { has_context, .. } => *has_context,
            Does::Read { export, .. } => export.is_some(),
            Does::Write { .. } => true,
            _ => false,
        }
    }
}

impl BuiltIn {
    /// Whether the adapter needs a context for it.
    pub(crate) fn has_context(&self) -> bool {
        self.does.has_context()
    }

    /// Whether nothing takes its place but the log.
    pub(crate) fn is_answered_by_host(&self) -> bool {
        self.does == Does::Pass && self.waits.is_none()
    }

    /// The adapter's exports that are called.
    pub(super) fn exports(&self) -> impl Iterator<Item = &'static str> {
        let waits = self.waits.into_iter().flat_map(Waits::exports);
        self.does.exports().into_iter().chain(waits)
    }

    /// The memory that the glue itself touches.
    pub(crate) fn glue_memory(&self) -> Option<u32> {
        let touches = match &self.does {
            Does::Wait(_) | Does::Poll(_) => true,
            Does::Hand(handed) => handed.uses_memory(),
            _ => false,
        };
        self.memory.filter(|_| touches)
    }
}

/// What becomes of a core function, where something does. `finder` knows its component, `logs` says
/// whether what streams carry is logged.
pub(super) fn of(
    finder: &Finder<'_>,
    (canon, item, function): (&CanonicalFunction, usize, u32),
    logs: bool,
    problems: &mut Vec<Problem>,
) -> Result<Option<BuiltIn>> {
    let types = finder.types;
    let carried = Carried::of(types, canon).filter(|_| logs);
    let waits = finder.waits(canon);
    let (name, does) = match finder.find(canon) {
        Found::Nothing if waits.is_some() => (WAITING, Does::Pass),
        Found::Nothing if carried.is_some() => ("a stream's built-in", Does::Pass),
        Found::Nothing => return Ok(None),
        Found::Refused(problem) => {
            problems.push(*problem);
            return Ok(None);
        }
        Found::Does(name, does) => (name, does),
    };
    let memory;
    let options: &[CanonicalOption] = match canon {
        CanonicalFunction::Lower { options, .. }
        | CanonicalFunction::TaskReturn { options, .. }
        | CanonicalFunction::StreamRead { options, .. }
        | CanonicalFunction::StreamWrite { options, .. }
        | CanonicalFunction::FutureRead { options, .. }
        | CanonicalFunction::FutureWrite { options, .. } => options,
        CanonicalFunction::WaitableSetWait { memory: of }
        | CanonicalFunction::WaitableSetPoll { memory: of } => {
            memory = [CanonicalOption::Memory(*of)];
            &memory
        }
        _ => &[],
    };
    let options = Options::new(options, types);
    if let Some(what) = options.unusual {
        problems.push(unusual(name, what));
    }
    let ty = types[types.core_function_at(function)].unwrap_func();
    Ok(Some(BuiltIn {
        item,
        function,
        does,
        waits,
        params: val_types(ty.params())?,
        results: val_types(ty.results())?,
        memory: options.memory,
        realloc: options.realloc,
        context: None,
        carried,
    }))
}

/// What messages call a core function of which something becomes.
pub(super) fn name(finder: &Finder<'_>, canon: &CanonicalFunction) -> Option<&'static str> {
    match finder.find(canon) {
        Found::Does(name, _) => Some(name),
        Found::Nothing | Found::Refused(_) => finder.waits(canon).map(|_| WAITING),
    }
}

/// What is wrong with an option.
pub(super) fn unusual(name: &str, what: &str) -> Problem {
    Problem::text(
        ProblemKind::Unsupported,
        format!(
            "{name} has {what}, which this release cannot relink; build the component for UTF-8 and \
             32-bit memories"
        ),
    )
}
