//! Functions made from WIT: for every function that the adapter exports and does not implement itself,
//! one that calls the host's or one that refuses. Handles are rewritten, arguments and results freed;
//! strings and lists are never copied, because all of it shares the adapter's memory.
//!
//! A resource that is merely forwarded uses the host's handle as its representation, so that a borrowed
//! `self` arrives as exactly the number the host wants. This module must never decide what is forwarded.

mod cross;
mod deny;
mod forward;
mod trace;
mod walk;

use crate::error::{Error, Result, Stage};
use crate::module::{
    Code, DataId, FunctionId, GlobalId, Item, Local, Module, Op, Signature, ValType,
};
use crate::policy::DenyMode;
use crate::signature::{check_supported, is_adapters};
use crate::types::root;
use crate::world::{AdapterWorld, Export, Owner, Service};
use std::collections::BTreeMap;
use trace::Tracer;
use walk::Action;
use wit_parser::abi::WasmType;
use wit_parser::{
    Function, InterfaceId, LiftLowerAbi, ManglingAndAbi, Resolve, ResourceIntrinsic, SizeAlign,
    Type, TypeDefKind, TypeId, TypeOwner, WasmExport, WasmExportKind, WasmImport, WorldItem,
    WorldKey,
};

/// The names core modules use for imports and exports of components.
pub(crate) const MANGLING: ManglingAndAbi = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);

/// What the synthesized code needs from the module it joins.
pub(crate) struct Surroundings {
    /// `virt_free(pointer, size, alignment)`.
    pub free: FunctionId,
    /// Address of the area that results are returned in, at the end of everything else.
    pub return_area: i32,
    /// Where the texts of a trace go, if there is to be one.
    pub trace: Option<DataId>,
}

/// Adds functions to a module.
pub(crate) struct Synth<'a> {
    world: &'a AdapterWorld,
    resolve: &'a Resolve,
    module: &'a mut Module<'static>,
    around: Surroundings,
    deny: DenyMode,
    sizes: SizeAlign,
    /// Set while an own handle of a forwarded resource is dropped without its destructor.
    suppress: GlobalId,
    imports: BTreeMap<(String, String), FunctionId>,
    takes: BTreeMap<TypeId, FunctionId>,
    handovers: BTreeMap<(TypeId, bool), FunctionId>,
    return_area_size: usize,
}

impl<'a> Synth<'a> {
    pub(crate) fn new(
        world: &'a AdapterWorld,
        module: &'a mut Module<'static>,
        around: Surroundings,
        deny: DenyMode,
    ) -> Result<Self> {
        let mut sizes = SizeAlign::default();
        sizes
            .fill(&world.resolve)
            .map_err(|error| Error::component(format!("{error:#}")))?;
        let suppress = module.global();
        Ok(Synth {
            world,
            resolve: &world.resolve,
            module,
            around,
            deny,
            sizes,
            suppress,
            imports: BTreeMap::new(),
            takes: BTreeMap::new(),
            handovers: BTreeMap::new(),
            return_area_size: 0,
        })
    }

    /// Adds every function and destructor that the adapter does not implement. Returns the size of the
    /// return area in bytes, with what lies behind it.
    pub(crate) fn run(mut self) -> Result<usize> {
        for export in &self.world.exports {
            for (function, service) in &export.functions {
                check_supported(self.resolve, export, function, service)?;
                match service {
                    Service::Adapter if is_adapters(self.resolve, &export.name, function)? => {}
                    Service::Adapter | Service::Deny => self.deny(export, function)?,
                    Service::Forward(host) => self.forward(export, *host, function)?,
                    Service::Adopt => self.cross(export, function, Action::FromHost)?,
                    Service::Release => self.cross(export, function, Action::ToHost)?,
                }
            }
        }
        for export in &self.world.exports {
            self.destructors(export);
        }
        if let Some(data) = self.around.trace {
            let base = self.around.return_area + self.return_area_size as i32;
            let texts = Tracer::new(&mut self, base)?.run()?;
            self.return_area_size += texts.len();
            self.module.fill(data, base, texts);
        }
        Ok(self.return_area_size)
    }

