//! Functions of WASI 0.3 that are no tasks: they never wait, so that no other call runs until what
//! follows them has. Other calls may have begun, whose places in memory must stay: each frees its
//! own. This module must never free what another call has.

use super::code::Body;
use super::function::{PassThrough, Passed, Release, Target, val_types};
use super::location::{Change, Location, Slot};
use super::memory::RESULT;
use crate::error::Result;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, InterfaceId, Type};

impl PassThrough<'_> {
    /// Exports a function that calls the import of the same name, without `async`.
    pub(super) fn plain(&mut self, interface: InterfaceId, function: &Function) -> Result<Passed> {
        let resolve = self.resolve;
        let lifted = resolve.wasm_signature(AbiVariant::GuestExport, function);
        let lowered = resolve.wasm_signature(AbiVariant::GuestImport, function);
        let import = self.import(
            Target::Call(interface, function.name.clone()),
            &val_types(&lowered.params),
            &val_types(&lowered.results),
        );
        let mut body = Body::new(&val_types(&lifted.params), &val_types(&lifted.results));
        let slots: Vec<Slot> = (0..).zip(&body.params).map(Slot::new).collect();
        let given = match lifted.indirect_params {
            true => Location::Memory { base: 0, offset: 0 },
            false => Location::Flat(&slots),
        };
        let types: Vec<Type> = function.params.iter().map(|param| param.ty).collect();
        self.values(&mut body, &types, given, Change::In)?;
        slots
            .iter()
            .for_each(|slot| body.add([I::LocalGet(slot.local)]));
        let mut returned = None;
        if let (Some(ty), true) = (&function.result, lifted.retptr) {
            self.widest = self.widest.max(self.sizes.size(ty).size_wasm32() as u32);
            let base = body.local(ValType::I32);
            returned = Some(Slot::new((base, &ValType::I32)));
            body.add([I::I32Const(RESULT as i32), I::LocalTee(base)]);
        }
        body.call(import);
        if let (None, Some(ty)) = (returned, body.results.first().copied()) {
            let slot = Slot::new((body.local(ty), &ty));
            body.add([I::LocalSet(slot.local)]);
            returned = Some(slot);
        }
        if let (Some(ty), Some(slot)) = (&function.result, returned) {
            let place = match lifted.retptr {
                true => Location::Memory {
                    base: slot.local,
                    offset: 0,
                },
                false => Location::Flat(std::slice::from_ref(&slot)),
            };
            self.value(&mut body, ty, place, Change::Out)?;
        }
        self.values(&mut body, &types, given, Change::GiveBack)?;
        self.values(&mut body, &types, given, Change::Free)?;
        if lifted.indirect_params {
            let free = self.free();
            body.add([I::LocalGet(0)]);
            body.call(free);
        }
        if let Some(slot) = returned {
            body.add([I::LocalGet(slot.local)]);
        }
        let core = self.module.function(body);
        Ok(Passed {
            core: self.module.export(core),
            callback: None,
            release: self.after(function, lifted.retptr)?,
        })
    }

    /// What frees the lists of a result that lies in memory, where it may have some.
    fn after(&mut self, function: &Function, in_memory: bool) -> Result<Option<Release>> {
        let (Some(ty), true) = (&function.result, in_memory) else {
            return Ok(None);
        };
        let mut body = Body::new(&[ValType::I32], &[]);
        let place = Location::Memory { base: 0, offset: 0 };
        self.value(&mut body, ty, place, Change::Free)?;
        if body.len() == 0 {
            return Ok(None);
        }
        let function = self.module.function(body);
        Ok(Some(Release::Own(self.module.export(function))))
    }
}
