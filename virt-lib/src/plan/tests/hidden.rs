//! Host descriptors that the adapter hides: no call takes one unchecked, and no export returns one.

use super::*;
use crate::plan::layout::Operand;

fn files() -> Files {
    Files {
        mounted: true,
        served: true,
        host: true,
        hidden: true,
        ..Files::default()
    }
}

/// A component with a function that takes a value of this type, and gives a result.
fn takes(ty: &str, flat: &str) -> String {
    format!(
        r#"(component
            (import "wasi:filesystem/types@0.2.6" (instance $types
                (export "descriptor" (type (sub resource)))))
            (alias export $types "descriptor" (type $d))
            (import "wasi:filesystem/preopens@0.2.6" (instance $preopens
                (export "descriptor" (type $d2 (eq $d)))
                (export "get-directories" (func (result (list (tuple (own $d2) string)))))))
            (type $own (own $d)) (type $borrow (borrow $d))
            (type $made {ty})
            (import "take" (func $take (param "it" $made) (result (result))))
            (core module $m (memory (export "m") 1)
                (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (core func $get (canon lower (func $preopens "get-directories")
                (memory (core memory $i "m")) (realloc (core func $i "r"))))
            (core func $f (canon lower (func $take) (memory (core memory $i "m")) (realloc
                (core func $i "r"))))
            (core module $u (import "" "f" (func (param {flat}) (result i32))) (import "" "get" (func
                (param i32))))
            (core instance (instantiate $u
                (with "" (instance (export "f" (func $f)) (export "get" (func $get)))))))"#
    )
}

#[test]
fn hidden_descriptors_are_looked_for_or_refused() {
    let flat = takes("(borrow $d)", "i32");
    planned(
        &::wat::parse_str(flat).unwrap(),
        &Policy::default(),
        files(),
        |_, plan| {
            let plan = plan.unwrap();
            let one = plan
                .replaced
                .iter()
                .find(|one| one.site.name == "take")
                .unwrap();
            assert_eq!(
                (one.service, &one.descriptors[..]),
                (Service::Guarded, &[Operand::param(0)][..])
            );
        },
    );
    for (ty, flat) in [
        ("(option $borrow)", "i32 i32"),
        ("(list $own)", "i32 i32"),
        ("(tuple $borrow u8)", "i32 i32"),
        ("(stream $own)", "i32"),
    ] {
        let error = refused(&takes(ty, flat), &Policy::default(), files());
        assert!(
            error.contains("`take` takes a descriptor inside another value"),
            "{error}"
        );
    }
}

/// A denied call drops the handles that it owns, and must not drop one that the adapter hides.
#[test]
fn a_denied_call_drops_no_unchecked_handle() {
    let policy = Policy {
        deny_other: true,
        deny_mode: DenyMode::Error,
        ..Policy::default()
    };
    let answers = |ty: &str, flat: &str, files: Files| {
        let component = ::wat::parse_str(takes(ty, flat)).unwrap();
        planned(&component, &policy, files, |_, plan| {
            let plan = plan.unwrap();
            let mut replaced = plan.replaced.iter();
            let one = replaced.find(|one| one.site.name == "take").unwrap();
            assert_eq!(one.service, Service::Denied);
            (one.answer.is_some(), one.descriptors.clone())
        })
    };
    assert_eq!(
        answers("(own $d)", "i32", files()),
        (true, vec![Operand::param(0)])
    );
    assert_eq!(answers("u8", "i32", files()), (true, vec![]));
    for (ty, flat) in [("(option $own)", "i32 i32"), ("(tuple $own u8)", "i32 i32")] {
        assert_eq!(answers(ty, flat, files()), (false, vec![]));
        let open = Files {
            hidden: false,
            ..files()
        };
        assert_eq!(answers(ty, flat, open), (true, vec![]));
    }
}

#[test]
fn an_export_returns_no_descriptor() {
    let exports = |ty: &str, of: &str| {
        format!(
            r#"(component
            (import "wasi:filesystem/types@0.2.6" (instance $types
                (export "descriptor" (type (sub resource)))))
            (alias export $types "descriptor" (type $d))
            (import "wasi:filesystem/preopens@0.2.6" (instance $preopens
                (export "descriptor" (type $d2 (eq $d)))
                (export "get-directories" (func (result (list (tuple (own $d2) string)))))))
            (core module $m (memory (export "m") 1)
                (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)
                (func (export "f") (param i32) (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (core func $get (canon lower (func $preopens "get-directories")
                (memory (core memory $i "m")) (realloc (core func $i "r"))))
            (core module $u (import "" "get" (func (param i32))))
            (core instance (instantiate $u (with "" (instance (export "get" (func $get))))))
            (func $f (param "it" u32) (result {ty})
                (canon lift (core func $i "f") (memory (core memory $i "m"))))
            (instance $out (export "open" (func $f)))
            (export "out" {of}))"#
        )
    };
    for ty in ["(own $d)", "(option (own $d))", "(list (own $d))"] {
        for of in ["(func $f)", "(instance $out)"] {
            let text = exports(ty, of);
            let error = refused(&text, &Policy::default(), files());
            let expected = "export `out` returns a descriptor, and the component could";
            assert!(error.contains(expected), "{error}");
        }
    }
    planned(
        &::wat::parse_str(exports("u32", "(func $f)")).unwrap(),
        &Policy::default(),
        files(),
        |_, plan| assert!(plan.is_ok()),
    );
}

/// A component that imports directories, hands a value of this type to a component inside, and one
/// of this type to a stream or future of the built-in.
fn hands(inside: &str, written: &str, lifted: &str) -> String {
    format!(
        r#"(component
            (import "wasi:filesystem/types@0.2.6" (instance $types
                (export "descriptor" (type (sub resource)))))
            (alias export $types "descriptor" (type $d))
            (import "wasi:filesystem/preopens@0.2.6" (instance $preopens
                (export "descriptor" (type $d2 (eq $d)))
                (export "get-directories" (func (result (list (tuple (own $d2) string)))))))
            (core module $m (memory (export "m") 1)
                (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)
                (func (export "f") (param i32))
                (func (export "g") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (core func $get (canon lower (func $preopens "get-directories")
                (memory (core memory $i "m")) (realloc (core func $i "r"))))
            (core module $u (import "" "get" (func (param i32))))
            (core instance (instantiate $u (with "" (instance (export "get" (func $get))))))
            (type $own (own $d)) (type $borrow (borrow $d))
            (component $inside
                (import "d" (type $d (sub resource)))
                (core module $m (func (export "f") (param i32)))
                (core instance $i (instantiate $m))
                (func $f (param "it" {inside}) (canon lift (core func $i "f")))
                (export "take" (func $f)))
            (instance $inside (instantiate $inside (with "d" (type $d))))
            (core func (canon lower (func $inside "take")))
            (type $written {written})
            (core func (canon {kind}.write $written (memory (core memory $i "m")) async))
            (func (result {lifted}) (canon lift (core func $i "g"))))"#,
        kind = written
            .trim_start_matches('(')
            .split([' ', ')'])
            .next()
            .unwrap(),
    )
}

#[test]
fn no_descriptor_leaves_to_a_component_inside_or_in_a_stream() {
    let safe = ["u32", "(stream u8)", "u32"];
    let plan = |[inside, written, lifted]: [&str; 3], files: Files| {
        let text = hands(inside, written, lifted);
        let component = ::wat::parse_str(text).unwrap();
        planned(&component, &Policy::default(), files, |_, plan| {
            plan.err().map(|error| error.to_string())
        })
    };
    assert_eq!(plan(safe, files()), None);
    for (at, ty, way) in [
        (
            0,
            "(own $d)",
            "a function of a component inside takes a descriptor",
        ),
        (
            0,
            "(borrow $d)",
            "a function of a component inside takes a descriptor",
        ),
        (
            1,
            "(stream $own)",
            "a stream or future carries a descriptor",
        ),
        (
            1,
            "(future $own)",
            "a stream or future carries a descriptor",
        ),
        (2, "(own $d)", "a lifted function returns a descriptor"),
    ] {
        let mut types = safe;
        types[at] = ty;
        let error = plan(types, files()).unwrap();
        assert!(error.contains(way), "{error}");
        let open = Files {
            hidden: false,
            ..files()
        };
        assert_eq!(plan(types, open), None);
    }
}
