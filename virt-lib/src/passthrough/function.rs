//! The functions of the core module, made from WIT. What is lifted and what is lowered have the
//! same core type but for a result in memory, which one returns and the other takes the address
//! of. So a function passes on what it got, with the handles changed. This module must never
//! decide what is exported.

use super::code::{BLOCK, Body, Callee};
use super::handles::{Change, Place, Slot};
use super::memory::{self, KEEP, RESULT};
use super::module::Module;
use super::{MANGLING, internal};
use crate::error::Result;
use crate::policy::Size;
use crate::types::{parts, root};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{Instruction as I, ValType};
use wit_parser::abi::{AbiVariant, WasmSignature, WasmType};
use wit_parser::{
    Function, InterfaceId, Resolve, ResourceIntrinsic, SizeAlign, Type, TypeDefKind, TypeId,
    TypeOwner, WasmExport, WasmExportKind, WasmImport, WorldKey,
};

/// The core module of a pass-through, under construction.
pub(super) struct PassThrough<'r> {
    pub(super) resolve: &'r Resolve,
    pub(super) sizes: SizeAlign,
    pub(super) module: Module,
    exports: &'r BTreeSet<InterfaceId>,
    /// The functions that take a resource out of the component's own.
    pub(super) takes: BTreeMap<TypeId, Callee>,
    /// The functions that follow a call, by the results of the call.
    releases: Vec<(Vec<ValType>, Callee)>,
    /// Where memory begins that is free between calls.
    base: u32,
}

impl<'r> PassThrough<'r> {
    /// Begins a module that exports these interfaces.
    pub(super) fn new(resolve: &'r Resolve, exports: &'r BTreeSet<InterfaceId>) -> Result<Self> {
        let mut sizes = SizeAlign::default();
        sizes
            .fill(resolve)
            .map_err(|error| internal(format!("{error:#}")))?;
        let functions = exports
            .iter()
            .flat_map(|id| resolve.interfaces[*id].functions.values());
        let widest = functions
            .filter_map(|function| function.result.as_ref())
            .map(|result| sizes.size(result).size_wasm32() as u32)
            .max();
        Ok(PassThrough {
            resolve,
            sizes,
            module: Module::default(),
            exports,
            takes: BTreeMap::new(),
            releases: Vec::new(),
            base: (RESULT + widest.unwrap_or_default()).next_multiple_of(16),
        })
    }

    /// The module, whose memory has no more than `limit`.
    pub(super) fn module(mut self, limit: Option<Size>) -> Result<Vec<u8>> {
        for id in self.exports {
            for function in self.resolve.interfaces[*id].functions.values() {
                self.pass(*id, function)?;
            }
        }
        // Only now it is known which resources are taken out.
        for id in self.exports {
            for ty in self.resolve.interfaces[*id].types.values() {
                if let TypeDefKind::Resource = self.resolve.types[*ty].kind {
                    self.destructor(*id, *ty);
                }
            }
        }
        let realloc = self.module.function(memory::realloc());
        let name = self.resolve.wasm_export_name(MANGLING, WasmExport::Realloc);
        self.module.export(name, realloc);
        let most = limit.map(|limit| (limit.0 >> 16).min(1 << 16));
        Ok(self.module.encode(self.base, most))
    }

    /// Whether the component exports the interface of a resource.
    pub(super) fn exports(&self, resource: TypeId) -> bool {
        let owner = self.resolve.types[root(self.resolve, resource)].owner;
        matches!(owner, TypeOwner::Interface(id) if self.exports.contains(&id))
    }

