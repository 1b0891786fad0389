//! Functions of WASI 0.3 that become tasks: lifted `async` with a callback, so that calls of one
//! instance overlap. A function that is lifted without would keep its instance to itself while the
//! host blocks it, and one without a callback is for few hosts.
//!
//! What WIT calls `async` is lowered `async` as well; while the host has not answered, the task
//! waits for the subtask. All that a call needs meanwhile lies in a block of the heap. Where the
//! caller cancels the task, the task goes on, as the Component Model allows: ending the subtask may
//! take as long as its result. This module must never let two calls share a block, and must free
//! everything.

use super::code::{BLOCK, Body, Callee, at};
use super::flat::{Place, Way};
use super::function::{PassThrough, Passed, Target, val_types};
use super::handles::flat_types;
use super::location::{Change, Location, Slot};
use crate::error::Result;
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::AbiVariant;
use wit_parser::{Function, InterfaceId, Resolve, Type};

/// Where a block has the subtask, the set that it is in, and the address of the parameters.
const SUBTASK: u32 = 0;
const SET: u32 = 4;
const PARAMS: u32 = 8;
/// Where a block has the parameters, unless they came in memory.
const OWN_PARAMS: u32 = 16;

/// The last state of a subtask that nobody cancels.
const RETURNED: i32 = 2;
/// The event that tells of a subtask.
const SUBTASK_EVENT: i32 = 1;

/// The code that waits on a set, and how far left the set is in it.
const WAIT: i32 = 2;
const SET_SHIFT: i32 = 4;

/// Most core values that `task.return` takes before the result lies in memory.
const MAX_FLAT: usize = Resolve::MAX_FLAT_PARAMS;

/// A function that becomes a task, and how its block is laid out.
struct Task<'f> {
    interface: InterfaceId,
    function: &'f Function,
    params: Vec<Type>,
    /// Whether the parameters came in memory.
    indirect: bool,
    result_at: u32,
    size: u32,
}

