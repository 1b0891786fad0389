//! Which built-ins and lifted functions are replaced, and with what.

mod components;
mod waits;

use super::*;
use crate::plan::Files;
use crate::policy::{Policy, StdioMode};
use crate::relink::tests::{functions, planned, refused, verified, wat, with_files_0_3};
use crate::testing::test;
use components::component;
use wasmparser::component_types::{ComponentEntityType, ComponentFuncTypeId};
use wit_parser::LiftLowerAbi;

/// Types, and functions `f` of an interface that is imported.
fn interface(types: &str, params: &str, result: &str) -> String {
    format!(
        r#"(component (import "a:b/c" (instance
          (type $bytes (stream u8))
          {types}
          (export "f" (func {params} {result})))))"#
    )
}

/// The ends among the parameters of such a function, and in its result.
fn ends(types: &str, params: &str, result: &str, is_async: bool) -> [Option<Handed>; 2] {
    let (_, all) = wat(&interface(types, params, result));
    let types = all.as_ref();
    let id = function(types);
    let kinds = of_bytes();
    let search = Search {
        abi: Abi { types },
        kinds: &kinds,
    };
    let result = types[id]
        .result
        .map(|ty| search.result_ends(ty, 1).unwrap());
    [search.lowered_ends(id, is_async).unwrap(), result.flatten()]
}

/// Streams of bytes, which the adapter makes.
fn of_bytes() -> Kinds {
    let mut kinds = Kinds::default();
    kinds.makes_bytes = true;
    kinds
}

fn function(types: TypesRef<'_>) -> ComponentFuncTypeId {
    let import = types.component_item_for_import("a:b/c").unwrap();
    let ComponentEntityType::Instance(instance) = import.ty else {
        panic!("no instance");
    };
    functions(types, instance).pop().unwrap().1
}

fn parts(parts: Vec<(u32, Ends)>) -> Ends {
    Ends::Parts(parts)
}

fn elements(size: u32, ends: Ends) -> Ends {
    let ends = Box::new(ends);
    Ends::Elements { size, ends }
}

/// What becomes of `waitable.join`.
const JOIN: Does = Does::Join(Wakes {
    ends: true,
    calls: false,
});

#[test]
fn ends_are_found_among_core_values_and_in_memory() {
    let params = r#"(param "a" u64) (param "b" $bytes) (param "c" (stream string))"#;
    let [flat, none] = ends("", params, "", false);
    assert_eq!(
        flat,
        Some(Handed::Flat(parts(vec![(1, Ends::Here(Kind::Bytes))])))
    );
    assert_eq!(none, None);
    let types = r#"(type $bag (record (field "at" u64) (field "what" $bytes)))
        (export "bag" (type $bag-export (eq $bag)))
        (type $o (option $bag-export)) (type $l (list $bytes)) (type $r (result $l (error string)))"#;
    let params = r#"(param "a" u8) (param "b" $o)"#;
    let result = r#"(result $r)"#;
    let [flat, pointed] = ends(types, params, result, false);
    // The option's case, then the record's number before the end.
    let case = |ends| Ends::Cases {
        width: 1,
        payload: 1,
        cases: vec![(1, ends)],
    };
    let bag = parts(vec![(1, Ends::Here(Kind::Bytes))]);
    assert_eq!(flat, Some(Handed::Flat(parts(vec![(1, case(bag))]))));
    let list = elements(4, parts(vec![(0, Ends::Here(Kind::Bytes))]));
    let result = Ends::Cases {
        width: 1,
        payload: 4,
        cases: vec![(0, list)],
    };
    assert_eq!(
        pointed,
        Some(Handed::Memory {
            pointer: 0,
            ends: parts(vec![(0, result)]),
        })
    );
}

#[test]
fn many_parameters_of_an_async_lower_lie_in_memory() {
    let params =
        r#"(param "a" u8) (param "b" $bytes) (param "c" u64) (param "d" u8) (param "e" $l)"#;
    let types = r#"(type $t (tuple u16 $bytes)) (type $l (list $t))"#;
    let [spilled, _] = ends(types, params, "", true);
    let tuple = parts(vec![(4, Ends::Here(Kind::Bytes))]);
    let expected = parts(vec![
        (4, Ends::Here(Kind::Bytes)),
        (20, elements(8, parts(vec![(0, tuple)]))),
    ]);
    let pointer = 0;
    assert_eq!(
        spilled,
        Some(Handed::Memory {
            pointer,
            ends: expected
        })
    );
    assert!(spilled.unwrap().uses_memory());
}

