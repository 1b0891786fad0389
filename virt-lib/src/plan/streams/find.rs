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

/// See the module.
pub(super) struct Finder<'a> {
    pub types: TypesRef<'a>,
    pub kinds: &'a Kinds,
    /// What of the adapter's may end a wait.
    pub wakes: Wakes,
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
                let export = names::U8_DROP_WRITABLE;
                self.written("`stream.drop-writable`", *ty, Does::Ask { export })
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
            | C::FutureDropReadable { ty }
            | C::FutureDropWritable { ty }
                if let Some(export) = self.kind(*ty).and_then(Kind::held) =>
            {
                Found::Does("a built-in of `future`", Does::Check { export })
            }
            C::FutureWrite { ty, .. } => self.hand("`future.write`", *ty, |search, ty| {
                search.pointed_ends(ty, 1)
            }),
            C::FutureRead { ty, options } => self.read_future(*ty, options),
            C::FutureCancelRead { ty, async_ } => {
                self.cancel_read("`future.cancel-read`", *ty, *async_)
            }
            C::FutureDropReadable { ty } => self.drop_readable("`future.drop-readable`", *ty),
            C::StreamForward { ty } | C::FutureForward { ty } => match self.kind(*ty) {
                Some(_) => refuse(
                    "`stream.forward` or `future.forward` of a type that the policy virtualizes",
                ),
                None => Found::Nothing,
            },
            C::WaitableJoin if !self.kinds.is_empty() || self.wakes.calls => {
                let wakes = Wakes {
                    ends: !self.kinds.is_empty(),
                    ..self.wakes
                };
                Found::Does("`waitable.join`", Does::Join(wakes))
            }
            C::SubtaskCancel { .. } if self.wakes.calls => {
                Found::Does("`subtask.cancel`", Does::Cancel)
            }
            C::WaitableSetWait { .. } if self.wakes.any() => {
                Found::Does("`waitable-set.wait`", Does::Wait(self.wakes))
            }
            C::WaitableSetPoll { .. } if self.wakes.any() => {
                Found::Does("`waitable-set.poll`", Does::Poll(self.wakes))
            }
            C::WaitableSetDrop if self.wakes.ends => {
                let export = names::SET_DROP;
                Found::Does("`waitable-set.drop`", Does::Tell { export })
            }
            C::ThreadYield if self.wakes.ends => {
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
        let handed = match self.search().lowered_ends(function, options.is_async) {
            Ok(handed) => handed,
            Err(TooLarge) => return Found::Refused(Box::new(refused(name))),
        };
        let may_wait = self.wakes.ends && !options.is_async && options.unusual.is_none();
        let waits = may_wait.then(|| Waits::of(self.types, function)).flatten();
        match (&handed, waits) {
            (None, None) => Found::Nothing,
            _ => Found::Does(name, Does::Call { handed, waits }),
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
            Found::Nothing if self.wakes.ends && self.kind(ty) == Some(Kind::Bytes) => {
                let export = names::U8_CAPTURED;
                Found::Does(name, Does::Check { export })
            }
            found => found,
        }
    }

    /// Whether the adapter may hold ends of streams of bytes.
    fn holds(&self) -> bool {
        self.kinds.takes_bytes || self.wakes.ends
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
                waits: false,
            },
            None => Does::Read {
                export: None,
                held: (kind == Kind::Bytes && self.holds()).then_some(Learns::Never),
            },
        };
        Found::Does(name, does)
    }

    fn drop_readable(&self, name: &'static str, ty: u32) -> Found {
        let export = self.kind(ty).and_then(Kind::drop_readable);
        export.map_or(Found::Nothing, |export| {
            Found::Does(name, Does::Ask { export })
        })
    }

    fn read_future(&self, ty: u32, options: &[CanonicalOption]) -> Found {
        let Some(export) = self.kind(ty).and_then(Kind::read) else {
            return Found::Nothing;
        };
        // The adapter cannot wait in place of the host. The future of a write is read before the
        // write has ended as a rule, that of a read after that.
        let waits = !options.contains(&CanonicalOption::Async);
        if self.kinds.takes_bytes && waits {
            return refuse(
                "`future.read` without `async`, of what writing by a stream returns, where the policy \
                 virtualizes it",
            );
        }
        Found::Does(
            "`future.read`",
            Does::Status {
                export,
                has_context: true,
                waits,
            },
        )
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

/// When the adapter learns of an operation with these options that the host blocks it.
fn learns(options: &[CanonicalOption]) -> Learns {
    match options.contains(&CanonicalOption::Async) {
        true => Learns::After,
        false => Learns::Before,
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
