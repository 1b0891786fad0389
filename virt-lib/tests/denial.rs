//! Anything with a core signature can be denied, under both modes.

#![cfg(not(target_family = "wasm"))]

use wasi_virt::{Action, DenyMode, Policy, Segment, virtualize};

/// The artifact of a component of this text, valid, and the imports that it has left.
fn denied(text: &str, deny: DenyMode) -> (Vec<u8>, Vec<(String, Action)>, Vec<String>) {
    let component = wat::parse_str(text).unwrap();
    let policy = Policy::default().with(|changed| {
        changed.deny_other = true;
        changed.deny_mode = deny;
    });
    let output =
        virtualize(&component, &policy, &[]).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut bytes = Vec::new();
    for segment in &output.segments {
        match segment {
            Segment::Bytes(own) => bytes.extend_from_slice(own),
            Segment::Component { offset, len } => {
                bytes.extend_from_slice(&component[*offset as usize..(*offset + *len) as usize]);
            }
            Segment::File { .. } => panic!("a file"),
        }
    }
    assert_eq!(bytes.len() as u64, output.report.sizes.output);
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&bytes)
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    let interfaces = output.report.interfaces.into_iter();
    let actions = interfaces.map(|it| (it.name, it.action)).collect();
    (bytes, actions, output.report.imports_after)
}

