//! Reading a component (or the one made of a core module): validation of the whole input, once, and
//! then its imports and exports as a WIT world, decoded from the skeleton. Every later stage trusts
//! what was validated here. This module must never judge what it reads; that is the plan's.

use crate::error::{Error, Result};
use crate::read::core_module::{self, Wrapped};
use crate::read::decodable;
use crate::read::externs::{Externs, ImportKind, RawExport, RawImport};
use crate::report::record::{self, Claim, claims};
use crate::wasi::subsystem::Subsystem;
use crate::wasm::skeleton::skeleton;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};
use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

/// What a component imports and exports, read from its component-level sections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inspection {
    /// Every import, in order.
    pub imports: Vec<Import>,
    /// Names of the exports, in order.
    pub exports: Vec<String>,
    /// What records in the component say was done to it, the outermost last. Anybody can write
    /// one.
    pub claimed: Vec<Claim>,
    /// Whether a core module was given; imports and exports are those of the component made of it.
    #[serde(default)]
    pub core_module: bool,
    /// Name and version of the adapter that translates WASI 0.1 for a core module that needs it.
    #[serde(default)]
    pub preview1_adapter: Option<String>,
    /// Functions that the core module exports and the component made of it does not.
    #[serde(default)]
    pub lost_exports: Vec<String>,
}

/// One import of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Import {
    /// Its name, with its version.
    pub name: String,
    /// The part of a policy that governs it.
    pub subsystem: Subsystem,
    /// The functions it names, as WIT spells them (`[method]descriptor.stat`).
    pub functions: Vec<String>,
}

/// Reads what a component imports and exports. Versions this release cannot virtualize are read as
/// well.
///
/// # Errors
///
/// [`Error::Component`] when `component` is neither a readable component nor a core module that can
/// be made one.
pub fn inspect(component: &[u8]) -> Result<Inspection> {
    let bytes = component;
    let component = Component::read(bytes)?;
    let mut functions = component.functions();
    let (core_module, preview1_adapter, lost_exports) = match component.wrapped {
        Some(Wrapped { adapter, lost, .. }) => (true, adapter, lost),
        None => (false, None, Vec::new()),
    };
    let imports = component
        .imports
        .iter()
        .map(|import| Import {
            name: import.name.clone(),
            subsystem: Subsystem::of(&import.name),
            functions: functions.remove(&import.name).unwrap_or_default(),
        })
        .collect();
    Ok(Inspection {
        imports,
        exports: component
            .exports
            .into_iter()
            .map(|export| export.name)
            .collect(),
        claimed: claims(bytes),
        core_module,
        preview1_adapter,
        lost_exports,
    })
}

/// A validated component.
pub(crate) struct Component {
    pub imports: Vec<RawImport>,
    pub exports: Vec<RawExport>,
    /// The component without function bodies and data.
    pub skeleton: Vec<u8>,
    /// The highest layer of virtual handles that it says it has.
    pub layer: u32,
    /// Its world, or why WIT cannot express it.
    pub world: std::result::Result<(Resolve, WorldId), String>,
    /// Set where a core module was given: the component made of it, which stands in its place.
    pub wrapped: Option<Wrapped>,
}

impl Component {
    /// Validates `bytes` in full, makes a component of a core module, and decodes its world.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        check_preamble(bytes)?;
        if !Parser::is_core_wasm(bytes) {
            return Self::read_component(bytes);
        }
        let wrapped = core_module::wrap(bytes)?;
        let mut component = Self::read_component(&wrapped.bytes)?;
        component.wrapped = Some(wrapped);
        Ok(component)
    }

    fn read_component(bytes: &[u8]) -> Result<Self> {
        check_nesting(bytes)?;
        let types = Validator::new_with_features(WasmFeatures::all())
            .validate_all(bytes)
            .map_err(|error| Error::component(format!("not a valid component: {error}")))?;
        let skeleton = skeleton(bytes)?;
        let externs = Externs::read(&skeleton)?;
        let undecodable = decodable::problem(types.as_ref(), &externs);
        let Externs {
            imports,
            exports,
            passed_on,
            ..
        } = externs;
        // The decoder panics there.
        if let Some(name) = passed_on {
            return Err(Error::component(format!(
                "it exports its import `{}` under the same name, which WIT cannot express; compose it \
                 without that export",
                name.escape_debug()
            )));
        }
        let world = match undecodable {
            Some(why) => Err(why),
            None => match wit_component::decode(&skeleton) {
                Ok(DecodedWasm::Component(resolve, world)) => Ok((resolve, world)),
                Ok(DecodedWasm::WitPackage(..)) => {
                    return Err(Error::component(
                        "this is a WIT package in binary form: it has types but no code, so there is nothing to \
                         virtualize; give a component",
                    ));
                }
                Err(error) => Err(format!("{error:#}")),
            },
        };
        Ok(Component {
            imports,
            exports,
            layer: record::layer(bytes)?,
            skeleton,
            world,
            wrapped: None,
        })
    }

    /// A component without bytes that imports the interfaces of this world.
    pub(crate) fn importing((resolve, world): (Resolve, WorldId)) -> Self {
        let keys = resolve.worlds[world].imports.keys();
        let import = |key| RawImport {
            name: resolve.name_world_key(key),
            kind: ImportKind::Instance,
            implements: None,
        };
        Component {
            imports: keys.map(import).collect(),
            exports: Vec::new(),
            skeleton: Vec::new(),
            layer: 0,
            world: Ok((resolve, world)),
            wrapped: None,
        }
    }

    /// The functions that each import names; without a world, only those that are imports
    /// themselves.
    pub(crate) fn functions(&self) -> BTreeMap<String, Vec<String>> {
        let Ok((resolve, world)) = &self.world else {
            let bare = self
                .imports
                .iter()
                .filter(|i| i.kind == ImportKind::Function);
            return bare
                .map(|i| (i.name.clone(), vec![i.name.clone()]))
                .collect();
        };
        let functions = |(name, (_, item)): (String, (_, &WorldItem))| match item {
            WorldItem::Interface { id, .. } => {
                let functions = &resolve.interfaces[*id].functions;
                Some((name, functions.keys().cloned().collect()))
            }
            WorldItem::Function(function) => Some((name, vec![function.name.clone()])),
            WorldItem::Type { .. } => None,
        };
        let imports = named_imports(resolve, *world);
        imports.into_iter().filter_map(functions).collect()
    }
}

