//! Walks over values, in memory and flattened into core values, that do one thing to every handle and
//! every list on the way. The same walk serves arguments and results, forwarding and denial.

use super::{Synth, val_type};
use crate::error::{Error, Result, Stage};
use crate::module::{FunctionId, Local, Op, ValType};
use crate::world::Owner;
use wit_parser::abi::{FlatTypes, WasmType};
use wit_parser::{Function, Handle, Int, ResourceIntrinsic, Type, TypeDefKind, TypeId};

/// What a walk does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    /// Handles of the caller's → handles of the one that is called: in the adapter, the host's.
    ToHost,
    /// Handles of the one that is called → handles of the caller's.
    FromHost,
    /// Drops borrowed handles, which the callee of a call has to return.
    DropBorrows,
    /// Frees strings and lists.
    Free,
    /// Drops every handle and frees every list: for arguments nobody takes.
    Discard,
}

/// A flattened value: where it is, and what it is.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub local: Local,
    pub ty: WasmType,
}

impl Slot {
    /// Its value as an i32; tags, handles and pointers also sit in joined i64 slots.
    pub(super) fn get(self) -> Vec<Op> {
        match val_type(&self.ty) {
            ValType::I64 => vec![Op::Get(self.local), Op::Wrap],
            _ => vec![Op::Get(self.local)],
        }
    }

    fn set(self) -> Vec<Op> {
        match val_type(&self.ty) {
            ValType::I64 => vec![Op::Extend, Op::Set(self.local)],
            _ => vec![Op::Set(self.local)],
        }
    }
}

/// What is done to a handle on the stack.
enum HandleOps {
    /// It is replaced.
    Replace(Vec<Op>),
    /// It is consumed.
    Consume(Vec<Op>),
}

