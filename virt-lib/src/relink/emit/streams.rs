//! The adapter's own streams, futures and waitable sets, and the functions around those that are
//! lifted. This module must never decide which are needed.

use super::Emitter;
use crate::error::{Error, Result, Stage};
use crate::plan::site::val_types;
use crate::plan::streams::{Around, Lifted};
use crate::relink::glue::{self, lifted};
use crate::wasm::component::{Kind, Space};
use crate::wasm::module;
use wasi_virt_layout::abi::stream::built_in as names;
use wasm_encoder::{CanonicalOption as Encoded, ExportKind, PrimitiveValType, ValType};
use wasmparser::{CanonicalFunction, CanonicalOption};

impl Emitter<'_, '_> {
    /// A canonical built-in with the adapter's memory: an instance that has it, and its name there.
    pub(super) fn own_built_in(&mut self, name: &str) -> Result<(u32, String)> {
        let lost = || Error::internal(Stage::Relink, format!("the adapter calls `{name}`"));
        let instance = self.adapter.as_ref().ok_or_else(lost)?.instance;
        let is_stream = name.starts_with("stream.");
        let ty = match is_stream || name.starts_with("future.") {
            true => self.own_type(is_stream),
            false => 0,
        };
        let memory = match name {
            names::STREAM_READ | names::STREAM_WRITE | names::SET_POLL => {
                let writer = &mut self.writer;
                writer.take(instance, ExportKind::Memory, module::MEMORY)
            }
            _ => 0,
        };
        let with_memory = [Encoded::Async, Encoded::Memory(memory)];
        let function = match name {
            names::STREAM_NEW => self.writer.canon(|canons| {
                canons.stream_new(ty);
            }),
            names::STREAM_READ => self.writer.canon(|canons| {
                canons.stream_read(ty, with_memory);
            }),
            names::STREAM_WRITE => self.writer.canon(|canons| {
                canons.stream_write(ty, with_memory);
            }),
            names::STREAM_DROP_READABLE => self.writer.canon(|canons| {
                canons.stream_drop_readable(ty);
            }),
            names::STREAM_DROP_WRITABLE => self.writer.canon(|canons| {
                canons.stream_drop_writable(ty);
            }),
            names::FUTURE_NEW => self.writer.canon(|canons| {
                canons.future_new(ty);
            }),
            names::FUTURE_READ => self.writer.canon(|canons| {
                canons.future_read(ty, [Encoded::Async]);
            }),
            names::FUTURE_WRITE => self.writer.canon(|canons| {
                canons.future_write(ty, [Encoded::Async]);
            }),
            names::FUTURE_CANCEL_READ => self.writer.canon(|canons| {
                canons.future_cancel_read(ty, false);
            }),
            names::FUTURE_DROP_READABLE => self.writer.canon(|canons| {
                canons.future_drop_readable(ty);
            }),
            names::FUTURE_DROP_WRITABLE => self.writer.canon(|canons| {
                canons.future_drop_writable(ty);
            }),
            names::SET_NEW => self.writer.canon(|canons| {
                canons.waitable_set_new();
            }),
            names::SET_POLL => self.writer.canon(|canons| {
                canons.waitable_set_poll(memory);
            }),
            names::JOIN => self.writer.canon(|canons| {
                canons.waitable_join();
            }),
            _ => return Err(lost()),
        };
        Ok(self.alone(function))
    }

    /// The type of the adapter's streams of bytes, or of its futures without a payload.
    fn own_type(&mut self, is_stream: bool) -> u32 {
        let writer = &mut self.writer;
        let place = match is_stream {
            true => &mut self.own_stream,
            false => &mut self.own_future,
        };
        *place.get_or_insert_with(|| {
            writer.ty(|to| match is_stream {
                true => to.defined_type().stream(Some(PrimitiveValType::U8.into())),
                false => to.defined_type().future(None),
            })
        })
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
        let (bytes, callback, memory) = match &one.does {
            Around::Waits { pumps: false, .. } if log.is_none() => {
                return self.writer.item(self.mapper, kind, self.skeleton);
            }
            Around::Waits { callback, pumps } => {
                let bytes = match pumps {
                    true => lifted::waits(&params, exports, log.is_some()),
                    false => lifted::logged(&params),
                };
                (bytes, Some(*callback), None)
            }
            Around::Returns { handed, memory } => {
                let ty: (&[ValType], &[ValType]) = (&params, &results);
                (lifted::returns(ty, handed, exports), None, *memory)
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
