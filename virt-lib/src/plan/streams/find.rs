//! What becomes of a core function, by its canonical definition and the types in it. This module
//! must never look at its options' memories, except to see whether they are usual.

use super::built_in::{Does, Learns, Wakes};
use super::ends::{Handed, Search, TooLarge};
use super::kind::{Kind, Kinds};
use super::waits::Waits;
use super::{names, refused};
use crate::error::{Problem, ProblemKind};
use crate::plan::layout::{Abi, MAX_FLAT_PARAMS};
use crate::plan::site::Options;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentFuncTypeId,
    ComponentValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, CanonicalOption};

/// What becomes of one.
pub(super) enum Found {
    Nothing,
    Refused(Box<Problem>),
    /// With what messages call it.
    Does(&'static str, Does),
}

/// What is known of a component's built-ins as a whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// What of the adapter's may end a wait of the component.
    pub wakes: Wakes,
    /// Whether it has built-ins that not every host has. See [`waits::is_extension`].
    pub extended: bool,
    /// Whether it may put waitables into sets.
    pub joins: bool,
}

impl Known {
    /// Whether the adapter has to know which waitables are in sets, and so what is dropped.
    fn tells(self) -> bool {
        self.joins && (self.wakes.ends || self.extended)
    }
}

/// See the module.
pub(super) struct Finder<'a> {
    pub types: TypesRef<'a>,
    pub kinds: &'a Kinds,
    pub known: Known,
}

