use super::*;
use crate::relink::tests::wat;
use crate::testing::test;
use wasmparser::types::TypesRef;

/// Types 0 and 1 are a hollow resource and another.
const TYPES: &str = r#"
    (import "hollow" (type $hollow (sub resource)))
    (import "real" (type $real (sub resource)))
    (type $code' (enum "unknown" "not-supported" "access-denied"))
    (import "code" (type $code (eq $code')))
    (type $few' (enum "first" "second"))
    (import "few" (type $few (eq $few')))
    (type $own (own $hollow))
    (type $real-own (own $real))
    (type $record' (record (field "a" u8) (field "b" (option u64)) (field "c" string)))
    (import "record" (type $record (eq $record')))
    (type $variant' (variant
        (case "access-denied" $real-own) (case "broken" u32) (case "other" $record)))
    (import "variant" (type $variant (eq $variant')))
    (type $handles' (variant (case "a" $own) (case "b" $real-own)))
    (import "handles" (type $handles (eq $handles')))
"#;

/// The answer of an imported function of this type.
fn answer(function: &str, is_async: bool) -> Option<Answer> {
    let (_, types) = wat(&format!(
        "(component {TYPES} (import \"f\" (func {function})))"
    ));
    ask(types.as_ref(), Manner::Answer, is_async)
}

fn ask(types: TypesRef<'_>, manner: Manner, is_async: bool) -> Option<Answer> {
    let hollow = types.component_any_type_at(0);
    let denial = Denial {
        abi: Abi { types },
        function: types.component_function_at(0),
        is_async,
        manner,
        is_hollow: &|id| match hollow {
            wasmparser::component_types::ComponentAnyTypeId::Resource(hollow) => {
                id.resource() == hollow.resource()
            }
            _ => false,
        },
        hollow: 0x1234_5678,
    };
    denial.answer()
}

fn memory(pointer: u32, size: u32, align: u32, bytes: &[(u32, u8)]) -> Option<Reply> {
    Some(Reply::Memory {
        pointer,
        size,
        align,
        bytes: bytes.to_vec(),
    })
}

fn reply(function: &str) -> Option<Reply> {
    answer(function, false).map(|answer| answer.reply)
}

/// A parameter, whether it is wide, and the parameters and cases that guard it.
type Flat = (u32, bool, Vec<(u32, u32)>);

/// What a drop of a flat parameter is, in short.
fn flat(answer: Option<Answer>) -> Vec<Flat> {
    let drops = answer.unwrap().drops.into_iter();
    drops
        .map(|drop| {
            let Operand::Param { index, is_wide } = drop.place else {
                panic!("{drop:?}");
            };
            let guards = drop.guards.iter().map(|guard| match guard.place {
                Operand::Param { index, .. } => (index, guard.case),
                Operand::Memory { .. } => panic!("{guard:?}"),
            });
            (index, is_wide, guards.collect())
        })
        .collect()
}

#[test]
fn the_best_error_is_chosen() {
    for (function, expected) in [
        ("(result (result))", Some(Reply::Flat(1))),
        ("(result (result u64))", memory(0, 16, 8, &[(0, 1)])),
        (
            "(result (result (error $code)))",
            memory(0, 2, 1, &[(0, 1), (1, 2)]),
        ),
        (
            "(result (result u16 (error $few)))",
            memory(0, 4, 2, &[(0, 1), (2, 0)]),
        ),
        (
            "(result (result (error string)))",
            memory(
                0,
                12,
                4,
                &[
                    (0, 1),
                    (4, 1),
                    (5, 0),
                    (6, 0),
                    (7, 0),
                    (8, 0),
                    (9, 0),
                    (10, 0),
                    (11, 0),
                ],
            ),
        ),
        ("(result (result (error $real-own)))", None),
        ("(result (result (error (future))))", None),
        ("(result (result (error error-context)))", None),
    ] {
        assert_eq!(reply(function), expected, "{function}");
    }
}

#[test]
fn an_error_that_needs_a_handle_is_passed_over() {
    let Some(Reply::Memory {
        size, align, bytes, ..
    }) = reply("(result (result (error $variant)))")
    else {
        panic!("no answer");
    };
    // The payload of the variant is at 16: a byte, an option of 8 bytes, a string.
    assert_eq!((size, align), (48, 8));
    let mut expected = vec![(0, 1), (8, 2), (16, 0), (24, 0), (40, 1)];
    expected.extend((41..48).map(|at| (at, 0)));
    assert_eq!(bytes, expected);
}

#[test]
fn what_can_be_empty_is() {
    let list = |align| {
        [
            (0, align),
            (1, 0),
            (2, 0),
            (3, 0),
            (4, 0),
            (5, 0),
            (6, 0),
            (7, 0),
        ]
    };
    for (function, expected) in [
        ("(result string)", memory(0, 8, 4, &list(1))),
        ("(result (list u64))", memory(0, 8, 4, &list(8))),
        ("(result (map string u8))", memory(0, 8, 4, &list(4))),
        ("(result (option $real-own))", memory(0, 8, 4, &[(0, 0)])),
        ("(result bool)", None),
        ("(result $record)", None),
        ("(result (stream u8))", None),
        ("", None),
    ] {
        assert_eq!(reply(function), expected, "{function}");
    }
}

#[test]
fn a_hollow_resource_is_a_number() {
    assert_eq!(reply("(result $own)"), Some(Reply::Flat(0x1234_5678)));
    assert_eq!(reply("(result $real-own)"), None);
    let answer = answer("(param \"a\" u8) (result $own)", true).unwrap();
    assert_eq!(answer.status, Some(RETURNED));
    let bytes = [(0, 0x78), (1, 0x56), (2, 0x34), (3, 0x12)];
    assert_eq!(Some(answer.reply), memory(1, 4, 4, &bytes));
}

#[test]
fn an_async_answer_is_written_and_returned() {
    let answer = answer("async (result (result))", true).unwrap();
    assert_eq!(answer.status, Some(2));
    assert_eq!(Some(answer.reply), memory(0, 1, 1, &[(0, 1)]));
    assert_eq!(super::tests::answer("async", true), None);
}

#[test]
fn owned_handles_are_dropped() {
    let drops = |params: &str| flat(answer(&format!("{params} (result (result))"), false));
    assert_eq!(
        drops("(param \"a\" u8) (param \"b\" $own)"),
        [(1, false, vec![])]
    );
    assert_eq!(drops("(param \"a\" (borrow $real))"), []);
    assert_eq!(drops("(param \"a\" (list $own))"), []);
    assert_eq!(
        drops("(param \"a\" string) (param \"b\" (option (option $own)))"),
        [(4, false, vec![(2, 1), (3, 1)])]
    );
    assert_eq!(
        drops("(param \"a\" (result $own (error u64))) (param \"b\" $real-own)"),
        [(1, true, vec![(0, 0)]), (2, false, vec![])]
    );
    assert_eq!(
        drops("(param \"a\" (list (option $own) 2)) (param \"b\" $handles)"),
        [
            (1, false, vec![(0, 1)]),
            (3, false, vec![(2, 1)]),
            (5, false, vec![(4, 0)]),
            (5, false, vec![(4, 1)])
        ]
    );
}

/// A writer would wait for ever for the end that the glue kept.
#[test]
fn what_takes_a_stream_traps() {
    for ty in [
        "(stream u8)",
        "(option (stream u8))",
        "(future)",
        "(tuple u8 (future u8))",
        "error-context",
        "(list (stream u8))",
        "(list (tuple u8 (option (future))))",
    ] {
        let text = format!("(param \"a\" {ty}) (result (result))");
        assert_eq!(answer(&text, false), None, "{ty}");
        assert_eq!(answer(&text, true), None, "{ty}");
    }
    assert!(answer("(param \"a\" $own) (result (result))", true).is_some());
}

/// As many as there are would stay in the component's table.
#[test]
fn what_takes_handles_of_the_host_in_a_list_traps() {
    for ty in ["(list $real-own)", "(list (option $handles))"] {
        let params = format!("(param \"a\" {ty})");
        assert_eq!(reply(&format!("{params} (result (result))")), None, "{ty}");
        let many = format!("{params} (param \"b\" (list u64 20))");
        assert_eq!(reply(&format!("{many} (result (result))")), None, "{ty}");
    }
    assert!(reply("(param \"a\" (list (borrow $real))) (result (result))").is_some());
}

#[test]
fn owned_handles_in_memory_are_dropped() {
    let params = "(param \"a\" u8) (param \"b\" (list u64 20)) (param \"c\" (list $own 2)) \
                  (param \"d\" (option $own)) (param \"e\" (list (option u8) 1000000))";
    let answer = answer(&format!("{params} (result (result))"), false).unwrap();
    let places: Vec<_> = answer
        .drops
        .iter()
        .map(|drop| (drop.place, drop.guards.clone()))
        .collect();
    let at = |offset, width| Operand::Memory { offset, width };
    let guard = Guard {
        place: at(176, 1),
        case: 1,
    };
    assert_eq!(
        places,
        [
            (at(168, 4), vec![]),
            (at(172, 4), vec![]),
            (at(180, 4), vec![guard])
        ]
    );
}

#[test]
fn too_much_is_a_trap() {
    assert_eq!(reply("(result (result (error (list u64 1000000))))"), None);
    assert_eq!(
        reply("(param \"a\" (list $own 1000000)) (result (result))"),
        None
    );
    // What is not written may be of any size.
    assert_eq!(
        reply("(result (result (list u64 1000000) (error $code)))"),
        memory(0, 8_000_008, 8, &[(0, 1), (8, 2)])
    );
    let long = "u8 ".repeat(1_000);
    let long = format!("(param \"a\" (tuple {long})) (result (result))");
    assert_eq!(reply(&long), None);
    assert!(reply("(param \"a\" (list $own 100)) (result (result))").is_some());
}

#[test]
fn a_trap_is_a_trap() {
    let (_, types) = wat(&format!(
        "(component {TYPES} (import \"f\" (func (result string))))"
    ));
    assert_eq!(ask(types.as_ref(), Manner::Trap, false), None);
}

#[test]
fn wasi_is_answered_but_for_what_cannot_be() {
    use crate::relink::tests::{encoded, functions, imports, wasi};
    let types = encoded(&wasi(), "everything");
    let types = types.as_ref();
    let mut traps = Vec::new();
    for (interface, id) in imports(types, "everything") {
        for (name, function) in functions(types, id) {
            let denial = Denial {
                abi: Abi { types },
                function,
                is_async: false,
                manner: Manner::Answer,
                is_hollow: &|_| true,
                hollow: 1,
            };
            if denial.answer().is_none() {
                traps.push(format!("{} {name}", interface.split('@').next().unwrap()));
            }
        }
    }
    let expected = [
        "wasi:cli/exit exit",
        "wasi:cli/exit exit-with-code",
        "wasi:io/poll [method]pollable.ready",
        "wasi:io/poll [method]pollable.block",
        "wasi:clocks/monotonic-clock now",
        "wasi:clocks/monotonic-clock resolution",
        "wasi:clocks/wall-clock now",
        "wasi:clocks/wall-clock resolution",
        "wasi:clocks/timezone display",
        "wasi:clocks/timezone utc-offset",
        "wasi:filesystem/types [method]descriptor.is-same-object",
        "wasi:sockets/udp [method]udp-socket.address-family",
        "wasi:sockets/tcp [method]tcp-socket.is-listening",
        "wasi:sockets/tcp [method]tcp-socket.address-family",
        "wasi:random/random get-random-u64",
        "wasi:random/insecure get-insecure-random-u64",
        "wasi:random/insecure-seed insecure-seed",
        "wasi:http/types [method]fields.has",
        "wasi:http/types [method]incoming-request.method",
        "wasi:http/types [method]outgoing-request.method",
        "wasi:http/types [static]response-outparam.set",
        "wasi:http/types [method]incoming-response.status",
        "wasi:http/types [method]outgoing-response.status-code",
    ];
    assert_eq!(traps, expected);
}
