//! Components read and written again.

use super::*;
use crate::testing::test;
use std::collections::{BTreeSet, HashMap};
use wasmparser::{Validator, WasmFeatures};

/// A root with all kinds of items; what is nested refers to the root.
const ODD: &str = r#"(component $root
    (core type $sig (func (param i32) (result i32)))
    (core rec (type $a (struct (field (ref null $b)))) (type $b (struct (field (ref null $a)))))
    (core type $shape (module (import "" "f" (func (param i32))) (export "g" (func))))
    (type $color' (enum "red" "green"))
    (import "color" (type $color (eq $color')))
    (import "thing" (type $thing (sub resource)))
    (import "test:a/b" (instance $i
        (export "color" (type (eq $color)))
        (export "paint" (func (param "with" $color) (param "it" (borrow $thing))))))
    (core module $m
        (memory (export "memory") 1)
        (func (export "f") (param i32 i32))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
    (component $inner
        (alias outer $root $color (type $c))
        (alias outer $root $m (core module $outer))
        (alias outer $root $sig (core type $s))
        (type $pair (tuple $c $c))
        (component $deeper (alias outer $root $color (type $c)) (type (list $c)))
        (core instance (instantiate $outer)))
    (component $other)
    (core func $drop (canon resource.drop $thing))
    (core func $paint (canon lower (func $i "paint")))
    (core instance $own (instantiate $m))
    (alias core export $own "memory" (core memory $memory))
    (instance $made (instantiate $inner))
    (type $of-root (instance
        (alias outer $root $color (type $c))
        (export "f" (func (param "c" $c)))))
    (func $lifted (param "c" string)
        (canon lift (core func $own "f") (memory $memory) (realloc (core func $own "realloc"))))
    (instance $out (export "f" (func $lifted)))
    (export "test:a/out" (instance $out))
    (export "made" (instance $made))
    (export "colored" (type $color)))"#;

fn valid(bytes: &[u8]) {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    validator.validate_all(bytes).unwrap();
}

/// Writes the items that `live` has, each under its new index.
fn again(bytes: &[u8], live: impl Fn(usize) -> bool) -> crate::error::Result<Vec<u8>> {
    let (mut writer, mut mapper) = (Writer::new(), Mapper::renumbering());
    for (at, item) in items(bytes, 0..bytes.len())?.iter().enumerate() {
        if !live(at) {
            continue;
        }
        let (space, first, count) = item.defines.unwrap();
        let new = writer.next(space);
        for index in 0..count {
            mapper.set(space, first + index, new + index);
        }
        writer.item(&mut mapper, &item.kind, bytes)?;
    }
    mapper.check()?;
    Ok(writer.finish().bytes)
}

/// The text of a component, without the names of what is in it.
fn text(bytes: &[u8]) -> String {
    let items = items(bytes, 0..bytes.len()).unwrap();
    let kinds = items.iter().map(|item| match &item.kind {
        Kind::CoreModule(range) => format!("module {:?}", &bytes[range.clone()]),
        Kind::Component(range) => format!("component {}", range.len()),
        // Offsets differ.
        other => format!("{:?}", std::mem::discriminant(other)),
    });
    let shown = kinds.zip(&items);
    shown
        .map(|(kind, item)| format!("{kind} {:?} {:?}\n", item.defines, item.uses))
        .collect()
}

#[test]
fn what_is_written_whole_is_the_same() {
    let bytes = wat::parse_str(ODD).unwrap();
    valid(&bytes);
    let written = again(&bytes, |_| true).unwrap();
    valid(&written);
    assert_eq!(text(&written), text(&bytes));
    // What was written once is written again byte for byte.
    assert_eq!(again(&written, |_| true).unwrap(), written);
}

#[test]
fn components_of_wit_component_are_the_same_too() {
    for version in ["0.2.0", "0.2.12"] {
        let skeleton = crate::relink::tests::everything(version);
        let written = again(&skeleton, |_| true).unwrap();
        valid(&written);
        assert_eq!(text(&written), text(&skeleton));
    }
}

#[test]
fn references_of_what_is_nested_are_the_roots() {
    let bytes = wat::parse_str(ODD).unwrap();
    let items = items(&bytes, 0..bytes.len()).unwrap();
    let nested = items
        .iter()
        .find(|item| matches!(item.kind, Kind::Component(_)))
        .unwrap();
    let uses: BTreeSet<_> = nested.uses.iter().copied().collect();
    // The color, named twice, the module and the signature; nothing of the component's own.
    let expected = [
        (Space::CoreType, 0),
        (Space::CoreModule, 0),
        (Space::Type, 1),
    ];
    assert_eq!(uses, BTreeSet::from(expected));
}

#[test]
fn a_group_of_core_types_has_an_index_for_each() {
    let bytes = wat::parse_str(ODD).unwrap();
    let items = items(&bytes, 0..bytes.len()).unwrap();
    let core = items
        .iter()
        .filter_map(|item| item.defines.filter(|of| of.0 == Space::CoreType));
    let indices: Vec<_> = core.map(|(_, first, count)| (first, count)).collect();
    assert_eq!(indices, [(0, 1), (1, 2), (3, 1)]);
}

#[test]
fn indices_close_the_gaps_of_what_is_left_out() {
    let text = r#"(component
        (type (enum "gone"))
        (type $kept (enum "kept"))
        (type (list 0))
        (type $list (list $kept))
        (export "kept" (type $kept)))"#;
    let bytes = wat::parse_str(text).unwrap();
    let items = items(&bytes, 0..bytes.len()).unwrap();
    let live = Liveness::new(&items).reach([4], &HashMap::new());
    assert_eq!(live, BTreeSet::from([1, 4]));
    let written = again(&bytes, |at| live.contains(&at)).unwrap();
    valid(&written);
    let expected = r#"(component (type (enum "kept")) (export "kept" (type 0)))"#;
    assert_eq!(written, wat::parse_str(expected).unwrap());
}

#[test]
fn what_was_left_out_must_not_be_used() {
    let bytes = wat::parse_str(r#"(component (type $a (enum "a")) (export "a" (type $a)))"#);
    let error = again(&bytes.unwrap(), |at| at != 0).unwrap_err();
    assert!(error.to_string().contains("Type 0 was dropped"), "{error}");
}

#[test]
fn only_what_a_component_does_by_itself_is_live() {
    let text = r#"(component
        (import "used" (func $used))
        (import "unused" (func $unused))
        (import "exported" (func $exported))
        (core func $a (canon lower (func $used)))
        (core func $b (canon lower (func $unused)))
        (core module $m (import "" "" (func)))
        (core instance (instantiate $m (with "" (instance (export "" (func $a))))))
        (export "out" (func $exported)))"#;
    let bytes = wat::parse_str(text).unwrap();
    let items = items(&bytes, 0..bytes.len()).unwrap();
    let links = Liveness::new(&items);
    let live = links.reach(links.roots(), &HashMap::new());
    let names = items.iter().enumerate().filter(|(at, _)| live.contains(at));
    let names: Vec<_> = names
        .filter_map(|(_, item)| match &item.kind {
            Kind::Import(import) => Some(import.name.name),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["used", "exported"]);
    // With something else in its place, what an item used is not live.
    let lowered = items
        .iter()
        .position(|item| item.defines == Some((Space::CoreFunc, 0, 1)));
    let instead = HashMap::from([(lowered.unwrap(), vec![(Space::Func, 1)])]);
    let live = links.reach(links.roots(), &instead);
    assert!(live.contains(&links.definition((Space::Func, 1)).unwrap()));
    assert!(!live.contains(&links.definition((Space::Func, 0)).unwrap()));
}
