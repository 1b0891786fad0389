use super::*;
use crate::relink::tests::wat;
use crate::testing::test;
use crate::wasm::component;

#[test]
fn functions_are_followed_through_exports_and_instances() {
    let (bytes, _) = wat(r#"(component
        (import "bare" (func $bare))
        (import "test:a/b" (instance $i
            (export "f" (func))
            (export "deep" (instance (export "g" (func))))))
        (alias export $i "f" (func $f))
        (export $f2 "f2" (func $f))
        (instance $bundle (export "again" (func $f2)) (export "bare" (func $bare)))
        (export $b2 "bundle" (instance $bundle))
        (alias export $b2 "again" (func $f3))
        (alias export $bundle "bare" (func $bare2))
        (alias export $i "deep" (instance $deep))
        (alias export $deep "g" (func $g))
        (core module $m (func (export "")))
        (core instance $own (instantiate $m))
        (func $lifted (canon lift (core func $own "")))
        (export "lifted" (func $lifted)))"#);
    let items = component::items(&bytes, 0..bytes.len()).unwrap();
    let origins = Origins::new(&items);
    let names: Vec<_> = (0..8)
        .map(|index| origins.name((Space::Func, index)))
        .map(|name| name.map_or(String::new(), |(import, name)| format!("{import} {name}")))
        .collect();
    let f = "test:a/b f";
    let bare = "bare bare";
    assert_eq!(names, [bare, f, f, f, bare, "test:a/b deep/g", "", ""]);
}

#[test]
fn a_long_chain_is_followed_in_one_pass() {
    let mut text = "(component (import \"bare\" (func $f0))".to_string();
    for at in 0..20_000 {
        text += &format!("(export $f{} \"e{at}\" (func $f{at}))", at + 1);
    }
    let bytes = ::wat::parse_str(text + ")").unwrap();
    let items = component::items(&bytes, 0..bytes.len()).unwrap();
    let last = Origins::new(&items).name((Space::Func, 20_000));
    assert_eq!(last.unwrap().0, "bare");
}

#[test]
fn a_resource_belongs_to_the_import_that_defines_it() {
    let (bytes, types) = wat(r#"(component
        (import "own" (type $own (sub resource)))
        (import "test:a/first" (instance $first
            (export "thing" (type (sub resource)))
            (export "deep" (instance (export "inner" (type (sub resource)))))))
        (alias export $first "thing" (type $thing))
        (import "test:a/second" (instance $second (export "renamed" (type (eq $thing)))))
        (alias export $second "renamed" (type $renamed)))"#);
    let items = component::items(&bytes, 0..bytes.len()).unwrap();
    let owners = owners(&items, types.as_ref());
    let mut names: Vec<_> = owners
        .values()
        .map(|(import, name)| format!("{import} {name}"))
        .collect();
    names.sort();
    let expected = ["own own", "test:a/first deep/inner", "test:a/first thing"];
    assert_eq!(names, expected);
}
