//! What `--debug` tells, line by line.

use anyhow::{Result, ensure};
use std::collections::HashMap;
use wasi_virt::{DenyMode, Policy, Random};
use wasi_virt_tests::{artifact, engine, host, paths, runs};

/// What a script makes an artifact with this policy tell.
fn told(
    guest: &str,
    policy: &Policy,
    files: &[engine::File<'_>],
    script: &str,
) -> Result<(String, String)> {
    let component = std::fs::read(paths::fixture(guest)?)?;
    let artifact = engine::virtualize(&component, policy, files)?;
    let (mut store, outputs) = host::planted("", "", &[])?;
    let component = host::compile(&artifact)?;
    let instance = host::generous()?.instantiate(&mut store, &component);
    let instance = instance.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let answer = match runs::call_probe(&mut store, &instance, script)? {
        Ok(answer) => answer,
        Err(trap) => format!("{trap:?}"),
    };
    Ok((answer, numbered(&outputs.stderr())))
}

/// The text with resources numbered by their first appearance.
fn numbered(text: &str) -> String {
    let mut numbers = HashMap::new();
    let mut parts = text.split('<');
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (resource, rest) = part.split_once('>').unwrap_or((part, ""));
        let (name, number) = resource.split_once(' ').unwrap_or((resource, ""));
        let next = numbers.len() + 1;
        let number = numbers
            .entry((name.to_string(), number.to_string()))
            .or_insert(next);
        out += &format!("<{name} {number}>{rest}");
    }
    out
}

fn traced() -> Policy {
    Policy {
        debug: true,
        ..Policy::default()
    }
}

#[test]
fn calls_are_told_in_order_whatever_is_denied() -> Result<()> {
    let policy = Policy {
        env: vec![("A".into(), "\u{1b}[31m \"quoted\" \u{202e}".into())],
        deny: DenyMode::Error,
        random: Random::Allow,
        ..traced()
    };
    let script = "env\nread a.txt 0 9\nopen none\ntcp-create\nstdout x\n";
    let (_, text) = told("probe", &policy, &[("/site/a.txt", b"hello\xff\n")], script)?;
    let expected = r#"
virtual wasi:cli/environment@0.2.12#get-environment()
  -> [("A", "\u{1b}[31m \"quoted\" \u{202e}")]
virtual wasi:filesystem/preopens@0.2.12#get-directories()
  -> [(<descriptor 1>, "/site")]
virtual wasi:filesystem/types@0.2.12#[method]descriptor.open-at(self: <descriptor 1>, path-flags: {symlink-follow}, path: "a.txt", open-flags: {}, flags: {read})
  -> ok(<descriptor 2>)
virtual wasi:filesystem/types@0.2.12#[method]descriptor.read(self: <descriptor 2>, length: 9, offset: 0)
  -> ok((b"hello\xff\n", false))
virtual wasi:filesystem/preopens@0.2.12#get-directories()
  -> [(<descriptor 3>, "/site")]
virtual wasi:filesystem/types@0.2.12#[method]descriptor.open-at(self: <descriptor 3>, path-flags: {symlink-follow}, path: "none", open-flags: {}, flags: {read})
  -> err(no-entry)
denied wasi:sockets/tcp-create-socket@0.2.12#create-tcp-socket(address-family: ipv4)
  -> err(access-denied)
virtual wasi:cli/stdout@0.2.12#get-stdout()
  -> <output-stream 4>
virtual wasi:io/streams@0.2.12#[method]output-stream.blocking-write-and-flush(self: <output-stream 4>, contents: b"x")
  -> err(last-operation-failed(<error 5>))
virtual wasi:io/error@0.2.12#[method]error.to-debug-string(self: <error 5>)
  -> "stdout is denied by wasi-virt (allow with --stdout=allow)"
"#;
    let expected: String = expected
        .trim_start()
        .lines()
        .map(|line| format!("wasi-virt: {line}\n"))
        .collect();
    ensure!(text == expected, "{text}");
    Ok(())
}

#[test]
fn a_denied_call_is_told_before_it_traps() -> Result<()> {
    let (answer, text) = told("probe", &traced(), &[], "tcp-create\n")?;
    ensure!(answer.contains("(allow with --allow-sockets)"), "{answer}");
    let last = text.lines().last().unwrap_or_default();
    let call = "wasi-virt: denied wasi:sockets/tcp-create-socket@0.2.12#create-tcp-socket(address-family: ipv4)";
    ensure!(last == call, "{text}");
    Ok(())
}

#[test]
fn interfaces_outside_wasi_are_told_where_they_are_forwarded() -> Result<()> {
    let (answer, text) = told(
        "shapes",
        &traced(),
        &[("/a.txt", b"a")],
        "turn both\nbody x\n",
    )?;
    ensure!(
        answer.starts_with("turn both: lebal b Some(\"a\")\n"),
        "{answer}"
    );
    let shapes = "forwarded test:shapes/shapes@0.1.0";
    let read = "virtual wasi:io/streams@0.2.12#[method]input-stream.blocking-read(self: <input-stream 3>, len: 5)";
    let expected = [
        &format!("{shapes}#[constructor]token(name: \"a\")"),
        "  -> <token 1>",
        &format!("{shapes}#[constructor]token(name: \"b\")"),
        "  -> <token 2>",
        &format!(
            "{shapes}#turn(pair: {{label: \"label\", first: <token 1>, second: some(<token 2>)}})"
        ),
        "  -> {label: \"lebal\", first: <token 2>, second: some(<token 1>)}",
        &format!("{shapes}#[method]token.name(self: <token 1>)"),
        "  -> \"a\"",
        &format!("{shapes}#[method]token.name(self: <token 2>)"),
        "  -> \"b\"",
        &format!("{shapes}#[constructor]token(name: \"x\")"),
        "  -> <token 1>",
        &format!("{shapes}#[method]token.body(self: <token 1>)"),
        "  -> <input-stream 3>",
        read,
        "  -> ok(b\"body \")",
        read,
        "  -> ok(b\"of x\")",
        read,
        "  -> err(closed)",
    ];
    let expected: String = expected
        .iter()
        .map(|line| format!("wasi-virt: {line}\n"))
        .collect();
    ensure!(text.contains(&expected), "{text}");
    Ok(())
}

#[test]
fn long_values_are_cut_to_whole_characters() -> Result<()> {
    let name = "日".repeat(200);
    let policy = Policy {
        env: (0..40).map(|n| (format!("V{n}"), name.clone())).collect(),
        ..traced()
    };
    let (_, text) = told("probe", &policy, &[], "env V1\n")?;
    let shown = format!("(\"V31\", \"{}\"… (600 bytes)), … 8 more]", "日".repeat(85));
    ensure!(text.contains(&shown), "{text}");
    Ok(())
}

#[test]
fn nothing_is_told_without_it() -> Result<()> {
    let component = std::fs::read(paths::fixture("probe")?)?;
    let plain = engine::virtualize(&component, &Policy::default(), &[])?;
    let traced = engine::virtualize(&component, &traced(), &[])?;
    let tells = |bytes: &[u8]| bytes.windows(11).any(|window| window == b"virt:   -> ");
    ensure!(tells(&traced) && !tells(&plain));
    ensure!(artifact::imports(&plain)?.is_empty());
    Ok(())
}
