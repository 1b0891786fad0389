//! The functions of the core module, made from WIT. What is lifted and what is lowered have the
//! same core type but for a result in memory, which one returns and the other takes the address
//! of. So a function passes on what it got, with the handles changed. This module must never
//! decide what is exported.

use super::code::{BLOCK, Body, Callee};
use super::internal;
use super::location::{Change, Location, Slot};
use super::memory::{IMPORTED_FLAG, RESULT};
use super::module::Module;
use crate::error::Result;
use crate::wasi::types::{parts, root};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{Function, InterfaceId, Resolve, SizeAlign, Type, TypeDefKind, TypeId, TypeOwner};

/// What the core module imports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A function of an interface.
    Call(InterfaceId, String),
    /// Drops a handle of the import.
    DropImported(TypeId),
    /// Makes an own handle of the component for a representation.
    New(TypeId),
    /// The representation of an own handle of the component.
    Representation(TypeId),
    /// Drops an own handle of the component, by way of its destructor.
    DropOwn(TypeId),
    /// A function of an interface, lowered `async`.
    CallAsync(InterfaceId, String),
    /// Gives the result of a function of an interface.
    Return(InterfaceId, String),
    /// What a task waits with.
    SubtaskDrop,
    SetNew,
    SetDrop,
    Join,
    /// What a task keeps while it waits.
    ContextSet,
    ContextGet,
    /// Functions of the memory's module.
    Realloc,
    Free,
}

/// A function that is exported.
pub(super) struct Passed {
    /// The number of the core function.
    pub core: usize,
    /// The number of its callback, where it is a task.
    pub callback: Option<usize>,
    /// The function that follows the call.
    pub release: Option<Release>,
}

/// A function that follows a call, by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Release {
    /// In the module with the memory.
    All(usize),
    /// In the module with the functions.
    Own(usize),
}

/// The core module of a pass-through, under construction.
pub(super) struct PassThrough<'r> {
    pub resolve: &'r Resolve,
    pub sizes: SizeAlign,
    exports: &'r BTreeSet<InterfaceId>,
    pub module: Module,
    /// What it imports, in order.
    pub targets: Vec<Target>,
    known: BTreeMap<Target, Callee>,
    /// The functions that take a resource out of its own handle.
    pub takes: BTreeMap<TypeId, Callee>,
    /// The results of calls that a function follows.
    pub releases: Vec<Vec<ValType>>,
    /// The functions of each interface, in order.
    pub functions: BTreeMap<InterfaceId, Vec<Passed>>,
    /// The size of the widest result.
    pub widest: u32,
    /// Functions that tasks share.
    pub no_callback: Option<Callee>,
    pub step: Option<Callee>,
}

impl<'r> PassThrough<'r> {
    /// A module without functions, of a component that exports these interfaces.
    pub(super) fn empty(resolve: &'r Resolve, exports: &'r BTreeSet<InterfaceId>) -> Result<Self> {
        let mut sizes = SizeAlign::default();
        sizes
            .fill(resolve)
            .map_err(|error| internal(format!("{error:#}")))?;
        Ok(PassThrough {
            resolve,
            sizes,
            exports,
            module: Module::default(),
            targets: Vec::new(),
            known: BTreeMap::new(),
            takes: BTreeMap::new(),
            releases: Vec::new(),
            functions: BTreeMap::new(),
            widest: 0,
            no_callback: None,
            step: None,
        })
    }

    /// The module that exports these interfaces.
    pub(super) fn new(resolve: &'r Resolve, exports: &'r BTreeSet<InterfaceId>) -> Result<Self> {
        let mut new = Self::empty(resolve, exports)?;
        for id in exports {
            let functions = resolve.interfaces[*id].functions.values();
            let passed = functions.map(|function| new.pass(*id, function));
            let passed: Result<Vec<_>> = passed.collect();
            new.functions.insert(*id, passed?);
        }
        Ok(new)
    }

    /// Whether the component exports an interface.
    pub(super) fn serves(&self, interface: InterfaceId) -> bool {
        self.exports.contains(&interface)
    }

    /// Whether the component exports the interface of a resource.
    pub(super) fn exports(&self, resource: TypeId) -> bool {
        let owner = self.resolve.types[root(self.resolve, resource)].owner;
        matches!(owner, TypeOwner::Interface(id) if self.exports.contains(&id))
    }

    /// Exports a function that calls the import of the same name.
    fn pass(&mut self, interface: InterfaceId, function: &Function) -> Result<Passed> {
        let resolve = self.resolve;
        let lifted = resolve.wasm_signature(AbiVariant::GuestExport, function);
        let lowered = resolve.wasm_signature(AbiVariant::GuestImport, function);
        let import = self.import(
            Target::Call(interface, function.name.clone()),
            &val_types(&lowered.params),
            &val_types(&lowered.results),
        );
        let callee = match self.body(function, import, &lifted)? {
            Some(body) => self.module.function(body),
            None => import,
        };
        let uses_memory = lifted.indirect_params || self.has_list(function);
        Ok(Passed {
            core: self.module.export(callee),
            callback: None,
            release: uses_memory.then(|| self.release(val_types(&lifted.results))),
        })
    }

