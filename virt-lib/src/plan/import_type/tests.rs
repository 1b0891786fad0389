use super::*;
use crate::relink::tests::{
    Resources, describe_function, encoded, functions, importing, imports, last_instance_type,
    name_resources, validate, wasi, wat,
};
use crate::testing::test;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId,
};
use wasmparser::types::{Types, TypesRef};

const EMPTY: &str = "(component)";

/// A root with four resources and a value type, and the instance type of an interface.
const FILES: &str = r#"
    (import "unrelated" (type (sub resource)))
    (import "error" (type $error (sub resource)))
    (import "input-stream" (type $stream (sub resource)))
    (import "pollable" (type $pollable (sub resource)))
    (type $datetime' (record (field "seconds" u64) (field "nanoseconds" u32)))
    (import "datetime" (type $datetime (eq $datetime')))
    (type (instance
        (alias outer 1 $stream (type $stream'))
        (export "input-stream" (type $stream (eq $stream')))
        (alias outer 1 $error (type $error'))
        (export "error" (type $error (eq $error')))
        (alias outer 1 $datetime (type $datetime'))
        (export "datetime" (type $datetime (eq $datetime')))
        (export "descriptor" (type $descriptor (sub resource)))
        (type $code' (enum "access" "other"))
        (export "code" (type $code (eq $code')))
        (type $stat' (record (field "modified" (option $datetime))))
        (export "stat" (type $stat (eq $stat')))
        (type $borrow (borrow $descriptor))
        (export "[method]descriptor.read" (func
            (param "self" $borrow) (result (result (own $stream) (error $code)))))
        (export "[method]descriptor.stat" (func
            (param "self" $borrow) (result (result $stat (error $code)))))
        (export "code-of" (func (param "error" (borrow $error)) (result (option $code))))))
"#;

fn read(bytes: &[u8]) -> ImportType<'_> {
    ImportType::new(&last_instance_type(bytes)).unwrap()
}

fn files() -> Vec<u8> {
    wat(&format!("(component {FILES})")).0
}

/// Validates a root with an import of this type.
fn import(root: &[u8], ty: &ImportType<'_>) -> Types {
    let mut used = Vec::new();
    let encoded = ty.encode(&mut |index| {
        used.push(index);
        index
    });
    used.sort_unstable();
    used.dedup();
    assert_eq!(used, ty.uses());
    validate(&importing(root, &encoded.unwrap()))
}

fn instance(types: TypesRef<'_>) -> ComponentInstanceTypeId {
    match types.component_item_for_import("x").map(|item| item.ty) {
        Some(ComponentEntityType::Instance(id)) => id,
        other => panic!("{other:?}"),
    }
}

/// The resources that a root imports and those of its instance `x`.
fn resources(types: TypesRef<'_>, root: &[&str]) -> Resources {
    let mut resources = Resources::new();
    for name in root {
        if let Some(ComponentEntityType::Type {
            created: ComponentAnyTypeId::Resource(id),
            ..
        }) = types.component_item_for_import(name).map(|item| item.ty)
        {
            resources.insert(id.resource(), (*name).to_owned());
        }
    }
    name_resources(types, instance(types), &mut resources);
    resources
}

/// The functions of the instance `x` with their types.
fn described(types: &Types, root: &[&str]) -> Vec<(String, String)> {
    let types = types.as_ref();
    let resources = resources(types, root);
    let functions = functions(types, instance(types)).into_iter();
    functions
        .map(|(name, id)| (name, describe_function(types, &resources, id)))
        .collect()
}

const ROOT: [&str; 4] = ["unrelated", "error", "input-stream", "pollable"];

#[test]
fn what_is_not_trimmed_stays() {
    let bytes = files();
    let ty = read(&bytes);
    let types = import(&bytes, &ty);
    let names: Vec<_> = ty.exports().collect();
    let types = types.as_ref();
    let exports = types[instance(types)].exports.keys();
    assert!(exports.eq(names.iter()));
    assert_eq!(ty.uses(), [1, 2, 5]);
    let mut twice = InstanceType::new();
    for declaration in &ty.declarations {
        let mut same = |index| index;
        let mut root = |index| index;
        let mut renumber = Renumber {
            depth: 0,
            local: &mut same,
            root: &mut root,
            is_foreign: false,
        };
        renumber.declaration(&mut twice, &declaration.read).unwrap();
    }
    let once = ty.encode(&mut |index| index).unwrap();
    assert_eq!(importing(&bytes, &once), importing(&bytes, &twice));
}

#[test]
fn what_only_dropped_functions_need_goes() {
    let bytes = files();
    let all = described(&import(&bytes, &read(&bytes)), &ROOT);
    for (kept, uses, exports) in [
        ("code-of", vec![1], vec!["error", "code"]),
        (
            "[method]descriptor.read",
            vec![2],
            vec!["input-stream", "descriptor", "code"],
        ),
        (
            "[method]descriptor.stat",
            vec![5],
            vec!["datetime", "descriptor", "code", "stat"],
        ),
        ("descriptor", vec![], vec![]),
        ("nothing", vec![], vec![]),
    ] {
        let mut ty = read(&bytes);
        ty.trim(&mut |name, _| name == kept);
        assert_eq!(ty.uses(), uses, "{kept}");
        let names: Vec<_> = ty.exports().collect();
        let mut expected = exports;
        if kept != "nothing" {
            expected.push(kept);
        }
        assert_eq!(names, expected);
        let left = described(&import(&bytes, &ty), &ROOT);
        assert!(
            left.iter().all(|function| all.contains(function)),
            "{left:?}"
        );
        assert_eq!(
            left.len(),
            usize::from(kept.len() > 6 && kept != "nothing" && kept != "descriptor")
        );
    }
}

#[test]
fn types_alone_stay() {
    let bytes = files();
    let mut ty = read(&bytes);
    ty.trim(&mut |_, kind| kind == ComponentExternalKind::Type);
    assert_eq!(ty.uses(), [1, 2, 5]);
    assert_eq!(ty.exports().count(), 6);
    assert_eq!(described(&import(&bytes, &ty), &ROOT), []);
    // What was dropped comes back as it was.
    let resolve = wasi();
    ty.extend(&resolve, "wasi:filesystem/types", "code-of", &mut |_, _| {
        None
    })
    .unwrap();
    assert_eq!(described(&import(&bytes, &ty), &ROOT).len(), 1);
}

#[test]
fn names_of_types_that_stay_stay() {
    let (bytes, _) = wat(r#"(component (type (instance
            (type $unused (record (field "a" u8)))
            (export "unused" (type (eq $unused)))
            (type $r (record (field "a" u8)))
            (export "r" (type (eq $r)))
            (export "s" (type (eq 3)))
            (export "f" (func (result $r))))))"#);
    let mut ty = read(&bytes);
    ty.trim(&mut |name, _| name == "f");
    let names: Vec<_> = ty.exports().collect();
    assert_eq!(names, ["r", "s", "f"]);
}

#[test]
fn types_within_types_are_renumbered() {
    let (bytes, _) = wat(r#"(component
            (import "unused" (type (sub resource)))
            (import "r" (type $r (sub resource)))
            (type (instance
                (core type $c (func (param i32)))
                (core type (module (alias outer 1 $c (type)) (export "f" (func (type 0)))))
                (type $unused (list u8))
                (export "unused" (type (eq $unused)))
                (type $l (list u16))
                (export "c" (component
                    (alias outer 1 $l (type $l))
                    (alias outer 2 $r (type $r))
                    (import "i" (instance
                        (alias outer 2 $l (type $l2))
                        (export "g" (func (result $l2)))))
                    (export "f" (func (param "a" $l)))))
                (export "i" (instance
                    (alias outer 1 $l (type $l))
                    (export "t" (type (eq $l))))))))"#);
    let mut ty = read(&bytes);
    ty.trim(&mut |_, _| false);
    assert_eq!(ty.uses(), [1]);
    assert_eq!(ty.exports().count(), 2);
    let encoded = ty.encode(&mut |index| index - 1).unwrap();
    let (root, _) = wat(r#"(component (import "r" (type (sub resource))))"#);
    validate(&importing(&root, &encoded));
}

#[test]
fn more_than_types_of_the_root_is_refused() {
    let bytes = wat(r#"(component
            (type $t u8)
            (component
                (type (instance (alias outer 2 $t (type $t)) (export "t" (type (eq $t)))))))"#)
    .0;
    let refused = ImportType::new(&last_instance_type(&bytes)).map(|_| ());
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("more than types"), "{message}");
}

#[test]
fn wasi_can_be_made_from_nothing() {
    let resolve = wasi();
    let all = encoded(&resolve, "everything");
    let all = all.as_ref();
    let mut known = Resources::new();
    let mut compared = 0;
    for (name, id) in imports(all, "everything") {
        name_resources(all, id, &mut known);
        let path = name.split('@').next().unwrap();
        // Every resource of WASI, at the root; the interface's own ones are not asked for.
        let mut root = String::from("(component");
        let mut names: Vec<&str> = resolve
            .types
            .iter()
            .filter(|(_, ty)| ty.kind == wit_parser::TypeDefKind::Resource)
            .filter_map(|(_, ty)| ty.name.as_deref())
            .collect();
        names.sort_unstable();
        names.dedup();
        for name in &names {
            root += &format!("(import \"{name}\" (type (sub resource)))");
        }
        let (bytes, _) = wat(&(root + ")"));
        let mut ty = ImportType::new(&[]).unwrap();
        for (function, _) in functions(all, id) {
            ty.extend(&resolve, path, &function, &mut |of, name| {
                assert!(of != path && of.starts_with("wasi:"), "{of}");
                let index = names.iter().position(|other| *other == name)?;
                Some(index as u32)
            })
            .unwrap();
        }
        let expected: Vec<_> = functions(all, id)
            .into_iter()
            .map(|(name, id)| (name, describe_function(all, &known, id)))
            .collect();
        compared += expected.len();
        assert_eq!(described(&import(&bytes, &ty), &names), expected, "{path}");
    }
    assert!(compared > 150, "{compared}");
}

#[test]
fn what_is_there_is_used() {
    let (bytes, _) = wat(r#"(component
            (import "error" (type $error (sub resource)))
            (type (instance
                (export "pollable" (type (sub resource)))
                (alias outer 1 $error (type $error))
                (export "error" (type $e (eq $error)))
                (export "input-stream" (type $s (sub resource)))
                (export "[method]input-stream.subscribe" (func (param "self" (borrow $s)))))))"#);
    let resolve = wasi();
    let mut ty = read(&bytes);
    let streams = "wasi:io/streams";
    for name in [
        "[method]input-stream.read",
        "[method]output-stream.splice",
        "stream-error",
    ] {
        ty.extend(&resolve, streams, name, &mut |_, _| None)
            .unwrap();
        ty.extend(&resolve, streams, name, &mut |_, _| None)
            .unwrap();
    }
    assert_eq!(ty.uses(), [0]);
    let names: Vec<_> = ty.exports().collect();
    assert_eq!(
        names,
        [
            "pollable",
            "error",
            "input-stream",
            "[method]input-stream.subscribe",
            "stream-error",
            "[method]input-stream.read",
            "output-stream",
            "[method]output-stream.splice"
        ]
    );
    assert_eq!(described(&import(&bytes, &ty), &["error"]).len(), 3);
}

#[test]
fn a_resource_of_another_interface_has_to_be_there() {
    let resolve = wasi();
    let mut ty = ImportType::new(&[]).unwrap();
    let mut extend = |interface, name| {
        let extended = ty.extend(&resolve, interface, name, &mut |_, _| None);
        extended.unwrap_err().to_string()
    };
    assert_eq!(
        extend("wasi:io/streams", "[method]input-stream.read"),
        "the component does not import the resource `error` of `wasi:io/error`"
    );
    for (interface, name) in [
        ("wasi:io/streams", "nothing"),
        ("wasi:io/nothing", "read"),
        ("wasi/io", "read"),
        ("", ""),
    ] {
        let error = extend(interface, name);
        assert_eq!(error, format!("WASI has no `{name}` in `{interface}`"));
    }
}

#[test]
fn values_of_other_interfaces_are_written_out() {
    let resolve = wasi();
    let (bytes, _) = wat(EMPTY);
    for (interface, name, exports) in [
        ("wasi:clocks/wall-clock", "now", &["datetime", "now"][..]),
        (
            "wasi:filesystem/types",
            "[method]descriptor.stat",
            &[
                "descriptor",
                "descriptor-type",
                "link-count",
                "filesize",
                "datetime",
                "descriptor-stat",
                "error-code",
                "[method]descriptor.stat",
            ],
        ),
        (
            "wasi:sockets/udp",
            "[method]udp-socket.remote-address",
            &[
                "udp-socket",
                "ipv4-socket-address",
                "ipv6-socket-address",
                "ip-socket-address",
                "error-code",
                "[method]udp-socket.remote-address",
            ],
        ),
    ] {
        let mut ty = ImportType::new(&[]).unwrap();
        ty.extend(&resolve, interface, name, &mut |_, _| None)
            .unwrap();
        assert!(ty.uses().is_empty());
        let names: Vec<_> = ty.exports().collect();
        assert_eq!(names, exports);
        import(&bytes, &ty);
    }
}
