// Small components for the tests, written as text: those that do not end well, and those that mean
// harm.

import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';

/** A program whose `run` is this code. It may call `$print`, which prints these five bytes. */
function program(body, printed = 'loud\\n') {
  return `(component
    (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
    (alias export $error "error" (type $error-type))
    (import "wasi:io/streams@0.2.0" (instance $streams
      (export "output-stream" (type $out (sub resource)))
      (alias outer 1 $error-type (type $outer-error))
      (export "error" (type $e (eq $outer-error)))
      (type $stream-error (variant (case "last-operation-failed" (own $e)) (case "closed")))
      (export "stream-error" (type $se (eq $stream-error)))
      (export "[method]output-stream.blocking-write-and-flush"
        (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $se)))))))
    (alias export $streams "output-stream" (type $out))
    (import "wasi:cli/stdout@0.2.0" (instance $stdout
      (alias outer 1 $out (type $outer-out))
      (export "output-stream" (type $o (eq $outer-out)))
      (export "get-stdout" (func (result (own $o))))))
    (core module $memory (memory (export "memory") 1) (data (i32.const 0) "${printed}"))
    (core instance $m (instantiate $memory))
    (core func $get (canon lower (func $stdout "get-stdout")))
    (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory (core memory $m "memory"))))
    (core module $main
      (import "host" "get" (func $get (result i32)))
      (import "host" "write" (func $write (param i32 i32 i32 i32)))
      (global $stream (mut i32) (i32.const 0))
      (func $print
        (if (i32.eqz (global.get $stream)) (then (global.set $stream (call $get))))
        (call $write (global.get $stream) (i32.const 0) (i32.const 5) (i32.const 16)))
      (func (export "run") (result i32) ${body}))
    (core instance $i (instantiate $main (with "host" (instance (export "get" (func $get)) (export "write" (func $write))))))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (component $wrap (import "run" (func $f (result (result)))) (export "run" (func $f)))
    (instance $cli (instantiate $wrap (with "run" (func $run))))
    (export "wasi:cli/run@0.2.0" (instance $cli)))`;
}

/** Prints once, and never ends. */
export const endless = () =>
  parse(program('(call $print) (loop $again (br $again)) (i32.const 0)'));

/** Prints without end. */
export const loud = () => parse(program('(loop $again (call $print) (br $again)) (i32.const 0)'));

/** Prints these five bytes, such as an escape sequence of terminals. */
export const colourful = (printed) => parse(program('(call $print) (i32.const 0)', printed));

/** Ends with an error. */
export const failing = () => parse(program('(call $print) (i32.const 1)'));

/** Traps. */
export const trapping = () => parse(program('(call $print) unreachable'));

/**
 * Exports a function without parameters or result under this name, as a raw name in the component.
 */
export function named(name) {
  const written = [...new TextEncoder().encode(name)]
    .map((byte) => `\\${byte.toString(16).padStart(2, '0')}`)
    .join('');
  return parse(`(component
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (export "${written}" (func $f)))`);
}

/** Replaces a name in bytes by another of the same length. */
export function renamed(bytes, from, to) {
  const copy = Buffer.from(bytes);
  const wanted = Buffer.from(from);
  const other = Buffer.from(to);
  if (wanted.length !== other.length) {
    throw new Error('the names must be of one length');
  }
  for (let at = copy.indexOf(wanted); at >= 0; at = copy.indexOf(wanted, at + 1)) {
    other.copy(copy, at);
  }
  return copy;
}

/**
 * A component of one function, whose core module exports it under this name: whatever translates it
 * must quote it.
 */
export function quoted(name) {
  const written = [...new TextEncoder().encode(name)]
    .map((byte) => `\\${byte.toString(16).padStart(2, '0')}`)
    .join('');
  return parse(`(component
    (core module $m (func (export "${written}") (result i32) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "${written}")))
    (export "answer" (func $f)))`);
}

/** A core module that imports a function by these names. */
export function coreImport(module, name) {
  const written = (text) =>
    [...new TextEncoder().encode(text)]
      .map((byte) => `\\${byte.toString(16).padStart(2, '0')}`)
      .join('');
  return parse(
    `(module (import "${written(module)}" "${written(name)}" (func)) (func (export "_start")))`,
  );
}
