//! Built-ins that are defined without `async`: the task blocks in them for something that comes
//! only once the streams have passed which the adapter feeds and drains.

use super::*;

/// `later` and its like come, go or end once every other stream has passed.
const WORLD: &str = "package test:built-ins;
    interface host {
      take: func(data: stream<u8>);
      give: func() -> stream<u8>;
      later: func() -> stream<u8>;
      words: func() -> stream<u32>;
      sink: func(data: stream<u8>);
      promise: func() -> future<u32>;
      keep: func(data: future<u32>);
      never: async func() -> u32;
    }
    world guest {
      import host;
      import wasi:cli/stdout@0.3.2;
      import wasi:filesystem/preopens@0.3.2;
      import wasi:filesystem/types@0.3.2;
      import slow: async func() -> u32;
      export run: async func(what: u32) -> u64;
      export now: func(what: u32) -> u64;
    }";

/// What the task does while a stream passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Read,
    Write,
    ReadFuture,
    WriteFuture,
    ReadWords,
    CancelRead,
    CancelWrite,
    CancelReadFuture,
    CancelWriteFuture,
    CancelCall,
    ReadNothing,
    ReadJoined,
    CancelJoined,
    PassJoined,
    PassAfterDrop,
    CancelHostsCall,
    /// Of the write to standard output.
    ReadResult,
}

/// Where a bit says that the stream is the host's.
const IN: u32 = 64;

