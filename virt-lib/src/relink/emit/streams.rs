//! The adapter's own streams, futures and waitable sets, and the functions around those that are
//! lifted. This module must never decide which are needed.

use super::Emitter;
use super::items::Definitions;
use crate::error::{Error, Result, Stage};
use crate::plan::site::val_types;
use crate::plan::streams::{self, Around, Lifted, Waits};
use crate::plan::written::WrittenTypes;
use crate::relink::busy;
use crate::relink::glue::{self, lifted};
use crate::wasm::component::{Kind, Space};
use crate::wasm::module;
use wasi_virt_layout::abi::stream::built_in as names;
use wasm_encoder::{
    CanonicalOption as Encoded, ComponentValType, ExportKind, PrimitiveValType, ValType,
};
use wasmparser::{CanonicalFunction, CanonicalOption};

/// A type of the adapter's own streams or futures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Own {
    /// Streams of bytes.
    Bytes,
    /// Futures without a payload.
    Bell,
    /// That of virtual ends of this kind.
    Kind(streams::Kind),
    /// Futures of what becomes of a request.
    Request,
}

impl Own {
    /// The type that a built-in is of, where it is of one.
    fn of(built_in: &str) -> Option<Self> {
        Some(match built_in.split_once('.')?.0 {
            "stream" => Own::Bytes,
            "future" => Own::Bell,
            "stream-entry" => Own::Kind(streams::Kind::Entries),
            "future-fs" => Own::Kind(streams::Kind::Files),
            "future-cli" => Own::Kind(streams::Kind::Stdio),
            "future-http" => Own::Request,
            _ => return None,
        })
    }
}

impl Emitter<'_, '_> {
    /// A canonical built-in with the adapter's memory: an instance that has it, and its name there.
    pub(super) fn own_built_in(&mut self, name: &str) -> Result<(u32, String)> {
        match self.own_logged(name)? {
            Some(logged) => Ok(logged),
            None => {
                let function = self.own_function(name)?;
                Ok(self.alone(function))
            }
        }
    }

    /// The same as a function.
    pub(super) fn own_function(&mut self, name: &str) -> Result<u32> {
        let lost = || Error::internal(Stage::Relink, format!("the adapter calls `{name}`"));
        let ty = match Own::of(name) {
            Some(own) => self.own_type(own)?,
            None => 0,
        };
        let memory = match name {
            names::STREAM_READ
            | names::STREAM_WRITE
            | names::ENTRY_WRITE
            | names::FS_WRITE
            | names::CLI_WRITE
            | names::HTTP_WRITE
            | names::SET_POLL => self.own_memory()?,
            _ => 0,
        };
        let with_memory = [Encoded::Async, Encoded::Memory(memory)];
        let function = match name {
            names::STREAM_NEW | names::ENTRY_NEW => self.writer.canon(|canons| {
                canons.stream_new(ty);
            }),
            names::STREAM_READ => self.writer.canon(|canons| {
                canons.stream_read(ty, with_memory);
            }),
            names::STREAM_WRITE | names::ENTRY_WRITE => self.writer.canon(|canons| {
                canons.stream_write(ty, with_memory);
            }),
            names::STREAM_DROP_READABLE => self.writer.canon(|canons| {
                canons.stream_drop_readable(ty);
            }),
            names::STREAM_DROP_WRITABLE | names::ENTRY_DROP_WRITABLE => {
                self.writer.canon(|canons| {
                    canons.stream_drop_writable(ty);
                })
            }
            names::FUTURE_NEW | names::FS_NEW | names::CLI_NEW | names::HTTP_NEW => {
                self.writer.canon(|canons| {
                    canons.future_new(ty);
                })
            }
            names::FUTURE_READ => self.writer.canon(|canons| {
                canons.future_read(ty, [Encoded::Async]);
            }),
            names::FUTURE_WRITE => self.writer.canon(|canons| {
                canons.future_write(ty, [Encoded::Async]);
            }),
            names::FS_WRITE | names::CLI_WRITE | names::HTTP_WRITE => self.writer.canon(|canons| {
                canons.future_write(ty, with_memory);
            }),
            names::FUTURE_CANCEL_READ => self.writer.canon(|canons| {
                canons.future_cancel_read(ty, false);
            }),
            names::FUTURE_DROP_READABLE | names::HTTP_DROP_READABLE => {
                self.writer.canon(|canons| {
                    canons.future_drop_readable(ty);
                })
            }
            names::FUTURE_DROP_WRITABLE
            | names::FS_DROP_WRITABLE
            | names::CLI_DROP_WRITABLE
            | names::HTTP_DROP_WRITABLE => self.writer.canon(|canons| {
                canons.future_drop_writable(ty);
            }),
            names::SET_NEW => self.writer.canon(|canons| {
                canons.waitable_set_new();
            }),
            names::SET_POLL => self.writer.canon(|canons| {
                canons.waitable_set_poll(memory);
            }),
            names::SET_DROP => self.writer.canon(|canons| {
                canons.waitable_set_drop();
            }),
            names::SUBTASK_CANCEL => self.writer.canon(|canons| {
                canons.subtask_cancel(false);
            }),
            names::SUBTASK_DROP => self.writer.canon(|canons| {
                canons.subtask_drop();
            }),
            names::JOIN => self.writer.canon(|canons| {
                canons.waitable_join();
            }),
            _ => return Err(lost()),
        };
        Ok(function)
    }

