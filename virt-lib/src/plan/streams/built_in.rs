//! One core function that is replaced, or stands for a function of another component: what becomes
//! of it. This module must never look at more than its own item.

use super::carried::Carried;
use super::ends::Handed;
use super::find::{Finder, Found};
use super::kind::{Kind, Kinds};
use super::names;
use super::waits::Waits;
use crate::error::{Problem, ProblemKind, Result};
use crate::plan::site::{Options, val_types};
use wasi_virt_layout::abi::begun;
use wasm_encoder::ValType;
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, CanonicalOption};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct BuiltIn {
    /// The position of its item.
    pub item: usize,
    /// Its index among the core functions.
    pub function: u32,
    pub does: Does,
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
    /// The adapter, unless its status says *the host's*. A trap where the function would have to
    /// wait.
    Status {
        export: &'static str,
        has_context: bool,
        waits: bool,
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
    /// The same for a function of the host or of another component, which may wait.
    Call {
        handed: Option<Handed>,
        waits: Option<Waits>,
    },
    /// The host's, which is logged.
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

/// When the adapter learns that the host blocks an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Learns {
    /// It does not.
    Never,
    /// Before the operation, because that waits.
    Before,
    /// After it.
    After,
}

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
                    _ => &[names::U8_HELD, names::U8_BLOCKED],
                });
                let held = held.into_iter().flatten();
                export.iter().chain(held).copied().collect()
            }
            Does::Write { .. } => vec![names::U8_CAPTURED, names::U8_WRITE, names::U8_BLOCKED],
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
            Does::Call { handed, waits } => {
                let kinds = handed.iter().flat_map(Handed::kinds).map(Kind::lower);
                kinds
                    .chain(waits.iter().flat_map(|waits| waits.exports()))
                    .collect()
            }
            Does::Pass => vec![],
        }
    }

    /// What a backtrace shows where it traps.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Does::Status { waits: true, .. } => {
                "wasi-virt: `future.read` without `async` cannot wait for a stream that has not ended"
            }
            _ => "wasi-virt: this end of a stream or future cannot be used so",
        }
    }

    /// How the host is called, where that may wait.
    pub(crate) fn waits(&self) -> Option<Waits> {
        match self {
            Does::Call { waits, .. } => *waits,
            _ => None,
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

    /// The memory that the glue itself touches.
    pub(crate) fn glue_memory(&self) -> Option<u32> {
        let touches = match &self.does {
            Does::Wait(_) | Does::Poll(_) => true,
            Does::Hand(handed) => handed.uses_memory(),
            Does::Call { handed, .. } => handed.as_ref().is_some_and(Handed::uses_memory),
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
    let (name, does) = match finder.find(canon) {
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
        params: val_types(ty.params())?,
        results: val_types(ty.results())?,
        memory: options.memory,
        realloc: options.realloc,
        context: None,
        carried,
    }))
}

/// What messages call a core function of which something becomes.
pub(super) fn name(
    types: TypesRef<'_>,
    canon: &CanonicalFunction,
    kinds: &Kinds,
    wakes: Wakes,
) -> Option<&'static str> {
    match (Finder {
        types,
        kinds,
        wakes,
    })
    .find(canon)
    {
        Found::Does(name, _) => Some(name),
        Found::Nothing | Found::Refused(_) => None,
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
