use super::*;
use crate::relink::tests::{encoded, functions, imports, wasi, wat};
use crate::testing::test;
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, SizeAlign, Type};

/// What the other implementation of the canonical ABI calls a core type.
fn core(ty: &WasmType) -> ValType {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => ValType::I32,
        WasmType::I64 | WasmType::PointerOrI64 => ValType::I64,
        WasmType::F32 => ValType::F32,
        WasmType::F64 => ValType::F64,
    }
}

/// Compares all functions that a world imports with what `wit-parser` says of them.
fn compare(resolve: &Resolve, name: &str) -> usize {
    let types = encoded(resolve, name);
    let abi = Abi {
        types: types.as_ref(),
    };
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve).unwrap();
    let mut compared = 0;
    for (name, instance) in imports(types.as_ref(), name) {
        let mut interfaces = resolve.interfaces.iter();
        let (_, interface) = interfaces
            .find(|(id, _)| resolve.id_of(*id).as_deref() == Some(&name))
            .unwrap();
        for (name, id) in functions(types.as_ref(), instance) {
            let function = &interface.functions[&name];
            for (is_async, variant) in [
                (false, AbiVariant::GuestImport),
                (true, AbiVariant::GuestImportAsync),
            ] {
                let expected = resolve.wasm_signature(variant, function);
                let signature = abi.signature(id, is_async);
                let params: Vec<_> = expected.params.iter().map(core).collect();
                let results: Vec<_> = expected.results.iter().map(core).collect();
                assert_eq!(signature.params, params, "{name}");
                assert_eq!(signature.results, results, "{name}");
                assert_eq!(signature.spilled, expected.indirect_params, "{name}");
                let pointer = expected.retptr.then(|| params.len() as u32 - 1);
                assert_eq!(signature.return_pointer, pointer, "{name}");
            }
            let function_type = &abi.types[id];
            let actual: Vec<_> = function_type.params.iter().map(|(_, ty)| *ty).collect();
            let expected: Vec<_> = function.params.iter().map(|param| &param.ty).collect();
            let whole = sizes.params(expected.iter().copied());
            let (offsets, layout) = abi.fields(&actual);
            assert_eq!(
                layout,
                sized(whole.size.size_wasm32(), whole.align.align_wasm32())
            );
            for ((offset, _), at) in sizes.field_offsets(expected.clone()).iter().zip(offsets) {
                assert_eq!(offset.size_wasm32() as u64, at, "{name}");
            }
            let pairs = actual.into_iter().zip(expected);
            for (actual, expected) in
                pairs.chain(function_type.result.zip(function.result.as_ref()))
            {
                compare_layout(abi, &sizes, actual, expected, &name);
                compared += 1;
            }
        }
    }
    compared
}

fn compare_layout(
    abi: Abi<'_>,
    sizes: &SizeAlign,
    actual: ComponentValType,
    expected: &Type,
    name: &str,
) {
    let expected = sized(
        sizes.size(expected).size_wasm32(),
        sizes.align(expected).align_wasm32(),
    );
    assert_eq!(abi.layout(actual), expected, "{name}");
}

fn sized(size: usize, align: usize) -> Layout {
    Layout {
        size: size as u64,
        align: align as u32,
    }
}

#[test]
fn wasi_is_laid_out_as_wit_parser_says() {
    let compared = compare(&wasi(), "everything");
    assert!(compared > 300, "{compared}");
}

#[test]
fn every_pair_of_types_is_laid_out_as_wit_parser_says() {
    let bases = [
        "bool",
        "u8",
        "s16",
        "u32",
        "char",
        "s64",
        "f32",
        "f64",
        "string",
        "error-context",
        "list<u64>",
        "list<u16, 3>",
        "map<string, u64>",
        "tuple<u8, f64, u16>",
        "option<f32>",
        "result",
        "result<f32, u64>",
        "result<string, e300>",
        "f8",
        "f9",
        "f32s",
        "e1",
        "e300",
        "v",
        "r",
        "stream<u8>",
        "future",
        "borrow<r>",
    ];
    let labels = |count: u32, name: &str| -> String {
        (0..count).map(|index| format!("{name}{index},")).collect()
    };
    let mut text = format!(
        "package t:t;\ninterface i {{\nresource r;\nflags f8 {{ {} }}\nflags f9 {{ {} }}\n\
         flags f32s {{ {} }}\nenum e1 {{ a }}\nenum e300 {{ {} }}\n\
         variant v {{ a, b(u8), c(f32), d(tuple<u32, f64>), e(list<string>) }}\n",
        labels(8, "a"),
        labels(9, "a"),
        labels(32, "a"),
        labels(300, "a"),
    );
    for (index, a) in bases.iter().enumerate() {
        for (other, b) in bases.iter().enumerate() {
            text += &format!(
                "f{index}x{other}: func(a: {a}, b: {b}, c: result<{a}, {b}>, \
                 d: list<option<{b}>, 2>)"
            );
            if !format!("{a}{b}").contains("borrow") {
                text += &format!(" -> result<tuple<{b}, {a}>, {a}>");
            }
            text += &format!(";\ng{index}x{other}: func(a: {a}, b: {b})");
            if !b.contains("borrow") {
                text += &format!(" -> {b}");
            }
            text += ";\n";
        }
    }
    text += "}\nworld w { import i; }";
    let mut resolve = Resolve::default();
    resolve.push_source("t.wit", &text).unwrap();
    assert!(compare(&resolve, "w") > 28 * 28 * 6);
}

