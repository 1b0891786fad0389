//! What of a component's imports is left.

use crate::policy::{Policy, Random};
use crate::relink::tests::{relinked, validate};
use crate::testing::test;
use wasmparser::component_types::{ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::types::{Types, TypesRef};

fn closed() -> Policy {
    Policy {
        deny_other: true,
        allow_import: vec!["open:*".to_string()],
        ..Policy::default()
    }
}

fn instance(types: TypesRef<'_>, import: &str) -> ComponentInstanceTypeId {
    match types.component_item_for_import(import).unwrap().ty {
        ComponentEntityType::Instance(id) => id,
        other => panic!("{other:?}"),
    }
}

/// What an import of an artifact has in it.
fn exports(types: &Types, import: &str) -> Vec<String> {
    let id = instance(types.as_ref(), import);
    types.as_ref()[id].exports.keys().cloned().collect()
}

/// Uses `use` of `open:a/user`.
const USER: &str = r#"
    (core module $m (import "" "f" (func (param i32))))
    (core func $f (canon lower (func $user "use")))
    (core instance (instantiate $m (with "" (instance (export "f" (func $f))))))"#;

#[test]
fn an_import_stays_for_a_resource_without_functions() {
    let text = format!(
        r#"(component
        (import "closed:a/maker" (instance $maker
            (export "thing" (type $thing (sub resource)))
            (export "other" (type (sub resource)))
            (type $code (enum "a" "b"))
            (export "code" (type (eq $code)))
            (export "make" (func (result (own $thing))))))
        (alias export $maker "thing" (type $thing))
        (import "open:a/user" (instance $user
            (export "thing" (type $t (eq $thing)))
            (export "use" (func (param "it" (borrow $t))))))
        {USER})"#
    );
    let out = relinked(&text, &closed());
    assert_eq!(out.imports, ["closed:a/maker", "open:a/user"]);
    let types = validate(&out.written.bytes);
    assert_eq!(exports(&types, "closed:a/maker"), ["thing"]);
    assert_eq!(exports(&types, "open:a/user"), ["thing", "use"]);
}

