//! The glue's code, instruction by instruction.

use super::*;
use crate::plan::layout::Operand;
use crate::plan::layout::spilled::{Load, Lowered, Spilled};
use crate::plan::refuse::{Answer, Drop, Guard, Reply};
use crate::testing::test;
use wasi_virt_layout::abi::stream;
use wasmparser::{Operator, Parser, Payload, Validator, WasmFeatures};

mod streams;

const I: ValType = ValType::I32;

fn glued(params: &[ValType], results: &[ValType], does: Does) -> Glued {
    Glued {
        params: params.to_vec(),
        results: results.to_vec(),
        does,
        ends: None,
        waits: None,
        caller: None,
        label: "denied by wasi-virt: a:b/c#d (allow with --allow)".to_string(),
    }
}

fn exports() -> BTreeMap<String, u32> {
    ["a:b/c#d", "wasi:io/poll#poll", "[hidden]"]
        .into_iter()
        .chain(stream::EXPORTS)
        .map(str::to_string)
        .zip(0..)
        .collect()
}

/// The glue, valid without several memories: its imports, and the code of each function.
fn read(functions: &[Glued], memories: u32) -> (Vec<String>, Vec<Vec<String>>) {
    let bytes = module(functions, memories, 3, 9, &exports());
    let mut features = WasmFeatures::all();
    features.remove(WasmFeatures::MULTI_MEMORY);
    Validator::new_with_features(features)
        .validate_all(&bytes)
        .unwrap();
    let (mut imports, mut bodies) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(&bytes) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.unwrap();
                    imports.push(format!("{} {}", import.module, import.name));
                }
            }
            Payload::CodeSectionEntry(body) => {
                let operators = body.get_operators_reader().unwrap();
                let operators = operators
                    .into_iter()
                    .map(|operator| shown(&operator.unwrap()));
                bodies.push(operators.collect());
            }
            _ => {}
        }
    }
    (imports, bodies)
}

