use super::*;
use crate::testing::test;
use wasmparser::Validator;

fn read(text: &str) -> (Vec<u8>, usize) {
    let bytes = wat::parse_str(text).unwrap();
    let len = Module::read(&bytes).unwrap().functions.len();
    (bytes, len)
}

fn refused(text: &str) -> String {
    let bytes = wat::parse_str(text).unwrap();
    let module = match Module::read(&bytes) {
        Ok(module) => module,
        Err(error) => return error.to_string(),
    };
    match module.emit() {
        Ok(_) => "accepted".to_string(),
        Err(error) => error.to_string(),
    }
}

const MODULE: &str = r#"(module
    (import "a" "gone" (func $gone (param i32)))
    (import "a" "used" (func $used (param i32) (result i32)))
    (memory (export "memory") 2)
    (global $lost (mut i32) (i32.const 1))
    (global $kept (mut i32) (i32.const 2))
    (global (export "at") i32 (i32.const 64))
    (data (i32.const 8) "data")
    (func (export "f") (param i32) (result i32)
        (global.set $kept (i32.const 5))
        (call $g (local.get 0)))
    (func (export "h") (call $gone (global.get $lost)))
    (func $g (param i32) (result i32)
        (i32.add (call $used (local.get 0)) (global.get $kept))))"#;

#[test]
fn what_nothing_reaches_goes() {
    let (bytes, functions) = read(MODULE);
    assert_eq!(functions, 5);
    let mut module = Module::read(&bytes).unwrap();
    assert_eq!(module.memory_end(), 2 * PAGE);
    let Some(Item::Global(at)) = module.exports.remove("at") else {
        panic!("a global")
    };
    assert_eq!(module.constant(at), Some(64));
    assert_eq!(module.constant(GlobalId(0)), None, "it can change");
    module.exports.remove("h");
    let written = module.emit().unwrap();
    Validator::new().validate_all(&written.bytes).unwrap();
    let names: Vec<_> = written
        .imports
        .iter()
        .map(|import| &import.name.1)
        .collect();
    assert_eq!(names, ["used"]);
    assert_eq!(written.exports, BTreeMap::from([("f".to_string(), 0)]));
    let expected = wat::parse_str(
        r#"(module
            (type $one (func (param i32) (result i32)))
            (table (export "t") 1 1 funcref)
            (memory (export "m") 2)
            (global $kept (mut i32) (i32.const 2))
            (func (export "0") (type $one)
                (global.set $kept (i32.const 5))
                (call $g (local.get 0)))
            (func $g (type $one)
                (i32.add
                    (call_indirect (type $one) (local.get 0) (i32.const 0))
                    (global.get $kept)))
            (data (i32.const 8) "data"))"#,
    )
    .unwrap();
    // All but the order of the exports, and the names.
    for id in [1, 3, 4, 5, 6, 10, 11] {
        assert_eq!(section(&written.bytes, id), section(&expected, id), "{id}");
    }
}

fn section(bytes: &[u8], id: u8) -> Vec<u8> {
    crate::wasm::sections::sections(bytes)
        .unwrap()
        .into_iter()
        .find(|section| section.id == id)
        .map(|section| bytes[section.contents].to_vec())
        .unwrap()
}

#[test]
fn copied_code_is_the_same_where_nothing_moves() {
    let text = r#"(module
        (memory 1)
        (global $g (mut i64) (i64.const -7))
        (func $f (export "f") (param i32) (result i32)
            (local i64)
            (global.set $g (i64.add (global.get $g) (local.get 1)))
            (memory.copy (i32.const 0) (i32.const 8) (i32.const 4))
            (block (br_table 0 0 (local.get 0)))
            (i32.trunc_sat_f64_s (f64.const 1.5)))
        (func (export "g") (drop (call $f (i32.const 300)))))"#;
    let bytes = wat::parse_str(text).unwrap();
    let written = Module::read(&bytes).unwrap().emit().unwrap();
    Validator::new().validate_all(&written.bytes).unwrap();
    for id in [6, 10] {
        assert_eq!(section(&written.bytes, id), section(&bytes, id), "{id}");
    }
}