    /// The built-in `waitable-set.wait` with the adapter's memory, written once.
    pub(super) fn own_wait(&mut self) -> Result<u32> {
        if let Some(known) = self.set_wait {
            return Ok(known);
        }
        let memory = self.own_memory()?;
        let wait = self.writer.canon(|canons| {
            canons.waitable_set_wait(memory);
        });
        self.set_wait = Some(wait);
        Ok(wait)
    }

    /// The adapter's memory.
    fn own_memory(&mut self) -> Result<u32> {
        let lost = || Error::internal(Stage::Relink, "no adapter waits");
        let instance = self.adapter.as_ref().ok_or_else(lost)?.instance;
        let writer = &mut self.writer;
        Ok(writer.take(instance, ExportKind::Memory, module::MEMORY))
    }

    /// Defines with `async` what the component defines without. The function is the next one.
    pub(super) fn define_async(&mut self, kind: &Kind<'_>, waits: Waits) -> Result<()> {
        use CanonicalFunction as C;
        let lost = || Error::internal(Stage::Relink, "what waits is not defined");
        let Kind::Canon(canon) = kind else {
            return Err(lost());
        };
        if let (Waits::Placed(_), C::Lower { func_index, .. }) = (waits, canon) {
            let function = self.mapper.get(Space::Func, *func_index);
            let memory = self.own_memory()?;
            self.writer.canon(|canons| {
                canons.lower(function, [Encoded::Async, Encoded::Memory(memory)]);
            });
            return Ok(());
        }
        let mut canon = canon.clone();
        match &mut canon {
            C::Lower { options, .. }
            | C::StreamRead { options, .. }
            | C::StreamWrite { options, .. }
            | C::FutureRead { options, .. }
            | C::FutureWrite { options, .. } => {
                let all = options.iter().copied().chain([CanonicalOption::Async]);
                *options = all.collect();
            }
            C::StreamCancelRead { async_, .. }
            | C::StreamCancelWrite { async_, .. }
            | C::FutureCancelRead { async_, .. }
            | C::FutureCancelWrite { async_, .. }
            | C::SubtaskCancel { async_ } => *async_ = true,
            _ => return Err(lost()),
        }
        let item = Kind::Canon(canon);
        self.writer.item(self.mapper, &item, self.skeleton)
    }