/// The core values that are loaded.
fn loads(all: &[spilled::Load], found: &mut Vec<ValType>) {
    for load in all {
        match load {
            spilled::Load::Value { flat, .. } => found.push(*flat),
            spilled::Load::Cases { cases, joined, .. } => {
                found.push(ValType::I32);
                found.extend(joined);
                for case in cases {
                    let mut flat = Vec::new();
                    loads(case, &mut flat);
                    assert!(flat.len() <= joined.len());
                }
            }
        }
    }
}

#[test]
fn signatures_are_those_of_the_validator() {
    let mut text = String::from(
        r#"(component
            (import "r" (type $r (sub resource)))
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
            (core instance $m (instantiate $m))
            (alias core export $m "memory" (core memory $memory))
            (alias core export $m "realloc" (core func $realloc))
            (type $l (list u64 1000))
            (type $n (list f32 4))
            (type $p (list $n 4))
            (type $q (list $n 5))
            (type $k (map string u8))
            (type $o (own $r))
            (type $s (stream u8))
            (type $v (option (result $k (error f64))))
        "#,
    );
    let all = ["u8", "$l", "$n", "$p", "$q", "$k", "$o", "$s", "$v"];
    let mut lowered = 0;
    for a in all {
        for b in all {
            for options in ["", "async"] {
                text += &format!(
                    r#"(import "f{lowered}" (func $f{lowered} async
                        (param "a" {a}) (param "b" {b}) (result {b})))
                    (core func (canon lower (func $f{lowered})
                        (memory $memory) (realloc $realloc) {options}))
                    "#
                );
                lowered += 1;
            }
        }
    }
    text.push(')');
    let (_, types) = wat(&text);
    let types = types.as_ref();
    for index in 0..lowered {
        // The first core function is `realloc`.
        let core = types[types.core_function_at(index + 1)].unwrap_func();
        let to = |ty: &wasmparser::ValType| match ty {
            wasmparser::ValType::I32 => ValType::I32,
            wasmparser::ValType::I64 => ValType::I64,
            wasmparser::ValType::F32 => ValType::F32,
            wasmparser::ValType::F64 => ValType::F64,
            other => panic!("{other}"),
        };
        let function = types.component_function_at(index);
        let signature = Abi { types }.signature(function, index % 2 == 1);
        let lowered = Abi { types }.lowered(function);
        let without = Abi { types }.signature(function, false);
        assert_eq!(lowered.is_none(), without.spilled, "{index}");
        if let Some(spilled) = lowered.and_then(|lowered| lowered.spilled) {
            let mut loaded = Vec::new();
            loads(&spilled.loads, &mut loaded);
            loaded.extend(without.return_pointer.map(|_| ValType::I32));
            assert_eq!(loaded, without.params, "{index}");
        }
        let params: Vec<_> = core.params().iter().map(to).collect();
        let results: Vec<_> = core.results().iter().map(to).collect();
        assert_eq!(
            (signature.params, signature.results),
            (params, results),
            "{index}"
        );
    }
}

#[test]
fn the_largest_values_there_are_have_their_size() {
    // One more and the validator refuses it.
    let large = |count: u32| {
        format!(
            "(component (type (list u64 {count})) (type (variant (case \"a\" u8) (case \"b\" 0))))"
        )
    };
    let most = (1 << 25) - 2;
    let (_, types) = wat(&large(most));
    let types = types.as_ref();
    for (index, size) in [(0, u64::from(most) * 8), (1, u64::from(most) * 8 + 8)] {
        let ty = ComponentValType::Type(types.component_defined_type_at(index));
        let layout = Abi { types }.layout(ty);
        assert_eq!((layout.size, layout.align), (size, 8));
        assert_eq!(Abi { types }.flat(ty, 16), None);
    }
    let larger = ::wat::parse_str(large(most + 1)).unwrap();
    let error = crate::inspect(&larger).unwrap_err().to_string();
    assert!(error.contains("exceeds maximum byte size"), "{error}");
}
