//! The adapter's core module for one plan: the prebuilt module with what the plan does not need taken
//! out, its exports under the component's names, the synthesized functions in, and the configuration past
//! its memory. File contents are left as an empty segment.

use crate::encode::Targets;
use crate::error::{Error, Result, Stage};
use crate::limits::limit_memory;
use crate::module::{Emitted, FunctionId, Item, Module, Op};
use crate::plan::Role;
use crate::policy::{DenyMode, Policy};
use crate::synth::{MANGLING, Surroundings, Synth};
use crate::world::{AdapterWorld, Export, Service};
use std::collections::BTreeSet;
use wit_parser::{TypeDefKind, WasmExport, WasmExportKind};

/// Contents up to this many bytes are in memory; docs/architecture.md says what was measured.
const IN_MEMORY: u64 = 1 << 20;
/// What the names of exports written by hand start with.
const FAST: &str = "virt_fast:";
/// What the names of exports start with that know of a virtual clock's timers.
const CLOCK: &str = "virt_clock:";
/// What the adapter calls the host's standard error.
const STDERR: &str = "host:cli/stderr@0.2.12";
/// What the module exports besides interfaces.
const KEPT: &str = "cabi_realloc";

/// Makes the module, for `payload` bytes of file contents.
pub(crate) fn specialize(
    world: &AdapterWorld,
    targets: &Targets,
    config: &[u8],
    payload: u64,
    policy: &Policy,
) -> Result<Emitted> {
    let prebuilt = if world.writable {
        wasi_virt_adapter::COMPOSED_WRITE
    } else if world.host_files {
        wasi_virt_adapter::COMPOSED_HOST
    } else {
        wasi_virt_adapter::COMPOSED
    };
    let mut module = Module::read(prebuilt)?;
    let free = free(&module)?;
    adopt_names(&mut module, world);
    let config_at = place_config(&mut module, config)?;
    let end = config_at + config.len() as u64;
    // Its place is known when its contents are; the payload has to be the last segment.
    let trace = world
        .trace
        .as_ref()
        .map(|_| module.data(Some(0), Vec::new()));
    let in_memory = (1..=IN_MEMORY).contains(&payload);
    let address = i32::try_from(end).ok().filter(|_| in_memory);
    link_payload(&mut module, address)?;
    let end = if address.is_some() {
        end + payload
    } else {
        end
    };
    let return_area = end.next_multiple_of(16);
    let around = Surroundings {
        free,
        return_area: i32::try_from(return_area)
            .map_err(|_| Error::invalid("the file tree's index passes 2 GiB; mount less"))?,
        trace,
    };
    let size = Synth::new(world, &mut module, around, policy.deny)?.run()?;
    module.extend_memory(return_area + size as u64);
    limit_memory(&mut module, policy.adapter_memory)?;
    stub_imports(&mut module, targets);
    keep_exports(&mut module, world);
    module.emit()
}

/// Makes the module of the bridge, which has nothing of the adapter's but its allocator.
pub(crate) fn bridge(world: &AdapterWorld, targets: &Targets, policy: &Policy) -> Result<Emitted> {
    let mut module = Module::read(wasi_virt_adapter::COMPOSED)?;
    let free = free(&module)?;
    module.exports.retain(|name, _| name == KEPT);
    let return_area = module.memory_end();
    let around = Surroundings {
        free,
        return_area: i32::try_from(return_area).map_err(internal)?,
        trace: None,
    };
    let size = Synth::new(world, &mut module, around, DenyMode::default())?.run()?;
    module.extend_memory(return_area + size as u64);
    limit_memory(&mut module, policy.adapter_memory)?;
    stub_imports(&mut module, targets);
    keep_exports(&mut module, world);
    module.emit()
}

/// The adapter's function that frees.
fn free(module: &Module) -> Result<FunctionId> {
    module
        .exported("virt_free")
        .ok_or_else(|| internal("the adapter lacks `virt_free`"))
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::internal(Stage::Specialize, error)
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
    module.rename_imports(|from| {
        if from == STDERR {
            return world.trace.as_ref().map(|trace| trace.stderr.clone());
        }
        let export = counterpart(world, from.strip_prefix("[export]")?)?;
        Some(format!("[export]{}", export.name))
    });
    prefer(module, FAST);
    if world.clocks {
        prefer(module, CLOCK);
    }
    let exports = std::mem::take(&mut module.exports);
    for (full, item) in exports {
        let (post, name) = match full.strip_prefix("cabi_post_") {
            Some(name) => ("cabi_post_", name),
            None => ("", full.as_str()),
        };
        let name = match name.split_once('#') {
            None => full,
            Some((interface, function)) => match counterpart(world, interface) {
                Some(found) => format!("{post}{}#{function}", found.name),
                None => continue,
            },
        };
        module.exports.insert(name, item);
    }
}

