//! The policy file beside flags, and what is done besides writing.

use super::*;
use crate::job::{FileContents, SuggestJob};
use wasi_virt::{Access, Clocks, HostNames, Mount, Random, StdioMode};

/// What `wasi-virt ARGS` does with a policy file `p.toml` of this text.
fn with_file(text: &str, args: &[&str]) -> Step {
    cli(&Invocation {
        args: strings(&[&["--policy", "p.toml"], args].concat()),
        files: vec![FileContents {
            path: "p.toml".into(),
            contents: text.into(),
        }],
        ..Invocation::default()
    })
}

/// The policy of `wasi-virt app.wasm -o out.wasm FLAGS` with such a file.
fn merged(text: &str, flags: &[&str]) -> Policy {
    match with_file(text, &[&["app.wasm", "-o", "out.wasm"], flags].concat()) {
        Step::Virtualize(job) => job.policy,
        other => panic!("{flags:?}: {other:?}"),
    }
}

fn refused_with_file(text: &str, flags: &[&str]) -> String {
    match with_file(text, &[&["app.wasm", "-o", "out.wasm"], flags].concat()) {
        Step::Exit(exit) => {
            assert_eq!(exit.code, 2, "{exit:?}");
            exit.stderr
        }
        other => panic!("{flags:?}: {other:?}"),
    }
}

#[test]
fn a_policy_file_is_asked_for_first() {
    assert_eq!(
        run(&["app.wasm", "-o", "o", "--policy", "p.toml", "-e", "A"]),
        Step::Read(vec!["p.toml".into()])
    );
    let text = refused_with_file("clock = 1\nrandom = 2\n", &["-e", "A", "-o", "o"]);
    assert!(text.contains("cannot be used multiple times"), "{text}");
    let text = refused_with_file("clock = 1\nrandom = 2\n", &["-e", "A"]);
    assert_eq!(text.matches("error: ").count(), 3, "{text}");
    assert!(
        text.contains("error: p.toml:1: unknown key `clock`"),
        "{text}"
    );
    let step = cli(&Invocation {
        args: strings(&["a", "-o", "b", "--policy=x"]),
        files: vec![FileContents {
            path: "x".into(),
            contents: b"\n\xff".into(),
        }],
        ..Invocation::default()
    });
    let Step::Exit(exit) = step else { panic!() };
    assert!(
        exit.stderr.starts_with("error: x:2: not UTF-8 text\n"),
        "{}",
        exit.stderr
    );
}

#[test]
fn flags_win_over_the_file_key_by_key() {
    let file = r#"
        env = { A = "file", B = "file" }
        args = ["file"]
        cwd = "/file"
        stdin = "ignore"
        stdout = "ignore"
        clocks = "allow"
        deny-mode = "error"
        deny-other = true
        allow-import = ["a:*"]
        [[mounts]]
        guest = "/f"
        source = "f"
    "#;
    let unchanged = merged(file, &[]);
    assert_eq!(
        unchanged,
        policy_file::parse_policy(file, "p.toml").unwrap()
    );

    let pair = |k: &str, v: &str| (k.to_string(), v.to_string());
    let policy = merged(
        file,
        &[
            "-e",
            "B=flag",
            "-e",
            "C=flag",
            "--arg",
            "flag",
            "--cwd=/flag",
            "--stdout",
            "--deny=trap",
            "--allow-import=b:*",
            "--allow-clocks=false",
            "--allow-random",
            "--mount",
            "/g=g",
        ],
    );
    assert_eq!(
        policy.env,
        [pair("A", "file"), pair("B", "flag"), pair("C", "flag")]
    );
    assert_eq!(policy.args, ["flag"]);
    assert_eq!(policy.cwd.as_deref(), Some("/flag"));
    assert_eq!(
        [policy.stdin, policy.stdout, policy.stderr],
        [StdioMode::Ignore, StdioMode::Allow, StdioMode::Deny]
    );
    assert_eq!(
        (policy.clocks, policy.random),
        (Clocks::Deny, Random::Allow)
    );
    assert_eq!(policy.deny_mode, wasi_virt::DenyMode::Trap);
    assert_eq!(policy.allow_import, ["a:*", "b:*"]);
    let mount = |guest: &str, source: &str| Mount::new(guest, source);
    assert_eq!(policy.mounts, [mount("/f", "f"), mount("/g", "g")]);

    let closed = merged(
        "clocks = \"allow\"\nstdin = \"allow\"\nhost-env = \"all\"",
        &["--allow-all=false"],
    );
    assert_eq!(closed, Policy::default());
    let opened = merged(
        "clocks = \"deny\"\nstdin = \"ignore\"",
        &["--allow-all", "--allow-fs=false"],
    );
    assert_eq!(
        (opened.clocks, opened.stdin, opened.host_preopens),
        (Clocks::Allow, StdioMode::Allow, Access::Deny)
    );
    let args = merged("args = [\"a\"]", &["--allow-args"]);
    assert_eq!((args.args.len(), args.host_args), (0, Access::Allow));
    let args = merged("host-args = \"allow\"", &["--arg=x"]);
    assert_eq!(args.host_args, Access::Deny);
    assert_eq!(
        merged("args = [\"a\"]", &["--allow-env"]).host_args,
        Access::Deny
    );
}

