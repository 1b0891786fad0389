//! The modules keep their contract with the engine: these names, these imports, and an encoding as a
//! component.

use std::collections::BTreeSet;

use walrus::{ExportItem, Module};
use wasi_virt_adapter::{P2, P2_HOST};
use wit_parser::WorldKey;

fn modules() -> [Module; 2] {
    [P2, P2_HOST].map(|bytes| Module::from_buffer(bytes).expect("a module"))
}

/// What the engine gives the payload by.
const PAYLOAD: [&str; 2] = ["read", "address"];

#[test]
fn exports() {
    for (module, files) in modules().iter().zip([false, true]) {
        exports_of(module);
        let descriptors = module
            .exports
            .iter()
            .filter(|export| export.name.ends_with("_descriptor"));
        assert_eq!(descriptors.count() == 3, files);
    }
}

fn exports_of(module: &Module) {
    let export = |name: &str| {
        let export = module.exports.iter().find(|export| export.name == name);
        &export.unwrap_or_else(|| panic!("no export {name}")).item
    };
    assert!(matches!(export("memory"), ExportItem::Memory(_)));
    assert!(matches!(export("VIRT_CONFIG"), ExportItem::Global(_)));
    let signature = |name: &str| {
        let ExportItem::Function(id) = export(name) else {
            panic!("{name} is no function")
        };
        let ty = module.types.get(module.funcs.get(*id).ty());
        let is_i32 = |types: &[walrus::ValType]| types.iter().all(|ty| *ty == walrus::ValType::I32);
        assert!(is_i32(ty.params()) && is_i32(ty.results()), "{name}");
        (ty.params().len(), ty.results().len())
    };
    assert_eq!(signature("cabi_realloc"), (4, 1));
    assert_eq!(signature("virt_free"), (3, 0));
    let has = |name: &str| module.exports.iter().any(|export| export.name == name);
    let host = has("virt_wrap_descriptor");
    let files = ["descriptor", "directory-entry-stream"];
    for resource in ["error", "pollable", "input-stream", "output-stream"]
        .into_iter()
        .chain(files.into_iter().filter(|_| host))
    {
        for action in ["wrap", "unwrap", "take"] {
            assert_eq!(signature(&format!("virt_{action}_{resource}")), (1, 1));
        }
    }
    let fast: Vec<_> = module
        .exports
        .iter()
        .filter_map(|export| export.name.strip_prefix("virt_fast:"))
        .collect();
    assert_eq!(fast.len(), 6);
    let clock: Vec<_> = module
        .exports
        .iter()
        .filter_map(|export| export.name.strip_prefix("virt_clock:"))
        .collect();
    assert_eq!(clock.len(), 4);
    for name in fast.into_iter().chain(clock) {
        export(name);
    }
}

#[test]
fn imports() {
    for (module, files) in modules().iter().zip([false, true]) {
        for import in module.imports.iter() {
            let (module, name) = (&*import.module, &*import.name);
            assert!(
                module.starts_with("host:")
                    || module.starts_with("[export]wasi:")
                    || (module == "virt:payload" && PAYLOAD.contains(&name)),
                "{module} {name}"
            );
        }
        let has_files = module
            .imports
            .iter()
            .any(|import| import.module.starts_with("host:filesystem/"));
        assert_eq!(has_files, files);
    }
}

/// Each export stands on its own, so that the engine can remove the others.
#[test]
fn no_tables() {
    for module in modules() {
        assert_eq!(module.tables.iter().count(), 0);
        assert_eq!(module.elements.iter().count(), 0);
    }
}

#[test]
fn world() {
    let (_, metadata) = wit_component::metadata::decode(P2).expect("a component-type section");
    let world = &metadata.resolve.worlds[metadata.world];
    let names = |items: &mut dyn Iterator<Item = &WorldKey>| -> BTreeSet<String> {
        items
            .map(|key| metadata.resolve.name_world_key(key))
            .collect()
    };
    let set = |names: &[&str]| -> BTreeSet<String> {
        let version = |name: &str| match name.contains(":config/") {
            true => "0.2.0-rc.1",
            false => "0.2.12",
        };
        names
            .iter()
            .map(|name| format!("{name}@{}", version(name)))
            .collect()
    };
    let imports = [
        "host:cli/environment",
        "host:clocks/wall-clock",
        "host:config/runtime",
        "host:config/store",
        "host:filesystem/preopens",
        "host:filesystem/types",
        "host:io/error",
        "host:io/poll",
        "host:io/streams",
    ];
    let exports = [
        "wasi:cli/environment",
        "wasi:cli/stderr",
        "wasi:cli/stdin",
        "wasi:cli/stdout",
        "wasi:clocks/monotonic-clock",
        "wasi:clocks/wall-clock",
        "wasi:config/runtime",
        "wasi:config/store",
        "wasi:filesystem/preopens",
        "wasi:filesystem/types",
        "wasi:io/error",
        "wasi:io/poll",
        "wasi:io/streams",
        "wasi:random/insecure",
        "wasi:random/insecure-seed",
        "wasi:random/random",
    ];
    assert_eq!(names(&mut world.imports.keys()), set(&imports));
    assert_eq!(names(&mut world.exports.keys()), set(&exports));
}

#[test]
fn encodes_as_a_component() {
    for mut module in modules() {
        for name in PAYLOAD {
            let import = module
                .imports
                .get_func("virt:payload", name)
                .expect("the payload's imports");
            module
                .replace_imported_func(import, |(body, _)| {
                    body.unreachable();
                })
                .expect("a stub");
        }
        let fast: Vec<_> = module
            .exports
            .iter()
            .filter(|export| {
                export.name.starts_with("virt_fast:") || export.name.starts_with("virt_clock:")
            })
            .map(|export| export.id())
            .collect();
        for id in fast {
            module.exports.delete(id);
        }
        let component = wit_component::ComponentEncoder::default()
            .module(&module.emit_wasm())
            .expect("a module that fits its world")
            .encode()
            .expect("a component");
        wasmparser::Validator::new()
            .validate_all(&component)
            .expect("a valid component");
    }
}