#[test]
fn a_type_of_several_names_is_written_out_where_only_a_built_in_uses_it() {
    let text = |export: &str| {
        format!(
            r#"(component
        (import "closed:a/maker" (instance $maker
            (type $k (enum "file" "directory"))
            (export "kind" (type $kind (eq $k)))
            (type $e (record (field "kind" $kind) (field "name" string)))
            (export "entry" (type $entry (eq $e)))
            (type $s (stream $entry))
            (export "read" (func (result $s)))))
        (alias export $maker "entry" (type $entry))
        (type $stream (stream $entry))
        (core func $drop (canon stream.drop-readable $stream))
        (core module $m (import "" "f" (func (param i32))))
        (core instance (instantiate $m (with "" (instance (export "f" (func $drop))))))
        {export})"#
        )
    };
    let closed = Policy {
        deny_other: true,
        ..Policy::default()
    };
    let none: [&str; 0] = [];
    assert_eq!(relinked(&text(""), &closed).imports, none);
    let out = relinked(&text(r#"(export "entry" (type $entry))"#), &closed);
    assert_eq!(out.imports, ["closed:a/maker"]);
}

#[test]
fn an_import_stays_for_the_only_name_of_a_type_that_an_exported_function_uses() {
    let text = |more: &str, ty: &str| {
        format!(
            r#"(component
        (import "closed:a/words" (instance $words
            (type $pair' (record (field "n" u32)))
            (export "pair" (type $pair (eq $pair')))
            (export "say" (func (param "it" $pair)))))
        (alias export $words "pair" (type $pair))
        {more}
        (type $option (option {ty}))
        (core module $m (func (export "f") (param i32 i32)))
        (core instance $i (instantiate $m))
        (func $f (param "it" $option) (canon lift (core func $i "f")))
        (export "f" (func $f)))"#
        )
    };
    let closed = Policy {
        deny_other: true,
        ..Policy::default()
    };
    let out = relinked(&text("", "$pair"), &closed);
    assert_eq!(out.imports, ["closed:a/words"]);
    let types = validate(&out.written.bytes);
    assert_eq!(exports(&types, "closed:a/words"), ["pair"]);
    // With a name of its own it is written out.
    let out = relinked(
        &text(r#"(export $own "pair" (type $pair))"#, "$own"),
        &closed,
    );
    assert_eq!(out.imports, [""; 0]);
}

#[test]
fn value_types_of_an_import_that_goes_are_written_out() {
    let text = format!(
        r#"(component
        (import "closed:a/words" (instance $words
            (type $code' (enum "a" "b"))
            (export "code" (type $code (eq $code')))
            (type $pair' (record (field "code" $code) (field "n" u32)))
            (export "pair" (type $pair (eq $pair')))
            (export "say" (func (param "it" $pair)))))
        (alias export $words "code" (type $code))
        (import "open:a/user" (instance $user
            (export "code" (type $c (eq $code)))
            (export "use" (func (param "it" $c)))))
        {USER})"#
    );
    let out = relinked(&text, &closed());
    assert_eq!(out.imports, ["open:a/user"]);
    let types = validate(&out.written.bytes);
    assert_eq!(exports(&types, "open:a/user"), ["code", "use"]);
    // A record whose field has a name of its own needs that import.
    let text = text
        .replace(
            r#"words "code" (type $code)"#,
            r#"words "pair" (type $code)"#,
        )
        .replace(
            "(import \"\" \"f\" (func (param i32)))",
            "(import \"\" \"f\" (func (param i32 i32)))",
        );
    let out = relinked(&text, &closed());
    let types = validate(&out.written.bytes);
    assert_eq!(out.imports, ["closed:a/words", "open:a/user"]);
    let names = exports(&types, "closed:a/words");
    assert!(
        names.contains(&"pair".to_string()) && !names.contains(&"say".to_string()),
        "{names:?}"
    );
}

#[test]
fn what_is_left_to_the_host_stays_unused_or_not() {
    let text = r#"(component
        (import "open:a/unused" (instance (export "f" (func)) (export "t" (type (sub resource)))))
        (import "closed:a/unused" (instance (export "f" (func))))
        (import "wasi:random/random@0.2.6" (instance (export "get-random-u64" (func
            (result u64))))))"#;
    let out = relinked(text, &closed());
    assert_eq!(out.imports, ["open:a/unused"]);
    let types = validate(&out.written.bytes);
    assert_eq!(exports(&types, "open:a/unused"), ["f", "t"]);
    let allowed = Policy {
        random: Random::Allow,
        ..closed()
    };
    let out = relinked(text, &allowed);
    assert_eq!(out.imports, ["open:a/unused", "wasi:random/random@0.2.6"]);
}

#[test]
fn an_import_after_code_stays_where_it_is() {
    let text = r#"(component
        (core module $first (memory (export "m") 1)
            (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
        (core instance $first (instantiate $first))
        (import "closed:a/late" (instance $late (export "f" (func (result string)))))
        (core func $f (canon lower (func $late "f") (memory (core memory $first "m"))
            (realloc (core func $first "r"))))
        (core module $second (import "" "f" (func (param i32))))
        (core instance (instantiate $second (with "" (instance (export "f" (func $f))))))
        (import "open:a/later" (instance $later (export "g" (func))))
        (core func $g (canon lower (func $later "g")))
        (core module $third (import "" "g" (func)) (import "" "f" (func (param i32))))
        (core instance (instantiate $third
            (with "" (instance (export "g" (func $g)) (export "f" (func $f)))))))"#;
    for deny in [crate::DenyMode::Trap, crate::DenyMode::Error] {
        let out = relinked(
            text,
            &Policy {
                deny_mode: deny,
                ..closed()
            },
        );
        assert_eq!(out.imports, ["open:a/later"]);
        assert_eq!(
            exports(&validate(&out.written.bytes), "open:a/later"),
            ["g"]
        );
        let marked = out.written.marks.iter().map(|(_, mark)| mark.clone());
        use crate::wasm::component::Mark::Module;
        assert_eq!(
            marked.collect::<Vec<_>>(),
            [Module(0), Module(1), Module(2)]
        );
    }
}

#[test]
fn streams_that_are_handed_on_as_a_whole_keep_what_they_have() {
    let text = r#"(component
        (import "wasi:io/streams@0.2.6" (instance $streams
            (export "input-stream" (type (sub resource)))
            (export "output-stream" (type (sub resource)))))
        (import "closed:a/b" (instance (export "f" (func))))
        (export "streams" (instance $streams)))"#;
    let out = relinked(
        text,
        &Policy {
            deny_other: true,
            ..Policy::default()
        },
    );
    let types = validate(&out.written.bytes);
    let names = ["input-stream", "output-stream"];
    assert_eq!(exports(&types, "wasi:io/streams@0.2.6"), names);
}

#[test]
fn a_hollow_handle_is_not_dropped_by_the_host() {
    let text = format!(
        r#"(component
        (core rec (type $a (struct (field (ref null $b)))) (type $b (struct (field (ref null $a)))))
        (core type (module (import "" "x" (func (param i32)))))
        (import "closed:a/maker" (instance $maker
            (export "thing" (type $thing (sub resource)))
            (export "make" (func (result (own $thing))))
            (export "eat" (func (param "it" (own $thing)) (result (result))))))
        (alias export $maker "thing" (type $thing))
        (import "open:a/user" (instance $user
            (export "thing" (type $t (eq $thing)))
            (export "use" (func (param "it" (borrow $t))))))
        (core func $make (canon lower (func $maker "make")))
        (core func $eat (canon lower (func $maker "eat")))
        (core module $n (import "" "make" (func (result i32)))
            (import "" "eat" (func (param i32) (result i32))))
        (core instance (instantiate $n
            (with "" (instance (export "make" (func $make)) (export "eat" (func $eat))))))
        {USER})"#
    );
    let policy = Policy {
        deny_mode: crate::DenyMode::Error,
        ..closed()
    };
    let out = relinked(&text, &policy);
    // It stays, so that the host could be asked; it knows no such handle.
    assert!(out.imports.contains(&"closed:a/maker".to_string()));
    let items =
        crate::wasm::component::items(&out.written.bytes, 0..out.written.bytes.len()).unwrap();
    let drops = items.iter().filter(|item| {
        use crate::wasm::component::Kind::Canon;
        let Canon(canon) = &item.kind else {
            return false;
        };
        matches!(canon, wasmparser::CanonicalFunction::ResourceDrop { .. })
    });
    assert_eq!(drops.count(), 0);
}
