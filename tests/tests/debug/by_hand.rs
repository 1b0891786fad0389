//! Components written by hand: what no compiler passes, and hosts that fail.

use super::traced;
use anyhow::{Context, Result, anyhow, ensure};
use wasi_virt::{DenyMode, Policy, Random};
use wasi_virt_tests::host::{self, State};
use wasi_virt_tests::{artifact, engine};
use wasmtime::component::{Linker, Resource, ResourceType, Val};

/// What a component's function `run` makes an artifact with this policy log, and how it ends.
fn ran(text: &str, policy: &Policy) -> Result<(std::result::Result<(), String>, String)> {
    let component = wat::parse_str(text).with_context(|| text.to_string())?;
    let artifact = engine::virtualize(&component, policy, &[])?;
    let (mut store, outputs) = host::planted("", "", &[])?;
    let fault = |error: wasmtime::Error| anyhow!("{error:?}");
    let compiled = host::compile(&artifact)?;
    let instance = host::generous()?.instantiate(&mut store, &compiled);
    let instance = instance.map_err(fault)?;
    let run = instance
        .get_typed_func::<(), ()>(&mut store, "run")
        .map_err(fault)?;
    let ended = run.call(&mut store, ());
    Ok((
        ended.map_err(|error| format!("{error:?}")),
        outputs.stderr(),
    ))
}

/// A component whose function `run` calls `f` of `test:a/b`, of this type, with these arguments.
fn calling(ty: &str, core: &str, run: &str) -> String {
    format!(
        r#"(component
        (import "test:a/b" (instance $i {ty}))
        (core module $n
            (memory (export "m") 1)
            (data (i32.const 16) "\1b[31m\ff\c3")
            (data (i32.const 32) "\10\00\00\00\07\00\00\00")
            (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
        (core instance $n (instantiate $n))
        (core func $f (canon lower (func $i "f") (memory (core memory $n "m")) (realloc (core func $n "r"))))
        (core module $m
            (import "" "f" (func $f {core}))
            (func (export "run") {run}))
        (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "run") (canon lift (core func $m "run"))))"#
    )
}

fn closed() -> Policy {
    traced().with(|changed| {
        changed.deny_other = true;
        changed.deny_mode = DenyMode::Error;
    })
}

/// A denied call reads nothing that it is given, and the log reads only what a value has.
#[test]
fn what_is_hostile_is_logged_as_far_as_it_is_there() -> Result<()> {
    let string = r#"(export "f" (func (param "s" string) (result (result))))"#;
    let core = "(param i32 i32) (result i32)";
    for (args, logged) in [
        ("(i32.const 16) (i32.const 7)", r#""\u{1b}[31m\xff\xc3""#),
        // Nothing is read of nothing.
        ("(i32.const -1) (i32.const 0)", r#""""#),
    ] {
        let run = format!("(drop (call $f {args}))");
        let (ended, text) = ran(&calling(string, core, &run), &closed())?;
        ensure!(ended.is_ok(), "{ended:?}");
        let expected = format!("wasi-virt: denied test:a/b#f(s: {logged})\nwasi-virt:   -> err\n");
        ensure!(text == expected, "{text}");
    }
    for args in [
        "(i32.const 65530) (i32.const 7)",
        "(i32.const -8) (i32.const 16)",
        "(i32.const 16) (i32.const -1)",
    ] {
        let run = format!("(drop (call $f {args}))");
        let (ended, text) = ran(&calling(string, core, &run), &closed())?;
        match args.ends_with("-1)") {
            // What is shown is there.
            true => ensure!(
                ended.is_ok() && text.contains("… (4294967295 bytes)"),
                "{text}"
            ),
            false => {
                let error = ended.err().context("it did not trap")?;
                ensure!(error.contains("out of bounds memory access"), "{error}");
                ensure!(text.is_empty(), "{text}");
            }
        }
    }
    Ok(())
}

#[test]
fn numbers_that_mean_nothing_are_left_out() -> Result<()> {
    let text = calling(
        r#"(type $e' (enum "a" "b")) (export "e" (type $e (eq $e')))
        (type $g' (flags "x" "y")) (export "g" (type $g (eq $g')))
        (export "f" (func (param "o" (option string)) (param "e" $e) (param "g" $g)
            (param "c" char) (param "b" bool) (param "l" (list (option u8)))
            (result (result))))"#,
        "(param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)",
        "(drop (call $f (i32.const 7) (i32.const -1) (i32.const -1) (i32.const 9) (i32.const -2)
            (i32.const -1) (i32.const 2) (i32.const 32) (i32.const 3)))",
    );
    let (ended, text) = ran(&text, &closed())?;
    ensure!(ended.is_ok(), "{ended:?}");
    // The list's bytes are 16 0, 0 0 and 7 0.
    let values = "o: , e: , g: {y}, c: '?', b: false, l: [none, ]";
    let expected = format!("wasi-virt: denied test:a/b#f({values})\nwasi-virt:   -> err\n");
    ensure!(text == expected, "{text}");
    Ok(())
}

const RANDOM: &str = "wasi:random/random@0.2.6";

/// A component whose `run` asks for a number, `depth` components deep.
fn nested(depth: usize) -> String {
    let import = format!(
        r#"(import "{RANDOM}" (instance $r (export "get-random-u64" (func (result u64)))))"#
    );
    let mut inner = String::from(
        r#"(core func $f (canon lower (func $r "get-random-u64")))
        (core module $m (import "" "f" (func $f (result i64)))
            (func (export "run") (drop (call $f))))
        (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "run") (canon lift (core func $m "run")))"#,
    );
    for _ in 0..depth {
        inner = format!(
            r#"(component $part {import} {inner})
            (instance $p (instantiate $part (with "{RANDOM}" (instance $r))))
            (export "run" (func $p "run"))"#
        );
    }
    format!("(component {import} {inner})")
}

