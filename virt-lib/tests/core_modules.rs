//! Core modules as input: they become components, and then everything holds for them that holds for
//! those.

#![cfg(not(target_family = "wasm"))]

use wasi_virt::{Action, Policy, Segment, StdioMode, inspect, virtualize};

/// Prints "hi" and asks for a random number.
const COMMAND: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\03\00\00\00")
    (data (i32.const 16) "hi\n")
    (func (export "_start")
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
        (drop (call $random (i32.const 64) (i32.const 4)))))"#;

fn artifact(module: &[u8], policy: &Policy) -> (Vec<u8>, wasi_virt::Report) {
    let output = virtualize(module, policy, &[]).unwrap();
    let mut bytes = Vec::new();
    for segment in &output.segments {
        match segment {
            Segment::Bytes(run) => bytes.extend_from_slice(run),
            other => panic!("{other:?}: the component that was made is lost"),
        }
    }
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&bytes)
        .unwrap();
    assert_eq!(output.report.sizes.output, bytes.len() as u64);
    assert_eq!(output.report.sizes.input, module.len() as u64);
    (bytes, output.report)
}

#[test]
fn a_command_of_wasi_0_1_is_closed_as_any_component() {
    let module = wat::parse_str(COMMAND).unwrap();
    let (bytes, report) = artifact(&module, &Policy::default());
    assert_eq!(report.imports_after, Vec::<String>::new());
    assert!(
        report
            .preview1_adapter
            .unwrap()
            .starts_with("wasi_snapshot_preview1.command ")
    );
    let seen = inspect(&bytes).unwrap();
    assert!(seen.exports[0].starts_with("wasi:cli/run@0.2."));
    assert!(!seen.core_module);
}

#[test]
fn what_is_allowed_stays_open() {
    let module = wat::parse_str(COMMAND).unwrap();
    let policy = Policy::default().with(|changed| {
        changed.stdout = StdioMode::Allow;
    });
    let (_, report) = artifact(&module, &policy);
    let stdout = report
        .interfaces
        .iter()
        .find(|interface| interface.name.starts_with("wasi:cli/stdout@"))
        .unwrap();
    assert!(matches!(stdout.action, Action::Host | Action::Forwarded));
    assert!(report.imports_after.contains(&stdout.name));
    assert!(
        !report
            .imports_after
            .iter()
            .any(|name| name.starts_with("wasi:random/"))
    );
}

#[test]
fn with_everything_allowed_it_is_the_component_made_of_it() {
    let module = wat::parse_str(COMMAND).unwrap();
    let (bytes, report) = artifact(&module, &Policy::allow_all());
    assert_eq!(report.imports_after, report.imports_before);
    let (from_module, from_component) = (inspect(&module).unwrap(), inspect(&bytes).unwrap());
    assert_eq!(from_module.imports, from_component.imports);
    assert!(from_module.core_module && from_module.preview1_adapter.is_some());
}

#[test]
fn a_module_that_carries_its_world_needs_no_adapter() {
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve
        .push_source(
            "t.wit",
            "package t:t; interface i { f: func() -> u32; } world w { import i; export g: func() -> u32; }",
        )
        .unwrap();
    let world = resolve.select_world(&[package], Some("w")).unwrap();
    let mut module = wat::parse_str(
        r#"(module (import "t:t/i" "f" (func $f (result i32)))
            (func (export "g") (result i32) (call $f)))"#,
    )
    .unwrap();
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
        false,
    )
    .unwrap();
    let policy = Policy::default().with(|changed| {
        changed.deny_other = true;
        changed.deny_mode = wasi_virt::DenyMode::Error;
    });
    let (bytes, report) = artifact(&module, &policy);
    assert_eq!(report.preview1_adapter, None);
    assert_eq!(report.imports_before, ["t:t/i"]);
    assert_eq!(report.imports_after, Vec::<String>::new());
    assert_eq!(inspect(&bytes).unwrap().exports, ["g"]);
}

/// A library with this beside it.
fn library(more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "render")) (func (export "\n")) {more})"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn a_library_whose_users_would_find_nothing_is_refused() {
    let refused = virtualize(&library(""), &Policy::allow_all(), &[]).unwrap_err();
    let wasi_virt::Error::Component { message } = refused else {
        panic!("{refused:?}");
    };
    assert!(
        message.contains(r"exports `render`, `\n` but implements no world"),
        "{message}"
    );
    assert_eq!(
        inspect(&library("")).unwrap().lost_exports,
        ["render", "\n"]
    );

    let many: String = (0..9)
        .map(|number| format!(r#"(func (export "f{number}"))"#))
        .collect();
    let refused = virtualize(&library(&many), &Policy::default(), &[]).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("`f5` and 3 more but implements no world"),
        "{refused}"
    );
}

#[test]
fn beside_a_start_the_report_names_what_is_lost() {
    let (_, report) = artifact(&library(r#"(func (export "_start"))"#), &Policy::default());
    assert_eq!(report.lost_exports, ["render", "\n"]);
    let (_, report) = artifact(&wat::parse_str(COMMAND).unwrap(), &Policy::default());
    assert_eq!(report.lost_exports, [""; 0]);
}
