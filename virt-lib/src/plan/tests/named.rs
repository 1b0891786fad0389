//! What once was a fault of the engine, and is an error that names the thing.

use super::seeded;
use crate::plan::Files;
use crate::policy::{Policy, StdioMode};
use crate::relink::tests::refused;
use crate::testing::test;

#[test]
fn a_function_with_more_parameters_than_wasis_has_another_type() {
    let params: String = (0..17).map(|n| format!("(param \"p{n}\" u64)")).collect();
    let text = format!(
        r#"(component
        (import "wasi:random/random@0.3.2" (instance $r
            (export "get-random-u64" (func async {params} (result u64)))))
        (core module $m (memory (export "m") 1))
        (core instance $i (instantiate $m))
        (core func $f (canon lower (func $r "get-random-u64") async (memory (core memory $i "m"))))
        (core module $u (import "" "f" (func (param i32 i32) (result i32))))
        (core instance (instantiate $u (with "" (instance (export "f" (func $f)))))))"#
    );
    let error = refused(&text, &seeded(), Files::default());
    assert!(
        error.contains("the type of its function `get-random-u64` differs from WASI"),
        "{error}"
    );
}

#[test]
fn ends_in_a_memory_of_64_bits_are_refused() {
    let text = r#"(component
        (import "wasi:cli/types@0.3.0" (instance $types
          (type $e (enum "io" "illegal-byte-sequence" "pipe"))
          (export "error-code" (type (eq $e)))))
        (alias export $types "error-code" (type $code))
        (import "wasi:cli/stdin@0.3.0" (instance $stdin
          (alias outer 1 $code (type $c)) (export "error-code" (type $e (eq $c)))
          (type $s (stream u8)) (type $r (result (error $e))) (type $f (future $r))
          (type $t (tuple $s $f))
          (export "read-via-stream" (func (result $t)))))
        (core module $memory (memory (export "m") 1) (memory (export "m64") i64 1))
        (core instance $own (instantiate $memory))
        (core func $f (canon lower (func $stdin "read-via-stream") (memory (core memory $own "m"))))
        (core module $m (import "" "f" (func (param i32)))
          (func (export "get") (result i64) unreachable))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
        (type $bytes (stream u8)) (type $list (list $bytes))
        (func $get (result $list) (canon lift (core func $i "get") (memory (core memory $own "m64"))))
        (export "get" (func $get)))"#;
    let policy = Policy {
        stdin: StdioMode::Ignore,
        ..Policy::default()
    };
    let error = refused(text, &policy, Files::default());
    assert!(
        error.contains("an exported function has a memory of 64 bits"),
        "{error}"
    );
}
