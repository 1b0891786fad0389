//! Functions in which a component blocks: which of them the glue calls with `async`, and how.

use super::*;
use crate::read::inspect::Component;
use crate::relink::tests::{everything, validate};
use crate::wasi;
use wasm_encoder::ValType;

/// How a function of this type is called, where `types` are written before.
fn called(types: &str, params: &str, result: &str) -> Option<Waits> {
    let text = interface(types, &format!("async {params}"), result);
    let (_, all) = wat(&text);
    let types = all.as_ref();
    Waits::of(types, function(types))
}

#[test]
fn a_result_goes_where_there_is_room() {
    let of = |params: &str, result: &str| called("", params, result);
    let placed = |ty, signed| Some(Waits::Placed(Placed { ty, signed }));
    let four = r#"(param "a" u8) (param "b" $bytes) (param "c" f64) (param "d" u64)"#;
    assert_eq!(of("", ""), Some(Waits::There));
    assert_eq!(of(four, ""), Some(Waits::There));
    let string = r#"(param "a" string)"#;
    assert_eq!(of(string, "(result string)"), Some(Waits::There));
    assert_eq!(of(four, "(result u32)"), placed(ValType::I32, None));
    assert_eq!(of("", "(result s8)"), placed(ValType::I32, Some(1)));
    assert_eq!(of("", "(result s16)"), placed(ValType::I32, Some(2)));
    assert_eq!(of("", "(result s32)"), placed(ValType::I32, None));
    assert_eq!(of("", "(result s64)"), placed(ValType::I64, None));
    assert_eq!(of("", "(result f32)"), placed(ValType::F32, None));
    assert_eq!(of("", "(result f64)"), placed(ValType::F64, None));
    let types = "(type $t (tuple s16)) (type $u (tuple $t)) (type $r (result))";
    let in_types = |result: &str| called(types, "", result);
    assert_eq!(in_types("(result $u)"), placed(ValType::I32, Some(2)));
    assert_eq!(in_types("(result $r)"), placed(ValType::I32, None));
}

