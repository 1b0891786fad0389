//! The composed modules keep their contract with the engine: these names, these imports. That they encode as a
//! component with it is tested where they are edited, in `virt-lib/src/specialize.rs`.

use std::collections::{BTreeMap, BTreeSet};

use wasi_virt_adapter::{COMPOSED, COMPOSED_HOST};
use wasmparser::{ExternalKind, FuncType, Parser, Payload, TypeRef, ValType};
use wit_parser::WorldKey;

/// What the tests look at of a module.
#[derive(Default)]
struct Module {
    types: Vec<FuncType>,
    /// The type of every function, imported or not.
    functions: Vec<usize>,
    imports: Vec<(String, String)>,
    exports: BTreeMap<String, (ExternalKind, usize)>,
    tables: u32,
}

fn modules() -> [Module; 2] {
    [COMPOSED, COMPOSED_HOST].map(read)
}

fn read(bytes: &[u8]) -> Module {
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.expect("a module") {
            Payload::TypeSection(section) => module.types.extend(
                section
                    .into_iter_err_on_gc_types()
                    .map(|ty| ty.expect("the type of a function")),
            ),
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.expect("an import");
                    let TypeRef::Func(ty) = import.ty else {
                        panic!("{import:?}")
                    };
                    module.functions.push(ty as usize);
                    module
                        .imports
                        .push((import.module.to_string(), import.name.to_string()));
                }
            }
            Payload::FunctionSection(section) => module
                .functions
                .extend(section.into_iter().map(|ty| ty.expect("a type") as usize)),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.expect("an export");
                    let item = (export.kind, export.index as usize);
                    module.exports.insert(export.name.to_string(), item);
                }
            }
            Payload::TableSection(section) => module.tables += section.count(),
            Payload::ElementSection(section) => module.tables += section.count(),
            _ => {}
        }
    }
    module
}

/// What the engine gives the payload by.
const PAYLOAD: [&str; 2] = ["read", "address"];

#[test]
fn exports() {
    for (module, files) in modules().iter().zip([false, true]) {
        exports_of(module);
        let descriptors = module
            .exports
            .keys()
            .filter(|name| name.ends_with("_descriptor"));
        assert_eq!(descriptors.count() == 3, files);
    }
}

fn exports_of(module: &Module) {
    let export = |name: &str| {
        let export = module.exports.get(name);
        *export.unwrap_or_else(|| panic!("no export {name}"))
    };
    assert_eq!(export("memory").0, ExternalKind::Memory);
    assert_eq!(export("VIRT_CONFIG").0, ExternalKind::Global);
    let signature = |name: &str| {
        let (ExternalKind::Func, function) = export(name) else {
            panic!("{name} is no function")
        };
        let ty = &module.types[module.functions[function]];
        let is_i32 = |types: &[ValType]| types.iter().all(|ty| *ty == ValType::I32);
        assert!(is_i32(ty.params()) && is_i32(ty.results()), "{name}");
        (ty.params().len(), ty.results().len())
    };
    assert_eq!(signature("cabi_realloc"), (4, 1));
    assert_eq!(signature("virt_free"), (3, 0));
    let has = |name: &str| module.exports.contains_key(name);
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
        .keys()
        .filter_map(|name| name.strip_prefix("virt_fast:"))
        .collect();
    assert_eq!(fast.len(), 6);
    let clock: Vec<_> = module
        .exports
        .keys()
        .filter_map(|name| name.strip_prefix("virt_clock:"))
        .collect();
    assert_eq!(clock.len(), 4);
    for name in fast.into_iter().chain(clock) {
        export(name);
    }
}

#[test]
fn imports() {
    for (module, files) in modules().iter().zip([false, true]) {
        for (from, name) in &module.imports {
            assert!(
                from.starts_with("host:")
                    || from.starts_with("[export]wasi:")
                    || (from == "virt:payload" && PAYLOAD.contains(&name.as_str())),
                "{from} {name}"
            );
        }
        let has_files = module
            .imports
            .iter()
            .any(|(from, _)| from.starts_with("host:filesystem/"));
        assert_eq!(has_files, files);
    }
}

/// Each export stands on its own, so that the engine can remove the others.
#[test]
fn no_tables() {
    for module in modules() {
        assert_eq!(module.tables, 0);
    }
}

#[test]
fn world() {
    let (_, metadata) =
        wit_component::metadata::decode(COMPOSED).expect("a component-type section");
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
        "host:cli/stderr",
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