impl PassThrough<'_> {
    /// Exports a function and its callback; `waits` says whether the import is lowered `async`.
    pub(super) fn task(
        &mut self,
        interface: InterfaceId,
        function: &Function,
        waits: bool,
    ) -> Result<Passed> {
        let resolve = self.resolve;
        let lifted = resolve.wasm_signature(AbiVariant::GuestExportAsync, function);
        let params: Vec<Type> = function.params.iter().map(|param| param.ty).collect();
        let own = match lifted.indirect_params {
            true => 0,
            false => self.sizes.params(&params).size.size_wasm32() as u32,
        };
        let result_at = (OWN_PARAMS + own).next_multiple_of(8);
        let result = function.result.as_ref();
        let result = result.map_or(0, |ty| self.sizes.size(ty).size_wasm32() as u32);
        let task = Task {
            interface,
            function,
            params,
            indirect: lifted.indirect_params,
            result_at,
            size: result_at + result,
        };
        let finish = self.finish(&task)?;
        let start = self.start(&task, &val_types(&lifted.params), (waits, finish))?;
        let callback = match waits {
            true => self.callback(finish),
            false => self.no_callback(),
        };
        Ok(Passed {
            core: self.module.export(start),
            callback: Some(self.module.export(callback)),
            release: None,
        })
    }

    /// The function that is lifted.
    fn start(
        &mut self,
        task: &Task<'_>,
        params: &[ValType],
        (waits, finish): (bool, Callee),
    ) -> Result<Callee> {
        let variant = match waits {
            true => AbiVariant::GuestImportAsync,
            false => AbiVariant::GuestImport,
        };
        let lowered = self.resolve.wasm_signature(variant, task.function);
        let name = task.function.name.clone();
        let target = match waits {
            true => Target::CallAsync(task.interface, name),
            false => Target::Call(task.interface, name),
        };
        let (given, results) = (val_types(&lowered.params), val_types(&lowered.results));
        let import = self.import(target, &given, &results);
        let mut body = Body::new(params, &[ValType::I32]);
        let slots: Vec<Slot> = (0..).zip(params).map(Slot::new).collect();
        let place = match task.indirect {
            true => Location::Memory { base: 0, offset: 0 },
            false => Location::Flat(&slots),
        };
        self.values(&mut body, &task.params, place, Change::In)?;
        let block = body.local(ValType::I32);
        let allocate = self.realloc();
        body.add([
            I::I32Const(0),
            I::I32Const(0),
            I::I32Const(8),
            I::I32Const(task.size as i32),
        ]);
        body.call(allocate);
        body.add([I::LocalTee(block)]);
        match task.indirect {
            true => body.add([I::LocalGet(0)]),
            false => body.add([
                I::LocalGet(block),
                I::I32Const(OWN_PARAMS as i32),
                I::I32Add,
            ]),
        }
        body.add([I::I32Store(at(PARAMS))]);
        if !task.indirect {
            let place = Place {
                base: block,
                offset: OWN_PARAMS,
            };
            self.transfer_all(&mut body, &task.params, place, &slots, Way::Store)?;
        }
        match lowered.indirect_params && !task.indirect {
            true => body.add([
                I::LocalGet(block),
                I::I32Const(OWN_PARAMS as i32),
                I::I32Add,
            ]),
            false => slots
                .iter()
                .for_each(|slot| body.add([I::LocalGet(slot.local)])),
        }
        let result_at = [
            I::LocalGet(block),
            I::I32Const(task.result_at as i32),
            I::I32Add,
        ];
        if lowered.retptr {
            body.add(result_at);
        }
        body.call(import);
        match (waits, &task.function.result) {
            (true, _) => self.wait(&mut body, block),
            (false, Some(ty)) if !lowered.retptr => {
                let slot = results.first().map(|ty| Slot::new((body.local(*ty), ty)));
                if let Some(slot) = slot {
                    body.add([I::LocalSet(slot.local)]);
                    let place = Place {
                        base: block,
                        offset: task.result_at,
                    };
                    self.transfer_all(&mut body, &[*ty], place, &[slot], Way::Store)?;
                }
            }
            _ => {}
        }
        body.add([I::LocalGet(block)]);
        body.call(finish);
        body.add([I::I32Const(0)]);
        Ok(self.module.function(body))
    }

    /// Waits for the subtask whose status is on the stack, unless it has returned.
    fn wait(&mut self, body: &mut Body, block: u32) {
        let status = body.local(ValType::I32);
        let (new, join, set) = (self.set_new(), self.join(), self.context_set());
        body.add([
            I::LocalTee(status),
            I::I32Const(15),
            I::I32And,
            I::I32Const(RETURNED),
            I::I32Ne,
            I::If(BLOCK),
            I::LocalGet(block),
            I::LocalGet(status),
            I::I32Const(4),
            I::I32ShrU,
            I::I32Store(at(SUBTASK)),
            I::LocalGet(block),
        ]);
        body.call(new);
        body.add([
            I::I32Store(at(SET)),
            I::LocalGet(block),
            I::I32Load(at(SUBTASK)),
            I::LocalGet(block),
            I::I32Load(at(SET)),
        ]);
        body.call(join);
        body.add([I::LocalGet(block)]);
        body.call(set);
        wait_again(body, block);
        body.add([I::Return, I::End]);
    }

    /// `(block)`: gives the result and frees everything.
    fn finish(&mut self, task: &Task<'_>) -> Result<Callee> {
        let mut body = Body::new(&[ValType::I32], &[]);
        let result = Location::Memory {
            base: 0,
            offset: task.result_at,
        };
        if let Some(ty) = &task.function.result {
            self.value(&mut body, ty, result, Change::Out)?;
        }
        self.release_params(&mut body, task)?;
        let mut given = Vec::new();
        if let Some(ty) = &task.function.result {
            let flat = flat_types(self.resolve, ty).ok();
            match flat.filter(|flat| flat.len() <= MAX_FLAT) {
                Some(flat) => {
                    let local = |ty: &ValType| Slot::new((body.local(*ty), ty));
                    let slots: Vec<Slot> = flat.iter().map(local).collect();
                    let place = Place {
                        base: 0,
                        offset: task.result_at,
                    };
                    self.transfer_all(&mut body, &[*ty], place, &slots, Way::Load)?;
                    slots
                        .iter()
                        .for_each(|slot| body.add([I::LocalGet(slot.local)]));
                    given = flat;
                }
                None => {
                    body.add([
                        I::LocalGet(0),
                        I::I32Const(task.result_at as i32),
                        I::I32Add,
                    ]);
                    given.push(ValType::I32);
                }
            }
        }
        let target = Target::Return(task.interface, task.function.name.clone());
        let give = self.import(target, &given, &[]);
        body.call(give);
        if let Some(ty) = &task.function.result {
            self.value(&mut body, ty, result, Change::Free)?;
        }
        self.release_block(&mut body);
        Ok(self.module.function(body))
    }

    /// Gives back and frees what the caller gave, of the block in the first parameter.
    fn release_params(&mut self, body: &mut Body, task: &Task<'_>) -> Result<()> {
        let base = body.local(ValType::I32);
        body.add([I::LocalGet(0), I::I32Load(at(PARAMS)), I::LocalSet(base)]);
        let place = Location::Memory { base, offset: 0 };
        self.values(body, &task.params, place, Change::GiveBack)?;
        self.values(body, &task.params, place, Change::Free)?;
        if task.indirect {
            let free = self.free();
            body.add([I::LocalGet(base)]);
            body.call(free);
        }
        Ok(())
    }

    fn release_block(&mut self, body: &mut Body) {
        let free = self.free();
        body.add([I::LocalGet(0)]);
        body.call(free);
    }

    /// The callback: waits until the subtask is over.
    fn callback(&mut self, finish: Callee) -> Callee {
        let (step, get) = (self.step(), self.context_get());
        let mut body = Body::new(&[ValType::I32; 3], &[ValType::I32]);
        let code = body.local(ValType::I32);
        body.add([I::LocalGet(0), I::LocalGet(2)]);
        body.call(step);
        body.add([
            I::LocalTee(code),
            I::If(BLOCK),
            I::LocalGet(code),
            I::Return,
            I::End,
        ]);
        body.call(get);
        body.call(finish);
        body.add([I::I32Const(0)]);
        self.module.function(body)
    }

    /// The callback of tasks that never wait.
    fn no_callback(&mut self) -> Callee {
        if let Some(known) = self.no_callback {
            return known;
        }
        let mut body = Body::new(&[ValType::I32; 3], &[ValType::I32]);
        body.add([I::Unreachable]);
        let made = self.module.function(body);
        self.no_callback = Some(made);
        made
    }

    /// `(event, state) -> code`: the code that waits on, or 0: the subtask has returned.
    fn step(&mut self) -> Callee {
        if let Some(known) = self.step {
            return known;
        }
        let handle = [ValType::I32];
        let drop = self.import(Target::SubtaskDrop, &handle, &[]);
        let drop_set = self.import(Target::SetDrop, &handle, &[]);
        let (get, join) = (self.context_get(), self.join());
        let mut body = Body::new(&[ValType::I32; 2], &[ValType::I32]);
        let block = body.local(ValType::I32);
        body.call(get);
        body.add([
            I::LocalSet(block),
            I::LocalGet(0),
            I::I32Const(SUBTASK_EVENT),
            I::I32Ne,
            I::LocalGet(1),
            I::I32Const(RETURNED),
            I::I32Ne,
            I::I32Or,
            I::If(BLOCK),
        ]);
        wait_again(&mut body, block);
        body.add([
            I::Return,
            I::End,
            // In this order for jco, where what is dropped stays in its set.
            I::LocalGet(block),
            I::I32Load(at(SUBTASK)),
            I::I32Const(0),
        ]);
        body.call(join);
        body.add([I::LocalGet(block), I::I32Load(at(SUBTASK))]);
        body.call(drop);
        body.add([I::LocalGet(block), I::I32Load(at(SET))]);
        body.call(drop_set);
        body.add([I::I32Const(0)]);
        let made = self.module.function(body);
        self.step = Some(made);
        made
    }

    fn set_new(&mut self) -> Callee {
        self.import(Target::SetNew, &[], &[ValType::I32])
    }

    fn join(&mut self) -> Callee {
        self.import(Target::Join, &[ValType::I32; 2], &[])
    }

    fn context_set(&mut self) -> Callee {
        self.import(Target::ContextSet, &[ValType::I32], &[])
    }

    fn context_get(&mut self) -> Callee {
        self.import(Target::ContextGet, &[], &[ValType::I32])
    }

    fn realloc(&mut self) -> Callee {
        self.import(Target::Realloc, &[ValType::I32; 4], &[ValType::I32])
    }

    /// `(address)`: frees a place of the heap.
    pub(super) fn free(&mut self) -> Callee {
        self.import(Target::Free, &[ValType::I32], &[])
    }
}

/// The code that waits on a block's set.
fn wait_again(body: &mut Body, block: u32) {
    body.add([
        I::LocalGet(block),
        I::I32Load(at(SET)),
        I::I32Const(SET_SHIFT),
        I::I32Shl,
        I::I32Const(WAIT),
        I::I32Or,
    ]);
}
