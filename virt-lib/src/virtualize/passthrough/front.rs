//! The functions in front of tasks whose type is not `async` in WASI: those that pass streams or
//! futures. A stream is fed by the task that made it, after that has returned; but the Component
//! Model lets only functions of an `async` type be tasks. So the component that serves WASI gives
//! these functions such a type. In front of it is this one, which calls them `async`: they return
//! at once, and their tasks go on. This module must never wait.

use super::code::{BLOCK, Body};
use super::flat::{Place, Way};
use super::function::{PassThrough, Passed, Target, val_types};
use super::location::{Change, Location, Slot};
use super::memory::RESULT;
use crate::error::Result;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, InterfaceId, Type};

/// The status of a call that has returned.
const RETURNED: i32 = 2;

impl PassThrough<'_> {
    /// Exports a function without `async` that calls the task of the same name.
    pub(super) fn front(&mut self, interface: InterfaceId, function: &Function) -> Result<Passed> {
        let resolve = self.resolve;
        let lifted = resolve.wasm_signature(AbiVariant::GuestExport, function);
        let lowered = resolve.wasm_signature(AbiVariant::GuestImportAsync, function);
        let import = self.import(
            Target::CallAsync(interface, function.name.clone()),
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
        let size = self.sizes.params(&types).size.size_wasm32() as u32;
        let result_at = (RESULT + size).next_multiple_of(8);
        let base = body.local(ValType::I32);
        match lowered.indirect_params && !lifted.indirect_params {
            true => {
                body.add([I::I32Const(RESULT as i32), I::LocalSet(base)]);
                let place = Place { base, offset: 0 };
                self.transfer_all(&mut body, &types, place, &slots, Way::Store)?;
                body.add([I::LocalGet(base)]);
            }
            false => slots
                .iter()
                .for_each(|slot| body.add([I::LocalGet(slot.local)])),
        }
        if let Some(ty) = &function.result {
            let end = result_at + self.sizes.size(ty).size_wasm32() as u32;
            self.widest = self.widest.max(end - RESULT);
            body.add([I::I32Const(result_at as i32)]);
        }
        body.call(import);
        body.add([
            I::I32Const(RETURNED),
            I::I32Ne,
            I::If(BLOCK),
            I::Unreachable,
            I::End,
        ]);
        self.values(&mut body, &types, given, Change::GiveBack)?;
        match (&function.result, body.results.first().copied()) {
            (Some(_), Some(_)) if lifted.retptr => body.add([I::I32Const(result_at as i32)]),
            (Some(ty), Some(flat)) => {
                let slot = Slot::new((body.local(flat), &flat));
                body.add([I::I32Const(result_at as i32), I::LocalSet(base)]);
                let place = Place { base, offset: 0 };
                self.transfer_all(&mut body, &[*ty], place, &[slot], Way::Load)?;
                body.add([I::LocalGet(slot.local)]);
            }
            _ => {}
        }
        let uses_memory = lifted.indirect_params || self.has_list(function);
        let core = self.module.function(body);
        Ok(Passed {
            core: self.module.export(core),
            callback: None,
            release: uses_memory.then(|| self.release(val_types(&lifted.results))),
        })
    }
}
