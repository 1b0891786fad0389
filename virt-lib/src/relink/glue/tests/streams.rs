//! The code in place of canonical built-ins, and around what is lifted.

use super::*;
use crate::plan::streams::{Does as Streams, Ends, Handed, Kind, Learns, Placed, Waits, Wakes};
use crate::relink::glue::lifted;
use crate::testing::test;
use wasi_virt_layout::abi::stream as names;

/// The code in place of a built-in of this type. The host's has the number 0.
fn built_in(params: &[ValType], results: &[ValType], does: Streams) -> String {
    let stream = Stream {
        does,
        context: 5,
        host: 0,
        memory: 0,
    };
    code(params, results, Does::Stream(stream))
}

#[test]
fn the_adapter_is_asked_before_the_host() {
    let export = names::JOIN;
    assert_eq!(
        built_in(&[I, I], &[], Streams::Ask { export }),
        "get 0 get 1 call 0 if return end get 0 get 1 call 1 end"
    );
    let status = Streams::Status {
        export: names::FS_READ,
        has_context: true,
    };
    let asked = "const 1 busy= const 5 get 0 get 1 call 0 const 0 busy= \
                 localtee { local_index: 2 } const -2 i32ne if";
    let answered = "get 2 return end get 0 get 1 call 1 end";
    assert_eq!(
        built_in(&[I, I], &[I], status.clone()),
        format!("{asked} {answered}")
    );
    // What the adapter blocks is waited for as well.
    let waiting = waiting_in(status, &[I, I], &[I], Waits::Operation);
    let (answer, host) = ("get 2 ", "get 0 get 1 call 4 ");
    let finished = |status: &str| format!("{status}{}", done(3, 1, 2, 3));
    let expected = format!(
        "{asked} {} return end {} end",
        finished(answer),
        finished(host)
    );
    assert_eq!(waiting, expected);
}

#[test]
fn a_read_goes_by_the_layer_and_traps_for_what_is_held() {
    let read = |held| {
        let export = Some(names::U8_READ);
        built_in(&[I], &[I], Streams::Read { export, held })
    };
    let before = format!("get 0 {LOOK} if {ADAPTER_0} return end");
    let held = "get 0 call 1 if unreachable end";
    assert_eq!(read(None), format!("{before} get 0 call 1 end"));
    assert_eq!(
        read(Some(Learns::Never)),
        format!("{before} {held} get 0 call 2 end")
    );
    assert_eq!(
        read(Some(Learns::After)),
        format!(
            "{before} {held} get 0 call 3 localtee {{ local_index: 1 }} const -1 i32eq if \
             get 0 call 2 end get 1 end"
        )
    );
}

#[test]
fn the_adapter_knows_of_a_write_that_blocks() {
    let captured = "get 0 call 0 if const 1 busy= const 5 get 0 get 1 get 2 call 1 const 0 busy= \
                    return end";
    let write = |learns| built_in(&[I; 3], &[I], Streams::Write { learns });
    let host = "get 0 get 1 get 2";
    assert_eq!(
        write(Learns::Never),
        format!("{captured} {host} call 2 end")
    );
    assert_eq!(
        write(Learns::After),
        format!(
            "{captured} {host} call 3 localtee {{ local_index: 3 }} const -1 i32eq if get 0 call 2 end \
             get 3 end"
        )
    );
}

#[test]
fn a_wait_goes_on_while_events_are_the_adapters() {
    let again = "get 0 call 0 loop { blockty: empty } get 0 get 1 call 2 set 2 \
                 get 0 get 2 get 1 load4 0 get 1 load4 4 call 1 i32eqz \
                 brif { relative_depth: 0 } end get 2 end";
    let ends = Wakes {
        ends: true,
        calls: false,
    };
    assert_eq!(built_in(&[I, I], &[I], Streams::Wait(ends)), again);
    // No event is nobody's.
    let event = "localtee { local_index: 2 } i32eqz if const 0 return end get 2 \
                 get 1 load4 0 get 1 load4 4 call 1 const -1 i32ne";
    let again = format!(
        "get 0 call 0 loop {{ blockty: empty }} get 0 get 1 call 2 {event} \
         brif {{ relative_depth: 0 }} end get 2 end"
    );
    assert_eq!(built_in(&[I, I], &[I], Streams::Poll(ends)), again);
}

#[test]
fn a_wait_goes_on_while_calls_are_made_again() {
    let calls = Wakes {
        ends: false,
        calls: true,
    };
    let event = "const 1 busy= get 2 get 1 load4 0 get 1 load4 4 call 0 const 0 busy= \
                 brif { relative_depth: 0 } end get 2 end";
    assert_eq!(
        built_in(&[I, I], &[I], Streams::Wait(calls)),
        format!("loop {{ blockty: empty }} get 0 get 1 call 1 set 2 {event}")
    );
    assert_eq!(
        built_in(&[I, I], &[I], Streams::Poll(calls)),
        format!(
            "loop {{ blockty: empty }} get 0 get 1 call 1 localtee {{ local_index: 2 }} i32eqz if \
             const 0 return end {event}"
        )
    );
    // What blocks for others calls the adapter alone, not while the host is at it.
    assert_eq!(
        built_in(&[I], &[I], Streams::Cancel),
        "get 0 call 1 set 1 const 1 busy= get 0 get 1 call 0 const 0 busy= end"
    );
}