/// Built-ins with `async` are named for other functions than those without, although the types are
/// the same: `wit-component` makes one of both where the function is the same.
fn module() -> String {
    let cases = (0..=Act::ReadResult as u32).rev();
    let blocks: String = cases.clone().map(|at| format!("(block ${at} ")).collect();
    let table: String = cases.rev().map(|at| format!("${at} ")).collect();
    format!(
        r#"(module
  (import "wasi:filesystem/preopens@0.3.2" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@0.3.2" "[method]descriptor.open-at"
    (func $open (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.3.2" "[method]descriptor.read-via-stream"
    (func $read-file (param i32 i64 i32)))
  (import "wasi:cli/stdout@0.3.2" "write-via-stream" (func $print (param i32) (result i32)))
  (import "wasi:cli/stdout@0.3.2" "[future-read-1]write-via-stream"
    (func $read-result (param i32 i32) (result i32)))
  (import "test:built-ins/host" "take" (func $take (param i32)))
  (import "test:built-ins/host" "give" (func $give (result i32)))
  (import "test:built-ins/host" "later" (func $later (result i32)))
  (import "test:built-ins/host" "words" (func $words (result i32)))
  (import "test:built-ins/host" "sink" (func $sink (param i32)))
  (import "test:built-ins/host" "promise" (func $promise (result i32)))
  (import "test:built-ins/host" "keep" (func $keep (param i32)))
  (import "test:built-ins/host" "[stream-read-0]later"
    (func $read (param i32 i32 i32) (result i32)))
  (import "test:built-ins/host" "[async-lower][stream-read-0]give"
    (func $read-async (param i32 i32 i32) (result i32)))
  (import "test:built-ins/host" "[stream-cancel-read-0]later"
    (func $cancel-read (param i32) (result i32)))
  (import "test:built-ins/host" "[stream-read-0]words"
    (func $read-words (param i32 i32 i32) (result i32)))
  (import "test:built-ins/host" "[stream-drop-readable-0]words"
    (func $drop-words (param i32)))
  (import "test:built-ins/host" "[stream-new-0]sink" (func $new (result i64)))
  (import "test:built-ins/host" "[stream-write-0]sink"
    (func $write (param i32 i32 i32) (result i32)))
  (import "test:built-ins/host" "[async-lower][stream-write-0]take"
    (func $write-async (param i32 i32 i32) (result i32)))
  (import "test:built-ins/host" "[stream-cancel-write-0]sink"
    (func $cancel-write (param i32) (result i32)))
  (import "test:built-ins/host" "[future-read-0]promise"
    (func $read-future (param i32 i32) (result i32)))
  (import "test:built-ins/host" "[async-lower][future-read-0]keep"
    (func $read-future-async (param i32 i32) (result i32)))
  (import "test:built-ins/host" "[future-cancel-read-0]promise"
    (func $cancel-read-future (param i32) (result i32)))
  (import "test:built-ins/host" "[future-new-0]keep" (func $new-future (result i64)))
  (import "test:built-ins/host" "[future-write-0]keep"
    (func $write-future (param i32 i32) (result i32)))
  (import "test:built-ins/host" "[async-lower][future-write-0]promise"
    (func $write-future-async (param i32 i32) (result i32)))
  (import "test:built-ins/host" "[future-cancel-write-0]keep"
    (func $cancel-write-future (param i32) (result i32)))
  (import "test:built-ins/host" "[async-lower]never" (func $never (param i32) (result i32)))
  (import "$root" "[async-lower]slow" (func $slow (param i32) (result i32)))
  (import "$root" "[subtask-cancel]" (func $cancel (param i32) (result i32)))
  (import "$root" "[waitable-set-new]" (func $set (result i32)))
  (import "$root" "[waitable-join]" (func $join (param i32 i32)))
  (import "[export]$root" "[task-return]run" (func $return (param i64)))
  (memory (export "memory") 1)
  (data (i32.const 8) "f")
  (global $next (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $place i32)
    (local.set $place (global.get $next))
    (global.set $next
      (i32.and (i32.add (global.get $next) (i32.add (local.get 3) (i32.const 15)))
        (i32.const -16)))
    (local.get $place))
  (func $begin (param $what i32) (result i32)
    (if (i32.and (local.get $what) (i32.const {IN})) (then (return (call $print (call $give)))))
    (call $directories (i32.const 16))
    (call $open (i32.load (i32.load (i32.const 16))) (i32.const 0)
      (i32.const 8) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))
    (call $read-file (i32.load (i32.const 36)) (i64.const 0) (i32.const 64))
    (call $take (i32.load (i32.const 64)))
    (i32.const 0))
  ;; A status, and what lies at 256.
  (func $came (param $status i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $status)) (i64.const 32))
      (i64.load32_u (i32.const 256))))
  (func $blocks (param $status i32)
    (if (i32.ne (local.get $status) (i32.const -1)) (then unreachable)))
  (func $high (param $both i64) (result i32)
    (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
  (func $go (param $what i32) (result i64)
    (local $end i32) (local $both i64) (local $future i32)
    (local.set $future (call $begin (local.get $what)))
    {blocks} (br_table {table} (i32.and (local.get $what) (i32.const {mask})))
    ) (return (call $came (call $read (call $later) (i32.const 256) (i32.const 8))))
    ) (local.set $both (call $new)) (call $sink (i32.wrap_i64 (local.get $both)))
      (return (call $came
        (call $write (call $high (local.get $both)) (i32.const 8) (i32.const 1))))
    ) (return (call $came (call $read-future (call $promise) (i32.const 256))))
    ) (local.set $both (call $new-future)) (call $keep (i32.wrap_i64 (local.get $both)))
      (return (call $came (call $write-future (call $high (local.get $both)) (i32.const 8))))
    ) (return (call $came (call $read-words (call $words) (i32.const 256) (i32.const 8))))
    ) (local.set $end (call $later))
      (call $blocks (call $read-async (local.get $end) (i32.const 256) (i32.const 8)))
      (return (call $came (call $cancel-read (local.get $end))))
    ) (local.set $both (call $new)) (call $sink (i32.wrap_i64 (local.get $both)))
      (local.set $end (call $high (local.get $both)))
      (call $blocks (call $write-async (local.get $end) (i32.const 8) (i32.const 1)))
      (return (call $came (call $cancel-write (local.get $end))))
    ) (local.set $end (call $promise))
      (call $blocks (call $read-future-async (local.get $end) (i32.const 256)))
      (return (call $came (call $cancel-read-future (local.get $end))))
    ) (local.set $both (call $new-future)) (call $keep (i32.wrap_i64 (local.get $both)))
      (local.set $end (call $high (local.get $both)))
      (call $blocks (call $write-future-async (local.get $end) (i32.const 8)))
      (return (call $came (call $cancel-write-future (local.get $end))))
    ) (return (call $came
        (call $cancel (i32.shr_u (call $slow (i32.const 256)) (i32.const 4)))))
    ) (return (call $came (call $read (call $later) (i32.const -1) (i32.const 0))))
    ) (local.set $end (call $later)) (call $join (local.get $end) (call $set))
      (return (call $came (call $read (local.get $end) (i32.const 256) (i32.const 8))))
    ) (local.set $end (call $later))
      (call $blocks (call $read-async (local.get $end) (i32.const 256) (i32.const 8)))
      (call $join (local.get $end) (call $set))
      (return (call $came (call $cancel-read (local.get $end))))
    ) (local.set $end (call $give)) (call $join (local.get $end) (call $set))
      (return (i64.extend_i32_u (call $print (local.get $end))))
    ) (local.set $end (call $words)) (call $join (local.get $end) (call $set))
      (call $drop-words (local.get $end))
      (local.set $future (call $give))
      (if (i32.ne (local.get $end) (local.get $future)) (then unreachable))
      (drop (call $print (local.get $future)))
      (return (call $came (call $read (call $later) (i32.const 256) (i32.const 8))))
    ) (return (call $came
        (call $cancel (i32.shr_u (call $never (i32.const 256)) (i32.const 4)))))
    ) (i64.store (i32.const 256) (i64.const -1))
    (call $came (call $read-result (local.get $future) (i32.const 256))))
  (func (export "now") (param i32) (result i64) (call $go (local.get 0)))
  (func (export "[async-lift]run") (param i32) (result i32)
    (call $return (call $go (local.get 0)))
    (i32.const 0))
  (func (export "[callback][async-lift]run") (param i32 i32 i32) (result i32) unreachable))"#,
        mask = IN - 1
    )
}

