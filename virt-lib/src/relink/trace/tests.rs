//! The log's code for types of every kind, read back as text. Cases show what it does in a run.

use super::*;
use crate::plan::Files;
use crate::plan::label::Word;
use crate::plan::layout::Abi;
use crate::plan::resources;
use crate::plan::site::Does;
use crate::policy::Policy;
use crate::relink::tests::{everything, planned, validate};
use crate::testing::test;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{Name, NameSectionReader, Operator, Parser, Payload, Validator, WasmFeatures};

/// Validates a module as hosts without several memories do.
fn check(module: &[u8]) {
    let mut features = WasmFeatures::all();
    features.remove(WasmFeatures::MULTI_MEMORY);
    let mut validator = Validator::new_with_features(features);
    validator.validate_all(module).unwrap();
}

/// The texts of each function of a module, one after the other; `%` stands for a number, `$` for a
/// string and `@` for a helper.
fn texts(module: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut imports = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                let functions = section.into_imports().filter(|import| {
                    matches!(import.as_ref().unwrap().ty, wasmparser::TypeRef::Func(_))
                });
                imports = functions.count() as u32;
            }
            Payload::CodeSectionEntry(body) => {
                let (mut text, mut word) = (String::new(), 0);
                for operator in body.get_operators_reader().unwrap() {
                    match operator.unwrap() {
                        Operator::I64Const { value } => word = value,
                        Operator::Call { function_index: 0 } => {
                            let bytes: Vec<u8> = word.to_le_bytes().to_vec();
                            let bytes: Vec<u8> = bytes.into_iter().filter(|b| *b != 0).collect();
                            text += str::from_utf8(&bytes).unwrap();
                        }
                        Operator::Call { function_index: 1 } => text += "~",
                        Operator::Call { function_index: 2 } => text += "%",
                        Operator::Call { function_index: 4 } => text += "$",
                        Operator::Call { function_index: 5 } => text += "\n",
                        Operator::Call { function_index } if function_index >= imports => {
                            text += "@";
                        }
                        _ => {}
                    }
                }
                texts.push(text);
            }
            _ => {}
        }
    }
    texts
}

/// The functions of an interface of this text, whose types are named `a` and so on.
fn functions(types: &Types) -> Vec<(String, ComponentFuncTypeId)> {
    let item = types
        .as_ref()
        .component_item_for_import("test:a/b")
        .unwrap();
    let ComponentEntityType::Instance(id) = item.ty else {
        panic!("{item:?}");
    };
    let functions = resources::functions(types.as_ref(), id);
    functions.into_iter().collect()
}