impl Finder<'_> {
    pub(super) fn find(&self, canon: &CanonicalFunction) -> Found {
        use CanonicalFunction as C;
        match canon {
            C::StreamRead { ty, options } => self.read("`stream.read`", *ty, options),
            C::StreamCancelRead { ty, .. } => self.cancel_read("`stream.cancel-read`", *ty, true),
            C::StreamDropReadable { ty } => self.drop_readable("`stream.drop-readable`", *ty),
            C::StreamNew { ty } => self.taken("`stream.new`", *ty, Does::New),
            C::StreamCancelWrite { ty, .. } => {
                let export = names::U8_CAPTURED;
                self.written("`stream.cancel-write`", *ty, Does::Check { export })
            }
            C::StreamDropWritable { ty } => {
                let name = "`stream.drop-writable`";
                let export = names::U8_DROP_WRITABLE;
                match self.taken(name, *ty, Does::Ask { export }) {
                    Found::Nothing => self.dropped(name, self.kind(*ty)),
                    found => found,
                }
            }
            C::StreamWrite { ty, options } => {
                let learns = learns(options);
                match self.written("`stream.write`", *ty, Does::Write { learns }) {
                    // A stream of something that has ends in it.
                    Found::Nothing => self.hand("`stream.write`", *ty, |search, ty| {
                        search.element_ends(ty, 1)
                    }),
                    found => found,
                }
            }
            C::FutureRead { ty, .. }
            | C::FutureWrite { ty, .. }
            | C::FutureCancelRead { ty, .. }
            | C::FutureCancelWrite { ty, .. }
                if let Some(export) = self.kind(*ty).and_then(Kind::held) =>
            {
                Found::Does("a built-in of `future`", Does::Check { export })
            }
            C::FutureWrite { ty, .. } => self.hand("`future.write`", *ty, |search, ty| {
                search.pointed_ends(ty, 1)
            }),
            C::FutureRead { ty, .. } => self.read_future(*ty),
            C::FutureCancelRead { ty, async_ } => {
                self.cancel_read("`future.cancel-read`", *ty, *async_)
            }
            C::FutureDropReadable { ty } => self.drop_readable("`future.drop-readable`", *ty),
            C::FutureDropWritable { ty } => self.dropped("`future.drop-writable`", self.kind(*ty)),
            C::SubtaskDrop => self.dropped("`subtask.drop`", None),
            C::StreamForward { ty } | C::FutureForward { ty } => match self.kind(*ty) {
                Some(_) => refuse(
                    "`stream.forward` or `future.forward` of a type that the policy virtualizes",
                ),
                None => Found::Nothing,
            },
            C::WaitableJoin if !self.kinds.is_empty() || self.known.wakes.calls => {
                let wakes = Wakes {
                    ends: !self.kinds.is_empty(),
                    ..self.known.wakes
                };
                Found::Does("`waitable.join`", Does::Join(wakes))
            }
            C::SubtaskCancel { .. } if self.known.wakes.calls => {
                Found::Does("`subtask.cancel`", Does::Cancel)
            }
            C::WaitableSetWait { .. } if self.known.wakes.any() => {
                Found::Does("`waitable-set.wait`", Does::Wait(self.known.wakes))
            }
            C::WaitableSetPoll { .. } if self.known.wakes.any() => {
                Found::Does("`waitable-set.poll`", Does::Poll(self.known.wakes))
            }
            C::WaitableSetDrop if self.known.wakes.ends => {
                let export = names::SET_DROP;
                Found::Does("`waitable-set.drop`", Does::Tell { export })
            }
            C::ThreadYield if self.known.wakes.ends => {
                let export = names::PUMP_POLL;
                Found::Does("`thread.yield`", Does::Tell { export })
            }
            C::TaskReturn { result, .. } => {
                let Some(result) = result.map(|ty| self.value(ty)) else {
                    return Found::Nothing;
                };
                let name = "`task.return`";
                handed(name, self.search().result_ends(result, MAX_FLAT_PARAMS))
            }
            C::Lower {
                func_index,
                options,
            } => self.call(self.types.component_function_at(*func_index), options),
            _ => Found::Nothing,
        }
    }

    /// A function that the host or another component answers.
    fn call(&self, function: ComponentFuncTypeId, options: &[CanonicalOption]) -> Found {
        let name = "a function that the host or another component answers";
        let options = Options::new(options, self.types);
        handed(name, self.search().lowered_ends(function, options.is_async))
    }

    /// How the host is called for a core function, where that may wait.
    pub(super) fn waits(&self, canon: &CanonicalFunction) -> Option<Waits> {
        use CanonicalFunction as C;
        let options = match canon {
            C::Lower { options, .. }
            | C::StreamRead { options, .. }
            | C::StreamWrite { options, .. }
            | C::FutureRead { options, .. }
            | C::FutureWrite { options, .. } => options.as_ref(),
            _ => &[],
        };
        let options = Options::new(options, self.types);
        if options.is_async || options.unusual.is_some() {
            return None;
        }
        match canon {
            C::Lower { func_index, .. } if self.known.wakes.ends => {
                let function = self.types.component_function_at(*func_index);
                Waits::of(self.types, function)
            }
            // The adapter cannot wait in place of the host.
            C::FutureRead { ty, .. } if self.kind(*ty).and_then(Kind::read).is_some() => {
                Some(Waits::Operation)
            }
            _ if self.known.wakes.ends => Waits::of_built_in(canon, self.known.extended),
            _ => None,
        }
    }

    fn search(&self) -> Search<'_> {
        Search {
            abi: Abi { types: self.types },
            kinds: self.kinds,
        }
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

    /// The same for writable ends, some of which the adapter holds where it only makes streams.
    fn written(&self, name: &'static str, ty: u32, does: Does) -> Found {
        match self.taken(name, ty, does) {
            Found::Nothing if self.known.wakes.ends && self.kind(ty) == Some(Kind::Bytes) => {
                let export = names::U8_CAPTURED;
                Found::Does(name, Does::Check { export })
            }
            found => found,
        }
    }

    /// Whether the adapter may hold ends of streams of bytes.
    fn holds(&self) -> bool {
        self.kinds.takes_bytes || self.known.wakes.ends
    }

    fn read(&self, name: &'static str, ty: u32, options: &[CanonicalOption]) -> Found {
        let Some(kind) = self.kind(ty) else {
            return Found::Nothing;
        };
        let is_bytes = kind == Kind::Bytes;
        let export = kind.read().filter(|_| !is_bytes || self.kinds.makes_bytes);
        Found::Does(
            name,
            Does::Read {
                export,
                held: (is_bytes && self.holds()).then(|| learns(options)),
            },
        )
    }

    fn cancel_read(&self, name: &'static str, ty: u32, is_async: bool) -> Found {
        let Some(kind) = self.kind(ty) else {
            return Found::Nothing;
        };
        let does = match kind.cancel_read(is_async) {
            Some(export) => Does::Status {
                export,
                has_context: false,
            },
            None => Does::Read {
                export: None,
                held: (kind == Kind::Bytes && self.holds()).then_some(Learns::Never),
            },
        };
        Found::Does(name, does)
    }

    fn drop_readable(&self, name: &'static str, ty: u32) -> Found {
        let kind = self.kind(ty);
        match kind.and_then(Kind::drop_readable) {
            Some(export) => Found::Does(name, Does::Ask { export }),
            None => self.dropped(name, kind),
        }
    }

    /// What is done where a waitable is dropped that is not virtual.
    fn dropped(&self, name: &'static str, kind: Option<Kind>) -> Found {
        let export = match kind {
            _ if self.known.tells() => names::GONE,
            Some(Kind::Bytes) if self.known.wakes.ends => names::U8_CAPTURED,
            Some(Kind::Unit) => names::UNIT_HELD,
            _ => return Found::Nothing,
        };
        Found::Does(name, Does::Check { export })
    }

    fn read_future(&self, ty: u32) -> Found {
        let export = self.kind(ty).and_then(Kind::read);
        export.map_or(Found::Nothing, |export| {
            let has_context = true;
            Found::Does(
                "`future.read`",
                Does::Status {
                    export,
                    has_context,
                },
            )
        })
    }

    /// Ends in what is written to a stream or future of this type.
    fn hand(
        &self,
        name: &'static str,
        ty: u32,
        ends: impl Fn(&Search<'_>, ComponentValType) -> std::result::Result<Option<Handed>, TooLarge>,
    ) -> Found {
        let payload = match self.defined(ty).map(|id| &self.types[id]) {
            Some(
                ComponentDefinedType::Stream { ty: Some(ty), .. }
                | ComponentDefinedType::Future { ty: Some(ty), .. },
            ) => *ty,
            _ => return Found::Nothing,
        };
        handed(name, ends(&self.search(), payload))
    }
}

/// Whether the glue tells the adapter that the host blocks an operation with these options. One
/// without `async` is waited for, except where the component has no stream of its own.
fn learns(options: &[CanonicalOption]) -> Learns {
    match options.contains(&CanonicalOption::Async) {
        true => Learns::After,
        false => Learns::Never,
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
