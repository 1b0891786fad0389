//! What `--debug` adds: around every function that the adapter exports, one that says what it is called with, calls it,
//! and says what it gives, in the notation of WIT values (WAVE). Texts are made here, from WIT; values are written by the
//! adapter (`adapter/composed/src/trace.rs`). It must never change a value.

use super::walk::Slot;
use super::{MANGLING, Synth, val_type};
use crate::error::{Error, Result, Stage};
use crate::module::{FunctionId, Local, Op, ValType};
use crate::signature::is_adapters;
use crate::types::root;
use crate::world::{Export, Owner, Service};
use std::collections::BTreeMap;
use wasi_virt_layout::trace::Scalar;
use wit_parser::abi::AbiVariant;
use wit_parser::{
    Flags, Function, Handle, Int, ResourceIntrinsic, Type, TypeDefKind, TypeId, WasmExport,
    WasmExportKind,
};

/// How many elements of a list are shown.
const SHOWN: i32 = 32;

/// Where a value is.
#[derive(Clone, Copy)]
enum Place<'p> {
    /// In memory, at an offset from an address.
    Memory(Local, u32),
    /// Flattened.
    Flat(&'p [Slot]),
}

/// Wraps functions.
pub(super) struct Tracer<'s, 'a> {
    synth: &'s mut Synth<'a>,
    /// The address of the first text.
    base: i32,
    texts: Vec<u8>,
    known: BTreeMap<String, i32>,
    /// Functions that write the name of an enum's case.
    enums: BTreeMap<TypeId, FunctionId>,
    writes: Writes,
}

/// The adapter's functions that write.
struct Writes {
    text: FunctionId,
    next: FunctionId,
    scalar: FunctionId,
    string: FunctionId,
    bytes: FunctionId,
    line: FunctionId,
}

impl<'s, 'a> Tracer<'s, 'a> {
    /// For texts that will be at `base`.
    pub(super) fn new(synth: &'s mut Synth<'a>, base: i32) -> Result<Self> {
        let function = |name: &str| {
            let name = format!("virt_trace_{name}");
            synth.module.exported(&name).ok_or_else(|| {
                Error::internal(Stage::Specialize, format!("the adapter lacks `{name}`"))
            })
        };
        let writes = Writes {
            text: function("text")?,
            next: function("next")?,
            scalar: function("scalar")?,
            string: function("string")?,
            bytes: function("bytes")?,
            line: function("line")?,
        };
        Ok(Tracer {
            synth,
            base,
            texts: Vec::new(),
            known: BTreeMap::new(),
            enums: BTreeMap::new(),
            writes,
        })
    }

    /// Wraps every function of the world's; gives the texts.
    pub(super) fn run(mut self) -> Result<Vec<u8>> {
        let world = self.synth.world;
        for export in &world.exports {
            for (function, service) in &export.functions {
                let what = match service {
                    Service::Adapter if is_adapters(&world.resolve, &export.name, function)? => {
                        "virtual"
                    }
                    Service::Adapter | Service::Deny => "denied",
                    Service::Forward(_) => "forwarded",
                    // Between adapter and bridge: no call of the component's.
                    Service::Adopt | Service::Release => continue,
                };
                self.wrap(export, function, what)?;
            }
        }
        Ok(self.texts)
    }

    fn wrap(&mut self, export: &Export, function: &Function, what: &str) -> Result<()> {
        let resolve = self.synth.resolve;
        let name = resolve.wasm_export_name(
            MANGLING,
            WasmExport::Func {
                interface: Some(&export.key),
                func: function,
                kind: WasmExportKind::Normal,
            },
        );
        let inner = self.synth.module.exported(&name).ok_or_else(|| {
            Error::internal(Stage::Specialize, format!("`{name}` is served by nobody"))
        })?;
        let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
        let mut slots = |types: &[_]| -> Vec<Slot> {
            let slot = |ty| Slot {
                local: self.synth.local(val_type(ty)),
                ty: *ty,
            };
            types.iter().map(slot).collect()
        };
        let (args, results) = (slots(&signature.params), slots(&signature.results));

        let mut ops = self.text(&format!(
            "wasi-virt: {what} {}#{}(",
            export.name, function.name
        ));
        let params = function.params.iter();
        let named = params.map(|param| (Some(param.name.as_str()), &param.ty));
        let place = if signature.indirect_params {
            Place::Memory(args[0].local, 0)
        } else {
            Place::Flat(&args)
        };
        ops.extend(self.sequence(&named.collect::<Vec<_>>(), place)?);
        ops.extend(self.text(")"));
        ops.push(Op::Call(self.writes.line));
        ops.extend(args.iter().map(|slot| Op::Get(slot.local)));
        ops.push(Op::Call(inner));
        ops.extend(results.iter().rev().map(|slot| Op::Set(slot.local)));
        if let Some(result) = &function.result {
            let place = if signature.retptr {
                Place::Memory(results[0].local, 0)
            } else {
                Place::Flat(&results)
            };
            ops.extend(self.text("wasi-virt:   -> "));
            ops.extend(self.value(result, place)?);
            ops.push(Op::Call(self.writes.line));
        }
        ops.extend(results.iter().map(|slot| Op::Get(slot.local)));
        let args: Vec<Local> = args.iter().map(|slot| slot.local).collect();
        let types: Vec<ValType> = results.iter().map(|slot| slot.local.ty).collect();
        let traced = self.synth.function(None, &args, &types, ops);
        self.synth.export(name, traced);
        Ok(())
    }