/// What answers `slow`: it blocks until every stream has passed, whether it is cancelled or not.
const SLOW_WORLD: &str = "package test:slow;
    interface host {
      all: async func();
    }
    world guest {
      import host;
      export slow: async func() -> u32;
    }";

const SLOW: &str = r#"(module
  (import "test:slow/host" "all" (func $all))
  (import "[export]$root" "[task-return]slow" (func $return (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "[async-lift]slow") (result i32)
    (call $all) (call $return (i32.const 5)) (i32.const 0))
  (func (export "[callback][async-lift]slow") (param i32 i32 i32) (result i32) unreachable))"#;

/// The component, as it is and virtualized.
fn both() -> Result<[Vec<u8>; 2]> {
    let guest = component(WORLD, &module())?;
    let artifact = virtualized(&guest, DebugLog::Off)?;
    let slow = component(SLOW_WORLD, SLOW)?;
    Ok([
        engine::plug(&guest, &slow)?,
        engine::plug(&artifact, &slow)?,
    ])
}

/// What comes of an act, and how many bytes have passed then.
fn act(component: &[u8], what: u32) -> Result<(u64, u64)> {
    ending(async {
        let mut instance = Instance::new(component).await?;
        let run = instance.function("run")?;
        let (came,) = instance
            .store
            .run_concurrent(async |accessor| run.call_concurrent(accessor, (what,)).await)
            .await??;
        Ok((came, instance.streams.passed.load(Ordering::Relaxed)))
    })
}

/// A status, and what lies where something was read.
const fn came(status: u32, read: u32) -> u64 {
    (status as u64) << 32 | read as u64
}

const COMPLETED: u32 = 0;
const CANCELLED: u32 = 2;
/// What a call has come to.
const RETURNED: u32 = 2;
const RETURN_CANCELLED: u32 = 4;

#[test]
fn the_streams_go_on_while_a_built_in_blocks() -> Result<()> {
    let both = both()?;
    let read = u32::from_le_bytes(*b"xyz\0");
    for (act_of, expected) in [
        (Act::Read, came(3 << 4 | COMPLETED, read)),
        (Act::Write, came(1 << 4 | COMPLETED, 0)),
        (Act::ReadFuture, came(COMPLETED, 7)),
        (Act::WriteFuture, came(COMPLETED, 0)),
        (Act::ReadWords, came(2 << 4 | COMPLETED, 11)),
        (Act::CancelRead, came(CANCELLED, 0)),
        (Act::CancelWrite, came(CANCELLED, 0)),
        (Act::CancelReadFuture, came(CANCELLED, 0)),
        (Act::CancelWriteFuture, came(CANCELLED, 0)),
        (Act::CancelCall, came(RETURNED, 5)),
        (Act::ReadNothing, came(COMPLETED, 0)),
        (Act::ReadResult, came(COMPLETED, u32::MAX << 8)),
    ] {
        for way in [0, IN] {
            if act_of == Act::ReadResult && way == 0 {
                continue;
            }
            for (component, name) in both.iter().zip(["as it is", "virtualized"]) {
                let came = act(component, act_of as u32 | way);
                let came = came.with_context(|| format!("{act_of:?}, {way}, {name}"))?;
                ensure!(
                    came == (expected, BYTES),
                    "{act_of:?}, {way}, {name}: {came:#x?}"
                );
            }
        }
    }
    Ok(())
}

/// The host answers at once.
#[test]
fn a_call_of_the_host_is_cancelled() -> Result<()> {
    for component in both()? {
        let came = act(&component, Act::CancelHostsCall as u32 | IN)?;
        assert_eq!(came.0, self::came(RETURN_CANCELLED, 0));
    }
    Ok(())
}

#[test]
fn what_is_in_a_set_is_waited_for_there_alone() -> Result<()> {
    for (component, whys) in both()?.iter().zip([
        ["set", "set", "set"],
        ["cannot be used so", "cannot be used so", "unreachable"],
    ]) {
        for (act_of, why) in [Act::ReadJoined, Act::CancelJoined, Act::PassJoined]
            .into_iter()
            .zip(whys)
        {
            let error = act(component, act_of as u32).expect_err("a trap");
            let error = format!("{error:?}");
            assert!(error.contains(why), "{act_of:?}: {error}");
        }
        // The adapter took no part in what had the number before.
        let (_, passed) = act(component, Act::PassAfterDrop as u32)?;
        assert_eq!(passed, 2 * BYTES);
    }
    Ok(())
}

#[test]
fn a_task_that_must_not_block_traps_in_a_built_in() -> Result<()> {
    for component in both()? {
        for act_of in [Act::Read, Act::WriteFuture, Act::CancelRead] {
            let why = ending(async {
                let mut instance = Instance::new(&component).await?;
                let now = instance.function::<u64>("now")?;
                let came = now.call_async(&mut instance.store, (act_of as u32 | IN,));
                Ok(format!("{:?}", came.await.expect_err("a trap")))
            })?;
            let expected = "cannot block a synchronous task before returning";
            assert!(why.contains(expected), "{act_of:?}: {why}");
        }
    }
    Ok(())
}