/// A function of this type and these core values, of an interface and bare, lowered so.
fn importing(ty: &str, params: &str, results: &str, options: &str) -> [String; 2] {
    let lowers = |import: &str, function: &str| {
        format!(
            r#"(component
            (type $thing' (enum "a" "b"))
            {import}
            (core module $mem (memory (export "m") 1)
                (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
            (core instance $mem (instantiate $mem))
            (alias core export $mem "m" (core memory $m))
            (alias core export $mem "r" (core func $r))
            (core func $f (canon lower (func {function}) (memory $m) (realloc $r) {options}))
            (core module $u (import "" "f" (func (param {params}) (result {results}))))
            (core instance (instantiate $u (with "" (instance (export "f" (func $f)))))))"#
        )
    };
    [
        lowers(
            &format!(r#"(import "t:t/t" (instance $i (export "f" (func {ty}))))"#),
            r#"$i "f""#,
        ),
        lowers(&format!(r#"(import "f" (func $b {ty}))"#), "$b"),
    ]
}

#[test]
fn whatever_has_a_core_signature_is_denied() {
    let many = "u8 ".repeat(2_000);
    let many = format!("(result (result (tuple {many}) (error string)))");
    let flat: String = (0..17).map(|n| format!("(param \"p{n}\" u64)")).collect();
    for (ty, params, results, options, answers) in [
        ("", "", "", "", false),
        ("async", "", "", "", false),
        ("async", "", "i32", "async", false),
        (
            r#"async (param "a" string) (result string)"#,
            "i32 i32 i32",
            "",
            "",
            true,
        ),
        (
            r#"async (param "a" string) (result (result u32 (error string)))"#,
            "i32 i32 i32",
            "i32",
            "async",
            true,
        ),
        (
            r#"(param "s" (stream u8)) (result (future string))"#,
            "i32",
            "i32",
            "",
            false,
        ),
        (
            // An answer would keep the stream: the task with the other end would wait for ever.
            r#"(param "s" (stream)) (result (result (error u8)))"#,
            "i32 i32",
            "",
            "",
            false,
        ),
        (
            r#"(param "f" (future)) (result bool)"#,
            "i32",
            "i32",
            "",
            false,
        ),
        (
            r#"(param "m" (map string u32)) (result (map u8 string))"#,
            "i32 i32 i32",
            "",
            "",
            true,
        ),
        (
            r#"(param "e" error-context) (result (option error-context))"#,
            "i32 i32",
            "",
            "",
            false,
        ),
        (r#"(result (list string 1000))"#, "i32", "", "", false),
        (&many, "i32", "", "", false),
        (&flat, "i32", "", "", false),
        (r#"(param "f" f32) (result f64)"#, "f32", "f64", "", false),
        (r#"(result (option (list u8)))"#, "i32", "", "", true),
    ] {
        for text in importing(ty, params, results, options) {
            for deny in [DenyMode::Trap, DenyMode::Error] {
                let (bytes, actions, left) = denied(&text, deny);
                assert_eq!(left, [""; 0], "{ty}");
                assert!(
                    actions.iter().all(|(_, it)| *it == Action::Denied),
                    "{actions:?}"
                );
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let traps = text.contains("denied by wasi-virt: ");
                assert_eq!(traps, !answers || deny == DenyMode::Trap, "{ty}");
            }
        }
    }
}

#[test]
fn the_trap_of_a_bare_function_names_the_flag() {
    for text in importing("async", "", "i32", "async") {
        let (bytes, actions, _) = denied(&text, DenyMode::Trap);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (name, _) = &actions[0];
        let label = if name == "f" { "f" } else { "t:t/t#f" };
        let expected = format!("denied by wasi-virt: {label} (allow with --allow-import {name})");
        assert!(text.contains(&expected), "{name}");
    }
}

/// A plugin: its types are names for what its exports are made of.
#[test]
fn types_that_are_equal_to_others_stay() {
    let text = r#"(component
        (type $color' (enum "red" "green"))
        (import "color" (type $color (eq $color')))
        (type $pair' (record (field "a" $color) (field "b" string)))
        (import "pair" (type $pair (eq $pair')))
        (import "paint" (func $paint (param "c" $color)))
        (import "t:t/more" (instance $more
            (export "color" (type $c (eq $color)))
            (export "mix" (func (param "c" $c) (result $c)))))
        (core func $p (canon lower (func $paint)))
        (core func $x (canon lower (func $more "mix")))
        (core module $m
            (import "" "paint" (func $p (param i32)))
            (import "" "mix" (func $x (param i32) (result i32)))
            (func (export "f") (param i32) (result i32) (call $p (local.get 0)) (call $x
                (local.get 0))))
        (core instance $i (instantiate $m
            (with "" (instance (export "paint" (func $p)) (export "mix" (func $x))))))
        (func (export "f") (param "c" $color) (result $color) (canon lift (core func $i "f"))))"#;
    for deny in [DenyMode::Trap, DenyMode::Error] {
        let (_, actions, left) = denied(text, deny);
        // The pair is used by nothing: what gives nothing may go or stay, what is used stays.
        assert!(left.contains(&"color".to_string()), "{left:?}");
        assert!(
            left.iter()
                .all(|name| ["color", "pair"].contains(&name.as_str())),
            "{left:?}"
        );
        let of = |name: &str| actions.iter().find(|(it, _)| it == name).unwrap().1;
        assert_eq!((of("color"), of("pair")), (Action::Open, Action::Open));
        assert_eq!(
            (of("paint"), of("t:t/more")),
            (Action::Denied, Action::Denied)
        );
    }
}

/// What no subsystem knows, and WASI by no more than its name.
#[test]
fn odd_names_are_denied() {
    for (name, wasi) in [
        ("some-function", false),
        ("t:t/t", false),
        ("t:t/t@1.2.3-rc.1+build", false),
        ("wasi:logging/logging", true),
        ("wasi:cli/something-new@0.2.9", true),
        ("wasi:random/random@0.2.6", true),
        ("wasi:clocks/system-clock@0.3.1", true),
    ] {
        let text = format!(
            r#"(component
            (import "{name}" (instance $i (export "f" (func (result u32)))))
            (core func $f (canon lower (func $i "f")))
            (core module $u (import "" "f" (func (result i32))))
            (core instance (instantiate $u (with "" (instance (export "f" (func $f)))))))"#
        );
        let (_, actions, left) = match wasi {
            false => denied(&text, DenyMode::Trap),
            true => {
                let component = wat::parse_str(&text).unwrap();
                let output = virtualize(&component, &Policy::default(), &[]).unwrap();
                let action = output.report.interfaces[0].action;
                (
                    Vec::new(),
                    vec![(name.to_string(), action)],
                    output.report.imports_after,
                )
            }
        };
        assert_eq!(left, [""; 0], "{name}");
        assert_eq!(actions, [(name.to_string(), Action::Denied)]);
    }
}