/// A module that logs the functions of an interface, all left to the host.
fn logged(interface: &str, is_async: bool) -> Vec<u8> {
    let text = format!(r#"(component (import "test:a/b" (instance {interface})))"#);
    let types = validate(&::wat::parse_str(text).unwrap());
    let abi = Abi {
        types: types.as_ref(),
    };
    let functions = functions(&types);
    let sites: Vec<Site> = functions
        .iter()
        .map(|(name, function)| {
            let signature = abi.signature(*function, is_async);
            Site {
                item: 0,
                function: 0,
                import: "test:a/b".to_string(),
                known: "test:a/b".to_string(),
                name: name.clone(),
                does: Does::Call(*function),
                params: signature.params,
                results: signature.results,
                memory: Some(0),
                realloc: None,
                is_async,
                unusual: None,
            }
        })
        .collect();
    let label = Label::Always(Word::Host);
    let traced: Vec<_> = sites
        .iter()
        .zip(&functions)
        .map(|(site, (_, function))| Traced {
            site,
            function: *function,
            label: &label,
        })
        .collect();
    let needs = Needs {
        abi,
        resources: &BTreeMap::new(),
        layer: 3,
        only_denied: false,
        exports: &BTreeMap::new(),
    };
    let module = module(&traced, true, &needs);
    check(&module);
    module
}

/// The texts of the one function of an interface, and of its helpers.
fn one(interface: &str) -> Vec<String> {
    let module = logged(interface, false);
    let mut texts = texts(&module).into_iter();
    let first = texts.next().unwrap();
    let call = first.strip_prefix("wasi-virt: host test:a/b#f(").unwrap();
    [call.to_string()].into_iter().chain(texts).collect()
}

#[test]
fn parameters_and_results_have_their_names() {
    let text = r#"(export "f" (func (param "a" u8) (param "b-c" f64) (result s16)))"#;
    assert_eq!(one(text), ["a: %, b-c: %)\nwasi-virt:   -> %\n"]);
    assert_eq!(one(r#"(export "f" (func))"#), [")\n"]);
}

#[test]
fn what_lies_in_memory_has_a_function_for_each_type() {
    let text = r#"
        (type $p' (record (field "x" u32) (field "y" (option string))))
        (export "p" (type $p (eq $p')))
        (export "f" (func (result (tuple $p $p))))"#;
    let texts = one(text);
    assert_eq!(texts[0], ")\nwasi-virt:   -> @\n");
    // The tuple, the record, the option, and strings.
    let rest = ["(@, @)", "{x: %, y: @}", "nonesome(@)", "$"];
    assert_eq!(texts[1..], rest);
}

#[test]
fn flags_and_enumerations_are_named() {
    let text = r#"
        (type $e' (enum "red" "none" "green")) (export "e" (type $e (eq $e')))
        (type $g' (flags "one" "two")) (export "g" (type $g (eq $g')))
        (export "f" (func (param "e" $e) (param "g" $g) (param "h" $e)))"#;
    // A case that is a word of the notation is marked.
    let expected = ["e: @, g: {~one~two}, h: @)\n", "red%nonegreen"];
    assert_eq!(one(text), expected);
}

#[test]
fn lists_are_bytes_elements_or_entries() {
    let text = r#"
        (export "f" (func (param "a" (list u8)) (param "b" (list char)) (param "c" string)
            (param "d" (map string bool))))"#;
    let texts = one(text);
    assert_eq!(texts[0], "a: b@, b: @, c: @, d: @)\n");
    let mut rest = texts[1..].to_vec();
    rest.sort();
    assert_eq!(rest, ["$", "[~%~… % more]", "{~@: %~… % more}"]);
}

#[test]
fn lists_of_a_fixed_length_are_lists() {
    let flat = r#"(export "f" (func (param "a" (list u16 3)) (param "b" (list u8 4))))"#;
    assert_eq!(one(flat), ["a: [%, %, %], b: b$)\n"]);
    let memory = r#"(export "f" (func (result (tuple (list u16 300) (list u8 400)))))"#;
    let texts = one(memory);
    assert_eq!(texts[0], ")\nwasi-virt:   -> @\n");
    assert!(texts.contains(&"(@, b@)".to_string()), "{texts:?}");
    assert!(texts.contains(&"[~%~… % more]".to_string()), "{texts:?}");
}

#[test]
fn handles_are_named_by_what_they_are_of() {
    let text = r#"
        (export "thing" (type $t (sub resource)))
        (export "f" (func (param "a" (borrow $t)) (param "b" (stream u8)) (param "c" (future string))
            (param "d" error-context)))"#;
    let expected = "a: <resource %>, b: <stream %>, c: <future %>, d: <error-context %>)\n";
    assert_eq!(one(text), [expected]);
}

/// Every way in which core values are shared.
#[test]
fn cases_share_core_values() {
    let text = r#"
        (type $v' (variant (case "a" f32) (case "b" u32) (case "c" f64) (case "d" s64) (case "e")
            (case "f" (tuple string f32 (option f64)))))
        (export "v" (type $v (eq $v')))
        (type $w' (variant (case "a" f32) (case "b" bool)))
        (export "w" (type $w (eq $w')))
        (export "f" (func (param "v" $v) (param "w" $w) (result (result u8 (error $w)))))"#;
    let texts = one(text);
    let cases = "v: a(%)b(%)c(%)d(%)ef((@, %, nonesome(%))), w: a(%)b(%))\n";
    assert_eq!(texts[0], format!("{cases}wasi-virt:   -> @\n"));
}

#[test]
fn many_parameters_are_read_from_memory() {
    let params: String = (0..20).map(|n| format!(r#"(param "p{n}" u64)"#)).collect();
    let text = format!(r#"(export "f" (func {params} (result string)))"#);
    let texts = one(&text);
    assert!(texts[0].starts_with("p0: %, p1: %, "), "{texts:?}");
    assert!(
        texts[0].ends_with("p19: %)\nwasi-virt:   -> @\n"),
        "{texts:?}"
    );
}

#[test]
fn a_call_that_has_not_returned_is_said_to_be_started() {
    let text = r#"(export "f" (func async (param "a" string) (result string)))"#;
    let all = texts(&logged(text, true));
    let expected = "wasi-virt: host test:a/b#f(a: @)\nwasi-virt:   -> @\nwasi-virt:   -> started <subtask %>\n";
    assert_eq!(all[0], expected);
    let none = texts(&logged(r#"(export "f" (func async))"#, true));
    assert_eq!(
        none[0],
        "wasi-virt: host test:a/b#f()\nwasi-virt:   -> started <subtask %>\n"
    );
}

/// What has more parts than code may have is not shown, and found to be so at once.
#[test]
fn types_that_are_too_large_are_left_out() {
    let mut text =
        String::from(r#"(type $t0' (record (field "a" u8))) (export "t0" (type $t0 (eq $t0')))"#);
    for n in 1..16 {
        let last = n - 1;
        text += &format!(
            r#"(type $t{n}' (variant (case "a" $t{last}) (case "b" $t{last})))
            (export "t{n}" (type $t{n} (eq $t{n}')))"#
        );
    }
    text += r#"(export "f" (func (param "t" $t15) (result $t0)))"#;
    assert_eq!(one(&text), ["…)\nwasi-virt:   -> …\n"]);
}

/// The labels that a component's name section gives to functions of modules.
fn names(component: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::CustomSection(section) = payload.unwrap()
            && section.name() == "name"
        {
            let reader = wasmparser::BinaryReader::new(section.data(), section.data_offset());
            for name in NameSectionReader::new(reader) {
                if let Ok(Name::Function(names)) = name {
                    found.extend(names.into_iter().map(|it| it.unwrap().name.to_string()));
                }
            }
        }
    }
    found
}

#[test]
fn every_function_of_wasi_is_logged_under_every_policy() {
    for version in ["0.2.0", "0.2.12"] {
        let component = everything(version);
        for policy in [Policy::default(), Policy::allow_all()] {
            let policy = Policy {
                debug: crate::policy::DebugLog::All,
                ..policy
            };
            planned(&component, &policy, Files::default(), |component, plan| {
                let plan = plan.unwrap();
                let written = crate::relink::tests::verified(component, &plan, &policy).written;
                for payload in Parser::new(0).parse_all(&written.bytes) {
                    if let Payload::ModuleSection {
                        unchecked_range, ..
                    } = payload.unwrap()
                    {
                        let range = unchecked_range.start as usize..unchecked_range.end as usize;
                        check(&written.bytes[range]);
                    }
                }
                let logged: Vec<_> = names(&written.bytes)
                    .into_iter()
                    .filter(|name| name.starts_with("logged by wasi-virt: wasi:"))
                    .collect();
                let functions = component.functions().into_values().flatten();
                assert_eq!(logged.len(), functions.count(), "{version}");
            });
        }
    }
}
