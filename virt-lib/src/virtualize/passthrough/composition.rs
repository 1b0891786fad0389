//! The pass-through of WASI 0.3: a composition without code of its own. In it, one component serves
//! what the policy closes or virtualizes; functions that pass streams or futures have another one
//! in front (`front`). They lie side by side, because the Component Model lets no component call
//! the one that it is nested in. This module must never decide what is served.

use super::component::{Component, import, mentioned, values};
use super::function::PassThrough;
use super::root::{Root, RootSpace};
use super::types::Types;
use super::{heap, internal, memory, shim};
use crate::error::Result;
use crate::wasi::types::parts;
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::ComponentExportKind;
use wit_parser::{
    Function, FunctionKind, InterfaceId, Resolve, Type, TypeDefKind, TypeId, WorldKey,
};

/// The functions that have another component in front, of each interface.
type Fronts = BTreeMap<InterfaceId, Vec<String>>;

/// Makes the component that exports `exports`, each an interface of `imports`. Each memory has no
/// more than `limit` bytes.
pub(super) fn component(
    resolve: &Resolve,
    imports: &[InterfaceId],
    exports: &BTreeSet<InterfaceId>,
    limit: Option<u64>,
) -> Result<Vec<u8>> {
    let fronts: Fronts = exports
        .iter()
        .map(|id| (*id, fronted(resolve, *id)))
        .filter(|(_, names)| !names.is_empty())
        .collect();
    let tasks = with_tasks(resolve, &fronts);
    let mut root = Root::new(resolve);
    import(&mut root, imports, exports)?;
    let mut composition = Composition {
        root,
        inner: BTreeMap::new(),
        front: BTreeMap::new(),
    };
    composition.serve(imports, exports, &tasks, limit)?;
    if !fronts.is_empty() {
        composition.put_in_front(imports, &fronts, &tasks, limit)?;
    }
    composition.own_types(exports);
    for id in imports.iter().filter(|id| exports.contains(id)) {
        composition.export(*id)?;
    }
    Ok(composition.root.builder.finish())
}

/// The functions of an interface that pass streams or futures and are not `async`.
fn fronted(resolve: &Resolve, id: InterfaceId) -> Vec<String> {
    let functions = resolve.interfaces[id].functions.values();
    let passing =
        functions.filter(|function| !function.kind.is_async() && passes(resolve, function));
    passing.map(|function| function.name.clone()).collect()
}

fn passes(resolve: &Resolve, function: &Function) -> bool {
    let mut todo: Vec<Type> = values(function).collect();
    let mut seen = BTreeSet::<TypeId>::new();
    while let Some(ty) = todo.pop() {
        let Type::Id(id) = ty else { continue };
        match &resolve.types[id].kind {
            TypeDefKind::Stream(_) | TypeDefKind::Future(_) => return true,
            kind if seen.insert(id) => todo.extend(parts(kind)),
            _ => {}
        }
    }
    false
}

/// The same interfaces, in which these functions are `async`.
fn with_tasks(resolve: &Resolve, fronts: &Fronts) -> Resolve {
    let mut resolve = resolve.clone();
    for (id, names) in fronts {
        for name in names {
            let Some(function) = resolve.interfaces[*id].functions.get_mut(name) else {
                continue;
            };
            function.kind = match function.kind {
                FunctionKind::Method(id) => FunctionKind::AsyncMethod(id),
                FunctionKind::Static(id) => FunctionKind::AsyncStatic(id),
                _ => FunctionKind::AsyncFreestanding,
            };
        }
    }
    resolve
}

/// The component that serves interfaces by functions, and which interfaces it imports.
fn serving(
    resolve: &Resolve,
    tasks: &Resolve,
    imports: &[InterfaceId],
    exports: &BTreeSet<InterfaceId>,
    limit: Option<u64>,
) -> Result<(Vec<u8>, Vec<InterfaceId>)> {
    let mut made = PassThrough::empty(tasks, exports)?;
    for id in exports {
        let functions = tasks.interfaces[*id].functions.values();
        let passed = functions.map(|function| match function.kind.is_async() {
            true => {
                let original = resolve.interfaces[*id].functions.get(&function.name);
                let waits = original.is_some_and(|original| original.kind.is_async());
                made.task(*id, function, waits)
            }
            false => made.plain(*id, function),
        });
        let passed: Result<Vec<_>> = passed.collect();
        made.functions.insert(*id, passed?);
    }
    let mut root = Root::new(resolve);
    import(&mut root, imports, exports)?;
    let imported = root.instances.keys().copied().collect();
    let memory = heap::module(made.widest, limit);
    let mut component = Component::new(root, made, &memory);
    component.finish(imports, exports, tasks)?;
    Ok((component.root.builder.finish(), imported))
}