/// The code in place of a function that is called in this way, where the host's has the number 0
/// and `waitable-set.wait` the number 1.
fn waiting(params: &[ValType], results: &[ValType], waits: Waits) -> String {
    waiting_in(Streams::Pass, params, results, waits)
}

fn waiting_in(does: Streams, params: &[ValType], results: &[ValType], waits: Waits) -> String {
    let does = Does::Stream(Stream {
        does,
        context: 5,
        host: 0,
        memory: 0,
    });
    let mut function = glued(params, results, does);
    function.waits = Some(Waiting { waits, wait: 1 });
    let (_, mut bodies) = read(&[function], 0);
    // The check of the flag.
    bodies.remove(0).split_off(4).join(" ")
}

/// Waits for what is on the stack, by functions of these numbers. The locals begin at `local`.
fn until(local: u32, [wait, until, came]: [u32; 3]) -> String {
    format!(
        "call {until} set {local} loop {{ blockty: empty }} get {local} i32wrapi64 \
         get {local} i64const {{ value: 32 }} i64shru i32wrapi64 call {wait} set {number} \
         get {local} i32wrapi64 get {number} call {came} localtee {{ local_index: {number} }} \
         const -1 i32eq brif {{ relative_depth: 0 }} end get {number}",
        number = local + 1
    )
}

/// Waits until an operation is done, with the status on the stack.
fn done(local: u32, wait: u32, begin: u32, came: u32) -> String {
    format!(
        "localtee {{ local_index: {number} }} const -1 i32eq if get 0 {} \
         else get {number} end",
        until(local, [wait, begin, came]),
        number = local + 1
    )
}

#[test]
fn an_operation_that_blocks_is_waited_for_beside_the_adapters_ends() {
    let operation = waiting(&[I; 3], &[I], Waits::Operation);
    let host = "get 0 get 1 get 2 call 3";
    assert_eq!(operation, format!("{host} {} end", done(3, 0, 1, 2)));
    // One that is ended must be in no set.
    let cancellation = waiting(&[I], &[I], Waits::Cancellation);
    let host = "get 0 call 3 if unreachable end get 0 call 4";
    assert_eq!(cancellation, format!("{host} {} end", done(1, 0, 1, 2)));
}

#[test]
fn a_call_that_blocks_is_waited_for_beside_the_adapters_ends() {
    let call = |local: u32| {
        format!(
            "localtee {{ local_index: {number} }} const 2 i32ne if \
             get {number} const 4 i32shru {} drop end",
            until(local, [0, 1, 2]),
            number = local + 1
        )
    };
    let there = waiting(&[I, I], &[], Waits::There);
    assert_eq!(there, format!("get 0 get 1 call 3 {} end", call(2)));
    for (ty, signed, loaded) in [
        (ValType::I32, None, "i32wrapi64"),
        (ValType::I32, Some(1), "i32wrapi64 i32extend8s"),
        (ValType::I32, Some(2), "i32wrapi64 i32extend16s"),
        (ValType::I64, None, ""),
        (ValType::F32, None, "i32wrapi64 f32reinterpreti32"),
        (ValType::F64, None, "f64reinterpreti64"),
    ] {
        let placed = waiting(&[I], &[ty], Waits::Placed(Placed { ty, signed }));
        let call = call(1);
        let expected = format!("call 3 set 3 get 0 get 3 call 5 {call} get 3 call 4 {loaded} end");
        assert_eq!(placed, expected.replace("  ", " "));
    }
}

#[test]
fn ends_in_core_values_and_in_lists_are_replaced() {
    // A case that carries an end where another carries a number of 64 bits.
    let cases = Ends::Cases {
        width: 1,
        payload: 1,
        cases: vec![(2, Ends::Here(Kind::Bytes))],
    };
    let list = Ends::Elements {
        size: 12,
        ends: Box::new(Ends::Parts(vec![(8, Ends::Here(Kind::Files))])),
    };
    let handed = Handed::Flat(Ends::Parts(vec![(0, cases), (2, list)]));
    let text = built_in(&[I, ValType::I64, I, I], &[], Streams::Hand(handed));
    assert_eq!(
        text,
        "get 0 const 2 i32eq if get 1 i32wrapi64 call 0 i64extendi32u set 1 end \
         get 2 get 3 set 5 set 4 block { blockty: empty } loop { blockty: empty } \
         get 5 i32eqz brif { relative_depth: 1 } get 4 get 4 load4 8 const 9 \
         call 1 store4 8 \
         get 4 const 12 i32add set 4 get 5 const 1 i32sub set 5 br { relative_depth: 0 } end end \
         get 0 get 1 get 2 get 3 call 2 end"
    );
}

#[test]
fn functions_around_lifted_ones_are_valid() {
    let repeated = Ends::Repeated {
        size: 4,
        count: 3,
        ends: Box::new(Ends::Here(Kind::Entries)),
    };
    let in_memory = Handed::Memory {
        pointer: 0,
        ends: Ends::Parts(vec![(8, repeated)]),
    };
    let types: (&[ValType], &[ValType]) = (&[ValType::F32], &[I]);
    let around = |ends, calls, logs| {
        lifted::waits(&[I, ValType::I64], &exports(), Wakes { ends, calls }, logs)
    };
    for bytes in [
        around(false, false, true),
        around(true, false, false),
        around(false, true, false),
        around(true, true, true),
        lifted::returns(types, &Handed::Flat(Ends::Here(Kind::Bytes)), 9, &exports()),
        lifted::returns(types, &in_memory, 9, &exports()),
    ] {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        validator.validate_all(&bytes).unwrap();
    }
}
