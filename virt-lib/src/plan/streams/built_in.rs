//! One core function that is replaced, or stands for a function of another component: what becomes
//! of it. This module must never look at more than its own item.

use super::ends::{Handed, TooLarge};
use super::kind::{Kind, Kinds};
use super::{names, refused};
use crate::error::{Problem, ProblemKind, Result};
use crate::plan::layout::{Abi, MAX_FLAT_PARAMS};
use crate::plan::site::{Options, val_types};
use wasm_encoder::ValType;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentValType,
};
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
    /// The adapter for a virtual end, a trap where it serves none; a trap as well for an end that it
    /// holds, where it may; else the host's.
    Read {
        export: Option<&'static str>,
        checks_held: bool,
    },
    /// The adapter for a captured end, else the host's, and the adapter is told where that blocks.
    Write,
    /// A trap for a captured end, else the host's.
    CancelWrite,
    /// The host's, and the adapter is told of both ends.
    New,
    /// The host's, where the adapter's ends are among those waited for; again where the event is one
    /// of theirs.
    Wait,
    /// The same, once the adapter has taken what is ready: nothing is waited for.
    Poll,
    /// The adapter is told, then the host's.
    Tell { export: &'static str },
    /// The host's, once readable ends that are handed out are real.
    Hand(Handed),
}

impl Does {
    /// The adapter's exports that are called.
    pub(super) fn exports(&self) -> Vec<&'static str> {
        match self {
            Does::Ask { export } | Does::Status { export, .. } | Does::Tell { export } => {
                vec![export]
            }
            Does::Read {
                export,
                checks_held,
            } => {
                let held = checks_held.then_some(names::U8_HELD);
                export.iter().copied().chain(held).collect()
            }
            Does::Write => vec![names::U8_CAPTURED, names::U8_WRITE, names::U8_BLOCKED],
            Does::CancelWrite => vec![names::U8_CAPTURED],
            Does::New => vec![names::U8_NEW],
            Does::Wait => vec![names::PUMP_WAIT, names::PUMP_EVENT],
            Does::Poll => vec![names::PUMP_POLL, names::PUMP_EVENT],
            Does::Hand(_) => vec![names::U8_LOWER],
        }
    }

    /// Whether the adapter is called with a context.
    fn has_context(&self) -> bool {
        match self {
            Does::Status { has_context, .. } => *has_context,
            Does::Read { export, .. } => export.is_some(),
            Does::Write => true,
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
            Does::Wait | Does::Poll => true,
            Does::Hand(handed) => handed.uses_memory(),
            _ => false,
        };
        self.memory.filter(|_| touches)
    }
}

/// What becomes of a core function, where something does. `pumps` says whether ends of the adapter's
/// may be pending.
pub(super) fn of(
    types: TypesRef<'_>,
    (canon, item, function): (&CanonicalFunction, usize, u32),
    kinds: &Kinds,
    pumps: bool,
    problems: &mut Vec<Problem>,
) -> Result<Option<BuiltIn>> {
    let found = Finder {
        types,
        kinds,
        pumps,
    }
    .find(canon);
    let (name, does) = match found {
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
    }))
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

enum Found {
    Nothing,
    Refused(Box<Problem>),
    /// With what messages call it.
    Does(&'static str, Does),
}

struct Finder<'a> {
    types: TypesRef<'a>,
    kinds: &'a Kinds,
    pumps: bool,
}

