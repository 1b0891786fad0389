//! What `--debug` logs, line by line.

#[path = "debug/by_hand.rs"]
mod by_hand;
#[path = "debug/newer.rs"]
mod newer;
#[path = "debug/streams.rs"]
mod streams;

use anyhow::{Result, ensure};
use std::collections::HashMap;
use std::path::PathBuf;
use wasi_virt::{Access, Clocks, DenyMode, Policy, Preopen, Random, StdioMode};
use wasi_virt_tests::{artifact, engine, host, paths, runs};

/// What a script makes an artifact with this policy log.
fn run(
    guest: &str,
    policy: &Policy,
    files: &[engine::File<'_>],
    script: &str,
) -> Result<(String, String)> {
    run_beside(guest, policy, files, &[], script)
}

/// The same on a host with these directories.
fn run_beside(
    guest: &str,
    policy: &Policy,
    files: &[engine::File<'_>],
    preopens: &[(String, PathBuf)],
    script: &str,
) -> Result<(String, String)> {
    run_on(("", preopens), guest, policy, files, script)
}

/// The same on a host with this standard input and these directories.
fn run_on(
    (stdin, preopens): (&str, &[(String, PathBuf)]),
    guest: &str,
    policy: &Policy,
    files: &[engine::File<'_>],
    script: &str,
) -> Result<(String, String)> {
    let component = std::fs::read(paths::fixture(guest)?)?;
    let artifact = engine::virtualize(&component, policy, files)?;
    let (mut store, outputs) = host::planted("", stdin, preopens)?;
    let component = host::compile(&artifact)?;
    let linker = runs::generous(&component)?;
    let answer = match runs::call(&mut store, &linker, &component, Some(script.to_string()))? {
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
    Policy::default().with(|changed| {
        changed.debug = wasi_virt::DebugLog::All;
    })
}

#[test]
fn calls_are_logged_in_order_whatever_is_denied() -> Result<()> {
    let policy = traced().with(|changed| {
        changed.env = vec![("A".into(), "\u{1b}[31m \"quoted\" \u{202e}".into())];
        changed.deny_mode = DenyMode::Error;
        changed.random = Random::Allow;
    });
    let script = "env\nread a.txt 0 9\nopen none\ntcp-create\nstdout x\n";
    let (_, text) = run("probe", &policy, &[("/site/a.txt", b"hello\xff\n")], script)?;
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
  -> [(<descriptor 1>, "/site")]
virtual wasi:filesystem/types@0.2.12#[method]descriptor.open-at(self: <descriptor 1>, path-flags: {symlink-follow}, path: "none", open-flags: {}, flags: {read})
  -> err(no-entry)
denied wasi:sockets/tcp-create-socket@0.2.12#create-tcp-socket(address-family: ipv4)
  -> err(access-denied)
denied wasi:cli/stdout@0.2.12#get-stdout()
  -> <output-stream 3>
denied wasi:io/streams@0.2.12#[method]output-stream.blocking-write-and-flush(self: <output-stream 3>, contents: b"x")
  -> err(last-operation-failed(<error 4>))
denied wasi:io/error@0.2.12#[method]error.to-debug-string(self: <error 4>)
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
fn a_denied_call_is_logged_before_it_traps() -> Result<()> {
    let (answer, text) = run("probe", &traced(), &[], "tcp-create\n")?;
    ensure!(answer.contains("(allow with --allow-sockets)"), "{answer}");
    let last = text.lines().last().unwrap_or_default();
    let call = "wasi-virt: denied wasi:sockets/tcp-create-socket@0.2.12#create-tcp-socket(address-family: ipv4)";
    ensure!(last == call, "{text}");
    Ok(())
}

#[test]
fn interfaces_outside_wasi_are_logged() -> Result<()> {
    let (answer, text) = run(
        "shapes",
        &traced(),
        &[("/a.txt", b"a")],
        "turn both\nbody x\n",
    )?;
    ensure!(
        answer.starts_with("turn both: lebal b Some(\"a\")\n"),
        "{answer}"
    );
    let shapes = "host test:shapes/shapes@0.1.0";
    let read = "host wasi:io/streams@0.2.12#[method]input-stream.blocking-read(self: <input-stream 3>, len: 5)";
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
    let policy = traced().with(|changed| {
        changed.env = (0..40).map(|n| (format!("V{n}"), name.clone())).collect();
    });
    let (_, text) = run("probe", &policy, &[], "env V1\n")?;
    let shown = format!("(\"V31\", \"{}\"… (600 bytes)), … 8 more]", "日".repeat(85));
    ensure!(text.contains(&shown), "{text}");
    Ok(())
}

/// The lines of the calls of a function, without their results.
fn calls(text: &str, function: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.contains(function));
    lines.map(|line| line.to_string()).collect()
}

/// The line stands inside the first call that reaches the directory.
#[test]
fn a_missing_host_directory_is_logged_once() -> Result<()> {
    let policy = traced().with(|changed| {
        changed.preopens = vec![Preopen::new("/srv/log", "/var/log")];
    });
    let script = "std-read /srv/log/a.txt\nstd-read /srv/log/a.txt\n";
    let missing = "wasi-virt: missing host path \"/var/log\" for \"/srv/log\"";
    let (_, text) = run("probe", &policy, &[], script)?;
    let lines: Vec<&str> = text.lines().collect();
    let at: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at] == missing)
        .collect();
    let [at] = at[..] else {
        anyhow::bail!("{text}");
    };
    ensure!(
        lines[at - 1].contains("#[method]descriptor.open-at(")
            && lines[at + 1] == "wasi-virt:   -> err(no-entry)",
        "{text}"
    );
    let folder = tempfile::tempdir()?;
    let preopens = [("/var/log".to_string(), folder.path().to_owned())];
    let (_, text) = run_beside("probe", &policy, &[], &preopens, script)?;
    ensure!(!text.contains("wasi-virt: missing"), "{text}");
    Ok(())
}

/// One function, answered by the adapter and by the host.
#[test]
fn the_handle_says_who_answers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("b.txt"), "host")?;
    let preopens = [("/planted".to_string(), folder.path().to_owned())];
    let policy = traced().with(|changed| {
        changed.host_preopens = Access::Allow;
    });
    let script = "use /site\nread a.txt 0 5\nuse /planted\nread b.txt 0 5\n";
    let files: &[engine::File<'_>] = &[("/site/a.txt", b"ours")];
    let (answer, text) = run_beside("probe", &policy, files, &preopens, script)?;
    ensure!(
        answer.contains("ours") && answer.contains("host"),
        "{answer}"
    );
    let [ours, theirs] = &calls(&text, "#[method]descriptor.read(")[..] else {
        anyhow::bail!("{text}");
    };
    ensure!(
        ours.starts_with("wasi-virt: virtual wasi:filesystem/types@"),
        "{ours}"
    );
    ensure!(
        theirs.starts_with("wasi-virt: host wasi:filesystem/types@"),
        "{theirs}"
    );
    Ok(())
}

#[test]
fn the_handles_of_a_poll_say_who_answers() -> Result<()> {
    for (stdin, stdout, word) in [
        (StdioMode::Ignore, StdioMode::Allow, "host"),
        (StdioMode::Allow, StdioMode::Ignore, "virtual"),
    ] {
        let policy = traced().with(|changed| {
            changed.stdin = stdin;
            changed.stdout = stdout;
            changed.clocks = Clocks::Allow;
        });
        let (_, text) = run("probe", &policy, &[], "poll-timer-and-stdout\n")?;
        let [call] = &calls(&text, "wasi:io/poll@0.2.12#poll(")[..] else {
            anyhow::bail!("{text}");
        };
        ensure!(call.starts_with(&format!("wasi-virt: {word} ")), "{call}");
    }
    Ok(())
}

#[test]
fn nothing_is_logged_without_it() -> Result<()> {
    let component = std::fs::read(paths::fixture("probe")?)?;
    let plain = engine::virtualize(&component, &Policy::default(), &[])?;
    let traced = engine::virtualize(&component, &traced(), &[])?;
    let label = b"logged by wasi-virt: ";
    let logs = |bytes: &[u8]| bytes.windows(label.len()).any(|window| window == label);
    ensure!(logs(&traced) && !logs(&plain));
    ensure!(artifact::imports(&plain)?.is_empty());
    Ok(())
}
