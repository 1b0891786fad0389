//! The module keeps its contract with the engine: these names, these imports, and an encoding as a
//! component.

use std::collections::BTreeSet;

use walrus::{ExportItem, ImportKind, Module};
use wasi_virt_adapter::P2;
use wit_parser::WorldKey;

fn module() -> Module {
    Module::from_buffer(P2).expect("a module")
}

#[test]
fn exports() {
    let module = module();
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
    for resource in ["error", "pollable", "input-stream", "output-stream"] {
        for action in ["wrap", "unwrap", "take"] {
            assert_eq!(signature(&format!("virt_{action}_{resource}")), (1, 1));
        }
    }
}

#[test]
fn imports() {
    for import in module().imports.iter() {
        assert!(
            import.module.starts_with("host:")
                || import.module.starts_with("[export]wasi:")
                || (&*import.module, &*import.name) == ("virt:payload", "read"),
            "{} {}",
            import.module,
            import.name
        );
    }
}

/// Each export stands on its own, so that the engine can remove the others.
#[test]
fn no_tables() {
    let module = module();
    assert_eq!(module.tables.iter().count(), 0);
    assert_eq!(module.elements.iter().count(), 0);
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
    let set = |names: &[&str]| names.iter().map(|name| format!("{name}@0.2.12")).collect();
    let imports = [
        "host:cli/environment",
        "host:io/error",
        "host:io/poll",
        "host:io/streams",
        "wasi:clocks/wall-clock",
    ];
    let exports = [
        "wasi:cli/environment",
        "wasi:cli/stderr",
        "wasi:cli/stdin",
        "wasi:cli/stdout",
        "wasi:filesystem/preopens",
        "wasi:filesystem/types",
        "wasi:io/error",
        "wasi:io/poll",
        "wasi:io/streams",
    ];
    assert_eq!(names(&mut world.imports.keys()), set(&imports));
    assert_eq!(names(&mut world.exports.keys()), set(&exports));
}

#[test]
fn encodes_as_a_component() {
    let mut module = module();
    let read = module
        .imports
        .find("virt:payload", "read")
        .expect("the payload's import");
    let ImportKind::Function(read) = module.imports.get(read).kind else {
        panic!("no function")
    };
    module
        .replace_imported_func(read, |(body, _)| {
            body.unreachable();
        })
        .expect("a stub");
    let component = wit_component::ComponentEncoder::default()
        .module(&module.emit_wasm())
        .expect("a module that fits its world")
        .encode()
        .expect("a component");
    wasmparser::Validator::new()
        .validate_all(&component)
        .expect("a valid component");
}
