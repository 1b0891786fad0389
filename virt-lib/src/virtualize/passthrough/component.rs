//! The component around the core modules: it imports interfaces, lowers what the modules call,
//! defines the resources that it exports, and lifts every function again. WrittenTypes by hand,
//! because most of what a general encoder writes is names that are never read. This module must
//! never decide what a function does.

use super::function::{PassThrough, Passed, Release, Target, destructors};
use super::heap;
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
pub(super) struct Component<'r> {
    pub root: Root<'r>,
    made: PassThrough<'r>,
    /// The instance with the memory, and its memory and realloc.
    memory: u32,
    abi: [CanonicalOption; 3],
    /// The resources that are exported.
    own: BTreeMap<TypeId, u32>,
    /// The functions that follow calls.
    releases: BTreeMap<Release, u32>,
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
    let mut component = Component::new(root, made, &memory);
    component.finish(imports, exports, resolve)?;
    Ok(component.root.builder.finish())
}

/// Imports every exported interface with what its functions need, and of the others the types that
/// those mention.
pub(super) fn import(
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
pub(super) fn values(function: &Function) -> impl Iterator<Item = Type> {
    let params = function.params.iter().map(|param| param.ty);
    params.chain(function.result)
}

/// These types, and all that they are made of.
pub(super) fn mentioned(
    resolve: &Resolve,
    types: impl IntoIterator<Item = Type>,
) -> BTreeSet<TypeId> {
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

impl<'r> Component<'r> {
    /// A component that has its imports, and its memory in this module.
    pub(super) fn new(mut root: Root<'r>, made: PassThrough<'r>, memory: &[u8]) -> Self {
        let memory = root.builder.core_module_raw(None, memory);
        let memory = root.builder.core_instantiate(None, memory, []);
        let mut take = |name, kind| root.builder.core_alias_export(None, memory, name, kind);
        let abi = [
            CanonicalOption::UTF8,
            CanonicalOption::Memory(take(memory::MEMORY, ExportKind::Memory)),
            CanonicalOption::Realloc(take(memory::REALLOC, ExportKind::Func)),
        ];
        Component {
            root,
            made,
            memory,
            abi,
            own: BTreeMap::new(),
            releases: BTreeMap::new(),
        }
    }

    /// Adds the functions, and exports the interfaces with the types of `exported`.
    pub(super) fn finish(
        &mut self,
        imports: &[InterfaceId],
        exports: &BTreeSet<InterfaceId>,
        exported: &'r Resolve,
    ) -> Result<()> {
        let exports: Vec<InterfaceId> = imports
            .iter()
            .copied()
            .filter(|id| exports.contains(id))
            .collect();
        self.resources(&exports)?;
        let main = self.main()?;
        // What was imported is after the core functions now; the types below are the component's
        // own.
        for id in &exports {
            self.root.instances.remove(id);
        }
        self.root.types.clone_from(&self.own);
        for id in &exports {
            self.export(*id, main, exported)?;
        }
        Ok(())
    }

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
    pub(super) fn main(&mut self) -> Result<u32> {
        let targets = std::mem::take(&mut self.made.targets);
        let returns = self.returns(&targets)?;
        let lowered = targets.iter().map(|target| match returns.get(target) {
            Some(function) => Ok(*function),
            None => self.lower(target),
        });
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
        let builder = &mut self.root.builder;
        let (interface, name) = match target {
            Target::Call(interface, name) | Target::CallAsync(interface, name) => (interface, name),
            Target::SubtaskDrop => return Ok(builder.subtask_drop()),
            Target::SetNew => return Ok(builder.waitable_set_new()),
            Target::SetDrop => return Ok(builder.waitable_set_drop()),
            Target::Join => return Ok(builder.waitable_join()),
            Target::ContextSet => return Ok(builder.context_set(ValType::I32, 0)),
            Target::ContextGet => return Ok(builder.context_get(ValType::I32, 0)),
            Target::Realloc => return Ok(self.of_memory(memory::REALLOC)),
            Target::Free => return Ok(self.of_memory(heap::FREE)),
            Target::Return(..) => return Err(lost()),
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
        let options = match target {
            Target::CallAsync(..) => {
                let own = CanonicalOption::Async;
                self.abi.iter().copied().chain([own]).collect()
            }
            _ => self.options(AbiVariant::GuestImport, function),
        };
        let builder = &mut self.root.builder;
        let index = builder.alias_export(instance, name, ComponentExportKind::Func);
        Ok(builder.lower_func(None, index, options))
    }

    /// A function of the module with the memory.
    fn of_memory(&mut self, name: &str) -> u32 {
        let builder = &mut self.root.builder;
        builder.core_alias_export(None, self.memory, name, ExportKind::Func)
    }

    /// What gives the results of tasks, whose types are those that are exported.
    fn returns(&mut self, targets: &[Target]) -> Result<BTreeMap<Target, u32>> {
        let mut returns = BTreeMap::new();
        let imported = (self.root.types.clone(), self.root.instances.clone());
        self.root.types.clone_from(&self.own);
        let made = &self.made;
        self.root.instances.retain(|id, _| !made.serves(*id));
        let root = &mut self.root;
        let mut types = Types::new(root.resolve, RootSpace { root });
        for target in targets {
            let Target::Return(interface, name) = target else {
                continue;
            };
            let functions = &types.space.root.resolve.interfaces[*interface].functions;
            let function = functions.get(name);
            let function = function.ok_or_else(|| internal("what returns is not there"))?;
            let ty = types.optional(function.result.as_ref())?;
            let [utf8, memory, _] = self.abi;
            let builder = &mut types.space.root.builder;
            returns.insert(target.clone(), builder.task_return(ty, [utf8, memory]));
        }
        (self.root.types, self.root.instances) = imported;
        Ok(returns)
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
    fn export(&mut self, id: InterfaceId, main: u32, exported: &'r Resolve) -> Result<()> {
        let resolve = exported;
        let interface = &resolve.interfaces[id];
        let passed = self.made.functions.remove(&id).unwrap_or_default();
        let mut cores = Vec::new();
        for (function, passed) in interface.functions.values().zip(passed) {
            let (core, options) = self.lifted(main, function, &passed);
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

    /// The core function that is lifted for one, and with which options.
    pub(super) fn lifted(
        &mut self,
        main: u32,
        function: &Function,
        passed: &Passed,
    ) -> (u32, Vec<CanonicalOption>) {
        let mut take = |from, number: usize| {
            let builder = &mut self.root.builder;
            builder.core_alias_export(None, from, &number.to_string(), ExportKind::Func)
        };
        let core = take(main, passed.core);
        if let Some(callback) = passed.callback {
            let callback = take(main, callback);
            let task = [CanonicalOption::Async, CanonicalOption::Callback(callback)];
            return (core, self.abi.iter().copied().chain(task).collect());
        }
        let release = passed.release.map(|release| {
            let (from, number) = match release {
                Release::All(number) => (self.memory, number),
                Release::Own(number) => (main, number),
            };
            let known = self.releases.get(&release).copied();
            known.unwrap_or_else(|| take(from, number))
        });
        self.releases.extend(passed.release.zip(release));
        let mut options = self.options(AbiVariant::GuestExport, function);
        options.extend(release.map(CanonicalOption::PostReturn));
        (core, options)
    }
}