#[test]
fn calls_of_nested_components_are_logged() -> Result<()> {
    for depth in 0..3 {
        let denied = ran(&nested(depth), &traced())?;
        let call = format!("wasi-virt: denied {RANDOM}#get-random-u64()\n");
        ensure!(denied.0.is_err() && denied.1 == call, "{depth}: {denied:?}");
        let open = traced().with(|changed| {
            changed.random = Random::Allow;
        });
        let (ended, text) = ran(&nested(depth), &open)?;
        ensure!(ended.is_ok(), "{depth}: {ended:?}");
        let call = call.replace("denied", "host");
        let result = text.strip_prefix(&format!("{call}wasi-virt:   -> "));
        let number = result
            .with_context(|| text.clone())?
            .trim_end()
            .parse::<u64>();
        ensure!(number.is_ok(), "{depth}: {text}");
        let artifact = engine::virtualize(&wat::parse_str(nested(depth))?, &open, &[])?;
        let mut imports = artifact::imports(&artifact)?;
        imports.sort();
        let names = ["cli/stderr", "io/error", "io/streams", "random/random"];
        let expected = names.map(|name| format!("wasi:{name}@0.2.6"));
        ensure!(imports == expected, "{imports:?}");
    }
    Ok(())
}

/// A handle of a host whose standard error fails.
struct Handle;

/// A host whose standard error takes `room` bytes and fails then: what it was given.
fn failing(linker: &mut Linker<State>, room: usize) -> wasmtime::Result<()> {
    let drop = |mut store: wasmtime::StoreContextMut<'_, State>, rep| {
        store
            .data_mut()
            .table
            .delete(Resource::<Handle>::new_own(rep))?;
        store.data_mut().tokens -= 1;
        Ok(())
    };
    let mut error = linker.instance("wasi:io/error@0.2.12")?;
    error.resource("error", ResourceType::host::<Handle>(), drop)?;
    let mut streams = linker.instance("wasi:io/streams@0.2.12")?;
    streams.resource(
        "output-stream",
        ResourceType::host::<Stream>(),
        move |mut store, rep| {
            store
                .data_mut()
                .table
                .delete(Resource::<Stream>::new_own(rep))?;
            store.data_mut().tokens -= 1;
            Ok(())
        },
    )?;
    let write = "[method]output-stream.blocking-write-and-flush";
    streams.func_new(write, move |mut store, _, args, results| {
        let [Val::Resource(stream), Val::List(bytes)] = args else {
            wasmtime::bail!("{args:?}")
        };
        stream.resource_drop(&mut store)?;
        let state = store.data_mut();
        let written: usize = state.kv.values().map(String::len).sum();
        if written + bytes.len() > room {
            let error = state.table.push(Handle)?;
            state.tokens += 1;
            let error = error.try_into_resource_any(&mut store)?;
            let failed = Val::Variant(
                "last-operation-failed".into(),
                Some(Box::new(Val::Resource(error))),
            );
            results[0] = Val::Result(Err(Some(Box::new(failed))));
            return Ok(());
        }
        let bytes = bytes.iter().map(|byte| match byte {
            Val::U8(byte) => *byte,
            other => panic!("{other:?} is no byte"),
        });
        let text = String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned();
        let place = state.kv.len().to_string();
        state.kv.insert(place, text);
        results[0] = Val::Result(Ok(None));
        Ok(())
    })?;
    let mut stderr = linker.instance("wasi:cli/stderr@0.2.12")?;
    stderr.func_new("get-stderr", |mut store, _, _, results| {
        let stream = store.data_mut().table.push(Stream)?;
        store.data_mut().tokens += 1;
        results[0] = Val::Resource(stream.try_into_resource_any(&mut store)?);
        Ok(())
    })?;
    Ok(())
}

/// A stream of a host whose standard error fails.
struct Stream;

#[test]
fn a_host_whose_stderr_fails_stops_nothing() -> Result<()> {
    let text = calling(
        r#"(export "f" (func (param "s" string) (result (result))))"#,
        "(param i32 i32) (result i32)",
        "(drop (call $f (i32.const 16) (i32.const 300))) (drop (call $f (i32.const 16) (i32.const 7)))",
    );
    let artifact = engine::virtualize(&wat::parse_str(text)?, &closed(), &[])?;
    let fault = |error: wasmtime::Error| anyhow!("{error:?}");
    let mut linker = Linker::new(host::engine());
    failing(&mut linker, 60).map_err(fault)?;
    let (mut store, _) = host::planted("", "", &[])?;
    store.data_mut().kv.clear();
    let instance = linker.instantiate(&mut store, &host::compile(&artifact)?);
    let run = instance.map_err(fault)?;
    let run = run
        .get_typed_func::<(), ()>(&mut store, "run")
        .map_err(fault)?;
    run.call(&mut store, ()).map_err(fault)?;
    let state = store.data();
    let written: Vec<&String> = state.kv.values().collect();
    ensure!(written.len() == 2, "{written:?}");
    ensure!(
        state.tokens == 0 && state.table.is_empty(),
        "a handle was left"
    );
    Ok(())
}