/// The component in front: exports each function by its number, in order.
fn in_front(
    resolve: &Resolve,
    tasks: &Resolve,
    imports: &[InterfaceId],
    fronts: &Fronts,
    limit: Option<u64>,
) -> Result<(Vec<u8>, Vec<InterfaceId>)> {
    let none = BTreeSet::new();
    let mut made = PassThrough::empty(resolve, &none)?;
    let lost = || internal("what is put in front of is not there");
    let mut functions = Vec::new();
    for (id, names) in fronts {
        for name in names {
            let function = resolve.interfaces[*id].functions.get(name);
            let function = function.ok_or_else(lost)?;
            functions.push((function, made.front(*id, function)?));
        }
    }
    let called = mentioned(
        resolve,
        functions.iter().flat_map(|(function, _)| values(function)),
    );
    let mut root = Root::new(tasks);
    for id in imports {
        let names = fronts.get(id);
        let mut types = tasks.interfaces[*id].types.values();
        if names.is_none() && !types.any(|ty| called.contains(ty)) {
            continue;
        }
        let name = tasks.name_world_key(&WorldKey::Interface(*id));
        let wants =
            |function: &str| names.is_some_and(|names| names.iter().any(|name| name == function));
        root.import_interface(*id, name.as_str().into(), |ty| called.contains(&ty), wants)?;
    }
    let imported = root.instances.keys().copied().collect();
    let memory = memory::module(made.widest, &made.releases, limit);
    let mut component = Component::new(root, made, &memory);
    let main = component.main()?;
    let mut cores = Vec::new();
    for (function, passed) in &functions {
        cores.push((*function, component.lifted(main, function, passed)));
    }
    let root = &mut component.root;
    let mut types = Types::new(resolve, RootSpace { root });
    for (number, (function, (core, options))) in cores.into_iter().enumerate() {
        let ty = types.function(function)?;
        let builder = &mut types.space.root.builder;
        let lifted = builder.lift_func(None, core, ty, options);
        let kind = ComponentExportKind::Func;
        builder.export(by_number(number).as_str(), kind, lifted, None);
    }
    Ok((component.root.builder.finish(), imported))
}

fn by_number(number: usize) -> String {
    format!("f{number}")
}

/// The composition under construction.
struct Composition<'r> {
    root: Root<'r>,
    /// The instances that the serving component exports.
    inner: BTreeMap<InterfaceId, u32>,
    /// The functions that are in front, by interface and name.
    front: BTreeMap<(InterfaceId, String), u32>,
}

impl Composition<'_> {
    fn name(&self, id: InterfaceId) -> String {
        self.root.resolve.name_world_key(&WorldKey::Interface(id))
    }

    /// Instantiates a component that imports these interfaces, from the serving one if it has them.
    fn instantiate(&mut self, component: &[u8], imported: &[InterfaceId]) -> Result<u32> {
        let mut args = Vec::new();
        for id in imported {
            let instance = self.inner.get(id).or_else(|| self.root.instances.get(id));
            let instance = instance.ok_or_else(|| internal("what is imported is not there"))?;
            args.push((self.name(*id), ComponentExportKind::Instance, *instance));
        }
        let builder = &mut self.root.builder;
        let component = builder.component_raw(None, component);
        Ok(builder.instantiate(None, component, args))
    }

    /// Adds the component that serves.
    fn serve(
        &mut self,
        imports: &[InterfaceId],
        exports: &BTreeSet<InterfaceId>,
        tasks: &Resolve,
        limit: Option<u64>,
    ) -> Result<()> {
        let (bytes, imported) = serving(self.root.resolve, tasks, imports, exports, limit)?;
        let instance = self.instantiate(&bytes, &imported)?;
        for id in exports {
            let name = self.name(*id);
            let kind = ComponentExportKind::Instance;
            let exported = self.root.builder.alias_export(instance, &name, kind);
            self.inner.insert(*id, exported);
        }
        Ok(())
    }

    /// Adds the component in front.
    fn put_in_front(
        &mut self,
        imports: &[InterfaceId],
        fronts: &Fronts,
        tasks: &Resolve,
        limit: Option<u64>,
    ) -> Result<()> {
        let (bytes, imported) = in_front(self.root.resolve, tasks, imports, fronts, limit)?;
        let instance = self.instantiate(&bytes, &imported)?;
        let all = fronts
            .iter()
            .flat_map(|(id, names)| names.iter().map(|name| (*id, name.clone())));
        for (number, key) in all.enumerate() {
            let builder = &mut self.root.builder;
            let kind = ComponentExportKind::Func;
            let function = builder.alias_export(instance, &by_number(number), kind);
            self.front.insert(key, function);
        }
        Ok(())
    }

    /// From here on, the types of what is served by functions are those of the serving component.
    fn own_types(&mut self, called: &BTreeSet<InterfaceId>) {
        let resolve = self.root.resolve;
        self.root.types.clear();
        for id in called {
            self.root.instances.remove(id);
            for (name, ty) in &resolve.interfaces[*id].types {
                if let (TypeDefKind::Resource, Some(instance)) =
                    (&resolve.types[*ty].kind, self.inner.get(id))
                {
                    let kind = ComponentExportKind::Type;
                    let index = self.root.builder.alias_export(*instance, name, kind);
                    self.root.types.insert(*ty, index);
                }
            }
        }
    }

    /// Exports an interface of the serving component, some functions from the one in front.
    fn export(&mut self, id: InterfaceId) -> Result<()> {
        let resolve = self.root.resolve;
        let interface = &resolve.interfaces[id];
        let inner = self.inner.get(&id).copied();
        let inner = inner.ok_or_else(|| internal("what is served is not there"))?;
        let mut functions = Vec::new();
        for function in interface.functions.values() {
            let front = self.front.get(&(id, function.name.clone())).copied();
            let builder = &mut self.root.builder;
            let kind = ComponentExportKind::Func;
            let take = || builder.alias_export(inner, &function.name, kind);
            functions.push((function, front.unwrap_or_else(take)));
        }
        let root = &mut self.root;
        let mut types = Types::new(resolve, RootSpace { root });
        let instance = shim::instance(&mut types, id, &functions)?;
        let name = self.name(id);
        let kind = ComponentExportKind::Instance;
        let exported = self
            .root
            .builder
            .export(name.as_str(), kind, instance, None);
        for ty in interface.types.values() {
            self.root.types.remove(ty);
        }
        self.root.instances.insert(id, exported);
        Ok(())
    }
}
