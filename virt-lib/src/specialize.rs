//! The adapter's core module for one plan: the prebuilt module with what the plan does not need taken
//! out, its exports under the component's names, the synthesized functions in, and the configuration past
//! its memory. File contents are left as an empty segment. The only user of walrus.

use crate::error::{Error, Result, Stage};
use crate::plan::Role;
use crate::policy::DenyMode;
use crate::synth::{MANGLING, Surroundings, Synth};
use crate::world::{AdapterWorld, Export, Service};
use std::collections::BTreeSet;
use walrus::ir::Value;
use walrus::{
    ConstExpr, DataKind, ExportItem, FunctionId, GlobalKind, ImportKind, MemoryId, Module,
    ModuleConfig,
};
use wit_parser::{TypeDefKind, WasmExport, WasmExportKind, WorldItem};

const PAGE: u64 = 65_536;
/// Contents up to this many bytes are in memory; docs/architecture.md says what was measured.
const IN_MEMORY: u64 = 1 << 20;
/// What the names of exports written by hand start with.
const FAST: &str = "virt_fast:";
/// What the names of exports start with that know of a virtual clock's timers.
const CLOCK: &str = "virt_clock:";
/// What the module exports besides interfaces.
const KEPT: [&str; 2] = ["memory", "cabi_realloc"];
/// What every name that survives stripping starts with.
const NAMED: [&str; 2] = ["denied by wasi-virt: ", "wasi-virt: "];

/// Makes the module, for `payload` bytes of file contents.
pub(crate) fn specialize(
    world: &AdapterWorld,
    config: &[u8],
    payload: u64,
    deny: DenyMode,
) -> Result<Vec<u8>> {
    let prebuilt = if world.host_files {
        wasi_virt_adapter::P2_HOST
    } else {
        wasi_virt_adapter::P2
    };
    let mut parser = ModuleConfig::new();
    parser
        .generate_producers_section(false)
        .generate_name_section(true)
        .strict_validate(false);
    let mut module = parser.parse(prebuilt).map_err(internal)?;
    let free = module.exports.get_func("virt_free").map_err(internal)?;
    let memory = module.get_memory_id().map_err(internal)?;
    strip_names(&mut module);
    adopt_names(&mut module, world);
    let config_at = place_config(&mut module, memory, config)?;
    let end = config_at + config.len() as u64;
    let in_memory = (1..=IN_MEMORY).contains(&payload);
    let address = i32::try_from(end).ok().filter(|_| in_memory);
    link_payload(&mut module, memory, address)?;
    let end = if address.is_some() {
        end + payload
    } else {
        end
    };
    let return_area = end.next_multiple_of(16);
    let around = Surroundings {
        memory,
        free,
        return_area: i32::try_from(return_area)
            .map_err(|_| Error::invalid("the file tree's index passes 2 GiB; mount less"))?,
    };
    let size = Synth::new(world, &mut module, around, deny).run()?;
    raise_minimum(&mut module, memory, return_area + size as u64);
    stub_imports(&mut module, world)?;
    keep_exports(&mut module, world);
    for (id, name) in module
        .customs
        .iter()
        .map(|(id, custom)| (id, custom.name().to_string()))
        .collect::<Vec<_>>()
    {
        if name.starts_with("component-type") || name == "producers" {
            module.customs.delete(id);
        }
    }
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::internal(Stage::Specialize, error)
}

fn strip_names(module: &mut Module) {
    for function in module.funcs.iter_mut() {
        if !function
            .name
            .as_deref()
            .is_some_and(|name| NAMED.iter().any(|start| name.starts_with(start)))
        {
            function.name = None;
        }
    }
}

/// The virtual export that stands for an interface of the adapter's, such as `wasi:io/poll@0.2.12`.
fn counterpart<'w>(world: &'w AdapterWorld, interface: &str) -> Option<&'w Export> {
    let (path, _) = interface.split_once('@')?;
    world.exports.iter().find(|export| {
        export.role == Role::Virtual
            && export.name.split_once('@').map(|(path, _)| path) == Some(path)
    })
}

