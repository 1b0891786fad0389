//! Types that imports share: what stays for them, and what is refused.

use crate::common::{changed_component, component, component_with};
use crate::{action, bytes, error, run};
use wasi_virt::{Access, Action, Clocks, DenyMode, Policy, Tmpfs};

#[test]
fn value_types_do_not_keep_a_denied_interface_open() {
    let component = component("0.2.6", "include wasi:cli/imports@0.2.6;");
    let policy = Policy::allow_all().with(|changed| {
        changed.clocks = Clocks::Deny;
    });
    let output = run(&component, &policy);
    assert_eq!(action(&output, "wasi:filesystem/types@0.2.6"), Action::Host);
    assert!(
        !output
            .report
            .imports_after
            .iter()
            .any(|import| import.starts_with("wasi:clocks/")),
        "{output:?}"
    );
}

#[test]
fn a_type_that_would_need_endless_code_is_a_trap() {
    let mut types = "type t0 = string;".to_string();
    for n in 1..16 {
        types += &format!("type t{n} = tuple<t{}, t{}>;", n - 1, n - 1);
    }
    let component = component_with(
        &format!("package t:t {{ interface deep {{ {types} f: func(x: list<t15>) -> result; }} }}"),
        "0.2.6",
        "import t:t/deep;",
    );
    let policy = Policy::default().with(|changed| {
        changed.deny_other = true;
        changed.deny_mode = DenyMode::Error;
    });
    let output = run(&component, &policy);
    assert_eq!(output.report.imports_after, [""; 0]);
    assert!(
        output.report.sizes.adapter < 1_000,
        "{}",
        output.report.sizes.adapter
    );
    let text = String::from_utf8_lossy(&bytes(&component, &output, &[])).into_owned();
    assert!(
        text.contains("denied by wasi-virt: t:t/deep#f (allow with"),
        "{text}"
    );
}

#[test]
fn an_import_stays_for_a_resource_that_another_needs_without_its_functions() {
    let component = component_with(
        "package a:d { interface d { resource d { constructor(); } count: func() -> u32; } }
         package a:a { interface a { use a:d/d.{d}; resource r; use-d: func(r: borrow<r>, d: borrow<d>); } }
         package a:b { interface b { use a:a/a.{r}; make: func() -> r; } }",
        "0.2.6",
        "import a:d/d; import a:a/a; import a:b/b;",
    );
    let allow_import = ["a:a/a", "a:b/b"].map(str::to_string).to_vec();
    let output = run(
        &component,
        &Policy::default().with(|changed| {
            changed.deny_other = true;
            changed.allow_import = allow_import;
        }),
    );
    let bytes = bytes(&component, &output, &[]);
    let left = &output.report.imports_after;
    assert_eq!(left, &["a:d/d", "a:a/a", "a:b/b"]);
    assert_eq!(action(&output, "a:d/d"), Action::Denied);
    let types = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&bytes)
        .unwrap();
    let types = types.as_ref();
    let exports = |import: &str| {
        let item = types.component_item_for_import(import).unwrap();
        let wasmparser::component_types::ComponentEntityType::Instance(id) = item.ty else {
            panic!("{import} is no instance");
        };
        let exports = types[id].exports.keys();
        exports.cloned().collect::<Vec<_>>()
    };
    assert_eq!(exports("a:d/d"), ["d"]);
    assert!(exports("a:a/a").contains(&"use-d".to_string()));
    assert!(exports("a:b/b").contains(&"make".to_string()));
}

#[test]
fn what_the_adapter_calls_has_the_type_of_wasi() {
    let world = "include wasi:cli/imports@0.2.6;";
    let component = changed_component(
        "0.2.6",
        world,
        ("now: func() -> datetime;", "now: func() -> u32;"),
    );
    let mut policy = Policy::default().with(|changed| {
        changed.clocks = Clocks::Allow;
    });
    // The host's own.
    run(&component, &policy);
    policy.tmpfs.push(Tmpfs::new("/tmp"));
    let error = error(&component, &policy);
    assert!(
        error.contains("import `wasi:clocks/wall-clock@0.2.6`: the type of its function `now`"),
        "{error}"
    );
}

#[test]
fn types_of_http_that_stay_have_no_function_that_is_not_known() {
    let world = "include wasi:http/proxy@0.2.6;";
    let component = changed_component(
        "0.2.6",
        world,
        (
            "http-error-code: func",
            "launch: func(url: string) -> result;\n  http-error-code: func",
        ),
    );
    let types = "wasi:http/types@0.2.6";
    let denied = "denied by wasi-virt: wasi:http/types@0.2.6#launch (allow with --allow-http)";
    let functions = |policy: &Policy| {
        let output = run(&component, policy);
        assert_eq!(action(&output, types), Action::Host);
        let bytes = bytes(&component, &output, &[]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let left = wasi_virt::inspect(&bytes).unwrap();
        let mut imports = left.imports.into_iter();
        let import = imports.find(|import| import.name == types).unwrap();
        (import.functions, text.contains(denied))
    };
    let (left, is_denied) = functions(&Policy::default());
    assert!(
        left.contains(&"[method]incoming-request.consume".to_string()),
        "{left:?}"
    );
    assert!(!left.contains(&"launch".to_string()), "{left:?}");
    assert!(is_denied);
    let open = Policy::default().with(|changed| changed.http = Access::Allow.into());
    let (left, is_denied) = functions(&open);
    assert!(
        left.contains(&"launch".to_string()) && !is_denied,
        "{left:?}"
    );
}

#[test]
fn nesting_beyond_reason_is_refused() {
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..20_000 {
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        // A size in four bytes, so that every level adds the same.
        let size = u32::try_from(component.len()).unwrap();
        outer.extend((0..4).map(|n| (size >> (7 * n)) as u8 & 0x7f | if n < 3 { 0x80 } else { 0 }));
        outer.append(&mut component);
        component = outer;
    }
    assert!(
        error(&component, &Policy::default()).contains("nested"),
        "{}",
        error(&component, &Policy::default())
    );
}