#[test]
fn a_call_that_needs_more_of_the_components_memory_stays() {
    let five = r#"(param "a" u8) (param "b" u8) (param "c" u8) (param "d" u8) (param "e" u8)"#;
    assert_eq!(called("", five, ""), None);
    assert_eq!(called("", r#"(param "a" string)"#, "(result u32)"), None);
    let types = "(type $l (list u8)) (type $o (option $l)) (type $t (tuple u8 $o))";
    assert_eq!(called(types, r#"(param "a" $t)"#, "(result u8)"), None);
    // It never waits.
    let (_, all) = wat(&interface("", "", ""));
    let types = all.as_ref();
    assert_eq!(Waits::of(types, function(types)), None);
}

/// docs/security.md lists them.
#[test]
fn these_functions_of_wasi_stay() {
    let newest = wasi::release::NEWEST_0_3.to_string();
    let bytes = everything(&newest);
    let types = validate(&bytes);
    let types = types.as_ref();
    let mut stay = Vec::new();
    let mut waiting = 0;
    for import in Component::read(&bytes).unwrap().imports {
        let ty = types.component_item_for_import(&import.name);
        if let Some(ComponentEntityType::Instance(instance)) = ty.map(|item| item.ty) {
            for (name, id) in functions(types, instance) {
                let waits = Waits::of(types, id);
                waiting += usize::from(waits.is_some());
                if types[id].async_ && waits.is_none() {
                    stay.push(name);
                }
            }
        }
    }
    stay.sort();
    let expected = [
        "[method]descriptor.link-at",
        "[method]descriptor.open-at",
        "[method]descriptor.rename-at",
        "[method]descriptor.set-times",
        "[method]descriptor.set-times-at",
        "[method]descriptor.symlink-at",
        "[method]tcp-socket.connect",
        "[method]udp-socket.send",
    ];
    assert_eq!(stay, expected);
    assert!(waiting > 15, "{waiting}");
}

/// An import, whose function the component lowers without `async`.
const WAITING: &str = r#"
    (import "t:h/h" (instance $h (export "w" (func async (result u32)))))
    (core func $w (canon lower (func $h "w")))
    (core module $waiting (import "" "w" (func (result i32))))
    (core instance (instantiate $waiting (with "" (instance (export "w" (func $w))))))"#;

/// What the glue calls in such a component that may wait, with how.
fn waiting(modes: [StdioMode; 2], component: &str) -> Vec<(Does, Waits)> {
    let (built_ins, _) = planned_in(modes, component);
    let waiting = built_ins.into_iter();
    waiting
        .filter_map(|one| Some((one.does, one.waits?)))
        .collect()
}

const IGNORE: StdioMode = StdioMode::Ignore;

/// Where real streams meet virtual ones, and where they do not.
const MEETING: [StdioMode; 2] = [StdioMode::Allow, IGNORE];
const APART: [StdioMode; 2] = [IGNORE; 2];

#[test]
fn a_call_is_watched_where_real_streams_meet_virtual_ones() {
    let component = component(|name| name == "stdout", WAITING);
    assert_eq!(waiting(APART, &component), []);
    let waits = Waits::Placed(Placed {
        ty: ValType::I32,
        signed: None,
    });
    assert_eq!(waiting(MEETING, &component), [(Does::Pass, waits)]);
}

#[test]
fn a_built_in_is_watched_where_real_streams_meet_virtual_ones() {
    let has = |name: &str| matches!(name, "stdout" | "new" | "read" | "write" | "read-words");
    let sync = component(has, "").replace(" async (memory", " (memory");
    let (waits, learns) = (Waits::Operation, Learns::Never);
    let export = None;
    let held = Some(learns);
    let expected = [
        (Does::Read { export, held }, waits),
        (Does::Write { learns }, waits),
        (Does::Pass, waits),
    ];
    assert_eq!(waiting(MEETING, &sync), expected);
    assert_eq!(waiting(MEETING, &component(has, "")), []);
    // The component gets no stream, and so the adapter moves none.
    let apart = sync.replace("stream.new $bytes", "stream.new $words");
    assert_eq!(waiting(APART, &apart), []);
}

/// To wait for a result that is not known is all that a component can do with it.
#[test]
fn a_future_of_the_adapters_is_waited_for() {
    let has = |name: &str| matches!(name, "stdin" | "future-read");
    let sync = component(has, "").replace("future.read $future async", "future.read $future");
    let export = names::CLI_READ;
    let has_context = true;
    let does = Does::Status {
        export,
        has_context,
    };
    assert_eq!(waiting(APART, &sync), [(does, Waits::Operation)]);
    assert_eq!(waiting(APART, &component(has, "")), []);
}

/// Not every host has these with `async`, but one that has others which are no less special has.
#[test]
fn a_cancellation_is_watched_where_that_adds_nothing_special() {
    let has = |name: &str| matches!(name, "stdout" | "new" | "read" | "cancel-read");
    let more = "(core func (canon subtask.cancel))";
    let usual = component(has, more);
    assert_eq!(waiting(MEETING, &usual), []);
    let special = usual.replace("stream.read $bytes async", "stream.read $bytes");
    let held = Some(Learns::Never);
    let read = Does::Read { export: None, held };
    let expected = [
        (read.clone(), Waits::Operation),
        (read, Waits::Cancellation),
        (Does::Pass, Waits::Cancellation),
    ];
    let more = r#"(core func $c (canon subtask.cancel))
        (core module $cancelling (import "" "c" (func (param i32) (result i32))))
        (core instance (instantiate $cancelling (with "" (instance (export "c" (func $c))))))"#;
    let special = special.replace("(core func (canon subtask.cancel))", more);
    assert_eq!(waiting(MEETING, &special), expected);
}

#[test]
fn an_output_in_which_a_component_blocks_is_wrong() {
    let policy = Policy {
        stdin: StdioMode::Allow,
        stdout: StdioMode::Ignore,
        ..Policy::default()
    };
    let sync = "(core func $r (canon stream.read $words (memory $m)))
        (core module $reading (import \"\" \"r\" (func (param i32 i32 i32) (result i32))))
        (core instance (instantiate $reading (with \"\" (instance (export \"r\" (func $r))))))";
    for (more, expected) in [
        (WAITING, "`w` is the host's `a function in which"),
        (sync, "`r` is the host's `a function in which"),
    ] {
        let bytes = ::wat::parse_str(component(|_| true, more)).unwrap();
        planned(&bytes, &policy, Files::default(), |component, plan| {
            let mut plan = plan.unwrap();
            let built_ins = &mut plan.streams.built_ins;
            built_ins.retain(|one| one.does != Does::Pass);
            let relinked = crate::virtualize::relinked(component, &plan, &|_| Vec::new(), &policy);
            let error = relinked.map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        });
    }
}