impl Finder<'_> {
    fn find(&self, canon: &CanonicalFunction) -> Found {
        use CanonicalFunction as C;
        match canon {
            C::StreamRead { ty, .. } => self.read("`stream.read`", *ty),
            C::StreamCancelRead { ty, .. } => self.cancel_read("`stream.cancel-read`", *ty),
            C::StreamDropReadable { ty } => self.drop_readable("`stream.drop-readable`", *ty),
            C::StreamNew { ty } => self.taken("`stream.new`", *ty, Does::New),
            C::StreamCancelWrite { ty, .. } => {
                self.taken("`stream.cancel-write`", *ty, Does::CancelWrite)
            }
            C::StreamDropWritable { ty } => {
                let export = names::U8_DROP_WRITABLE;
                self.taken("`stream.drop-writable`", *ty, Does::Ask { export })
            }
            C::StreamWrite { ty, .. } => match self.taken("`stream.write`", *ty, Does::Write) {
                // A stream of something that has ends in it.
                Found::Nothing => {
                    self.hand("`stream.write`", *ty, |abi, ty| abi.element_ends(ty, 1))
                }
                found => found,
            },
            C::FutureWrite { ty, .. } => {
                self.hand("`future.write`", *ty, |abi, ty| abi.pointed_ends(ty, 1))
            }
            C::FutureRead { ty, options } => self.read_future(*ty, options),
            C::FutureCancelRead { ty, .. } => self.cancel_read("`future.cancel-read`", *ty),
            C::FutureDropReadable { ty } => self.drop_readable("`future.drop-readable`", *ty),
            C::StreamForward { ty } | C::FutureForward { ty } => match self.kind(*ty) {
                Some(_) => refuse(
                    "`stream.forward` or `future.forward` of a type that the policy virtualizes",
                ),
                None => Found::Nothing,
            },
            C::WaitableJoin => {
                let export = names::JOIN;
                Found::Does("`waitable.join`", Does::Ask { export })
            }
            C::WaitableSetWait { .. } if self.pumps => {
                Found::Does("`waitable-set.wait`", Does::Wait)
            }
            C::WaitableSetPoll { .. } if self.pumps => {
                Found::Does("`waitable-set.poll`", Does::Poll)
            }
            C::ThreadYield if self.pumps => {
                let export = names::PUMP_POLL;
                Found::Does("`thread.yield`", Does::Tell { export })
            }
            C::TaskReturn { result, .. } if self.kinds.has_bytes() => {
                let Some(result) = result.map(|ty| self.value(ty)) else {
                    return Found::Nothing;
                };
                let name = "`task.return`";
                handed(name, self.abi().result_ends(result, MAX_FLAT_PARAMS))
            }
            C::Lower {
                func_index,
                options,
            } if self.kinds.has_bytes() => {
                let function = self.types.component_function_at(*func_index);
                let is_async = options.contains(&CanonicalOption::Async);
                let name = "a function that another component answers";
                handed(name, self.abi().lowered_ends(function, is_async))
            }
            _ => Found::Nothing,
        }
    }

    fn abi(&self) -> Abi<'_> {
        Abi { types: self.types }
    }

    /// The type at an index.
    fn value(&self, ty: wasmparser::ComponentValType) -> ComponentValType {
        match ty {
            wasmparser::ComponentValType::Primitive(ty) => ComponentValType::Primitive(ty),
            wasmparser::ComponentValType::Type(index) => match self.defined(index) {
                Some(id) => ComponentValType::Type(id),
                // The validator allows value types only.
                None => ComponentValType::Primitive(wasmparser::PrimitiveValType::Bool),
            },
        }
    }

    fn defined(&self, index: u32) -> Option<ComponentDefinedTypeId> {
        match self.types.component_any_type_at(index) {
            ComponentAnyTypeId::Defined(id) => Some(id),
            _ => None,
        }
    }

    fn kind(&self, ty: u32) -> Option<Kind> {
        self.kinds.of(self.types, self.defined(ty)?)
    }

    /// What is done for streams of bytes that the adapter takes.
    fn taken(&self, name: &'static str, ty: u32, does: Does) -> Found {
        match self.kind(ty) {
            Some(Kind::Bytes) if self.kinds.takes_bytes => Found::Does(name, does),
            _ => Found::Nothing,
        }
    }

    fn read(&self, name: &'static str, ty: u32) -> Found {
        let Some(kind) = self.kind(ty) else {
            return Found::Nothing;
        };
        let is_bytes = kind == Kind::Bytes;
        let export = (!is_bytes || self.kinds.makes_bytes).then(|| kind.read());
        Found::Does(
            name,
            Does::Read {
                export,
                checks_held: is_bytes && self.kinds.takes_bytes,
            },
        )
    }

    fn cancel_read(&self, name: &'static str, ty: u32) -> Found {
        let Some(kind) = self.kind(ty) else {
            return Found::Nothing;
        };
        let does = match kind.cancel_read() {
            Some(export) => Does::Status {
                export,
                has_context: false,
            },
            None => Does::Read {
                export: None,
                checks_held: kind == Kind::Bytes && self.kinds.takes_bytes,
            },
        };
        Found::Does(name, does)
    }

    fn drop_readable(&self, name: &'static str, ty: u32) -> Found {
        let export = self.kind(ty).map(Kind::drop_readable);
        export.map_or(Found::Nothing, |export| {
            Found::Does(name, Does::Ask { export })
        })
    }

    fn read_future(&self, ty: u32, options: &[CanonicalOption]) -> Found {
        let Some(kind) = self.kind(ty) else {
            return Found::Nothing;
        };
        // The adapter cannot wait in place of the host.
        if self.kinds.takes_bytes && !options.contains(&CanonicalOption::Async) {
            return refuse(
                "`future.read` without `async`, of what writing by a stream returns, where the policy \
                 virtualizes it",
            );
        }
        Found::Does(
            "`future.read`",
            Does::Status {
                export: kind.read(),
                has_context: true,
            },
        )
    }

    /// Ends in what is written to a stream or future of this type.
    fn hand(
        &self,
        name: &'static str,
        ty: u32,
        ends: impl Fn(&Abi<'_>, ComponentValType) -> std::result::Result<Option<Handed>, TooLarge>,
    ) -> Found {
        let payload = match self.defined(ty).map(|id| &self.types[id]) {
            Some(
                ComponentDefinedType::Stream { ty: Some(ty), .. }
                | ComponentDefinedType::Future { ty: Some(ty), .. },
            ) if self.kinds.has_bytes() => *ty,
            _ => return Found::Nothing,
        };
        handed(name, ends(&self.abi(), payload))
    }
}

fn handed(name: &'static str, ends: std::result::Result<Option<Handed>, TooLarge>) -> Found {
    match ends {
        Ok(Some(handed)) => Found::Does(name, Does::Hand(handed)),
        Ok(None) => Found::Nothing,
        Err(TooLarge) => Found::Refused(Box::new(refused(name))),
    }
}

fn refuse(what: &str) -> Found {
    Found::Refused(Box::new(Problem::text(
        ProblemKind::Unsupported,
        format!("the component uses {what}, which this release cannot do; use other functions"),
    )))
}
