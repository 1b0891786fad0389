//! What the log shows of streams of WASI 0.3, and of calls that end later.

use super::{run, run_on, traced};
use anyhow::{Result, ensure};
use wasi_virt::{Clocks, DenyMode, StdioMode};
use wasi_virt_tests::{artifact, engine, host, runs};

/// What a script on these files logs of streams, and of calls that have not returned.
fn logged(script: &str) -> Result<String> {
    let policy = traced().with(|changed| {
        changed.stdin = StdioMode::Allow;
        changed.stdout = StdioMode::Ignore;
        changed.clocks = Clocks::Allow;
    });
    let (_, text) = run("probe-p3", &policy, &FILES, script)?;
    Ok(of_streams(&text))
}

const FILES: [engine::File<'_>; 1] = [("/site/a.txt", b"hello\xff\n")];

/// The lines about streams, and about calls that have not returned.
fn of_streams(text: &str) -> String {
    let mut lines = text.lines().peekable();
    let mut shown = String::new();
    while let Some(line) = lines.next() {
        let after = lines.peek().copied().unwrap_or_default();
        if line.contains("stream.") || after.contains("started") || line.contains("subtask") {
            shown += &format!("{line}\n");
            if after.contains("->") {
                shown += &format!("{after}\n");
                lines.next();
            }
        }
    }
    shown
}

fn check(came: &str, expected: &str) -> Result<()> {
    let expected = expected.trim_start();
    ensure!(came == expected, "{came}");
    Ok(())
}

#[test]
fn what_virtual_streams_carry_is_logged() -> Result<()> {
    check(
        &logged("zero a.txt\nstdout x\n")?,
        r#"
wasi-virt: stream.read(<stream 3>, 0)
wasi-virt:   -> b""
wasi-virt: stream.read(<stream 3>, 3)
wasi-virt:   -> b"hel"
wasi-virt: stream.read(<stream 3>, 0)
wasi-virt:   -> b""
wasi-virt: stream.read(<stream 3>, 100)
wasi-virt:   -> b"lo\xff\n"
wasi-virt: stream.read(<stream 3>, 100)
wasi-virt:   -> b"", dropped
wasi-virt: stream.write(<stream 7>, b"x")
wasi-virt:   -> 1
"#,
    )
}

#[test]
fn streams_of_the_host_are_logged_and_others_by_their_counts() -> Result<()> {
    check(
        &logged("stdin\nlist .\n")?,
        r#"
wasi-virt: stream.read(<stream 1>, 8)
wasi-virt:   -> b"", dropped
wasi-virt: stream.read(<stream 5>, 4)
wasi-virt:   -> 1
wasi-virt: stream.read(<stream 5>, 3)
wasi-virt:   -> 0, dropped
"#,
    )
}

/// Nothing but the adapter reads or writes these.
#[test]
fn what_the_adapter_moves_itself_is_logged() -> Result<()> {
    let policy = |stdout| {
        traced().with(|changed| {
            changed.stdin = StdioMode::Allow;
            changed.stdout = stdout;
        })
    };
    let logged = |stdout, script| -> Result<String> {
        let on = ("typed\n", &[][..]);
        let (answer, text) = run_on(on, "probe-p3", &policy(stdout), &FILES, script)?;
        ensure!(answer.ends_with("ok, ok\n"), "{answer}");
        Ok(of_streams(&text))
    };
    check(
        &logged(StdioMode::Ignore, "stdin-to-stdout\n")?,
        r#"
wasi-virt: adapter stream.read(<stream 1>, 65536)
wasi-virt: adapter   -> b"typed\n"
wasi-virt: adapter stream.read(<stream 1>, 65536)
wasi-virt: adapter   -> b"", dropped
"#,
    )?;
    check(
        &logged(StdioMode::Allow, "file-to-stdout a.txt\n")?,
        r#"
wasi-virt: adapter stream.write(<stream 5>, b"hello\xff\n")
wasi-virt: adapter   -> blocked
wasi-virt: adapter ended stream.write(<stream 5>)
wasi-virt: adapter   -> 7
"#,
    )
}

#[test]
fn calls_that_end_later_are_logged_when_they_do() -> Result<()> {
    check(
        &logged("sleepers\n")?,
        r#"
wasi-virt: host wasi:clocks/monotonic-clock@0.3.2#wait-for(how-long: 600000000)
wasi-virt:   -> started <subtask 1>
wasi-virt: host wasi:clocks/monotonic-clock@0.3.2#wait-for(how-long: 300000000)
wasi-virt:   -> started <subtask 2>
wasi-virt: ended <subtask 2>
wasi-virt:   -> returned
wasi-virt: ended <subtask 1>
wasi-virt:   -> returned
"#,
    )
}

/// Both ends in one program: what blocks is shown once an event or a cancellation ends it.
#[test]
fn what_comes_later_is_logged_when_it_does() -> Result<()> {
    const COMPONENT: &str = r#"(component
        (import "test:a/b" (instance $i (export "f" (func (result (result))))))
        (type $s (stream u8))
        (core module $n
            (memory (export "m") 1)
            (data (i32.const 64) "hello"))
        (core instance $n (instantiate $n))
        (alias core export $n "m" (core memory $m))
        (core func $f (canon lower (func $i "f")))
        (core func $new (canon stream.new $s))
        (core func $read (canon stream.read $s async (memory $m)))
        (core func $write (canon stream.write $s async (memory $m)))
        (core func $cancel-read (canon stream.cancel-read $s))
        (core func $cancel-write (canon stream.cancel-write $s))
        (core func $drop-readable (canon stream.drop-readable $s))
        (core func $set (canon waitable-set.new))
        (core func $join (canon waitable.join))
        (core func $poll (canon waitable-set.poll (memory $m)))
        (core module $m
            (import "" "f" (func $f (result i32)))
            (import "" "new" (func $new (result i64)))
            (import "" "read" (func $read (param i32 i32 i32) (result i32)))
            (import "" "write" (func $write (param i32 i32 i32) (result i32)))
            (import "" "cancel-read" (func $cancel-read (param i32) (result i32)))
            (import "" "cancel-write" (func $cancel-write (param i32) (result i32)))
            (import "" "drop-readable" (func $drop-readable (param i32)))
            (import "" "set" (func $set (result i32)))
            (import "" "join" (func $join (param i32 i32)))
            (import "" "poll" (func $poll (param i32 i32) (result i32)))
            (func (export "run") (param i32 i32) (result i32)
                (local $ends i64) (local $r i32) (local $w i32) (local $set i32)
                (drop (call $f))
                (local.set $ends (call $new))
                (local.set $r (i32.wrap_i64 (local.get $ends)))
                (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))))
                (drop (call $read (local.get $r) (i32.const 0) (i32.const 16)))
                (drop (call $write (local.get $w) (i32.const 64) (i32.const 5)))
                (local.set $set (call $set))
                (call $join (local.get $r) (local.get $set))
                (drop (call $poll (local.get $set) (i32.const 256)))
                (call $join (local.get $r) (i32.const 0))
                (drop (call $read (local.get $r) (i32.const 0) (i32.const 16)))
                (drop (call $cancel-read (local.get $r)))
                (drop (call $write (local.get $w) (i32.const 64) (i32.const 4)))
                (drop (call $cancel-write (local.get $w)))
                (call $drop-readable (local.get $r))
                (drop (call $write (local.get $w) (i32.const 64) (i32.const 4)))
                (i32.const 512))
            (func (export "r") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
        (core instance $m (instantiate $m (with "" (instance
            (export "f" (func $f)) (export "new" (func $new)) (export "read" (func $read))
            (export "write" (func $write)) (export "cancel-read" (func $cancel-read))
            (export "cancel-write" (func $cancel-write))
            (export "drop-readable" (func $drop-readable)) (export "set" (func $set))
            (export "join" (func $join)) (export "poll" (func $poll))))))
        (func $probe async (param "script" string) (result string)
            (canon lift (core func $m "run") (memory $m)
                (realloc (core func $m "r"))))
        (instance $api (export "probe" (func $probe)))
        (export "test:probe/api" (instance $api)))"#;
    let policy = traced().with(|changed| {
        changed.deny_other = true;
        changed.deny_mode = DenyMode::Error;
    });
    let made = engine::virtualize(&wat::parse_str(COMPONENT)?, &policy, &[])?;
    artifact::validate(&made)?;
    let (mut store, outputs) = host::planted("", "", &[])?;
    let component = host::compile(&made)?;
    let linker = runs::generous(&component)?;
    let ended = runs::call(&mut store, &linker, &component, Some(String::new()))?;
    ensure!(ended.is_ok(), "{ended:?}");
    check(
        &super::numbered(&outputs.stderr()),
        r#"
wasi-virt: denied test:a/b#f()
wasi-virt:   -> err
wasi-virt: stream.read(<stream 1>, 16)
wasi-virt:   -> blocked
wasi-virt: stream.write(<stream 2>, b"hello")
wasi-virt:   -> 5
wasi-virt: ended stream.read(<stream 1>)
wasi-virt:   -> b"hello"
wasi-virt: stream.read(<stream 1>, 16)
wasi-virt:   -> blocked
wasi-virt: stream.cancel-read(<stream 1>)
wasi-virt:   -> b"", cancelled
wasi-virt: stream.write(<stream 2>, b"hell")
wasi-virt:   -> blocked
wasi-virt: stream.cancel-write(<stream 2>)
wasi-virt:   -> 0, cancelled
wasi-virt: stream.write(<stream 2>, b"hell")
wasi-virt:   -> 0, dropped
"#,
    )
}