#[test]
fn other_streams_have_none_and_too_large_types_are_refused() {
    let types = r#"(type $s (stream $bytes)) (type $f (future $bytes)) (type $w (stream u16))"#;
    let params = r#"(param "a" $s) (param "b" $f) (param "c" $w)"#;
    assert_eq!(ends(types, params, "", false), [None, None]);
    let mut types = "(type $t0 (tuple $bytes $bytes))".to_string();
    for n in 0..16 {
        types += &format!("(type $t{} (tuple $t{n} $t{n}))", n + 1);
    }
    let (_, all) = wat(&interface(&types, r#"(param "a" $t16)"#, ""));
    let types = all.as_ref();
    let id = function(types);
    let kinds = of_bytes();
    let search = Search {
        abi: Abi { types },
        kinds: &kinds,
    };
    assert_eq!(search.lowered_ends(id, false), Err(TooLarge));
}

/// Under a policy for standard input and output: the built-ins that are replaced, by what takes
/// their place, and how many lifts are. What comes of it is verified.
fn replaced(
    [stdin, stdout]: [StdioMode; 2],
    has: impl Fn(&str) -> bool,
    more: &str,
) -> (Vec<Does>, Vec<Lifted>) {
    let (built_ins, lifted) = planned_in([stdin, stdout], &component(has, more));
    (built_ins.into_iter().map(|one| one.does).collect(), lifted)
}

/// The same for any component.
fn planned_in([stdin, stdout]: [StdioMode; 2], component: &str) -> (Vec<BuiltIn>, Vec<Lifted>) {
    let policy = Policy {
        stdin,
        stdout,
        ..Policy::default()
    };
    let bytes = ::wat::parse_str(component).unwrap();
    planned(&bytes, &policy, Files::default(), |component, plan| {
        let plan = plan.unwrap();
        verified(component, &plan, &policy);
        (plan.streams.built_ins.clone(), plan.streams.lifted.clone())
    })
}

const WRITE: Does = Does::Write {
    learns: Learns::After,
};

const ASK_DROP: Does = Does::Ask {
    export: names::U8_DROP_READABLE,
};

#[test]
fn built_ins_are_replaced_where_the_adapter_makes_or_takes_streams() {
    let allow = [StdioMode::Allow; 2];
    let (none, lifted) = replaced(allow, |_| true, "");
    assert_eq!((none, lifted.len()), (vec![], 0));
    let all = |name: &str| !matches!(name, "wait" | "poll" | "return");
    // It makes virtual readers, which leave by the exported function alone.
    let (makes, lifted) = replaced([StdioMode::Ignore, StdioMode::Allow], all, "");
    let read = |export, held| Does::Read { export, held };
    let of_futures = [
        Does::Status {
            export: names::CLI_READ,
            has_context: true,
        },
        Does::Ask {
            export: names::CLI_DROP_READABLE,
        },
        JOIN,
    ];
    // Futures of streams that have not ended are real, and have no payload.
    let check = |export| Does::Check { export };
    let (unit, gone) = (check(names::UNIT_HELD), check(names::GONE));
    let [future_read, future_drop, join] = of_futures;
    let of_futures = [future_read, future_drop, unit, gone.clone(), join];
    // Of ends that the adapter writes.
    let expected = [
        read(Some(names::U8_READ), Some(Learns::After)),
        check(names::U8_CAPTURED),
        read(None, Some(Learns::Never)),
        check(names::U8_CAPTURED),
        ASK_DROP,
        gone,
    ];
    assert_eq!(makes, [expected.as_slice(), &of_futures].concat());
    assert_eq!(lifted.len(), 1);
    // It takes streams, of which the component makes real ones.
    let (takes, lifted) = replaced([StdioMode::Allow, StdioMode::Ignore], all, "");
    let expected = [
        Does::New,
        read(None, Some(Learns::After)),
        WRITE,
        read(None, Some(Learns::Never)),
        check(names::U8_CAPTURED),
        ASK_DROP,
        Does::Ask {
            export: names::U8_DROP_WRITABLE,
        },
    ];
    assert_eq!(takes, [expected.as_slice(), &of_futures].concat());
    assert_eq!(lifted.len(), 1);
}

#[test]
fn waits_are_only_watched_where_real_streams_meet_virtual_ones() {
    let waits = |name: &str| matches!(name, "stdout" | "wait" | "poll" | "join");
    let watched = |does: &[Does]| {
        let watched = |does: &&Does| matches!(does, Does::Wait(_) | Does::Poll(_));
        does.iter().filter(watched).count()
    };
    let ignore = [StdioMode::Allow, StdioMode::Ignore];
    // Nobody gives the component a stream, so none is drained.
    let (none, lifted) = replaced([StdioMode::Ignore; 2], waits, "");
    assert_eq!((watched(&none), lifted.len()), (0, 0));
    // A future without a payload is no stream.
    let more = r#"
        (type $none (future))
        (import "get" (func $get (result $none)))
        (core func (canon lower (func $get)))"#;
    let (none, lifted) = replaced([StdioMode::Ignore; 2], waits, more);
    assert_eq!((watched(&none), lifted.len()), (0, 0));
    let (both, lifted) = replaced(ignore, |name| waits(name) || name == "new", "");
    assert_eq!((watched(&both), lifted.len()), (2, 1));
    let (both, lifted) = replaced(ignore, |name| waits(name) || name == "stdin", "");
    assert_eq!((watched(&both), lifted.len()), (2, 1));
}

#[test]
fn ends_that_leave_are_real() {
    let ignore = [StdioMode::Ignore, StdioMode::Allow];
    let has = |name: &str| matches!(name, "stdin" | "stdout" | "return");
    let ends = Handed::Flat(Ends::Here(Kind::Bytes));
    // By what a task returns, and by what a function returns without `async`.
    let more = r#"
        (type $t (tuple u8 $bytes))
        (func $s (result $t) (canon lift (core func $app-instance "s") (memory $m)))
        (export "s" (func $s))"#;
    let (does, lifted) = replaced(ignore, has, more);
    assert!(does.contains(&Does::Hand(ends.clone())), "{does:?}");
    let [Around::Waits { .. }, Around::Returns { handed, memory }] =
        [&lifted[0].does, &lifted[1].does]
    else {
        panic!("{lifted:?}");
    };
    let tuple = parts(vec![(0, parts(vec![(4, Ends::Here(Kind::Bytes))]))]);
    assert_eq!(
        *handed,
        Handed::Memory {
            pointer: 0,
            ends: tuple
        }
    );
    assert!(memory.is_some());
    // To another component, in a list; what that gets of the host is its own.
    let other = r#"
        (type $l (list $bytes))
        (component $other
          (type $bytes (stream u8)) (type $l (list $bytes))
          (core module $c (memory (export "m") 1) (func (export "f") (param i32 i32))
            (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
          (core instance $i (instantiate $c))
          (func $f (param "a" $l) (canon lift (core func $i "f") (memory (core memory $i "m"))
            (realloc (core func $i "r"))))
          (export "f" (func $f)))
        (instance $it (instantiate $other))
        (core func $lowered (canon lower (func $it "f") (memory $m)))
        (core module $caller (import "x" "f" (func (param i32 i32))))
        (core instance (instantiate $caller (with "x" (instance (export "f" (func $lowered))))))"#;
    let (does, _) = replaced(ignore, |name| name == "stdin", other);
    let list = elements(4, parts(vec![(0, Ends::Here(Kind::Bytes))]));
    let handed = Handed::Flat(parts(vec![(0, list)]));
    assert!(does.contains(&Does::Hand(handed)), "{does:?}");
}

#[test]
fn what_nothing_would_feed_is_refused_by_name() {
    let files = Files {
        mounted: true,
        served: true,
        ..Files::default()
    };
    let refused = |exports: &str, abi| {
        let bytes = with_files_0_3(exports, abi);
        // The component has every built-in there is, of which some are refused as well.
        planned(&bytes, &Policy::default(), files, |_, plan| {
            let error = plan.err().map(|error| error.to_string());
            error.is_some_and(|error| error.contains("`get` returns a stream or a future"))
        })
    };
    let bytes = "export get: async func() -> stream<u8>;";
    assert!(!refused(bytes, LiftLowerAbi::AsyncCallback));
    assert!(refused(bytes, LiftLowerAbi::Sync));
    assert!(refused(bytes, LiftLowerAbi::AsyncStackful));
    // The component may write a stream to a file, so that the future is not known at once.
    let result = "use wasi:filesystem/types@0.3.2.{error-code};
        export get: func() -> future<result<_, error-code>>;";
    assert!(refused(result, LiftLowerAbi::Sync));
    // It is no other than the adapter's.
    let other = "export get: func() -> future<result<_, string>>;";
    assert!(!refused(other, LiftLowerAbi::Sync));
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    let ignore = Policy {
        stdout: StdioMode::Ignore,
        ..Policy::default()
    };
    let mut large = "(type $t0 (tuple $bytes $bytes))".to_string();
    for n in 0..16 {
        large += &format!("(type $t{} (tuple $t{n} $t{n}))", n + 1);
    }
    large += r#"(func $s (result $t16) (canon lift (core func $app-instance "s") (memory $m)))
        (export "s" (func $s))"#;
    let error = refused(&component(|_| false, &large), &ignore, Files::default());
    assert!(
        error.contains("an exported function passes `stream<u8>`"),
        "{error}"
    );
}

#[test]
fn an_output_without_our_functions_is_wrong() {
    let policy = Policy {
        stdin: StdioMode::Allow,
        stdout: StdioMode::Ignore,
        ..Policy::default()
    };
    let bytes = ::wat::parse_str(component(|_| true, "")).unwrap();
    let broken = |change: &dyn Fn(&mut Streams)| {
        planned(&bytes, &policy, Files::default(), |component, plan| {
            let mut plan = plan.unwrap();
            change(&mut plan.streams);
            let relinked = crate::virtualize::relinked(component, &plan, &|_| Vec::new(), &policy);
            relinked.map(|_| ()).unwrap_err().to_string()
        })
    };
    let error = broken(&|streams| streams.built_ins.retain(|one| one.does != WRITE));
    assert!(
        error.contains("`write` is the host's `stream.write`"),
        "{error}"
    );
    let error = broken(&|streams| {
        streams
            .built_ins
            .retain(|one| !matches!(one.does, Does::Wait(_)))
    });
    assert!(
        error.contains("`wait` is the host's `waitable-set.wait`"),
        "{error}"
    );
    let error = broken(&|streams| streams.lifted.clear());
    assert!(
        error.contains("a lifted function does not go through"),
        "{error}"
    );
}
