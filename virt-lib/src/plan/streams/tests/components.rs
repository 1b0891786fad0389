//! Components with streams, to test with.

/// The types of standard streams, as WASI 0.3.0 has them.
const IMPORTS: &str = r#"
  (import "wasi:cli/types@0.3.0" (instance $types
    (type $e (enum "io" "illegal-byte-sequence" "pipe"))
    (export "error-code" (type (eq $e)))))
  (alias export $types "error-code" (type $code))
  (import "wasi:cli/stdin@0.3.0" (instance $stdin
    (alias outer 1 $code (type $c)) (export "error-code" (type $e (eq $c)))
    (type $s (stream u8)) (type $r (result (error $e))) (type $f (future $r))
    (type $t (tuple $s $f))
    (export "read-via-stream" (func (result $t)))))
  (import "wasi:cli/stdout@0.3.0" (instance $stdout
    (alias outer 1 $code (type $c)) (export "error-code" (type $e (eq $c)))
    (type $s (stream u8)) (type $r (result (error $e))) (type $f (future $r))
    (export "write-via-stream" (func (param "data" $s) (result $f)))))
  (type $bytes (stream u8)) (type $words (stream u16)) (type $unit (future))
  (type $result (result (error $code))) (type $future (future $result))
  (core module $memory (memory (export "m") 1)
    (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $own (instantiate $memory))
  (alias core export $own "m" (core memory $m))
  (core func $stdin-lowered (canon lower (func $stdin "read-via-stream") (memory $m)))
  (core func $stdout-lowered (canon lower (func $stdout "write-via-stream")))"#;

/// Built-ins: what each is called, its definition, and its type in core terms.
const BUILT_INS: [(&str, &str, &str); 19] = [
    ("stdin", "", "(param i32)"),
    ("stdout", "", "(param i32) (result i32)"),
    ("new", "stream.new $bytes", "(result i64)"),
    (
        "read",
        "stream.read $bytes async (memory $m)",
        "(param i32 i32 i32) (result i32)",
    ),
    (
        "write",
        "stream.write $bytes async (memory $m)",
        "(param i32 i32 i32) (result i32)",
    ),
    (
        "cancel-read",
        "stream.cancel-read $bytes",
        "(param i32) (result i32)",
    ),
    (
        "cancel-write",
        "stream.cancel-write $bytes",
        "(param i32) (result i32)",
    ),
    (
        "drop-readable",
        "stream.drop-readable $bytes",
        "(param i32)",
    ),
    (
        "drop-writable",
        "stream.drop-writable $bytes",
        "(param i32)",
    ),
    (
        "read-words",
        "stream.read $words async (memory $m)",
        "(param i32 i32 i32) (result i32)",
    ),
    (
        "future-read",
        "future.read $future async (memory $m)",
        "(param i32 i32) (result i32)",
    ),
    ("future-drop", "future.drop-readable $future", "(param i32)"),
    ("unit-new", "future.new $unit", "(result i64)"),
    (
        "unit-read",
        "future.read $unit async (memory $m)",
        "(param i32 i32) (result i32)",
    ),
    ("unit-drop", "future.drop-writable $unit", "(param i32)"),
    ("join", "waitable.join", "(param i32 i32)"),
    (
        "wait",
        "waitable-set.wait (memory $m)",
        "(param i32 i32) (result i32)",
    ),
    (
        "poll",
        "waitable-set.poll (memory $m)",
        "(param i32 i32) (result i32)",
    ),
    ("return", "task.return (result $bytes)", "(param i32)"),
];

/// A component whose module gets those of the built-ins that `has` holds for, and which exports an
/// `async` function with a callback; that returns a stream where `task.return` does. `more` is at
/// its end.
pub(crate) fn component(has: impl Fn(&str) -> bool, more: &str) -> String {
    let (mut imports, mut functions, mut given) = (String::new(), String::new(), String::new());
    for (name, canon, ty) in BUILT_INS {
        if !has(name) {
            continue;
        }
        imports += &format!("(import \"b\" \"{name}\" (func {ty}))\n");
        let function = match canon {
            "" => format!("${name}-lowered"),
            canon => {
                functions += &format!("(core func $b-{name} (canon {canon}))\n");
                format!("$b-{name}")
            }
        };
        given += &format!("(export \"{name}\" (func {function}))\n");
    }
    let result = match has("return") {
        true => "(result $bytes)",
        false => "",
    };
    format!(
        r#"(component {IMPORTS} {functions}
          (core module $app {imports}
            (func (export "f") (result i32) i32.const 0)
            (func (export "c") (param i32 i32 i32) (result i32) i32.const 0)
            (func (export "s") (result i32) i32.const 0))
          (core instance $app-instance (instantiate $app (with "b" (instance {given}))))
          (func $f async {result} (canon lift (core func $app-instance "f") async
            (callback (core func $app-instance "c"))))
          (export "f" (func $f))
          {more})"#
    )
}