#[test]
fn the_hosts_environment_of_file_and_flags() {
    let except = |names: &[&str]| HostNames::Except(strings(names));
    for (file, flags, env) in [
        ("host-env = \"all\"", &[][..], HostNames::All),
        (
            "host-env = \"all\"",
            &["--allow-env=A"],
            HostNames::Only(strings(&["A"])),
        ),
        ("host-env = \"all\"", &["--deny-env=A"], except(&["A"])),
        (
            "host-env = { except = [\"A\"] }",
            &["--deny-env=B"],
            except(&["A", "B"]),
        ),
        (
            "host-env = { only = [\"A\"] }",
            &["--allow-env", "--deny-env=B"],
            except(&["B"]),
        ),
        ("", &["--deny-env=B"], except(&["B"])),
        (
            "host-env = \"all\"",
            &["--allow-env=false"],
            HostNames::None,
        ),
    ] {
        assert_eq!(merged(file, flags).host_env, env, "{file} {flags:?}");
    }
    for file in ["host-env = \"none\"", "host-env = { only = [\"A\"] }"] {
        assert!(refused_with_file(file, &["--deny-env=B"]).contains("add --allow-env"));
    }
}

#[test]
fn file_and_flags_are_checked_together() {
    assert_eq!(
        merged(
            "allow-import = [\"wasi:nn/*\"]",
            &["--allow-import=wasi:tls/*"]
        )
        .allow_import,
        ["wasi:nn/*", "wasi:tls/*"]
    );
    assert_eq!(
        merged("allow-import = [\"a\"]", &["--deny-other"]).allow_import,
        ["a"]
    );
    let file = "[[mounts]]\nguest = \"/\"\nsource = \"x\"";
    let policy = merged(file, &["--allow-fs", "--mount=/y=z"]);
    assert_eq!(
        (policy.host_preopens, policy.mounts.len()),
        (Access::Allow, 2)
    );
    let step = with_file("clocks = \"allow\"\nenv = { A = \"1\" }", &["a", "-o", "b"]);
    let Step::Virtualize(job) = step else {
        panic!()
    };
    let flags: Vec<_> = job.configured.iter().map(|c| c.flag.as_str()).collect();
    assert_eq!(flags, ["`clocks` in p.toml", "`env` in p.toml"]);
}