impl Synth<'_> {
    fn handle(&mut self, handle: &Handle, action: Action) -> Result<Option<HandleOps>> {
        use HandleOps::{Consume, Replace};
        let (own, id) = match handle {
            Handle::Own(id) => (true, *id),
            Handle::Borrow(id) => (false, *id),
        };
        Ok(Some(match (action, own, self.world.owner(id)) {
            (Action::ToHost, true, Owner::Forwarder) => Replace(vec![Op::Call(self.take(id))]),
            (Action::ToHost, own, Owner::Adapter) => {
                Replace(vec![Op::Call(self.hand_over(id, own)?)])
            }
            (Action::FromHost, true, Owner::Forwarder) => Replace(vec![Op::Call(
                self.exported(id, ResourceIntrinsic::ExportedNew),
            )]),
            (Action::FromHost, true, Owner::Adapter) => {
                Replace(vec![Op::Call(self.adapter_function("wrap", id)?)])
            }
            (Action::ToHost | Action::FromHost, true, Owner::Crossing) => {
                let adopt = action == Action::ToHost;
                Replace(vec![Op::Call(self.crossing(id, adopt)?)])
            }
            (Action::DropBorrows | Action::Discard, false, Owner::Host)
            | (Action::Discard, true, Owner::Host) => Consume(vec![Op::Call(self.host_drop(id))]),
            (Action::Discard, true, _) => Consume(vec![Op::Call(
                self.exported(id, ResourceIntrinsic::ExportedDrop),
            )]),
            _ => return Ok(None),
        }))
    }

    /// Own handle of a forwarded resource → the host's handle; ours is dropped without its destructor.
    fn take(&mut self, id: TypeId) -> FunctionId {
        let id = crate::types::root(self.resolve, id);
        if let Some(function) = self.takes.get(&id) {
            return *function;
        }
        let rep = self.exported(id, ResourceIntrinsic::ExportedRep);
        let drop = self.exported(id, ResourceIntrinsic::ExportedDrop);
        let handle = self.local(ValType::I32);
        let ops = vec![
            Op::Get(handle),
            Op::Call(rep),
            Op::Const(1),
            Op::GlobalSet(self.suppress),
            Op::Get(handle),
            Op::Call(drop),
            Op::Const(0),
            Op::GlobalSet(self.suppress),
        ];
        let function = self.function(None, &[handle], &[ValType::I32], ops);
        self.takes.insert(id, function);
        function
    }

    /// Handle of a resource that the adapter owns → the host's handle; traps where it is virtual.
    fn hand_over(&mut self, id: TypeId, own: bool) -> Result<FunctionId> {
        let id = crate::types::root(self.resolve, id);
        if let Some(function) = self.handovers.get(&(id, own)) {
            return Ok(*function);
        }
        let unwrap = self.adapter_function(if own { "take" } else { "unwrap" }, id)?;
        let (handle, host) = (self.local(ValType::I32), self.local(ValType::I32));
        let ops = vec![
            Op::Get(handle),
            Op::Call(unwrap),
            Op::Set(host),
            Op::Get(host),
            Op::Eqz,
            Op::If(vec![Op::Unreachable], vec![]),
            Op::Get(host),
        ];
        let resource = self.resolve.types[id].name.clone().unwrap_or_default();
        let name = format!("wasi-virt: a virtual {resource} cannot be handed to the host");
        let function = self.function(Some(name), &[handle], &[ValType::I32], ops);
        self.handovers.insert((id, own), function);
        Ok(function)
    }

    pub(super) fn size(&self, ty: &Type) -> i32 {
        self.sizes.size(ty).size_wasm32() as i32
    }

    fn align(&self, ty: &Type) -> i32 {
        self.sizes.align(ty).align_wasm32() as i32
    }

    /// Discriminant and payloads of anything with cases.
    pub(super) fn cases<'t>(&self, kind: &'t TypeDefKind) -> Option<(Int, Vec<Option<&'t Type>>)> {
        Some(match kind {
            TypeDefKind::Variant(variant) => (
                variant.tag(),
                variant.cases.iter().map(|case| case.ty.as_ref()).collect(),
            ),
            TypeDefKind::Option(ty) => (Int::U8, vec![None, Some(ty)]),
            TypeDefKind::Result(result) => (Int::U8, vec![result.ok.as_ref(), result.err.as_ref()]),
            _ => return None,
        })
    }

    /// Offset of the payload behind the discriminant.
    pub(super) fn payload_offset(&self, tag: Int, cases: &[Option<&Type>]) -> u32 {
        self.sizes
            .payload_offset(tag, cases.iter().copied())
            .size_wasm32() as u32
    }

    /// One list or string, whose pointer and length are in locals.
    fn list(
        &mut self,
        pointer: Local,
        length: Local,
        element: Option<&Type>,
        action: Action,
    ) -> Result<Vec<Op>> {
        let mut ops = Vec::new();
        let (size, align) = element.map_or((1, 1), |ty| (self.size(ty), self.align(ty)));
        if let Some(ty) = element {
            let (at, left) = (self.local(ValType::I32), self.local(ValType::I32));
            let body = self.memory(ty, at, 0, action)?;
            if !body.is_empty() {
                ops.extend([
                    Op::Get(pointer),
                    Op::Set(at),
                    Op::Get(length),
                    Op::Set(left),
                ]);
                let mut each = vec![Op::Get(left), Op::Eqz, Op::LeaveIf];
                each.extend(body);
                each.extend([Op::Get(at), Op::Const(size), Op::Add, Op::Set(at)]);
                each.extend([Op::Get(left), Op::Const(1), Op::Sub, Op::Set(left)]);
                ops.push(Op::Loop(each));
            }
        }
        if matches!(action, Action::Free | Action::Discard) {
            ops.extend([
                Op::Get(length),
                Op::If(
                    vec![
                        Op::Get(pointer),
                        Op::Get(length),
                        Op::Const(size),
                        Op::Mul,
                        Op::Const(align),
                        Op::Call(self.around.free),
                    ],
                    vec![],
                ),
            ]);
        }
        Ok(ops)
    }

    /// A value in memory at `base + offset`.
    pub(super) fn memory(
        &mut self,
        ty: &Type,
        base: Local,
        offset: u32,
        action: Action,
    ) -> Result<Vec<Op>> {
        let resolve = self.resolve;
        let element = match ty {
            Type::String => None,
            Type::Id(id) => match &resolve.types[*id].kind {
                TypeDefKind::Type(ty) => return self.memory(ty, base, offset, action),
                TypeDefKind::Handle(handle) => {
                    return Ok(match self.handle(handle, action)? {
                        None => vec![],
                        Some(HandleOps::Replace(ops)) => [
                            vec![Op::Get(base), Op::Get(base), Op::Load(4, offset)],
                            ops,
                            vec![Op::Store(4, offset)],
                        ]
                        .concat(),
                        Some(HandleOps::Consume(ops)) => {
                            [vec![Op::Get(base), Op::Load(4, offset)], ops].concat()
                        }
                    });
                }
                TypeDefKind::Record(record) => {
                    return self.fields(
                        record.fields.iter().map(|field| &field.ty),
                        base,
                        offset,
                        action,
                    );
                }
                TypeDefKind::Tuple(tuple) => {
                    return self.fields(tuple.types.iter(), base, offset, action);
                }
                TypeDefKind::Flags(_) | TypeDefKind::Enum(_) => return Ok(vec![]),
                TypeDefKind::List(ty) => Some(ty),
                kind => {
                    let Some((tag, cases)) = self.cases(kind) else {
                        return Err(unexpected(kind));
                    };
                    let payload = self.payload_offset(tag, &cases);
                    let width = match tag {
                        Int::U8 => 1,
                        Int::U16 => 2,
                        _ => 4,
                    };
                    let mut ops = Vec::new();
                    for (index, case) in cases.iter().enumerate() {
                        let Some(ty) = case else { continue };
                        let body = self.memory(ty, base, offset + payload, action)?;
                        if !body.is_empty() {
                            ops.extend([
                                Op::Get(base),
                                Op::Load(width, offset),
                                Op::Const(index as i32),
                                Op::Eq,
                            ]);
                            ops.push(Op::If(body, vec![]));
                        }
                    }
                    return Ok(ops);
                }
            },
            _ => return Ok(vec![]),
        };
        let (pointer, length) = (self.local(ValType::I32), self.local(ValType::I32));
        let body = self.list(pointer, length, element, action)?;
        if body.is_empty() {
            return Ok(body);
        }
        let head = vec![
            Op::Get(base),
            Op::Load(4, offset),
            Op::Set(pointer),
            Op::Get(base),
            Op::Load(4, offset + 4),
            Op::Set(length),
        ];
        Ok([head, body].concat())
    }

    fn fields<'t>(
        &mut self,
        types: impl Iterator<Item = &'t Type> + Clone,
        base: Local,
        offset: u32,
        action: Action,
    ) -> Result<Vec<Op>> {
        let mut ops = Vec::new();
        for (at, ty) in self.sizes.field_offsets(types) {
            ops.extend(self.memory(ty, base, offset + at.size_wasm32() as u32, action)?);
        }
        Ok(ops)
    }

    /// A value flattened into `slots`.
    pub(super) fn flat(&mut self, ty: &Type, slots: &[Slot], action: Action) -> Result<Vec<Op>> {
        let resolve = self.resolve;
        let element = match ty {
            Type::String => None,
            Type::Id(id) => match &resolve.types[*id].kind {
                TypeDefKind::Type(ty) => return self.flat(ty, slots, action),
                TypeDefKind::Handle(handle) => {
                    return Ok(match self.handle(handle, action)? {
                        None => vec![],
                        Some(HandleOps::Replace(ops)) => {
                            [slots[0].get(), ops, slots[0].set()].concat()
                        }
                        Some(HandleOps::Consume(ops)) => [slots[0].get(), ops].concat(),
                    });
                }
                TypeDefKind::Record(record) => {
                    return self.flat_sequence(
                        record.fields.iter().map(|field| &field.ty),
                        slots,
                        action,
                    );
                }
                TypeDefKind::Tuple(tuple) => {
                    return self.flat_sequence(tuple.types.iter(), slots, action);
                }
                TypeDefKind::Flags(_) | TypeDefKind::Enum(_) => return Ok(vec![]),
                TypeDefKind::List(ty) => Some(ty),
                kind => {
                    let Some((_, cases)) = self.cases(kind) else {
                        return Err(unexpected(kind));
                    };
                    let mut ops = Vec::new();
                    for (index, case) in cases.iter().enumerate() {
                        let Some(ty) = case else { continue };
                        let body = self.flat(ty, &slots[1..], action)?;
                        if !body.is_empty() {
                            ops.extend(slots[0].get());
                            ops.extend([Op::Const(index as i32), Op::Eq, Op::If(body, vec![])]);
                        }
                    }
                    return Ok(ops);
                }
            },
            _ => return Ok(vec![]),
        };
        let (pointer, length) = (self.local(ValType::I32), self.local(ValType::I32));
        let body = self.list(pointer, length, element, action)?;
        if body.is_empty() {
            return Ok(body);
        }
        Ok([
            slots[0].get(),
            vec![Op::Set(pointer)],
            slots[1].get(),
            vec![Op::Set(length)],
            body,
        ]
        .concat())
    }

    fn flat_sequence<'t>(
        &mut self,
        types: impl Iterator<Item = &'t Type>,
        slots: &[Slot],
        action: Action,
    ) -> Result<Vec<Op>> {
        let (mut at, mut ops) = (0, Vec::new());
        for ty in types {
            let count = self.flat_count(ty)?;
            ops.extend(self.flat(ty, &slots[at..at + count], action)?);
            at += count;
        }
        Ok(ops)
    }

    /// How many core values a value flattens to.
    pub(super) fn flat_count(&self, ty: &Type) -> Result<usize> {
        let mut storage = [WasmType::I32; 16];
        let mut flat = FlatTypes::new(&mut storage);
        if self.resolve.push_flat(ty, &mut flat) {
            return Ok(flat.to_vec().len());
        }
        Err(Error::internal(
            Stage::Specialize,
            "a flattened value is wider than 16 core values",
        ))
    }

    /// All parameters of a function, as its exported side receives them.
    pub(super) fn params(
        &mut self,
        function: &Function,
        indirect: bool,
        slots: &[Slot],
        action: Action,
    ) -> Result<Vec<Op>> {
        let types = || function.params.iter().map(|param| &param.ty);
        if !indirect {
            return self.flat_sequence(types(), slots, action);
        }
        let mut ops = self.fields(types(), slots[0].local, 0, action)?;
        if matches!(action, Action::Free | Action::Discard) {
            let record = self.sizes.params(types());
            ops.extend([
                Op::Get(slots[0].local),
                Op::Const(record.size.size_wasm32() as i32),
                Op::Const(record.align.align_wasm32() as i32),
                Op::Call(self.around.free),
            ]);
        }
        Ok(ops)
    }

    /// Whether a value has strings or lists in it.
    pub(super) fn has_list(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else {
            return *ty == Type::String;
        };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(ty) => self.has_list(ty),
            TypeDefKind::Record(record) => {
                record.fields.iter().any(|field| self.has_list(&field.ty))
            }
            TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| self.has_list(ty)),
            TypeDefKind::List(_) => true,
            kind => self
                .cases(kind)
                .is_some_and(|(_, cases)| cases.into_iter().flatten().any(|ty| self.has_list(ty))),
        }
    }
}

fn unexpected(kind: &TypeDefKind) -> Error {
    Error::internal(
        Stage::Specialize,
        format!("type `{}` was to be refused earlier", kind.as_str()),
    )
}