/// Puts the exports that the adapter wrote by hand, with `prefix` before their names, in place of the generated
/// ones of the same name.
fn prefer(module: &mut Module, prefix: &str) {
    let preferred: Vec<_> = module
        .exports
        .range(prefix.to_string()..)
        .map_while(|(name, item)| Some((name.strip_prefix(prefix)?.to_string(), *item)))
        .collect();
    for (name, item) in preferred {
        module.exports.remove(&format!("{prefix}{name}"));
        module.exports.insert(name, item);
    }
}

/// Places the configuration behind the initial memory and says so where the adapter looks for it.
fn place_config(module: &mut Module, config: &[u8]) -> Result<u64> {
    let Some(Item::Global(global)) = module.exports.remove("VIRT_CONFIG") else {
        return Err(internal("the adapter lacks `VIRT_CONFIG`"));
    };
    let pointer = module
        .constant(global)
        .ok_or_else(|| internal("`VIRT_CONFIG` is not a constant"))?;
    let at = module.memory_end();
    if config.is_empty() {
        return Ok(at);
    }
    let too_large = |_| Error::invalid("the file tree's index passes 2 GiB; mount less");
    let (start, len) = (
        i32::try_from(at).map_err(too_large)?,
        i32::try_from(config.len()).map_err(too_large)?,
    );
    let reference = [start.to_le_bytes(), len.to_le_bytes()].concat();
    module.data(Some(start), config.to_vec());
    module.data(Some(pointer), reference);
    Ok(at)
}

/// The payload becomes the last data segment, which stays empty until the end: up to [`IN_MEMORY`] bytes
/// at `address` of the memory, more in a passive segment that is read by `memory.init`.
fn link_payload(module: &mut Module, address: Option<i32>) -> Result<()> {
    let import = |module: &Module, name| {
        module
            .imported("virt:payload", name)
            .ok_or_else(|| internal(format!("the adapter does not ask for the payload's {name}")))
    };
    let (read, where_is) = (import(module, "read")?, import(module, "address")?);
    let payload = module.data(address, Vec::new());
    module.replace(read, |args| match address {
        Some(_) => vec![Op::Unreachable],
        None => args
            .iter()
            .map(|arg| Op::Get(*arg))
            .chain([Op::Init(payload)])
            .collect(),
    });
    module.replace(where_is, |_| vec![Op::Const(address.unwrap_or(0))]);
    Ok(())
}

/// Every import that the world does not have, because nothing in this plan can reach it, becomes a trap.
fn stub_imports(module: &mut Module, targets: &Targets) {
    let stubs: Vec<FunctionId> = module
        .imports()
        .filter(|(_, module, name)| !targets.contains_key(&(module.to_string(), name.to_string())))
        .map(|(id, ..)| id)
        .collect();
    for function in stubs {
        module.replace(function, |_| vec![Op::Unreachable]);
    }
}

/// Drops every export that the world does not have.
fn keep_exports(module: &mut Module, world: &AdapterWorld) {
    let mut keep = BTreeSet::from([KEPT.to_string()]);
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
    module.exports.retain(|name, _| keep.contains(name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    /// The engine can hold the modules that are relinked, and none of their exports is lost.
    #[test]
    fn the_relinked_modules_can_be_edited() {
        for bytes in [
            wasi_virt_adapter::P2,
            wasi_virt_adapter::P2_HOST,
            wasi_virt_adapter::P2_WRITE,
        ] {
            let module = Module::read(bytes).unwrap();
            let is_function = |item: &&Item| matches!(item, Item::Function(_));
            let functions = module.exports.values().filter(is_function).count();
            let emitted = module.emit().unwrap();
            wasmparser::Validator::new()
                .validate_all(&emitted.bytes)
                .unwrap();
            assert_eq!(emitted.exports.len(), functions);
        }
    }

    /// The engine can hold the prebuilt modules, and nothing of them is lost when all is exported.
    #[test]
    fn the_prebuilt_modules_can_be_edited() {
        for bytes in [
            wasi_virt_adapter::COMPOSED,
            wasi_virt_adapter::COMPOSED_HOST,
            wasi_virt_adapter::COMPOSED_WRITE,
        ] {
            let mut module = Module::read(bytes).unwrap();
            prefer(&mut module, FAST);
            link_payload(&mut module, Some(0)).unwrap();
            let is_function = |item: &&Item| matches!(item, Item::Function(_));
            let functions = module.exports.values().filter(is_function).count();
            let emitted = module.emit().unwrap();
            wasmparser::Validator::new()
                .validate_all(&emitted.bytes)
                .unwrap();
            assert_eq!(emitted.exports.len(), functions);
            assert!(emitted.imports.len() > 20);
        }
    }
}
