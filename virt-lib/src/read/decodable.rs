//! What the decoder of WIT must not be given: it panics at valid components whose names or shapes
//! WIT has no words for. This module must never decode WIT.

use crate::read::externs::{Externs, ImportKind};
use std::collections::BTreeSet;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentType};
use wasmparser::types::TypesRef;
use wasmparser::{Validator, WasmFeatures};

/// Why the decoder must not see a component of these types, imports and exports.
pub(crate) fn problem(types: TypesRef<'_>, externs: &Externs) -> Option<String> {
    let odd = externs.imports.iter().find(|import| {
        let interface = import.name.contains(':') && import.kind != ImportKind::Instance;
        interface || import.name.contains('=')
    });
    if let Some(import) = odd {
        return Some(nameless(&import.name, import.kind.word()));
    }
    let exports = || externs.exports.iter().map(|export| export.name.as_str());
    let package = exports().find(|name| {
        let ty = component_type(types, name);
        let mut items = ty.iter().flat_map(|ty| ty.exports.values());
        let first = items.next();
        items.next().is_none() && first.is_some_and(|item| !is_document(&item.ty))
    });
    if let Some(name) = package {
        let name = name.escape_debug();
        return Some(format!(
            "export `{name}` is the type of neither world nor interface"
        ));
    }
    let imports = externs.imports.iter().map(|import| import.name.as_str());
    let imports = imports.filter_map(|name| Some((name, types.component_item_for_import(name)?)));
    let exports = exports().filter_map(|name| Some((name, types.component_item_for_export(name)?)));
    let items = imports.chain(exports);
    odd_function(types, items.map(|(name, item)| (name, item.ty)).collect())
}

/// Why the decoder must not see the world that a core module carries. What is not valid it refuses
/// by itself.
pub(crate) fn world_problem(world: &[u8]) -> Option<String> {
    let types = Validator::new_with_features(WasmFeatures::all())
        .validate_all(world)
        .ok()?;
    let externs = Externs::read(world).ok()?;
    let ty = match externs.exports.as_slice() {
        [export] => component_type(types.as_ref(), &export.name),
        _ => None,
    };
    let is_world = |ty: &ComponentType| {
        let mut items = ty.exports.values();
        ty.imports.is_empty()
            && items.len() == 1
            && items.all(|item| matches!(item.ty, ComponentEntityType::Component(_)))
    };
    match ty.is_some_and(|ty| !is_world(ty)) {
        true => Some("it is not laid out as a world".to_string()),
        false => problem(types.as_ref(), &externs),
    }
}

/// The component type that an export is.
fn component_type<'t>(types: TypesRef<'t>, export: &str) -> Option<&'t ComponentType> {
    match types.component_item_for_export(export)?.ty {
        ComponentEntityType::Type {
            created: ComponentAnyTypeId::Component(id),
            ..
        } => types.get(id),
        _ => None,
    }
}

/// What WIT in binary form is made of: a world or an interface.
fn is_document(ty: &ComponentEntityType) -> bool {
    matches!(
        ty,
        ComponentEntityType::Component(_) | ComponentEntityType::Instance(_)
    )
}

/// A function with the name of an interface, among items and in all that they are made of.
fn odd_function<'t>(
    types: TypesRef<'t>,
    mut items: Vec<(&'t str, ComponentEntityType)>,
) -> Option<String> {
    let (mut instances, mut components) = (BTreeSet::new(), BTreeSet::new());
    while let Some((name, ty)) = items.pop() {
        let any = match ty {
            ComponentEntityType::Func(_) if name.contains(':') => {
                return Some(nameless(name, ImportKind::Function.word()));
            }
            ComponentEntityType::Instance(id) => ComponentAnyTypeId::Instance(id),
            ComponentEntityType::Component(id) => ComponentAnyTypeId::Component(id),
            ComponentEntityType::Type { referenced, .. } => referenced,
            _ => continue,
        };
        let parts: Vec<_> = match any {
            ComponentAnyTypeId::Instance(id) if instances.insert(id) => {
                types.get(id)?.exports.iter().collect()
            }
            ComponentAnyTypeId::Component(id) if components.insert(id) => {
                let ty = types.get(id)?;
                ty.imports.iter().chain(&ty.exports).collect()
            }
            _ => continue,
        };
        items.extend(
            parts
                .into_iter()
                .map(|(name, item)| (name.as_str(), item.ty)),
        );
    }
    None
}

fn nameless(name: &str, what: &str) -> String {
    format!(
        "`{}` is {what} of a name that WIT has none like",
        name.escape_debug()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::inspect::Component;
    use crate::testing::test;

    /// Why a component has no world.
    fn why(text: &str) -> String {
        let component = Component::read(&wat::parse_str(text).unwrap()).unwrap();
        component.world.err().unwrap_or_default()
    }

    #[test]
    fn functions_with_names_of_interfaces_are_found_wherever_they_are() {
        let lifted = r#"(core module $m (func (export "f"))) (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))"#;
        for text in [
            r#"(import "a:b/c" (func))"#.to_string(),
            format!(r#"{lifted} (export "a:b/c" (func $f))"#),
            r#"(import "d" (instance (export "a:b/c" (func))))"#.to_string(),
            r#"(import "d" (instance (export "e" (instance (export "a:b/c" (func))))))"#
                .to_string(),
            r#"(import "d" (component (import "a:b/c" (func))))"#.to_string(),
            r#"(type $t (component (export "e" (instance (export "a:b/c" (func))))))
                (export "t" (type $t))"#
                .to_string(),
        ] {
            let why = why(&format!("(component {text})"));
            assert_eq!(
                why, "`a:b/c` is a bare function of a name that WIT has none like",
                "{text}"
            );
        }
        let plain = r#"(component (import "d:e/f" (instance (export "f" (func)))))"#;
        assert_eq!(why(plain), "");
    }

    #[test]
    fn packages_of_something_else_are_found() {
        let text =
            r#"(component (type $t (component (export "f" (func)))) (export "t" (type $t)))"#;
        assert_eq!(
            why(text),
            "export `t` is the type of neither world nor interface"
        );
    }

    #[test]
    fn worlds_that_are_none_are_reported() {
        let found = |text: &str| {
            let text =
                format!(r#"(component (type $t (component {text})) (export "w" (type $t)))"#);
            world_problem(&wat::parse_str(text).unwrap())
        };
        let world =
            r#"(type $w (component (import "f" (func)))) (export "x:y/z" (component (type $w)))"#;
        assert_eq!(found(world), None);
        for text in [
            "",
            r#"(type $w (instance)) (export "x:y/z" (instance (type $w)))"#,
            r#"(type $w (component)) (import "f" (func)) (export "x:y/z" (component (type $w)))"#,
        ] {
            assert_eq!(
                found(text).as_deref(),
                Some("it is not laid out as a world"),
                "{text}"
            );
        }
        let odd = r#"(type $w (component (import "a:b/c" (func)))) (export "x:y/z" (component (type $w)))"#;
        assert!(found(odd).unwrap().contains("`a:b/c` is a bare function"));
        assert_eq!(world_problem(b"\0asm"), None);
    }
}