#[test]
fn an_import_is_replaced_by_code() {
    let (bytes, _) = read(MODULE);
    let mut module = Module::read(&bytes).unwrap();
    let imports: Vec<_> = module
        .imports()
        .map(|(id, _, name)| (id, name.to_string()))
        .collect();
    assert_eq!(imports[1].1, "used");
    module.exports.remove("h");
    module.reserve(2);
    let (id, _) = imports[1];
    let signature = module.signature(Signature {
        params: vec![ValType::I32],
        results: vec![ValType::I32],
    });
    module.replace(id, |args| {
        let place = [Op::Slot(1), Op::Const(2), Op::Mul, Op::Const(3), Op::Add];
        let call = Op::CallTable(signature);
        [vec![Op::Get(args[0])], place.to_vec(), vec![call]].concat()
    });
    let written = module.emit().unwrap();
    Validator::new().validate_all(&written.bytes).unwrap();
    assert!(written.imports.is_empty());
    let expected = wat::parse_str(
        r#"(module
            (table 2 2 funcref)
            (memory 2)
            (global $kept (mut i32) (i32.const 2))
            (func $used (param i32) (result i32)
                (call_indirect (param i32) (result i32)
                    (local.get 0)
                    (i32.add (i32.mul (i32.const 1) (i32.const 2)) (i32.const 3))))
            (func (param i32) (result i32)
                (global.set $kept (i32.const 5))
                (call $g (local.get 0)))
            (func $g (param i32) (result i32)
                (i32.add (call $used (local.get 0)) (global.get $kept))))"#,
    )
    .unwrap();
    assert_eq!(section(&written.bytes, 10), section(&expected, 10));
}

#[test]
fn memory_grows_with_its_maximum() {
    let (bytes, _) = read(r#"(module (memory 1 2))"#);
    let mut module = Module::read(&bytes).unwrap();
    module.extend_memory(PAGE);
    assert_eq!(module.memory_end(), PAGE);
    module.extend_memory(3 * PAGE + 1);
    assert_eq!((module.minimum, module.maximum), (4, Some(4)));
}

#[test]
fn what_it_cannot_hold_is_refused() {
    for (text, why) in [
        ("(module)", "number of memories"),
        ("(module (memory 1) (memory 1))", "number of memories"),
        ("(module (memory i64 1))", "a memory of another kind"),
        (
            "(module (memory 1) (table 1 funcref))",
            "a section of another kind",
        ),
        (r#"(module (import "a" "b" (memory 1)))"#, "no function"),
        (
            "(module (memory 1) (global f32 (f32.const 0)))",
            "no integer",
        ),
        (r#"(module (memory 1) (data "passive"))"#, "not active"),
        (
            "(module (memory 1) (func $f) (func (export \"g\") (drop (ref.func $f))) (elem declare func $f))",
            "a section of another kind",
        ),
        (
            r#"(module (memory 1) (func (export "g") (return_call 0)))"#,
            "not expected",
        ),
        (
            r#"(module (memory 1) (type $t (func (param i32))) (func (export "g") i32.const 0 (block (type $t) drop)))"#,
            "not expected",
        ),
    ] {
        let message = refused(text);
        assert!(message.contains(why), "{text}: {message}");
    }
}

#[test]
fn a_removed_function_is_not_called_and_another_calls_in_its_place() {
    let text = r#"(module
        (import "log" "hook" (func $hook (param i32)))
        (memory (export "memory") 1)
        (func (export "f") (param i32)
            (call $hook (i32.add (local.get 0) (i32.const 1))))
        (func (export "log") (param i32) (i32.store (i32.const 0) (local.get 0))))"#;
    let bytes = wat::parse_str(text).unwrap();
    let written = |act: &dyn Fn(&mut Module<'_>)| {
        let mut module = Module::read(&bytes).unwrap();
        act(&mut module);
        let written = module.emit().unwrap();
        Validator::new().validate_all(&written.bytes).unwrap();
        assert!(written.imports.is_empty());
        section(&written.bytes, 10)
    };
    let expected = |text: &str| section(&wat::parse_str(text).unwrap(), 10);
    let removed = written(&|module| {
        module.remove(FunctionId(0));
        module.exports.remove("log");
    });
    assert_eq!(
        removed,
        expected("(module (func (param i32) (drop (i32.add (local.get 0) (i32.const 1)))))")
    );
    let bound = written(&|module| {
        let Some(Item::Function(log)) = module.exports.get("log").copied() else {
            panic!("a function")
        };
        module.replace(FunctionId(0), |args| vec![Op::Get(args[0]), Op::Call(log)]);
        module.exports.remove("log");
    });
    let calls = r#"(module
        (memory 1)
        (func $hook (param i32) (call $log (local.get 0)))
        (func (param i32) (call $hook (i32.add (local.get 0) (i32.const 1))))
        (func $log (param i32) (i32.store (i32.const 0) (local.get 0))))"#;
    assert_eq!(bound, expected(calls));
}