    /// A type of the adapter's own streams or futures, written once. It is written out where it is
    /// that of an import, which may not be there yet.
    fn own_type(&mut self, own: Own) -> Result<u32> {
        if let Some(known) = self.own_types.get(&own) {
            return Ok(*known);
        }
        let lost = || Error::internal(Stage::Relink, "the adapter writes what nothing returns");
        let writer = &mut self.writer;
        let ty = match own {
            Own::Bytes => writer.ty(|to| {
                let bytes = PrimitiveValType::U8.into();
                to.defined_type().stream(Some(bytes));
            }),
            Own::Bell => writer.ty(|to| to.defined_type().future(None)),
            Own::Kind(kind) => {
                let id = self.plan.streams.ty(kind).ok_or_else(lost)?;
                WrittenTypes::new(self.plan.types.as_ref())
                    .define(id, &mut Definitions(writer))
                    .map_err(|_| lost())?
            }
            Own::Request => {
                let id = self.plan.error_of_requests().ok_or_else(lost)?;
                let error = WrittenTypes::new(self.plan.types.as_ref())
                    .define(id, &mut Definitions(writer))
                    .map_err(|_| lost())?;
                let error = ComponentValType::Type(error);
                let result = writer.ty(|to| to.defined_type().result(None, Some(error)));
                let result = ComponentValType::Type(result);
                writer.ty(|to| to.defined_type().future(Some(result)))
            }
        };
        self.own_types.insert(own, ty);
        Ok(ty)
    }

    /// A lift, with functions of ours around its core functions. Other users of these keep them.
    pub(super) fn lifted(&mut self, kind: &Kind<'_>, one: &Lifted) -> Result<()> {
        let lost = || Error::internal(Stage::Relink, "what is lifted has no core function");
        let Kind::Canon(CanonicalFunction::Lift {
            type_index,
            options,
            ..
        }) = kind
        else {
            return Err(lost());
        };
        let types = self.plan.types.as_ref();
        let ty = types[types.core_function_at(one.function)].unwrap_func();
        let (params, results) = (val_types(ty.params())?, val_types(ty.results())?);
        let adapter = self.adapter.as_ref().ok_or_else(lost)?;
        let (instance, exports) = (adapter.instance, &adapter.emitted.exports);
        let log = self.stream_log;
        let own = self.plan.own_context().unwrap_or_default();
        let (bytes, callback, memory) = match &one.does {
            Around::Waits { wakes, .. } if !wakes.any() && log.is_none() => {
                return self.writer.item(self.mapper, kind, self.skeleton);
            }
            Around::Waits { callback, wakes } => {
                let bytes = lifted::waits(&params, exports, *wakes, log.is_some());
                (bytes, Some(*callback), None)
            }
            Around::Returns { handed, memory } => {
                let ty: (&[ValType], &[ValType]) = (&params, &results);
                (lifted::returns(ty, handed, own, exports), None, *memory)
            }
        };
        let module = match self.around.get(&bytes) {
            Some(module) => *module,
            None => {
                let module = self.writer.module(&bytes, None);
                self.around.insert(bytes, module);
                module
            }
        };
        let inner: Vec<u32> = [Some(one.function), callback]
            .into_iter()
            .flatten()
            .map(|function| self.mapper.get(Space::CoreFunc, function))
            .collect();
        let mut args = vec![
            (busy::BUSY, self.busy()),
            (glue::ADAPTER, instance),
            (glue::HOST, self.numbered(ExportKind::Func, &inner)),
        ];
        if let Some(memory) = memory {
            let memory = self.mapper.get(Space::CoreMemory, memory);
            args.push((glue::MEMORIES, self.numbered(ExportKind::Memory, &[memory])));
        }
        if let (Some(log), Some(_)) = (log, callback) {
            args.push((glue::LOG, log));
        }
        let around = self.writer.instantiate(module, &args);
        // Numbers that no item of the component's own has stand for the functions around.
        let first = types.function_count() + self.wrapped;
        self.wrapped += inner.len() as u32;
        for (at, number) in (first..).zip(0..inner.len()) {
            let function = self
                .writer
                .take(around, ExportKind::Func, &number.to_string());
            self.mapper.set(Space::CoreFunc, at, function);
        }
        let options = options.iter().map(|option| match option {
            CanonicalOption::Callback(_) => CanonicalOption::Callback(first + 1),
            option => *option,
        });
        let lift = Kind::Canon(CanonicalFunction::Lift {
            core_func_index: first,
            type_index: *type_index,
            options: options.collect(),
        });
        self.writer.item(self.mapper, &lift, self.skeleton)
    }
}