    /// Exports a function that calls the import of the same name.
    fn pass(&mut self, interface: InterfaceId, function: &Function) -> Result<()> {
        let resolve = self.resolve;
        let key = WorldKey::Interface(interface);
        let lifted = resolve.wasm_signature(AbiVariant::GuestExport, function);
        let lowered = resolve.wasm_signature(AbiVariant::GuestImport, function);
        let name = WasmImport::Func {
            interface: Some(&key),
            func: function,
        };
        let import = self.module.import(
            resolve.wasm_import_name(MANGLING, name),
            &val_types(&lowered.params),
            &val_types(&lowered.results),
        );
        let export = |kind| WasmExport::Func {
            interface: Some(&key),
            func: function,
            kind,
        };
        let callee = match self.body(function, import, &lifted)? {
            Some(body) => self.module.function(body),
            None => import,
        };
        let name = resolve.wasm_export_name(MANGLING, export(WasmExportKind::Normal));
        self.module.export(name, callee);
        if lifted.indirect_params || self.has_list(function) {
            let release = self.release(&lifted.results);
            let name = resolve.wasm_export_name(MANGLING, export(WasmExportKind::PostReturn));
            self.module.export(name, release);
        }
        Ok(())
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
            true => Place::Memory { base: 0, offset: 0 },
            false => Place::Flat(&slots),
        };
        let types: Vec<Type> = function.params.iter().map(|param| param.ty).collect();
        self.values(&mut body, &types, given, Change::In)?;
        let before = body.len();
        for slot in &slots {
            body.add([I::LocalGet(slot.local)]);
        }
        if lifted.retptr {
            body.add([I::I32Const(RESULT as i32)]);
        }
        body.call(import);
        let called = body.len();
        let result = body.results.first().copied();
        body.around(
            |body| {
                let slot = result.map(|ty| Slot {
                    local: body.local(ty),
                    ty,
                });
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
                        true => Place::Memory {
                            base: slot.local,
                            offset: 0,
                        },
                        false => Place::Flat(std::slice::from_ref(slot)),
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

    /// Exports the destructor of an exported resource, which drops the import's.
    fn destructor(&mut self, interface: InterfaceId, resource: TypeId) {
        let drop = self.drop_imported(resource);
        let function = match self.takes.contains_key(&resource) {
            false => drop,
            true => {
                let mut body = Body::new(&[ValType::I32], &[]);
                body.add([
                    I::GlobalGet(KEEP),
                    I::If(BLOCK),
                    I::I32Const(0),
                    I::GlobalSet(KEEP),
                    I::Return,
                    I::End,
                    I::LocalGet(0),
                ]);
                body.call(drop);
                self.module.function(body)
            }
        };
        let key = WorldKey::Interface(interface);
        let name = WasmExport::ResourceDtor {
            interface: &key,
            resource,
        };
        let name = self.resolve.wasm_export_name(MANGLING, name);
        self.module.export(name, function);
    }

    /// The function that follows a call with these results.
    fn release(&mut self, results: &[WasmType]) -> Callee {
        let params = val_types(results);
        let known = self.releases.iter().find(|(known, _)| *known == params);
        if let Some((_, known)) = known {
            return *known;
        }
        let release = self.module.function(memory::release(&params, self.base));
        self.releases.push((params, release));
        release
    }

    /// Handle of the import → own handle of the component's.
    pub(super) fn make(&mut self, resource: TypeId) -> Callee {
        self.intrinsic(resource, ResourceIntrinsic::ExportedNew, &[ValType::I32])
    }

    /// Own handle of the component's → handle of the import.
    pub(super) fn representation(&mut self, resource: TypeId) -> Callee {
        self.intrinsic(resource, ResourceIntrinsic::ExportedRep, &[ValType::I32])
    }

    /// Drops an own handle of the component's, by way of its destructor.
    pub(super) fn drop_own(&mut self, resource: TypeId) -> Callee {
        self.intrinsic(resource, ResourceIntrinsic::ExportedDrop, &[])
    }

    /// Drops a handle of the import.
    pub(super) fn drop_imported(&mut self, resource: TypeId) -> Callee {
        self.intrinsic(resource, ResourceIntrinsic::ImportedDrop, &[])
    }

    fn intrinsic(
        &mut self,
        resource: TypeId,
        intrinsic: ResourceIntrinsic,
        results: &[ValType],
    ) -> Callee {
        let resource = root(self.resolve, resource);
        let interface = match self.resolve.types[resource].owner {
            TypeOwner::Interface(id) => Some(WorldKey::Interface(id)),
            _ => None,
        };
        let name = WasmImport::ResourceIntrinsic {
            interface: interface.as_ref(),
            resource,
            intrinsic,
        };
        let name = self.resolve.wasm_import_name(MANGLING, name);
        self.module.import(name, &[ValType::I32], results)
    }

    /// Whether memory is needed for what a function takes or gives.
    fn has_list(&self, function: &Function) -> bool {
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

fn val_types(types: &[WasmType]) -> Vec<ValType> {
    let convert = |ty: &WasmType| match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    };
    types.iter().map(convert).collect()
}