/// Gives the adapter's own exports and resource intrinsics the component's names, and drops the exports
/// that somebody else serves.
fn adopt_names(module: &mut Module, world: &AdapterWorld) {
    for import in module.imports.iter_mut() {
        if let Some(interface) = import.module.strip_prefix("[export]")
            && let Some(export) = counterpart(world, interface)
        {
            import.module = format!("[export]{}", export.name);
        }
    }
    prefer(module, FAST);
    if world.clocks {
        prefer(module, CLOCK);
    }
    let mut dropped = Vec::new();
    for export in module.exports.iter_mut() {
        let (post, name) = match export.name.strip_prefix("cabi_post_") {
            Some(name) => ("cabi_post_", name),
            None => ("", export.name.as_str()),
        };
        let Some((interface, function)) = name.split_once('#') else {
            continue;
        };
        match counterpart(world, interface) {
            Some(found) => export.name = format!("{post}{}#{function}", found.name),
            None => dropped.push(export.id()),
        }
    }
    for id in dropped {
        module.exports.delete(id);
    }
}

/// Puts the exports that the adapter wrote by hand, with `prefix` before their names, in place of the generated
/// ones of the same name.
fn prefer(module: &mut Module, prefix: &str) {
    let preferred: Vec<_> = module
        .exports
        .iter()
        .filter_map(|export| Some((export.id(), export.name.strip_prefix(prefix)?.to_string())))
        .collect();
    for (id, name) in preferred {
        let generated = module.exports.iter().find(|export| export.name == name);
        if let Some(generated) = generated.map(|export| export.id()) {
            module.exports.delete(generated);
        }
        module.exports.get_mut(id).name = name;
    }
}

/// Places the configuration behind the initial memory and says so where the adapter looks for it.
fn place_config(module: &mut Module, memory: MemoryId, config: &[u8]) -> Result<u64> {
    let (export, global) = module
        .exports
        .iter()
        .find_map(|export| match export.item {
            ExportItem::Global(global) if export.name == "VIRT_CONFIG" => {
                Some((export.id(), global))
            }
            _ => None,
        })
        .ok_or_else(|| internal("the adapter lacks `VIRT_CONFIG`"))?;
    let GlobalKind::Local(ConstExpr::Value(Value::I32(pointer))) = module.globals.get(global).kind
    else {
        return Err(internal("`VIRT_CONFIG` is not a constant"));
    };
    module.exports.delete(export);
    let at = module.memories.get(memory).initial * PAGE;
    if config.is_empty() {
        return Ok(at);
    }
    let too_large = |_| Error::invalid("the file tree's index passes 2 GiB; mount less");
    let (start, len) = (
        i32::try_from(at).map_err(too_large)?,
        i32::try_from(config.len()).map_err(too_large)?,
    );
    let reference = [start.to_le_bytes(), len.to_le_bytes()].concat();
    for (offset, bytes) in [(start, config.to_vec()), (pointer, reference)] {
        let data = module.data.add(
            DataKind::Active {
                memory,
                offset: ConstExpr::Value(Value::I32(offset)),
            },
            bytes,
        );
        module.memories.get_mut(memory).data_segments.insert(data);
    }
    Ok(at)
}

/// The payload becomes the last data segment, which stays empty until the end: up to [`IN_MEMORY`] bytes
/// at `address` of the memory, more in a passive segment that is read by `memory.init`.
fn link_payload(module: &mut Module, memory: MemoryId, address: Option<i32>) -> Result<()> {
    let import = |module: &Module, name| {
        module
            .imports
            .get_func("virt:payload", name)
            .map_err(internal)
    };
    let (read, where_is) = (import(module, "read")?, import(module, "address")?);
    let kind = match address {
        None => DataKind::Passive,
        Some(address) => DataKind::Active {
            memory,
            offset: ConstExpr::Value(Value::I32(address)),
        },
    };
    let payload = module.data.add(kind, Vec::new());
    if address.is_some() {
        module
            .memories
            .get_mut(memory)
            .data_segments
            .insert(payload);
    }
    module
        .replace_imported_func(read, |(body, args)| {
            if address.is_some() {
                body.unreachable();
                return;
            }
            body.local_get(args[0])
                .local_get(args[1])
                .local_get(args[2])
                .memory_init(memory, payload);
        })
        .map_err(internal)?;
    module
        .replace_imported_func(where_is, |(body, _)| {
            body.i32_const(address.unwrap_or(0));
        })
        .map_err(internal)?;
    Ok(())
}