/// What is printed, with exit code 0.
fn printed(step: Step) -> String {
    match step {
        Step::Exit(exit) => {
            assert_eq!((exit.code, exit.stderr.as_str()), (0, ""));
            exit.stdout
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_policy_is_printed_without_a_component() {
    let flags = [
        "-e",
        "A=b=\"c\"",
        "--arg",
        "a",
        "--cwd=/x",
        "--stdio=ignore",
        "--stdin",
        "--allow-env=L",
        "--allow-http",
        "--allow-random",
        "--allow-exit",
        "--allow-sockets",
        "--allow-config",
        "--allow-clocks",
        "--deny=error",
        "--deny-other",
        "--allow-import=a:b/*",
        "--mount=/=site",
    ];
    let text = printed(run(&[&["--print-policy"], &flags[..]].concat()));
    assert_eq!(
        policy_file::parse_policy(&text, "x").unwrap(),
        policy(&flags)
    );
    let again = printed(with_file(&text, &["--print-policy"]));
    assert_eq!(again, text);
    assert_eq!(
        printed(run(&["app.wasm", "--print-policy"])),
        printed(run(&["--print-policy"]))
    );
    assert!(refused(&["app.wasm", "-o", "x", "--print-policy"]).contains("leave `--output` out"));
    assert!(refused(&["--print-policy", "-e", "A"]).contains("give a value"));
}

#[test]
fn a_suggestion_needs_the_component_alone() {
    assert_eq!(
        run(&["--suggest", "a.wasm"]),
        Step::Suggest(SuggestJob {
            component: Input::File("a.wasm".into()),
            color: false
        })
    );
    assert!(
        matches!(run(&["a.wasm", "--suggest", "--color=always"]), Step::Suggest(job) if job.color)
    );
    assert!(refused(&["--suggest"]).contains("--suggest COMPONENT"));
    assert!(refused(&["--from-log", "a.log"]).contains("--suggest"));
    assert!(
        refused(&["--suggest", "a.wasm", "--from-log", "a.log"]).contains("leave the component")
    );
    let text = refused(&["--suggest", "a.wasm", "-o", "b", "--allow-http"]);
    assert!(
        text.contains("leave `--output` out") && text.contains("leave `--allow-http` out"),
        "{text}"
    );
}

#[test]
fn a_suggestion_from_a_log_reads_the_log() {
    let args = ["--suggest", "--from-log", "a.log"];
    assert_eq!(run(&args), Step::Read(vec!["a.log".into()]));
    let with = |log: &str| {
        cli(&Invocation {
            args: strings(&args),
            files: vec![FileContents {
                path: "a.log".into(),
                contents: log.into(),
            }],
            ..Invocation::default()
        })
    };
    let line = "wasi-virt: refused to bind 0.0.0.0:80 (allow with --allow-listen=0.0.0.0:80)\n";
    assert!(printed(with(line)).contains("listen = ["));
    let Step::Exit(exit) = with("nothing\n") else {
        panic!()
    };
    assert!(exit.stderr.contains("--debug=denied"), "{}", exit.stderr);
}

#[test]
fn other_ways_to_end() {
    let Step::Virtualize(dry) = run(&["a.wasm", "--dry-run", "--verbose"]) else {
        panic!()
    };
    assert_eq!(
        (&dry.output, dry.verbose, dry.assert_no_imports),
        (&Output::Nowhere, true, false)
    );
    let Step::Virtualize(dry) = run(&["a.wasm", "--dry-run", "-o", "-", "--json"]) else {
        panic!()
    };
    assert_eq!(dry.output, Output::Nowhere);
    assert!(job(&["--assert-no-imports"]).assert_no_imports);
    assert!(refused_flags(&["--verbose", "--quiet"]).contains("cannot be used with"));
}

#[test]
fn completions_and_the_manual_come_from_the_flags() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = printed(run(&["--completions", shell]));
        assert!(
            text.contains("deny-other") && text.contains("inspect"),
            "{shell}"
        );
    }
    let manual = printed(run(&["--man"]));
    assert!(
        manual.contains(".TH wasi-virt 1") && manual.contains("deny\\-other"),
        "{manual}"
    );
    assert!(refused(&["--man", "a.wasm"]).contains("--man"));
    assert!(refused(&["--completions", "tcsh"]).contains("possible values: bash"));
}

#[test]
fn colours_on_request() {
    let exit = |args: &[&str]| match run(args) {
        Step::Exit(exit) => exit,
        other => panic!("{other:?}"),
    };
    assert!(
        exit(&["a", "-o", "b", "--color=always", "-e", "A"])
            .stderr
            .starts_with("\u{1b}[1m\u{1b}[31merror:")
    );
    let wrong = exit(&["a\u{1b}[32m", "--color=always", "--x\u{1b}[32m"]).stderr;
    assert!(
        wrong.contains("\u{1b}[") && !wrong.contains("\u{1b}[32m\n"),
        "{wrong}"
    );
    assert!(wrong.contains("--x\\u{1b}[32m"), "{wrong}");
    assert!(
        exit(&["--help", "--color=always"])
            .stdout
            .contains("\u{1b}[")
    );
    assert!(!exit(&["--help", "--color=never"]).stdout.contains('\u{1b}'));
    assert!(matches!(run(&["inspect", "a", "--color=always"]), Step::Inspect(job) if job.color));
    assert!(job(&["--color=always"]).color && !job(&[]).color);
}