fn shown(operator: &Operator<'_>) -> String {
    match operator {
        Operator::LocalGet { local_index } => format!("get {local_index}"),
        Operator::I32Const { value } => format!("const {value}"),
        Operator::Call { function_index } => format!("call {function_index}"),
        Operator::GlobalSet { .. } => "busy=".to_string(),
        Operator::GlobalGet { .. } => "busy".to_string(),
        Operator::I32Store8 { memarg } => format!("store {}", memarg.offset),
        Operator::I32Load8U { memarg } => format!("load {}", memarg.offset),
        Operator::I32Store { memarg } => format!("store4 {}", memarg.offset),
        Operator::I64Store { memarg } => format!("store8 {}", memarg.offset),
        Operator::I64Load { memarg } => format!("load8 {}", memarg.offset),
        Operator::LocalSet { local_index } => format!("set {local_index}"),
        Operator::I32Load { memarg } => format!("load4 {}", memarg.offset),
        Operator::If { .. } => "if".to_string(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// The code of one function, after the look at the flag.
fn code(params: &[ValType], results: &[ValType], does: Does) -> String {
    let memories = u32::from(match &does {
        Does::Adapter { lowered, .. } | Does::Checked { lowered, .. } => lowered.is_some(),
        Does::Poll { .. } | Does::Answer { .. } | Does::Guarded { .. } | Does::Stream(_) => true,
        _ => false,
    });
    let (_, bodies) = read(&[glued(params, results, does)], memories);
    let text = bodies[0].join(" ");
    let flag = "busy if unreachable end ";
    assert!(text.starts_with(flag), "{text}");
    text[flag.len()..].to_string()
}

const LOOK: &str = "const 28 i32shru const 3 i32eq";
/// Calls the adapter's function 0 with the context 5 and the only argument.
const ADAPTER_0: &str = "const 1 busy= const 5 get 0 call 0 const 0 busy=";

#[test]
fn the_adapter_is_called_with_its_context_and_alone() {
    let does = Does::Adapter {
        export: "a:b/c#d".to_string(),
        context: 5,
        lowered: None,
    };
    assert_eq!(code(&[I], &[I], does), format!("{ADAPTER_0} end"));
}

#[test]
fn the_caller_is_noted_where_it_decides_whom_the_adapter_calls() {
    let glued = |caller| Glued {
        caller,
        ..glued(
            &[I],
            &[I],
            Does::Adapter {
                export: "a:b/c#d".to_string(),
                context: 5,
                lowered: None,
            },
        )
    };
    let (imports, bodies) = read(&[glued(Some(2)), glued(None)], 0);
    assert_eq!(imports, ["b b", "b c", "a 0"]);
    let expected = ["const 2 busy= ", ""].map(|noted| {
        let flag = "busy if unreachable end ";
        format!("{flag}{noted}{ADAPTER_0} end")
    });
    let bodies: Vec<String> = bodies.iter().map(|body| body.join(" ")).collect();
    assert_eq!(bodies, expected);
}

fn asynchronous(lowered: Lowered) -> Does {
    Does::Adapter {
        export: "a:b/c#d".to_string(),
        context: 5,
        lowered: Some(Async { lowered, memory: 0 }),
    }
}

#[test]
fn an_async_lower_of_few_parameters_is_called_as_it_is() {
    let does = asynchronous(Lowered {
        spilled: None,
        params: vec![I, I],
        results: vec![],
        pointer: Some(1),
        stored: None,
    });
    let expected = "const 1 busy= const 5 get 0 get 1 call 0 const 0 busy= const 2 end";
    assert_eq!(code(&[I, I], &[I], does), expected);
}

#[test]
fn what_is_a_core_value_without_async_is_stored() {
    let does = asynchronous(Lowered {
        spilled: None,
        params: vec![I, I],
        results: vec![ValType::I64],
        pointer: Some(2),
        stored: Some(8),
    });
    let expected = "const 1 busy= const 5 get 0 get 1 call 0 const 0 busy= set 3 \
                    get 2 const 7 i32and if unreachable end get 2 load 7 drop \
                    get 2 get 3 store8 0 const 2 end";
    assert_eq!(code(&[I, I, I], &[I], does), expected);
}

#[test]
fn parameters_in_memory_are_loaded_by_their_type() {
    let value = |offset, size, flat| Load::Value { offset, size, flat };
    let does = asynchronous(Lowered {
        spilled: Some(Spilled {
            size: 24,
            align: 8,
            loads: vec![
                value(0, 1, I),
                Load::Cases {
                    offset: 8,
                    width: 1,
                    cases: vec![
                        vec![],
                        vec![value(16, 4, I)],
                        vec![value(16, 8, ValType::I64)],
                    ],
                    joined: vec![ValType::I64],
                },
            ],
        }),
        params: vec![I, I, ValType::I64, I],
        results: vec![],
        pointer: Some(1),
        stored: None,
    });
    let expected = "get 0 const 7 i32and if unreachable end get 0 load 23 drop \
                    get 0 load 0 set 2 \
                    get 0 load 8 const 3 i32geu if unreachable end get 0 load 8 set 3 \
                    get 0 load 8 const 1 i32eq if get 0 load4 16 i64extendi32u set 4 end \
                    get 0 load 8 const 2 i32eq if get 0 load8 16 set 4 end \
                    const 1 busy= const 5 get 2 get 3 get 4 get 1 call 0 const 0 busy= const 2 end";
    assert_eq!(code(&[I, I], &[I], does), expected);
}

fn checked(lowered: Option<Lowered>) -> Does {
    Does::Checked {
        export: "a:b/c#d".to_string(),
        context: 5,
        host: 4,
        lowered: lowered.map(|lowered| Async { lowered, memory: 0 }),
    }
}

#[test]
fn the_host_is_called_where_the_check_lets_it() {
    let check = "const 1 busy= const 5 get 0 get 1 call 0 const 0 busy=";
    let let_through = "localtee { local_index: 0 } i32eqz";
    assert_eq!(
        code(&[I, I], &[], checked(None)),
        format!("{check} {let_through} if return end get 0 get 1 call 1 end")
    );
    let lowered = Lowered {
        spilled: None,
        params: vec![I, I],
        results: vec![],
        pointer: Some(1),
        stored: None,
    };
    assert_eq!(
        code(&[I, I], &[I], checked(Some(lowered))),
        format!("{check} {let_through} if const 2 return end get 0 get 1 call 1 end")
    );
}

#[test]
fn handles_in_memory_say_who_is_called() {
    let does = Does::Guarded {
        host: 0,
        handles: vec![Operand::Memory {
            offset: 16,
            width: 4,
        }],
        hidden: None,
        answer: None,
        memory: 0,
    };
    let expected = format!("get 0 load4 16 {LOOK} if unreachable end get 0 get 1 call 0 end");
    assert_eq!(code(&[I, I], &[I], does), expected);
}

#[test]
fn a_handle_says_who_is_called_and_the_hidden_are_looked_for() {
    let either = |hidden| Does::Either {
        export: "a:b/c#d".to_string(),
        context: 5,
        host: 0,
        handles: vec![Operand::param(0)],
        hidden,
        lowered: None,
        memory: 0,
    };
    let plain = format!("get 0 {LOOK} if {ADAPTER_0} return end get 0 call 1 end");
    assert_eq!(code(&[I], &[I], either(None)), plain);
    let hidden = Hidden {
        export: "[hidden]".to_string(),
        descriptors: vec![Operand::param(0)],
    };
    let asked = plain.replace(
        "end get 0 call 1",
        "end get 0 call 2 if unreachable end get 0 call 1",
    );
    assert_eq!(code(&[I], &[I], either(Some(hidden))), asked);
}

#[test]
fn any_of_several_handles_says_it() {
    let does = Does::Guarded {
        host: 0,
        handles: vec![Operand::param(0), Operand::param(2)],
        hidden: None,
        answer: None,
        memory: 0,
    };
    let expected =
        format!("get 0 {LOOK} get 2 {LOOK} i32or if unreachable end get 0 get 1 get 2 call 0 end");
    assert_eq!(code(&[I, I, I], &[], does), expected);
}

#[test]
fn only_one_number_is_a_hollow_handle() {
    let does = Does::DropHollow(0x0fff_ffff);
    assert_eq!(
        code(&[I], &[], does),
        "get 0 const 268435455 i32ne if unreachable end end"
    );
}

#[test]
fn a_list_is_polled_by_the_adapter_if_one_is_virtual() {
    let does = Does::Poll {
        export: "wasi:io/poll#poll".to_string(),
        context: 5,
        host: 0,
        memory: 0,
    };
    let code = code(&[I, I, I], &[], does);
    let adapter = format!("load4 0 {LOOK} if const 1 busy= const 5 get 0 get 1 get 2 call 0");
    assert!(code.contains(&adapter), "{code}");
    assert!(
        code.ends_with("end end get 0 get 1 get 2 call 1 end"),
        "{code}"
    );
}

fn refusal(status: Option<i32>) -> Answer {
    Answer {
        drops: vec![Drop {
            place: Operand::Param {
                index: 1,
                is_wide: false,
            },
            guards: vec![Guard {
                place: Operand::Param {
                    index: 0,
                    is_wide: false,
                },
                case: 1,
            }],
        }],
        resources: vec![],
        reply: Reply::Memory {
            pointer: 2,
            size: 12,
            align: 4,
            bytes: vec![(0, 1), (4, 7)],
        },
        status,
    }
}

/// The area is aligned, and within the memory to its end.
const CHECKED: &str = "get 2 const 3 i32and if unreachable end get 2 load 11 drop";
const WRITTEN: &str = "get 2 const 1 store 0 get 2 const 7 store 4";

#[test]
fn an_answer_drops_what_it_was_given_and_checks_where_it_writes() {
    let does = |drop| Does::Answer {
        answer: refusal(None),
        memory: Some(0),
        drops: vec![drop],
        hidden: None,
    };
    let plain = format!("{CHECKED} {WRITTEN} end");
    assert_eq!(code(&[I, I, I], &[], does(None)), plain);
    let drops = format!(
        "block {{ blockty: empty }} get 0 const 1 i32ne brif {{ relativedepth: 0 }} \
         get 1 {LOOK} brif {{ relativedepth: 0 }} get 1 call 0 end {plain}"
    );
    let code = code(&[I, I, I], &[], does(Some(0)));
    assert_eq!(code.replace("relative_depth", "relativedepth"), drops);
}

#[test]
fn an_async_answer_says_that_it_returned() {
    let does = Does::Answer {
        answer: refusal(Some(2)),
        memory: Some(0),
        drops: vec![None],
        hidden: None,
    };
    assert_eq!(
        code(&[I, I, I], &[I], does),
        format!("{CHECKED} {WRITTEN} const 2 end")
    );
}

#[test]
fn a_guarded_function_may_have_an_answer_for_what_is_virtual() {
    let answer = Answer {
        drops: Vec::new(),
        ..refusal(None)
    };
    let does = Does::Guarded {
        host: 0,
        handles: vec![Operand::param(0)],
        hidden: None,
        answer: Some(answer),
        memory: 0,
    };
    let expected =
        format!("get 0 {LOOK} if {CHECKED} {WRITTEN} return end get 0 get 1 get 2 call 0 end");
    assert_eq!(code(&[I, I, I], &[], does), expected);
}

#[test]
fn what_is_denied_traps_under_its_name_even_from_a_realloc() {
    let functions = [glued(&[I, ValType::I64], &[ValType::F64], Does::Trap)];
    let (imports, bodies) = read(&functions, 0);
    assert_eq!(imports, ["b b"]);
    assert_eq!(bodies[0].join(" "), "unreachable end");
    let bytes = module(&functions, 0, 3, 9, &exports());
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("denied by wasi-virt: a:b/c#d (allow with --allow)"));
}

#[test]
fn what_is_called_by_several_is_imported_once() {
    let adapter = || Does::Adapter {
        export: "a:b/c#d".to_string(),
        context: 0,
        lowered: None,
    };
    let functions = [glued(&[I], &[], adapter()), glued(&[I], &[], adapter())];
    assert_eq!(read(&functions, 1).0, ["b b", "m 0", "a 0"]);
}
