//! The component around the core modules: it imports interfaces, lowers what the modules call,
//! defines the resources that it exports, and lifts every function again. WrittenTypes by hand,
//! because most of what a general encoder writes is names that are never read. This module must
//! never decide what a function does.

use super::function::{PassThrough, Passed, Target, destructors};
use super::internal;
use super::memory;
use super::root::{Root, RootSpace};
use super::shim;
use super::types::Types;
use crate::error::Result;
use crate::wasi::types::parts;
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{CanonicalOption, ComponentExportKind, ExportKind, ModuleArg, ValType};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId, WorldKey};

/// An item of a core instance that is put together of others.
type Bundled = (String, ExportKind, u32);

/// The component under construction.
struct Component<'r> {
    root: Root<'r>,
    made: PassThrough<'r>,
    /// The instance with the memory, and its memory and realloc.
    memory: u32,
    abi: [CanonicalOption; 3],
    /// The resources that are exported.
    own: BTreeMap<TypeId, u32>,
    /// The functions that follow calls.
    releases: BTreeMap<usize, u32>,
}

/// The component that exports `exports`, each an interface of `imports`. Its memory has no more
/// than `limit` bytes.
pub(super) fn component(
    resolve: &Resolve,
    imports: &[InterfaceId],
    exports: &BTreeSet<InterfaceId>,
    limit: Option<u64>,
) -> Result<Vec<u8>> {
    let made = PassThrough::new(resolve, exports)?;
    let mut root = Root::new(resolve);
    import(&mut root, imports, exports)?;
    let memory = memory::module(made.widest, &made.releases, limit);
    let memory = root.builder.core_module_raw(None, &memory);
    let memory = root.builder.core_instantiate(None, memory, []);
    let mut take = |name, kind| root.builder.core_alias_export(None, memory, name, kind);
    let abi = [
        CanonicalOption::UTF8,
        CanonicalOption::Memory(take(memory::MEMORY, ExportKind::Memory)),
        CanonicalOption::Realloc(take(memory::REALLOC, ExportKind::Func)),
    ];
    let mut component = Component {
        root,
        made,
        memory,
        abi,
        own: BTreeMap::new(),
        releases: BTreeMap::new(),
    };
    let exports: Vec<InterfaceId> = imports
        .iter()
        .copied()
        .filter(|id| exports.contains(id))
        .collect();
    component.resources(&exports)?;
    let main = component.main()?;
    // What was imported is after the core functions now; the types below are the component's own.
    for id in &exports {
        component.root.instances.remove(id);
    }
    component.root.types.clone_from(&component.own);
    for id in &exports {
        component.export(*id, main)?;
    }
    Ok(component.root.builder.finish())
}

/// Imports every exported interface with what its functions need, and of the others the types that
/// those mention.
fn import(
    root: &mut Root<'_>,
    imports: &[InterfaceId],
    exports: &BTreeSet<InterfaceId>,
) -> Result<()> {
    let resolve = root.resolve;
    let interfaces = || exports.iter().map(|id| &resolve.interfaces[*id]);
    let functions = interfaces().flat_map(|interface| interface.functions.values());
    let called = mentioned(resolve, functions.flat_map(values));
    let types = interfaces().flat_map(|interface| interface.types.values());
    let all = mentioned(resolve, types.map(|id| Type::Id(*id)));
    for id in imports {
        let interface = &resolve.interfaces[*id];
        let is_exported = exports.contains(id);
        let is_resource = |id| matches!(resolve.types[id].kind, TypeDefKind::Resource);
        let wants = |ty: TypeId| match is_exported {
            true => called.contains(&ty) || is_resource(ty),
            false => called.contains(&ty) || all.contains(&ty),
        };
        let empty = !is_exported || interface.functions.is_empty();
        if empty && !interface.types.values().any(|ty| wants(*ty)) {
            continue;
        }
        let name = resolve.name_world_key(&WorldKey::Interface(*id));
        root.import_interface(*id, name.as_str().into(), wants, |_| is_exported)?;
    }
    Ok(())
}

/// The types of what a function takes and gives.
fn values(function: &Function) -> impl Iterator<Item = Type> {
    let params = function.params.iter().map(|param| param.ty);
    params.chain(function.result)
}

/// These types, and all that they are made of.
fn mentioned(resolve: &Resolve, types: impl IntoIterator<Item = Type>) -> BTreeSet<TypeId> {
    let mut todo: Vec<Type> = types.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(ty) = todo.pop() {
        if let Type::Id(id) = ty
            && found.insert(id)
        {
            todo.extend(parts(&resolve.types[id].kind));
        }
    }
    found
}

