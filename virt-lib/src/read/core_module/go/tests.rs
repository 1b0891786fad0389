//! Modules that are laid out as Go does it, and some that nearly are.

use super::*;
use crate::testing::test;
use wasmparser::{Validator, WasmFeatures};

/// Where the header and the table are in these modules.
const AT: (u32, u32) = (0x2000, 0x3000);

/// The words of a table whose data ends there.
fn table(end: u64) -> Vec<u64> {
    let mut words = vec![0; 40];
    words[0] = AT.0.into();
    for slice in SLICES {
        words[slice as usize..][..3].copy_from_slice(&[0x2100, 7, 7]);
    }
    for (number, word) in DATA.enumerate() {
        words[word as usize] = 0x1000 + number as u64;
    }
    words[END as usize] = end;
    words
}

/// A module with this table, its data in runs that leave out zeros as Go does, and `more` of it.
fn module(table: &[u64], more: &str) -> Vec<u8> {
    let mut runs = String::new();
    let bytes: Vec<u8> = table.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut at = 0;
    while at < bytes.len() {
        let start = at + bytes[at..].iter().take_while(|byte| **byte == 0).count();
        let zeros = |end: &usize| bytes[*end..].iter().take(8).all(|byte| *byte == 0);
        at = (start..=bytes.len()).find(zeros).unwrap_or(bytes.len());
        let text: String = bytes[start..at]
            .iter()
            .map(|byte| format!("\\{byte:02x}"))
            .collect();
        if !text.is_empty() {
            runs += &format!("(data (i32.const {}) \"{text}\")", AT.1 as usize + start);
        }
    }
    let text = format!(
        r#"(module
            (import "m" "g" (global i32)) (import "m" "f" (func))
            (memory (export "memory") 18)
            (global (mut i32) (i32.const 0))
            (func (export "_start"))
            (data (i32.const {}) "\f1\ff\ff\ff\00\00\01\08") {runs} {more})"#,
        AT.0
    );
    wat::parse_str(text).unwrap()
}

/// What became of a module, which is valid.
fn roomy(bytes: &[u8]) -> Option<Facts> {
    let made = with_room(bytes)?;
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&made)
        .unwrap();
    Some(Facts::read(&made))
}

/// What a module has after a change.
#[derive(Debug, PartialEq)]
struct Facts {
    pages: u64,
    exports: Vec<String>,
    /// The last run of data.
    data: (i32, Vec<u8>),
    segments: u32,
}

impl Facts {
    fn read(bytes: &[u8]) -> Facts {
        let image = Image::read(bytes).unwrap();
        let mut facts = Facts {
            pages: image.memory.unwrap().initial,
            exports: Vec::new(),
            data: (0, Vec::new()),
            segments: 0,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.unwrap() {
                Payload::ExportSection(section) => {
                    let names = section
                        .into_iter()
                        .map(|export| export.unwrap().name.to_string());
                    facts.exports.extend(names);
                }
                Payload::DataSection(section) => {
                    facts.segments = section.count();
                    let last = section.into_iter().last().unwrap().unwrap();
                    let DataKind::Active { offset_expr, .. } = last.kind else {
                        panic!("not active");
                    };
                    let Operator::I32Const { value } =
                        offset_expr.get_operators_reader().read().unwrap()
                    else {
                        panic!("no number");
                    };
                    facts.data = (value, last.data.to_vec());
                }
                _ => {}
            }
        }
        facts
    }
}

#[test]
fn two_pages_are_left_behind_the_data() {
    // The last is at the end of a page already, and its low bytes are left out of the runs.
    for (end, behind) in [
        (0x8001, 0x3_0000),
        (0x1_0001, 0x4_0000),
        (0x2_0000, 0x4_0000),
    ] {
        let bytes = module(&table(end), "");
        let before = Facts::read(&bytes);
        let after = roomy(&bytes).unwrap();
        assert_eq!(after.pages, before.pages + 2);
        assert_eq!(after.exports, ["memory", "_start", "cabi_realloc_adapter"]);
        assert_eq!(after.segments, before.segments + 1);
        let place = AT.1 + END * 8;
        assert_eq!(
            after.data,
            (place as i32, u32::to_le_bytes(behind).to_vec()),
            "{end}"
        );
    }
    // A count of segments, which code that copies from one needs, is counted up.
    let counted = r#"(func (drop (i32.const 1)) (data.drop 0))"#;
    assert!(roomy(&module(&table(0x9000), counted)).is_some());
}

#[test]
fn what_is_laid_out_otherwise_is_left_alone() {
    let with = |number: usize, word: u64| {
        let mut words = table(0x9000);
        words[number] = word;
        roomy(&module(&words, ""))
    };
    assert!(with(0, AT.0.into()).is_some());
    for (number, word) in [
        // No header there, a slice without a place, one with room after it.
        (0, 0x2008),
        (1, 0),
        (3, 8),
        // Data that ends before it begins, or after its end.
        (27, 0x1000),
        (31, 0x9001),
        // An end before what the module holds, after its memory, and of 64 bits.
        (34, 0x3010),
        (34, 18 * 0x1_0000 + 1),
        (34, 0x1_0000_9000),
    ] {
        assert_eq!(with(number, word), None, "{number} {word:#x}");
    }
    // Two tables.
    let mut words = table(0x9000);
    words.extend(table(0x9000));
    assert_eq!(roomy(&module(&words, "")), None);
    for text in [
        "(module)",
        r#"(module (memory i64 1) (data (i64.const 0) "a"))"#,
        r#"(module (import "m" "m" (memory 1)))"#,
    ] {
        assert_eq!(with_room(&wat::parse_str(text).unwrap()), None, "{text}");
    }
}
