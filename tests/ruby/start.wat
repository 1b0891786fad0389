(module
  ;; Starts Ruby as npm's JavaScript host does, evaluates a program, and exits with 1 if it raised.
  (import "ruby" "memory" (memory 0))
  (import "ruby" "_initialize" (func $initialize))
  (import "ruby" "cabi_realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
  (import "ruby" "ruby-init: func(args: list<string>) -> ()" (func $init (param i32 i32)))
  (import "ruby" "rb-eval-string-protect: func(str: string) -> tuple<handle<rb-abi-value>, s32>"
    (func $evaluate (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))

  ;; The arguments that the host gives, but for gems, which no test needs. Ruby wants NUL at the end.
  (data $name "ruby.wasm\00")
  (data $gems "--disable=gems\00")
  (data $encoding "-EUTF-8\00")
  (data $nothing "-e_=0\00")
  ;; The xtask puts the program and its length here.
  (data $program "{program}\00")

  (func $allocate (param $len i32) (param $align i32) (result i32)
    (call $realloc (i32.const 0) (i32.const 0) (local.get $align) (local.get $len)))

  ;; Writes where a text is, and gives the place of the next.
  (func $push (param $at i32) (param $text i32) (param $len i32) (result i32)
    (i32.store (local.get $at) (local.get $text))
    (i32.store offset=4 (local.get $at) (local.get $len))
    (i32.add (local.get $at) (i32.const 8)))

  (func (export "_start") (local $args i32) (local $at i32) (local $text i32)
    (call $initialize)
    (local.set $args (call $allocate (i32.const 32) (i32.const 4)))
    (local.set $text (call $allocate (i32.const 10) (i32.const 1)))
    (memory.init $name (local.get $text) (i32.const 0) (i32.const 10))
    (local.set $at (call $push (local.get $args) (local.get $text) (i32.const 10)))
    (local.set $text (call $allocate (i32.const 15) (i32.const 1)))
    (memory.init $gems (local.get $text) (i32.const 0) (i32.const 15))
    (local.set $at (call $push (local.get $at) (local.get $text) (i32.const 15)))
    (local.set $text (call $allocate (i32.const 8) (i32.const 1)))
    (memory.init $encoding (local.get $text) (i32.const 0) (i32.const 8))
    (local.set $at (call $push (local.get $at) (local.get $text) (i32.const 8)))
    (local.set $text (call $allocate (i32.const 6) (i32.const 1)))
    (memory.init $nothing (local.get $text) (i32.const 0) (i32.const 6))
    (drop (call $push (local.get $at) (local.get $text) (i32.const 6)))
    (call $init (local.get $args) (i32.const 4))
    (local.set $text (call $allocate (i32.const {length}) (i32.const 1)))
    (memory.init $program (local.get $text) (i32.const 0) (i32.const {length}))
    ;; It answers with the address of a handle and of a status, which is not 0 if something raised.
    (if (i32.load offset=4 (call $evaluate (local.get $text) (i32.const {length})))
      (then (call $exit (i32.const 1))))))
