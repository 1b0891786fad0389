//! A function that calls the host's: parameters to host handles, the call, the result back, borrowed
//! handles dropped, lists freed.

use super::walk::{Action, Slot};
use super::{Synth, val_type};
use crate::error::{Error, Result, Stage};
use crate::module::{FunctionId, Local, Op, ValType};
use crate::world::{Export, Owner};
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, Handle, InterfaceId, Type, TypeDefKind, WasmExportKind, WasmImport};

/// The parts of an exported function that every kind of body needs.
pub(super) struct Frame {
    pub args: Vec<Local>,
    pub slots: Vec<Slot>,
    pub results: Vec<ValType>,
    /// Parameters arrive in memory, behind one pointer.
    pub indirect: bool,
    /// The result leaves in memory, behind one pointer.
    pub return_pointer: bool,
}

impl Synth<'_> {
    pub(super) fn frame(&mut self, function: &Function) -> Frame {
        let signature = self
            .resolve
            .wasm_signature(AbiVariant::GuestExport, function);
        let slots: Vec<Slot> = signature
            .params
            .iter()
            .map(|ty| Slot {
                local: self.local(val_type(ty)),
                ty: *ty,
            })
            .collect();
        if let Some(result) = function.result.as_ref().filter(|_| signature.retptr) {
            self.reserve_return_area(result);
        }
        Frame {
            args: slots.iter().map(|slot| slot.local).collect(),
            slots,
            results: signature.results.iter().map(val_type).collect(),
            indirect: signature.indirect_params,
            return_pointer: signature.retptr,
        }
    }

    pub(super) fn forward(
        &mut self,
        export: &Export,
        host: InterfaceId,
        function: &Function,
    ) -> Result<()> {
        let frame = self.frame(function);
        let target = self.host_function(host, function)?;
        let before = self.params(function, frame.indirect, &frame.slots, Action::ToHost)?;
        let drops = self.params(function, frame.indirect, &frame.slots, Action::DropBorrows)?;
        let frees = self.params(function, frame.indirect, &frame.slots, Action::Free)?;
        let base = self.local(ValType::I32);
        let flat: Vec<Slot> = if frame.return_pointer {
            vec![]
        } else {
            self.resolve
                .wasm_signature(AbiVariant::GuestExport, function)
                .results
                .iter()
                .map(|ty| Slot {
                    local: self.local(val_type(ty)),
                    ty: *ty,
                })
                .collect()
        };
        let after = match &function.result {
            Some(result) if frame.return_pointer => {
                self.memory(result, base, 0, Action::FromHost)?
            }
            Some(result) => self.flat(result, &flat, Action::FromHost)?,
            None => vec![],
        };
        let name = self.export_name(export, function, WasmExportKind::Normal);
        let mut ops = self.virtual_argument_guard(function, &frame)?;
        ops.extend(before);
        ops.extend(frame.args.iter().map(|arg| Op::Get(*arg)));
        if frame.return_pointer {
            ops.extend([
                Op::Const(self.around.return_area),
                Op::Set(base),
                Op::Get(base),
            ]);
        }
        ops.push(Op::Call(target));
        ops.extend(flat.iter().map(|slot| Op::Set(slot.local)));
        ops.extend(after);
        ops.extend(drops);
        ops.extend(frees);
        if frame.return_pointer {
            ops.push(Op::Get(base));
        }
        ops.extend(flat.iter().map(|slot| Op::Get(slot.local)));
        let id = self.function(None, &frame.args, &frame.results, ops);
        self.export(name, id);
        self.post_return(export, function)
    }

    fn host_function(&mut self, host: InterfaceId, function: &Function) -> Result<FunctionId> {
        let there = self.resolve.interfaces[host]
            .functions
            .get(&function.name)
            .ok_or_else(|| {
                Error::internal(
                    Stage::Specialize,
                    format!("`{}` has no host side", function.name),
                )
            })?;
        let signature = self.resolve.wasm_signature(AbiVariant::GuestImport, there);
        let key = self.key(host);
        let params: Vec<_> = signature.params.iter().map(val_type).collect();
        let results: Vec<_> = signature.results.iter().map(val_type).collect();
        Ok(self.import(
            WasmImport::Func {
                interface: Some(&key),
                func: there,
            },
            &params,
            &results,
        ))
    }

    /// A question about a virtual object that the host cannot answer (`http-error-code` of an error that a
    /// virtual stream gave) is answered with none instead of a trap.
    fn virtual_argument_guard(&mut self, function: &Function, frame: &Frame) -> Result<Vec<Op>> {
        let Some(empty) = function
            .result
            .as_ref()
            .filter(|result| frame.return_pointer && self.can_be_empty(result))
        else {
            return Ok(vec![]);
        };
        let mut ops = Vec::new();
        if frame.indirect {
            return Ok(ops);
        }
        let mut at = 0;
        for param in &function.params {
            let borrowed = match self.alias_root(&param.ty) {
                Some(TypeDefKind::Handle(Handle::Borrow(id)))
                    if self.world.owner(*id) == Owner::Adapter =>
                {
                    Some(*id)
                }
                _ => None,
            };
            if let Some(id) = borrowed {
                let unwrap = self.adapter_function("unwrap", id)?;
                let mut answer = self.params(function, false, &frame.slots, Action::Discard)?;
                answer.extend(self.write_empty(empty));
                answer.extend([Op::Const(self.around.return_area), Op::Return]);
                ops.extend([
                    Op::Get(frame.slots[at].local),
                    Op::Call(unwrap),
                    Op::Eqz,
                    Op::If(answer, vec![]),
                ]);
            }
            at += self.flat_count(&param.ty)?;
        }
        Ok(ops)
    }

    /// The definition of a type behind its aliases.
    pub(super) fn alias_root(&self, ty: &Type) -> Option<&TypeDefKind> {
        let Type::Id(id) = ty else {
            return None;
        };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Type(ty) => self.alias_root(ty),
            kind => Some(kind),
        }
    }

    /// Whether all zeros is an empty value of this type that means nothing: none, or no elements.
    pub(super) fn can_be_empty(&self, ty: &Type) -> bool {
        *ty == Type::String
            || matches!(
                self.alias_root(ty),
                Some(TypeDefKind::List(_) | TypeDefKind::Option(_))
            )
    }

    /// Fills the return area with zeros.
    pub(super) fn write_empty(&self, ty: &Type) -> Vec<Op> {
        vec![
            Op::Const(self.around.return_area),
            Op::Const(0),
            Op::Const(self.size(ty)),
            Op::Fill,
        ]
    }

    /// Frees the lists of a result once the component has copied them.
    fn post_return(&mut self, export: &Export, function: &Function) -> Result<()> {
        let Some(result) = function.result.filter(|result| self.has_list(result)) else {
            return Ok(());
        };
        let base = self.local(ValType::I32);
        let frees = self.memory(&result, base, 0, Action::Free)?;
        let name = self.export_name(export, function, WasmExportKind::PostReturn);
        let id = self.function(None, &[base], &[], frees);
        self.export(name, id);
        Ok(())
    }
}