fn raise_minimum(module: &mut Module, memory: MemoryId, end: u64) {
    let memory = module.memories.get_mut(memory);
    memory.initial = memory.initial.max(end.div_ceil(PAGE));
    if let Some(maximum) = &mut memory.maximum {
        *maximum = (*maximum).max(memory.initial);
    }
}

/// Every import that the world does not have, because nothing in this plan can reach it, becomes a trap.
fn stub_imports(module: &mut Module, world: &AdapterWorld) -> Result<()> {
    let known = known_imports(world);
    let stubs: Vec<FunctionId> = module
        .imports
        .iter()
        .filter(|import| !known.contains(&(import.module.clone(), import.name.clone())))
        .filter_map(|import| match import.kind {
            ImportKind::Function(function) => Some(function),
            _ => None,
        })
        .collect();
    for function in stubs {
        module
            .replace_imported_func(function, |(body, _)| {
                body.unreachable();
            })
            .map_err(internal)?;
    }
    Ok(())
}

fn known_imports(world: &AdapterWorld) -> BTreeSet<(String, String)> {
    let resolve = &world.resolve;
    let mut known = BTreeSet::new();
    for (items, exported) in [
        (&resolve.worlds[world.world].imports, false),
        (&resolve.worlds[world.world].exports, true),
    ] {
        for (key, item) in items {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            let name = resolve.name_world_key(key);
            let module = if exported {
                format!("[export]{name}")
            } else {
                name
            };
            let verbs: &[&str] = if exported {
                &["[resource-new]", "[resource-rep]", "[resource-drop]"]
            } else {
                &["[resource-drop]"]
            };
            for (name, ty) in &resolve.interfaces[*id].types {
                if matches!(
                    resolve.types[crate::world::root(resolve, *ty)].kind,
                    TypeDefKind::Resource
                ) {
                    known.extend(
                        verbs
                            .iter()
                            .map(|verb| (module.clone(), format!("{verb}{name}"))),
                    );
                }
            }
            if !exported {
                let functions = resolve.interfaces[*id].functions.keys();
                known.extend(functions.map(|function| (module.clone(), function.clone())));
            }
        }
    }
    known
}

/// Drops every export that the world does not have.
fn keep_exports(module: &mut Module, world: &AdapterWorld) {
    let mut keep: BTreeSet<String> = KEPT.iter().map(|name| name.to_string()).collect();
    for export in &world.exports {
        for (function, service) in &export.functions {
            debug_assert!(!matches!(service, Service::Forward(_)) || export.host.is_some());
            for kind in [WasmExportKind::Normal, WasmExportKind::PostReturn] {
                keep.insert(world.resolve.wasm_export_name(
                    MANGLING,
                    WasmExport::Func {
                        interface: Some(&export.key),
                        func: function,
                        kind,
                    },
                ));
            }
        }
        for resource in world.resolve.interfaces[export.id].types.values() {
            if matches!(world.resolve.types[*resource].kind, TypeDefKind::Resource) {
                keep.insert(world.resolve.wasm_export_name(
                    MANGLING,
                    WasmExport::ResourceDtor {
                        interface: &export.key,
                        resource: *resource,
                    },
                ));
            }
        }
    }
    let surplus: Vec<_> = module
        .exports
        .iter()
        .filter(|export| !keep.contains(&export.name))
        .map(|export| export.id())
        .collect();
    for id in surplus {
        module.exports.delete(id);
    }
}
