//! What WASI 0.2 has none of: `async` functions, maps and lists of a fixed length.

use super::traced;
use anyhow::{Context, Result, anyhow, ensure};
use wasi_virt_tests::engine;
use wasi_virt_tests::host::{self, State};
use wasmtime::component::{Component, Linker, Val};
use wasmtime::{Config, Engine};

fn newer() -> Result<Engine> {
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .wasm_component_model_map(true)
        .wasm_component_model_fixed_length_lists(true)
        .epoch_interruption(true);
    Engine::new(&config).map_err(fault)
}

fn fault(error: wasmtime::Error) -> anyhow::Error {
    anyhow!("{error:?}")
}

/// What the function `run` of a component logs, which uses a memory with these data.
fn logged(
    imports: &str,
    data: &str,
    code: &str,
    add: impl FnOnce(&mut Linker<State>) -> wasmtime::Result<()>,
) -> Result<String> {
    let text = format!(
        r#"(component
        {imports}
        (core module $n
            (memory (export "m") 1)
            {data}
            (global $next (mut i32) (i32.const 4096))
            (func (export "r") (param i32 i32 i32 i32) (result i32)
                (local i32)
                (local.set 4 (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
                (global.set $next (i32.add (local.get 4) (local.get 3)))
                (local.get 4)))
        (core instance $n (instantiate $n))
        {code}
        (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "run") (canon lift (core func $m "run"))))"#
    );
    let component = wat::parse_str(&text).context(text)?;
    let output = wasi_virt::virtualize(&component, &traced(), &[])?;
    let artifact = engine::assemble(&output, &component, &[])?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let engine = newer()?;
        let component = Component::new(&engine, &artifact).map_err(fault)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(fault)?;
        add(&mut linker).map_err(fault)?;
        let (mut store, outputs) = host::planted_in(&engine, "", "", &[])?;
        let instance = linker.instantiate_async(&mut store, &component).await;
        let instance = instance.map_err(fault)?;
        let run = instance.get_typed_func::<(), ()>(&mut store, "run");
        let run = run.map_err(fault)?;
        run.call_async(&mut store, ()).await.map_err(fault)?;
        Ok(outputs.stderr())
    })
}

#[test]
fn maps_and_lists_of_a_fixed_length_are_logged() -> Result<()> {
    let text = logged(
        r#"(import "test:a/b" (instance $i (export "f" (func
            (param "m" (map string u8)) (param "b" (list u8 3)) (param "n" (list u16 2))
            (result (tuple (map string u8) (list u8 3) (list u16 2) (list u16 40)))))))"#,
        r#"(data (i32.const 16) "one two")
            (data (i32.const 32) "\10\00\00\00\03\00\00\00\01\00\00\00")
            (data (i32.const 44) "\14\00\00\00\03\00\00\00\02\00\00\00")"#,
        r#"(core func $f (canon lower (func $i "f") (memory (core memory $n "m")) (realloc (core func $n "r"))))
        (core module $m
            (import "" "f" (func $f (param i32 i32 i32 i32 i32 i32 i32 i32)))
            (func (export "run")
                (call $f (i32.const 32) (i32.const 2) (i32.const 97) (i32.const 98) (i32.const 255)
                    (i32.const 1) (i32.const 65535) (i32.const 1024))))"#,
        |linker| {
            let mut instance = linker.instance("test:a/b")?;
            instance.func_new("f", |_, _, args, results| {
                let mut values = args.to_vec();
                values.push(Val::FixedLengthList((0..40).map(Val::U16).collect()));
                results[0] = Val::Tuple(values);
                Ok(())
            })
        },
    )?;
    let (map, bytes, numbers) = (r#"{"one": 1, "two": 2}"#, r#"b"ab\xff""#, "[1, 65535]");
    let shown: Vec<String> = (0..32).map(|n: u16| n.to_string()).collect();
    let expected = format!(
        "wasi-virt: host test:a/b#f(m: {map}, b: {bytes}, n: {numbers})\n\
         wasi-virt:   -> ({map}, {bytes}, {numbers}, [{}, … 8 more])\n",
        shown.join(", ")
    );
    ensure!(text == expected, "{text}");
    Ok(())
}

#[test]
fn calls_that_go_on_are_said_to_be_started() -> Result<()> {
    let text = logged(
        r#"(import "test:a/b" (instance $i
            (export "f" (func async (param "n" u32) (result string)))))"#,
        "",
        r#"(core func $f (canon lower (func $i "f") async (memory (core memory $n "m")) (realloc (core func $n "r"))))
        (core module $m
            (import "" "f" (func $f (param i32 i32) (result i32)))
            (func (export "run")
                (drop (call $f (i32.const 5) (i32.const 1024)))
                (drop (call $f (i32.const 0) (i32.const 1024)))))"#,
        |linker| {
            let mut instance = linker.instance("test:a/b")?;
            instance.func_wrap_concurrent("f", |_, (n,): (u32,)| {
                Box::pin(async move {
                    if n == 0 {
                        std::future::pending::<()>().await;
                    }
                    Ok((format!("{n} times"),))
                })
            })
        },
    )?;
    let expected = "wasi-virt: host test:a/b#f(n: 5)\nwasi-virt:   -> \"5 times\"\n\
                    wasi-virt: host test:a/b#f(n: 0)\nwasi-virt:   -> started <subtask 1>\n";
    ensure!(text == expected, "{text}");
    Ok(())
}