    /// Writes a text that is known now.
    fn text(&mut self, text: &str) -> Vec<Op> {
        let at = match self.known.get(text) {
            Some(at) => *at,
            None => {
                let at = self.base + self.texts.len() as i32;
                self.texts.extend_from_slice(text.as_bytes());
                self.known.insert(text.to_string(), at);
                at
            }
        };
        vec![
            Op::Const(at),
            Op::Const(text.len() as i32),
            Op::Call(self.writes.text),
        ]
    }

    /// Parameters, fields or elements of a tuple, with commas between them.
    fn sequence(&mut self, values: &[(Option<&str>, &Type)], place: Place<'_>) -> Result<Vec<Op>> {
        let offsets = self
            .synth
            .sizes
            .field_offsets(values.iter().map(|(_, ty)| *ty));
        let offsets: Vec<u32> = offsets
            .iter()
            .map(|(at, _)| at.size_wasm32() as u32)
            .collect();
        let (mut ops, mut first) = (Vec::new(), 0);
        for (position, (name, ty)) in values.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            let label = name.map_or(String::new(), |name| format!("{name}: "));
            if !(comma.is_empty() && label.is_empty()) {
                ops.extend(self.text(&format!("{comma}{label}")));
            }
            let place = match place {
                Place::Memory(base, offset) => Place::Memory(base, offset + offsets[position]),
                Place::Flat(slots) => {
                    let count = self.synth.flat_count(ty)?;
                    first += count;
                    Place::Flat(&slots[first - count..first])
                }
            };
            ops.extend(self.value(ty, place)?);
        }
        Ok(ops)
    }

    fn value(&mut self, ty: &Type, place: Place<'_>) -> Result<Vec<Op>> {
        let resolve = self.synth.resolve;
        let kind = match ty {
            Type::String => {
                let (head, pointer, length) = self.list_at(place);
                let write = self.cut(self.writes.string, pointer, length);
                return Ok([head, write].concat());
            }
            Type::Id(id) => &resolve.types[*id].kind,
            scalar => return self.scalar(scalar, place),
        };
        Ok(match kind {
            TypeDefKind::Type(ty) => self.value(ty, place)?,
            TypeDefKind::Handle(handle) => self.handle(handle, place),
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let fields: Vec<_> = fields.map(|f| (Some(f.name.as_str()), &f.ty)).collect();
                let inner = self.sequence(&fields, place)?;
                self.between("{", inner, "}")
            }
            TypeDefKind::Tuple(tuple) => {
                let elements: Vec<_> = tuple.types.iter().map(|ty| (None, ty)).collect();
                let inner = self.sequence(&elements, place)?;
                self.between("(", inner, ")")
            }
            TypeDefKind::Flags(flags) => self.flags(flags, place),
            TypeDefKind::Enum(_) => self.enumeration(ty, place)?,
            TypeDefKind::List(element) => self.list(element, place)?,
            kind => self.cases(kind, place)?,
        })
    }

    fn between(&mut self, open: &str, inner: Vec<Op>, close: &str) -> Vec<Op> {
        [self.text(open), inner, self.text(close)].concat()
    }

    /// The bits of something that is one number.
    fn scalar(&mut self, ty: &Type, place: Place<'_>) -> Result<Vec<Op>> {
        let (kind, width) = match ty {
            Type::Bool => (Scalar::Bool, 1),
            Type::U8 => (Scalar::U8, 1),
            Type::S8 => (Scalar::S8, 1),
            Type::U16 => (Scalar::U16, 2),
            Type::S16 => (Scalar::S16, 2),
            Type::U32 => (Scalar::U32, 4),
            Type::S32 => (Scalar::S32, 4),
            Type::Char => (Scalar::Char, 4),
            Type::F32 => (Scalar::F32, 4),
            Type::U64 => (Scalar::U64, 8),
            Type::S64 => (Scalar::S64, 8),
            Type::F64 => (Scalar::F64, 8),
            _ => {
                return Err(Error::internal(
                    Stage::Specialize,
                    "a type without a notation was to be refused earlier",
                ));
            }
        };
        let bits = match place {
            Place::Memory(base, offset) if width == 8 => {
                vec![Op::Get(base), Op::Load(8, offset)]
            }
            Place::Memory(base, offset) => {
                vec![Op::Get(base), Op::Load(width, offset), Op::Extend]
            }
            // What shares a slot with wider values is in its lowest bits.
            Place::Flat(slots) => {
                let slot = slots[0].local;
                match slot.ty {
                    ValType::F32 => vec![Op::Get(slot), Op::Bits, Op::Extend],
                    ValType::F64 => vec![Op::Get(slot), Op::Bits64],
                    ValType::I64 => vec![Op::Get(slot)],
                    _ => vec![Op::Get(slot), Op::Extend],
                }
            }
        };
        Ok(self.write_scalar(kind, bits))
    }

    fn write_scalar(&self, kind: Scalar, bits: Vec<Op>) -> Vec<Op> {
        let head = vec![Op::Const(kind as i32)];
        [head, bits, vec![Op::Call(self.writes.scalar)]].concat()
    }

    /// A number of 32 bits or fewer, on the stack.
    fn word(place: Place<'_>, width: u8) -> Vec<Op> {
        match place {
            Place::Memory(base, offset) => vec![Op::Get(base), Op::Load(width, offset)],
            Place::Flat(slots) => slots[0].get(),
        }
    }

    /// A resource by its name and by what the adapter knows it by, the same for the resource and what is borrowed of it.
    fn handle(&mut self, handle: &Handle, place: Place<'_>) -> Vec<Op> {
        let (own, id) = match handle {
            Handle::Own(id) => (true, *id),
            Handle::Borrow(id) => (false, *id),
        };
        let id = root(self.synth.resolve, id);
        let mut bits = Self::word(place, 4);
        if own
            && matches!(
                self.synth.world.owner(id),
                Owner::Adapter | Owner::Forwarder
            )
        {
            let rep = self.synth.exported(id, ResourceIntrinsic::ExportedRep);
            bits.push(Op::Call(rep));
        }
        bits.push(Op::Extend);
        let name = self.synth.resolve.types[id].name.as_deref();
        let open = format!("<{} ", name.unwrap_or("resource"));
        let inner = self.write_scalar(Scalar::U32, bits);
        self.between(&open, inner, ">")
    }

    fn flags(&mut self, flags: &Flags, place: Place<'_>) -> Vec<Op> {
        let width = match flags.flags.len() {
            0..=8 => 1,
            9..=16 => 2,
            _ => 4,
        };
        let mut ops = Vec::new();
        for (index, flag) in flags.flags.iter().enumerate() {
            let word = match place {
                Place::Memory(base, offset) => {
                    Self::word(Place::Memory(base, offset + index as u32 / 32 * 4), width)
                }
                Place::Flat(slots) => Self::word(Place::Flat(&slots[index / 32..]), width),
            };
            ops.extend(word);
            ops.extend([Op::Const(1i32.rotate_left(index as u32 % 32)), Op::And]);
            let mut set = vec![Op::Call(self.writes.next)];
            set.extend(self.text(&flag.name));
            ops.push(Op::If(set, vec![]));
        }
        self.between("{", ops, "}")
    }

    fn enumeration(&mut self, ty: &Type, place: Place<'_>) -> Result<Vec<Op>> {
        let Type::Id(id) = ty else {
            return Ok(vec![]);
        };
        let TypeDefKind::Enum(cases) = &self.synth.resolve.types[*id].kind else {
            return Ok(vec![]);
        };
        let write = match self.enums.get(id) {
            Some(write) => *write,
            None => {
                let tag = self.synth.local(ValType::I32);
                let mut ops = Vec::new();
                for (index, case) in cases.cases.iter().enumerate() {
                    ops.extend([Op::Get(tag), Op::Const(index as i32), Op::Eq]);
                    ops.push(Op::If(self.text(&case.name), vec![]));
                }
                let write = self.synth.function(None, &[tag], &[], ops);
                self.enums.insert(*id, write);
                write
            }
        };
        let mut ops = Self::word(place, bytes(cases.tag()));
        ops.push(Op::Call(write));
        Ok(ops)
    }

    /// One of several cases, with or without a payload.
    fn cases(&mut self, kind: &TypeDefKind, place: Place<'_>) -> Result<Vec<Op>> {
        let names: Vec<&str> = match kind {
            TypeDefKind::Variant(variant) => variant
                .cases
                .iter()
                .map(|case| case.name.as_str())
                .collect(),
            TypeDefKind::Option(_) => vec!["none", "some"],
            _ => vec!["ok", "err"],
        };
        let (tag, payloads) = self.synth.cases(kind).ok_or_else(|| {
            Error::internal(
                Stage::Specialize,
                format!("type `{}` was to be refused earlier", kind.as_str()),
            )
        })?;
        let behind = self.synth.payload_offset(tag, &payloads);
        let mut ops = Vec::new();
        for (index, (name, payload)) in names.iter().zip(&payloads).enumerate() {
            let body = match payload {
                None => self.text(name),
                Some(ty) => {
                    let place = match place {
                        Place::Memory(base, offset) => Place::Memory(base, offset + behind),
                        Place::Flat(slots) => Place::Flat(&slots[1..]),
                    };
                    let inner = self.value(ty, place)?;
                    self.between(&format!("{name}("), inner, ")")
                }
            };
            ops.extend(Self::word(place, bytes(tag)));
            ops.extend([Op::Const(index as i32), Op::Eq, Op::If(body, vec![])]);
        }
        Ok(ops)
    }

    /// Pointer and length of a list or string, in locals of their own.
    fn list_at(&mut self, place: Place<'_>) -> (Vec<Op>, Local, Local) {
        let pointer = self.synth.local(ValType::I32);
        let length = self.synth.local(ValType::I32);
        let (first, second) = match place {
            Place::Memory(base, offset) => (
                Self::word(place, 4),
                Self::word(Place::Memory(base, offset + 4), 4),
            ),
            Place::Flat(slots) => (slots[0].get(), slots[1].get()),
        };
        let ops = [first, vec![Op::Set(pointer)], second, vec![Op::Set(length)]].concat();
        (ops, pointer, length)
    }

    fn list(&mut self, element: &Type, place: Place<'_>) -> Result<Vec<Op>> {
        let (mut ops, at, left) = self.list_at(place);
        if self.is_byte(element) {
            ops.extend(self.cut(self.writes.bytes, at, left));
            return Ok(ops);
        }
        let room = self.synth.local(ValType::I32);
        let inner = self.value(element, Place::Memory(at, 0))?;
        let mut each = vec![Op::Get(left), Op::Eqz, Op::LeaveIf];
        each.extend([
            Op::Get(room),
            Op::Eqz,
            Op::LeaveIf,
            Op::Call(self.writes.next),
        ]);
        each.extend(inner);
        let size = self.synth.size(element);
        for (local, op, by) in [(at, Op::Add, size), (left, Op::Sub, 1), (room, Op::Sub, 1)] {
            each.extend([Op::Get(local), Op::Const(by), op, Op::Set(local)]);
        }
        let mut more = vec![Op::Call(self.writes.next)];
        more.extend(self.count("… ", left, " more"));
        let shown = vec![
            Op::Const(SHOWN),
            Op::Set(room),
            Op::Loop(each),
            Op::Get(left),
            Op::If(more, vec![]),
        ];
        ops.extend(self.between("[", shown, "]"));
        Ok(ops)
    }

    /// Writes a string or a list of bytes, and how many bytes it has if not all are shown.
    fn cut(&mut self, write: FunctionId, pointer: Local, length: Local) -> Vec<Op> {
        let all = self.synth.local(ValType::I32);
        let told = self.count("… (", all, " bytes)");
        vec![
            Op::Get(pointer),
            Op::Get(length),
            Op::Call(write),
            Op::Set(all),
            Op::Get(all),
            Op::If(told, vec![]),
        ]
    }

    fn count(&mut self, before: &str, number: Local, behind: &str) -> Vec<Op> {
        let bits = vec![Op::Get(number), Op::Extend];
        let number = self.write_scalar(Scalar::U32, bits);
        self.between(before, number, behind)
    }

    fn is_byte(&self, ty: &Type) -> bool {
        match ty {
            Type::U8 => true,
            Type::Id(id) => match &self.synth.resolve.types[*id].kind {
                TypeDefKind::Type(ty) => self.is_byte(ty),
                _ => false,
            },
            _ => false,
        }
    }
}

/// The bytes of a discriminant.
fn bytes(tag: Int) -> u8 {
    match tag {
        Int::U8 => 1,
        Int::U16 => 2,
        _ => 4,
    }
}