    /// Destructors of the resources that synthesized code makes.
    fn destructors(&mut self, export: &Export) {
        let Some(host) = export.host else {
            return;
        };
        for (name, id) in &self.resolve.interfaces[export.id].types {
            if !matches!(self.resolve.types[*id].kind, TypeDefKind::Resource)
                || self.world.owner(*id) != Owner::Forwarder
            {
                continue;
            }
            let there = self.resolve.interfaces[host].types[name];
            let drop = self.host_drop(there);
            let export_name = self.resolve.wasm_export_name(
                MANGLING,
                WasmExport::ResourceDtor {
                    interface: &export.key,
                    resource: *id,
                },
            );
            let handle = self.local(ValType::I32);
            let mut ops = vec![Op::Get(handle), Op::Call(drop)];
            if self.takes.contains_key(id) {
                ops = vec![Op::GlobalGet(self.suppress), Op::Eqz, Op::If(ops, vec![])];
            }
            let function = self.function(None, &[handle], &[], ops);
            self.export(export_name, function);
        }
    }

    fn export_name(&self, export: &Export, function: &Function, kind: WasmExportKind) -> String {
        self.resolve.wasm_export_name(
            MANGLING,
            WasmExport::Func {
                interface: Some(&export.key),
                func: function,
                kind,
            },
        )
    }

    fn local(&mut self, ty: ValType) -> Local {
        self.module.local(ty)
    }

    fn function(
        &mut self,
        name: Option<String>,
        args: &[Local],
        results: &[ValType],
        ops: Vec<Op>,
    ) -> FunctionId {
        let args = args.to_vec();
        self.module.function(name, results, Code { args, ops })
    }

    fn export(&mut self, name: String, function: FunctionId) {
        self.module.exports.insert(name, Item::Function(function));
    }

    fn import(
        &mut self,
        import: WasmImport<'_>,
        params: &[ValType],
        results: &[ValType],
    ) -> FunctionId {
        let name = self.resolve.wasm_import_name(MANGLING, import);
        if let Some(id) = self.imports.get(&name) {
            return *id;
        }
        let id = match self.module.imported(&name.0, &name.1) {
            Some(id) => id,
            None => {
                let signature = Signature {
                    params: params.to_vec(),
                    results: results.to_vec(),
                };
                self.module.import(name.clone(), signature)
            }
        };
        self.imports.insert(name, id);
        id
    }

    /// `resource.drop` of a handle that the host made.
    fn host_drop(&mut self, resource: TypeId) -> FunctionId {
        self.intrinsic(resource, ResourceIntrinsic::ImportedDrop, &[])
    }

    fn exported(&mut self, resource: TypeId, intrinsic: ResourceIntrinsic) -> FunctionId {
        let results: &[ValType] = match intrinsic {
            ResourceIntrinsic::ExportedNew | ResourceIntrinsic::ExportedRep => &[ValType::I32],
            ResourceIntrinsic::ExportedDrop | ResourceIntrinsic::ImportedDrop => &[],
        };
        self.intrinsic(resource, intrinsic, results)
    }

    fn intrinsic(
        &mut self,
        resource: TypeId,
        intrinsic: ResourceIntrinsic,
        results: &[ValType],
    ) -> FunctionId {
        let resource = root(self.resolve, resource);
        let key = match self.resolve.types[resource].owner {
            TypeOwner::Interface(id) => Some(self.key(id)),
            _ => None,
        };
        self.import(
            WasmImport::ResourceIntrinsic {
                interface: key.as_ref(),
                resource,
                intrinsic,
            },
            &[ValType::I32],
            results,
        )
    }

    /// The key under which the adapter's world has an interface.
    fn key(&self, id: InterfaceId) -> WorldKey {
        let world = &self.resolve.worlds[self.world.world];
        world
            .exports
            .iter()
            .chain(&world.imports)
            .find(|(_, item)| matches!(item, WorldItem::Interface { id: this, .. } if *this == id))
            .map_or(WorldKey::Interface(id), |(key, _)| key.clone())
    }

    /// A function the adapter exports for the engine, such as `virt_wrap_pollable`.
    fn adapter_function(&self, verb: &str, resource: TypeId) -> Result<FunctionId> {
        let name = self.resolve.types[root(self.resolve, resource)]
            .name
            .as_deref()
            .unwrap_or_default();
        let name = format!("virt_{verb}_{name}");
        self.module.exported(&name).ok_or_else(|| {
            Error::internal(Stage::Specialize, format!("the adapter lacks `{name}`"))
        })
    }

    fn reserve_return_area(&mut self, result: &Type) {
        let size = self.sizes.size(result).size_wasm32();
        self.return_area_size = self.return_area_size.max(size);
    }
}

/// The core type of a flattened value.
fn val_type(ty: &WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}
