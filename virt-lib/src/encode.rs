//! The adapter's core module as a component: interfaces of the host imported, functions lowered into the module's
//! table, functions lifted, and an instance for every interface served. Written by hand, because most of what a general
//! encoder writes is names that nobody reads.
//!
//! The module imports nothing: what it calls lies in its table, which a second module, the only other core code here,
//! fills once both exist.

mod filler;
mod live;

use crate::error::{Error, Result, Stage};
use crate::module::{Emitted, Import, MEMORY, TABLE};
use crate::passthrough::{Root, RootSpace, Types, shim};
use crate::synth::MANGLING;
use crate::world::{AdapterWorld, Export};
use std::collections::BTreeMap;
use wasm_encoder::{CanonicalOption, ComponentExportKind, ExportKind, ModuleArg, ValType};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Function, Resolve, TypeDefKind, WasmExport, WasmExportKind, WorldKey};

pub(crate) use live::{Live, Target, Targets, targets};

/// The component under construction, with the adapter's module in it.
struct Encoder<'a> {
    root: Root<'a>,
    world: &'a AdapterWorld,
    module: &'a Emitted,
    targets: &'a Targets,
    instance: u32,
    /// Number of an export of the module → core function.
    cores: BTreeMap<u32, u32>,
}

/// A component, and what it needs of others.
pub(crate) struct Encoded {
    pub bytes: Vec<u8>,
    pub live: Live,
}

/// Wraps the module; it is validated later, with the whole.
pub(crate) fn encode(module: &Emitted, world: &AdapterWorld, targets: &Targets) -> Result<Encoded> {
    let live = Live::new(world, targets, &module.imports)?;
    let mut root = Root::new(&world.resolve);
    for id in &live.interfaces {
        let name = world.resolve.name_world_key(&WorldKey::Interface(*id));
        root.import_interface(
            *id,
            name.as_str().into(),
            |ty| live.types.contains(&ty),
            |function| live.calls(*id, function),
        )?;
    }
    let main = root.builder.core_module_raw(None, &module.bytes);
    let instance = root.builder.core_instantiate(None, main, []);
    let mut encoder = Encoder {
        root,
        world,
        module,
        targets,
        instance,
        cores: BTreeMap::new(),
    };
    let realloc = encoder.required("cabi_realloc")?;
    let builder = &mut encoder.root.builder;
    let memory = builder.core_alias_export(None, instance, MEMORY, ExportKind::Memory);
    let abi = [
        CanonicalOption::UTF8,
        CanonicalOption::Memory(memory),
        CanonicalOption::Realloc(realloc),
    ];
    encoder.resources();
    encoder.fill_table(&abi)?;
    for export in &world.exports {
        encoder.export(export, &abi)?;
    }
    let bytes = encoder.root.builder.finish();
    Ok(Encoded { bytes, live })
}

impl<'a> Encoder<'a> {
    /// A function that the module exports, by the name it had before it was given a number.
    fn core(&mut self, name: &str) -> Option<u32> {
        let number = *self.module.exports.get(name)?;
        let (builder, instance) = (&mut self.root.builder, self.instance);
        let alias =
            || builder.core_alias_export(None, instance, &number.to_string(), ExportKind::Func);
        Some(*self.cores.entry(number).or_insert_with(alias))
    }

    fn required(&mut self, name: &str) -> Result<u32> {
        self.core(name).ok_or_else(|| {
            internal(format!(
                "the adapter's module lacks `{}`",
                name.escape_debug()
            ))
        })
    }

    /// Defines the resources of the interfaces served.
    fn resources(&mut self) {
        let resolve = &self.world.resolve;
        for export in &self.world.exports {
            for id in resolve.interfaces[export.id].types.values() {
                if !matches!(resolve.types[*id].kind, TypeDefKind::Resource) {
                    continue;
                }
                let destructor = WasmExport::ResourceDtor {
                    interface: &export.key,
                    resource: *id,
                };
                let destructor = resolve.wasm_export_name(MANGLING, destructor);
                let destructor = self.core(&destructor);
                let builder = &mut self.root.builder;
                let index = builder.type_resource(None, ValType::I32, destructor);
                self.root.types.insert(*id, index);
            }
        }
    }

