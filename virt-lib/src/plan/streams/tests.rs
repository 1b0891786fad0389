use super::*;
use crate::relink::tests::{functions, wat};
use crate::testing::test;
use wasmparser::component_types::{ComponentEntityType, ComponentFuncTypeId};
use wasmparser::types::TypesRef;

/// Types, and functions `f` of an interface that is imported.
fn interface(types: &str, params: &str, result: &str) -> String {
    format!(
        r#"(component (import "a:b/c" (instance
          (type $bytes (stream u8))
          {types}
          (export "f" (func {params} {result})))))"#
    )
}

/// The ends among the parameters of such a function, and in its result.
fn ends(types: &str, params: &str, result: &str, is_async: bool) -> [Option<Handed>; 2] {
    let (_, all) = wat(&interface(types, params, result));
    let types = all.as_ref();
    let id = function(types);
    let abi = Abi { types };
    let result = types[id].result.map(|ty| abi.result_ends(ty, 1).unwrap());
    [abi.lowered_ends(id, is_async).unwrap(), result.flatten()]
}

fn function(types: TypesRef<'_>) -> ComponentFuncTypeId {
    let import = types.component_item_for_import("a:b/c").unwrap();
    let ComponentEntityType::Instance(instance) = import.ty else {
        panic!("no instance");
    };
    functions(types, instance).pop().unwrap().1
}

fn parts(parts: Vec<(u32, Ends)>) -> Ends {
    Ends::Parts(parts)
}

fn elements(size: u32, ends: Ends) -> Ends {
    let ends = Box::new(ends);
    Ends::Elements { size, ends }
}

#[test]
fn ends_are_found_among_core_values_and_in_memory() {
    let params = r#"(param "a" u64) (param "b" $bytes) (param "c" (stream string))"#;
    let [flat, none] = ends("", params, "", false);
    assert_eq!(flat, Some(Handed::Flat(parts(vec![(1, Ends::Here)]))));
    assert_eq!(none, None);
    let types = r#"(type $bag (record (field "at" u64) (field "what" $bytes)))
        (export "bag" (type $bag-export (eq $bag)))
        (type $o (option $bag-export)) (type $l (list $bytes)) (type $r (result $l (error string)))"#;
    let params = r#"(param "a" u8) (param "b" $o)"#;
    let result = r#"(result $r)"#;
    let [flat, pointed] = ends(types, params, result, false);
    // The option's case, then the record's number before the end.
    let case = |ends| Ends::Cases {
        width: 1,
        payload: 1,
        cases: vec![(1, ends)],
    };
    let bag = parts(vec![(1, Ends::Here)]);
    assert_eq!(flat, Some(Handed::Flat(parts(vec![(1, case(bag))]))));
    let list = elements(4, parts(vec![(0, Ends::Here)]));
    let result = Ends::Cases {
        width: 1,
        payload: 4,
        cases: vec![(0, list)],
    };
    assert_eq!(
        pointed,
        Some(Handed::Memory {
            pointer: 0,
            ends: parts(vec![(0, result)]),
        })
    );
}

#[test]
fn many_parameters_of_an_async_lower_lie_in_memory() {
    let params =
        r#"(param "a" u8) (param "b" $bytes) (param "c" u64) (param "d" u8) (param "e" $l)"#;
    let types = r#"(type $t (tuple u16 $bytes)) (type $l (list $t))"#;
    let [spilled, _] = ends(types, params, "", true);
    let tuple = parts(vec![(4, Ends::Here)]);
    let expected = parts(vec![
        (4, Ends::Here),
        (20, elements(8, parts(vec![(0, tuple)]))),
    ]);
    let pointer = 0;
    assert_eq!(
        spilled,
        Some(Handed::Memory {
            pointer,
            ends: expected
        })
    );
    assert!(spilled.unwrap().uses_memory());
}

#[test]
fn other_streams_have_none_and_too_large_types_are_refused() {
    let types = r#"(type $s (stream $bytes)) (type $f (future $bytes)) (type $w (stream u16))"#;
    let params = r#"(param "a" $s) (param "b" $f) (param "c" $w)"#;
    assert_eq!(ends(types, params, "", false), [None, None]);
    let mut types = "(type $t0 (tuple $bytes $bytes))".to_string();
    for n in 0..16 {
        types += &format!("(type $t{} (tuple $t{n} $t{n}))", n + 1);
    }
    let (_, all) = wat(&interface(&types, r#"(param "a" $t16)"#, ""));
    let types = all.as_ref();
    let id = function(types);
    assert_eq!(Abi { types }.lowered_ends(id, false), Err(TooLarge));
}