    /// What a function does around the call; none where that is nothing.
    fn body(
        &mut self,
        function: &Function,
        import: Callee,
        lifted: &WasmSignature,
    ) -> Result<Option<Body>> {
        let mut body = Body::new(&val_types(&lifted.params), &val_types(&lifted.results));
        let slots: Vec<Slot> = (0..).zip(&body.params).map(Slot::new).collect();
        let given = match lifted.indirect_params {
            true => Location::Memory { base: 0, offset: 0 },
            false => Location::Flat(&slots),
        };
        let types: Vec<Type> = function.params.iter().map(|param| param.ty).collect();
        self.values(&mut body, &types, given, Change::In)?;
        let before = body.len();
        for slot in &slots {
            body.add([I::LocalGet(slot.local)]);
        }
        if let Some(ty) = function.result.as_ref().filter(|_| lifted.retptr) {
            self.widest = self.widest.max(self.sizes.size(ty).size_wasm32() as u32);
            body.add([I::I32Const(RESULT as i32)]);
        }
        body.call(import);
        let called = body.len();
        let result = body.results.first().copied();
        body.around(
            |body| {
                let slot = result.map(|ty| Slot::new((body.local(ty), &ty)));
                if let Some(slot) = slot {
                    if lifted.retptr {
                        body.add([I::I32Const(RESULT as i32)]);
                    }
                    body.add([I::LocalSet(slot.local)]);
                }
                slot
            },
            |body, slot| {
                if let (Some(ty), Some(slot)) = (&function.result, slot) {
                    let place = match lifted.retptr {
                        true => Location::Memory {
                            base: slot.local,
                            offset: 0,
                        },
                        false => Location::Flat(std::slice::from_ref(slot)),
                    };
                    self.value(body, ty, place, Change::Out)?;
                }
                self.values(body, &types, given, Change::GiveBack)
            },
            |body, slot| {
                if let Some(slot) = slot.filter(|_| !lifted.retptr) {
                    body.add([I::LocalGet(slot.local)]);
                }
            },
        )?;
        let is_plain = before == 0 && body.len() == called && !lifted.retptr;
        if lifted.retptr {
            body.add([I::I32Const(RESULT as i32)]);
        }
        Ok((!is_plain).then_some(body))
    }

    /// The number of the function that follows a call with these results.
    pub(super) fn release(&mut self, results: Vec<ValType>) -> Release {
        let known = self.releases.iter().position(|known| *known == results);
        Release::All(known.unwrap_or_else(|| {
            self.releases.push(results);
            self.releases.len() - 1
        }))
    }

    pub(super) fn import(
        &mut self,
        target: Target,
        params: &[ValType],
        results: &[ValType],
    ) -> Callee {
        if let Some(known) = self.known.get(&target) {
            return *known;
        }
        let import = self.module.import(params, results);
        self.targets.push(target.clone());
        self.known.insert(target, import);
        import
    }

    /// Handle of the import → own handle of the component.
    pub(super) fn make(&mut self, resource: TypeId) -> Callee {
        self.import(Target::New(resource), &[ValType::I32], &[ValType::I32])
    }

    /// Own handle of the component's → handle of the import: the own one goes, and its destructor
    /// leaves the other alone.
    pub(super) fn take(&mut self, resource: TypeId) -> Callee {
        if let Some(known) = self.takes.get(&resource) {
            return *known;
        }
        let handle = [ValType::I32];
        let representation = self.import(Target::Representation(resource), &handle, &handle);
        let drop = self.import(Target::DropOwn(resource), &handle, &[]);
        let mut body = Body::new(&handle, &handle);
        body.add([I::LocalGet(0)]);
        body.call(representation);
        body.add([I::I32Const(1), I::GlobalSet(IMPORTED_FLAG), I::LocalGet(0)]);
        body.call(drop);
        let take = self.module.function(body);
        self.takes.insert(resource, take);
        take
    }

    /// Drops a handle of the import.
    pub(super) fn drop_imported(&mut self, resource: TypeId) -> Callee {
        self.import(Target::DropImported(resource), &[ValType::I32], &[])
    }

    /// Whether memory is needed for what a function takes or gives.
    pub(super) fn has_list(&self, function: &Function) -> bool {
        let params = function.params.iter().map(|param| param.ty);
        let mut todo: Vec<Type> = params.chain(function.result).collect();
        while let Some(ty) = todo.pop() {
            let kind = match ty {
                Type::String => return true,
                Type::Id(id) => &self.resolve.types[id].kind,
                _ => continue,
            };
            match kind {
                TypeDefKind::List(_) => return true,
                TypeDefKind::Handle(_) => {}
                kind => todo.extend(parts(kind)),
            }
        }
        false
    }
}

/// The module with the destructors of these exported resources, each of which drops the handle of
/// the import. `takes` says which are taken out of their own handles.
pub(super) fn destructors(resources: &[TypeId], takes: impl Fn(TypeId) -> bool) -> Vec<u8> {
    let mut module = Module::default();
    for resource in resources {
        let drop = module.import(&[ValType::I32], &[]);
        let mut body = Body::new(&[ValType::I32], &[]);
        if takes(*resource) {
            body.add([
                I::GlobalGet(IMPORTED_FLAG),
                I::If(BLOCK),
                I::I32Const(0),
                I::GlobalSet(IMPORTED_FLAG),
                I::Return,
                I::End,
            ]);
        }
        body.add([I::LocalGet(0)]);
        body.call(drop);
        let destructor = module.function(body);
        module.export(destructor);
    }
    module.encode(false)
}

/// The types of core values.
pub(super) fn val_types(types: &[WasmType]) -> Vec<ValType> {
    let convert = |ty: &WasmType| match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    };
    types.iter().map(convert).collect()
}