    /// Lowers what the module calls and puts it into its table.
    fn fill_table(&mut self, abi: &[CanonicalOption]) -> Result<()> {
        let module = self.module;
        if module.imports.is_empty() {
            return Ok(());
        }
        let mut lowered = Vec::new();
        for (number, Import { name, .. }) in module.imports.iter().enumerate() {
            let target = self.targets.get(name).ok_or_else(|| {
                internal(format!(
                    "the adapter's module calls `{}`, which nobody gives it",
                    name.1.escape_debug()
                ))
            })?;
            let index = self.lower(target, abi)?;
            lowered.push((number.to_string(), ExportKind::Func, index));
        }
        let builder = &mut self.root.builder;
        let table = builder.core_alias_export(None, self.instance, TABLE, ExportKind::Table);
        lowered.push((TABLE.to_string(), ExportKind::Table, table));
        let filler = builder.core_module(None, &filler::module(&module.imports));
        let lowered = lowered
            .iter()
            .map(|(name, kind, at)| (name.as_str(), *kind, *at));
        let lowered = builder.core_instantiate_exports(None, lowered.collect::<Vec<_>>());
        builder.core_instantiate(None, filler, [("", ModuleArg::Instance(lowered))]);
        Ok(())
    }

    fn lower(&mut self, target: &Target, abi: &[CanonicalOption]) -> Result<u32> {
        let resolve = &self.world.resolve;
        let (interface, name) = match target {
            Target::Function(interface, name) => (interface, name),
            Target::Drop(id) | Target::New(id) | Target::Rep(id) => {
                let resource = self
                    .root
                    .find(*id)
                    .ok_or_else(|| internal("a resource that is dropped is not imported"))?;
                let builder = &mut self.root.builder;
                return Ok(match target {
                    Target::New(_) => builder.resource_new(resource),
                    Target::Rep(_) => builder.resource_rep(resource),
                    _ => builder.resource_drop(resource),
                });
            }
        };
        let instance = self.root.instances.get(interface);
        let function = resolve.interfaces[*interface].functions.get(name);
        let (Some(instance), Some(function)) = (instance, function) else {
            return Err(internal(format!(
                "`{}` is not imported",
                name.escape_debug()
            )));
        };
        let builder = &mut self.root.builder;
        let index = builder.alias_export(*instance, name, ComponentExportKind::Func);
        let options = options(resolve, AbiVariant::GuestImport, function, abi);
        Ok(builder.lower_func(None, index, options))
    }

    /// Lifts every function of an interface and exports it.
    fn export(&mut self, export: &'a Export, abi: &[CanonicalOption]) -> Result<()> {
        let resolve = &self.world.resolve;
        let mut cores = Vec::new();
        for (function, _) in &export.functions {
            let name = |kind| {
                let of = WasmExport::Func {
                    interface: Some(&export.key),
                    func: function,
                    kind,
                };
                resolve.wasm_export_name(MANGLING, of)
            };
            let core = self.required(&name(WasmExportKind::Normal))?;
            let mut options = options(resolve, AbiVariant::GuestExport, function, abi);
            let post = self.core(&name(WasmExportKind::PostReturn));
            options.extend(post.map(CanonicalOption::PostReturn));
            cores.push((core, options));
        }
        let root = &mut self.root;
        let mut types = Types::new(resolve, RootSpace { root });
        let mut lifted = Vec::new();
        for ((function, _), (core, options)) in export.functions.iter().zip(cores) {
            let ty = types.function(function)?;
            let builder = &mut types.space.root.builder;
            lifted.push(builder.lift_func(None, core, ty, options));
        }
        let functions = export.functions.iter().zip(lifted);
        let functions = functions.map(|((function, _), index)| (function, index));
        let functions: Vec<_> = functions.collect();
        let instance = shim::instance(&mut types, export.id, &functions)?;
        let builder = &mut types.space.root.builder;
        let kind = ComponentExportKind::Instance;
        let exported = builder.export(export.name.as_str(), kind, instance, None);
        // From here on its types are those of the exported instance, which have names.
        for id in resolve.interfaces[export.id].types.values() {
            self.root.types.remove(id);
        }
        self.root.instances.insert(export.id, exported);
        Ok(())
    }
}

fn internal(message: impl Into<String>) -> Error {
    Error::internal(Stage::Encode, message.into())
}

/// Memory is named only where values lie in it.
fn options(
    resolve: &Resolve,
    variant: AbiVariant,
    function: &Function,
    abi: &[CanonicalOption],
) -> Vec<CanonicalOption> {
    let signature = resolve.wasm_signature(variant, function);
    let pointers = |ty: &WasmType| {
        matches!(
            ty,
            WasmType::Pointer | WasmType::PointerOrI64 | WasmType::Length
        )
    };
    let uses_memory =
        signature.retptr || signature.indirect_params || signature.params.iter().any(pointers);
    if uses_memory {
        abi.to_vec()
    } else {
        Vec::new()
    }
}