impl Component<'_> {
    /// Defines the resources that are exported, with their destructors.
    fn resources(&mut self, exports: &[InterfaceId]) -> Result<()> {
        let resolve = self.root.resolve;
        let types = exports
            .iter()
            .flat_map(|id| resolve.interfaces[*id].types.values());
        let resources: Vec<TypeId> = types
            .copied()
            .filter(|id| matches!(resolve.types[*id].kind, TypeDefKind::Resource))
            .collect();
        if resources.is_empty() {
            return Ok(());
        }
        let drops = resources
            .iter()
            .map(|id| self.lower(&Target::DropImported(*id)));
        let drops: Result<Vec<u32>> = drops.collect();
        let module = destructors(&resources, |id| self.made.takes.contains_key(&id));
        let instance = self.instantiate(&module, &drops?);
        for (number, id) in resources.iter().enumerate() {
            let builder = &mut self.root.builder;
            let name = number.to_string();
            let destructor = builder.core_alias_export(None, instance, &name, ExportKind::Func);
            let index = builder.type_resource(None, ValType::I32, Some(destructor));
            self.own.insert(*id, index);
        }
        Ok(())
    }

    /// The instance of the module with the functions.
    fn main(&mut self) -> Result<u32> {
        let targets = std::mem::take(&mut self.made.targets);
        let lowered = targets.iter().map(|target| self.lower(target));
        let lowered: Result<Vec<u32>> = lowered.collect();
        let module = self.made.module.encode(true);
        Ok(self.instantiate(&module, &lowered?))
    }

    /// The instance of a module that imports functions by number.
    fn instantiate(&mut self, module: &[u8], functions: &[u32]) -> u32 {
        let builder = &mut self.root.builder;
        let numbered = functions.iter().enumerate();
        let bundle: Vec<Bundled> = numbered
            .map(|(number, function)| (number.to_string(), ExportKind::Func, *function))
            .collect();
        let bundle = bundle
            .iter()
            .map(|(name, kind, at)| (name.as_str(), *kind, *at));
        let bundle = builder.core_instantiate_exports(None, bundle.collect::<Vec<_>>());
        let module = builder.core_module_raw(None, module);
        let args = [
            (memory::MODULE, ModuleArg::Instance(self.memory)),
            ("", ModuleArg::Instance(bundle)),
        ];
        builder.core_instantiate(None, module, args)
    }

    /// The core function for something that a module imports.
    fn lower(&mut self, target: &Target) -> Result<u32> {
        let lost = || internal("what is called is not there");
        let resolve = self.root.resolve;
        let (interface, name) = match target {
            Target::Call(interface, name) => (interface, name),
            Target::DropImported(id) => {
                let resource = self.root.find(*id).ok_or_else(lost)?;
                return Ok(self.root.builder.resource_drop(resource));
            }
            Target::New(id) | Target::Representation(id) | Target::DropOwn(id) => {
                let own = *self.own.get(id).ok_or_else(lost)?;
                let builder = &mut self.root.builder;
                return Ok(match target {
                    Target::New(_) => builder.resource_new(own),
                    Target::Representation(_) => builder.resource_rep(own),
                    _ => builder.resource_drop(own),
                });
            }
        };
        let instance = *self.root.instances.get(interface).ok_or_else(lost)?;
        let functions = &resolve.interfaces[*interface].functions;
        let function = functions.get(name).ok_or_else(lost)?;
        let options = self.options(AbiVariant::GuestImport, function);
        let builder = &mut self.root.builder;
        let index = builder.alias_export(instance, name, ComponentExportKind::Func);
        Ok(builder.lower_func(None, index, options))
    }

    /// Memory is named only where values lie in it.
    fn options(&self, variant: AbiVariant, function: &Function) -> Vec<CanonicalOption> {
        let signature = self.root.resolve.wasm_signature(variant, function);
        let is_pointer = |ty: &WasmType| {
            matches!(
                ty,
                WasmType::Pointer | WasmType::PointerOrI64 | WasmType::Length
            )
        };
        let mut params = signature.params.iter();
        match signature.retptr || signature.indirect_params || params.any(is_pointer) {
            true => self.abi.to_vec(),
            false => Vec::new(),
        }
    }

    /// Lifts the functions of an interface and exports it.
    fn export(&mut self, id: InterfaceId, main: u32) -> Result<()> {
        let resolve = self.root.resolve;
        let interface = &resolve.interfaces[id];
        let passed = self.made.functions.remove(&id).unwrap_or_default();
        let mut cores = Vec::new();
        for (function, Passed { core, release }) in interface.functions.values().zip(passed) {
            let mut options = self.options(AbiVariant::GuestExport, function);
            let builder = &mut self.root.builder;
            let name = core.to_string();
            let core = builder.core_alias_export(None, main, &name, ExportKind::Func);
            if let Some(number) = release {
                let alias = || {
                    let name = number.to_string();
                    builder.core_alias_export(None, self.memory, &name, ExportKind::Func)
                };
                let release = *self.releases.entry(number).or_insert_with(alias);
                options.push(CanonicalOption::PostReturn(release));
            }
            cores.push((function, core, options));
        }
        let root = &mut self.root;
        let mut types = Types::new(resolve, RootSpace { root });
        let mut lifted = Vec::new();
        for (function, core, options) in cores {
            let ty = types.function(function)?;
            let builder = &mut types.space.root.builder;
            lifted.push((function, builder.lift_func(None, core, ty, options)));
        }
        let instance = shim::instance(&mut types, id, &lifted)?;
        let name = resolve.name_world_key(&WorldKey::Interface(id));
        let builder = &mut self.root.builder;
        let kind = ComponentExportKind::Instance;
        let exported = builder.export(name.as_str(), kind, instance, None);
        // From here on its types are those of the exported instance, which have names.
        for ty in interface.types.values() {
            self.root.types.remove(ty);
        }
        self.root.instances.insert(id, exported);
        Ok(())
    }
}