/// The imports of a world by their names in a component.
pub(crate) fn named_imports(
    resolve: &Resolve,
    world: WorldId,
) -> BTreeMap<String, (&WorldKey, &WorldItem)> {
    resolve.worlds[world]
        .imports
        .iter()
        .map(|(key, item)| (resolve.name_world_key(key), (key, item)))
        .collect()
}

/// The names of the imports of a valid component.
pub(crate) fn import_names(component: &[u8]) -> Result<Vec<String>> {
    Ok(Externs::read(component)?
        .imports
        .into_iter()
        .map(|import| import.name)
        .collect())
}

fn check_preamble(bytes: &[u8]) -> Result<()> {
    if bytes.is_empty() {
        return Err(Error::component(
            "the file is empty; give a WebAssembly component",
        ));
    }
    if !bytes.starts_with(b"\0asm") {
        let text = bytes.trim_ascii_start().starts_with(b"(");
        return Err(Error::component(if text {
            "it looks like the text format of WebAssembly; convert it with `wasm-tools parse`"
        } else {
            "not a WebAssembly file (it does not start with `\\0asm`); give a component"
        }));
    }
    Ok(())
}

/// Every level costs stack and time further on; no composition of today has ten.
fn check_nesting(bytes: &[u8]) -> Result<()> {
    const LIMIT: usize = 100;
    let mut depth = 0usize;
    // A section that cannot be read ends this pass; validation says what is wrong with it.
    for payload in Parser::new(0)
        .parse_all(bytes)
        .map_while(std::result::Result::ok)
    {
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ => {}
        }
        if depth > LIMIT {
            return Err(Error::component(format!(
                "components are nested more than {LIMIT} deep, which this release refuses"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    fn error(bytes: &[u8]) -> String {
        inspect(bytes).unwrap_err().to_string()
    }

    #[test]
    fn bad_input_is_named() {
        assert!(error(b"").contains("empty"));
        assert!(error(b"hello").contains("not a WebAssembly file"));
        assert!(error(b"(component)").contains("text format"));
        assert!(error(b"\0asm\x0d\0\x01\0\x01\xff").contains("not a valid component"));
        let module = wat::parse_str(r#"(module (import "env" "f" (func)))"#).unwrap();
        assert!(error(&module).contains("imports from `env`"));
    }

    #[test]
    fn an_import_that_is_passed_on_is_named() {
        let passes = |name: &str| {
            let text = format!(
                r#"(component
                    (import "a:b/c" (instance $i (export "get" (func (result u32)))))
                    (import "a:b/d" (instance))
                    (export "{name}" (instance $i)))"#
            );
            inspect(&wat::parse_str(text).unwrap())
        };
        let message = passes("a:b/c").unwrap_err().to_string();
        assert!(message.contains("its import `a:b/c`"), "{message}");
        assert_eq!(passes("a:b/e").unwrap().exports, ["a:b/e"]);
    }

    #[test]
    fn names_that_wit_has_none_like_are_read() {
        let url = wat::parse_str(r#"(component (import "url=<https://a>" (func)))"#).unwrap();
        assert!(error(&url).contains("not a valid component"));
        for name in ["a:b/c", "wasi:cli/exit@0.2.6"] {
            let text = format!(r#"(component (import "{name}" (func)))"#);
            let seen = inspect(&wat::parse_str(text).unwrap()).unwrap();
            assert_eq!(seen.imports[0].name, name);
            assert_eq!(seen.imports[0].functions, [name]);
        }
    }

    #[test]
    fn imports_and_exports_are_listed_in_order() {
        let component = wat::parse_str(
            r#"(component
                (import "wasi:cli/exit@0.2.6" (instance (export "exit" (func (param "status" (result))))))
                (import "test:kv/store" (instance (export "get" (func (result u32)))))
                (import "bare" (func $f (result u32)))
                (export "again" (func $f)))"#,
        )
        .unwrap();
        let seen = inspect(&component).unwrap();
        let names: Vec<_> = seen
            .imports
            .iter()
            .map(|i| (i.name.as_str(), i.subsystem))
            .collect();
        assert_eq!(
            names,
            [
                ("wasi:cli/exit@0.2.6", Subsystem::Exit),
                ("test:kv/store", Subsystem::Other),
                ("bare", Subsystem::Other)
            ]
        );
        assert_eq!(seen.imports[1].functions, ["get"]);
        assert_eq!(seen.exports, ["again"]);
    }
}
