//! The command line, flag by flag: what each means, which contradict each other, what is printed.

use super::*;
use crate::job::{Configured, Mount, Terminal};
use wasi_virt::{Access, DenyMode, HostEnv, Policy, StdioMode};

fn run(args: &[&str]) -> Step {
    cli(&Invocation {
        args: args.iter().map(|arg| (*arg).into()).collect(),
        terminal: Terminal::default(),
    })
}

/// The job of `wasi-virt app.wasm -o out.wasm FLAGS`.
fn job(flags: &[&str]) -> VirtualizeJob {
    match run(&[&["app.wasm", "-o", "out.wasm"], flags].concat()) {
        Step::Virtualize(job) => job,
        other => panic!("{flags:?}: {other:?}"),
    }
}

fn policy(flags: &[&str]) -> Policy {
    job(flags).policy
}

/// What a command line that is refused prints.
fn refused(args: &[&str]) -> String {
    match run(args) {
        Step::Exit(exit) => {
            assert_eq!((exit.code, exit.stdout.as_str()), (2, ""), "{args:?}");
            assert!(
                exit.stderr.starts_with("error: "),
                "{args:?}: {}",
                exit.stderr
            );
            exit.stderr
        }
        other => panic!("{args:?}: {other:?}"),
    }
}

/// The same of `wasi-virt app.wasm -o out.wasm FLAGS`.
fn refused_flags(flags: &[&str]) -> String {
    refused(&[&["app.wasm", "-o", "out.wasm"], flags].concat())
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).into()).collect()
}

#[test]
fn without_flags_everything_is_denied() {
    let job = job(&[]);
    assert_eq!(job.policy, Policy::default());
    assert_eq!(
        (job.component, job.output),
        (
            Input::File("app.wasm".into()),
            Output::File("out.wasm".into())
        )
    );
    assert_eq!(
        (job.print, job.mounts, job.configured),
        (Print::Text, vec![], vec![])
    );
}

#[test]
fn each_access_flag_is_bare_true_or_false() {
    type Field = fn(&mut Policy) -> &mut Access;
    let flags: [(&str, Field); 8] = [
        ("--allow-args", |p| &mut p.host_args),
        ("--allow-fs", |p| &mut p.fs),
        ("--allow-clocks", |p| &mut p.clocks),
        ("--allow-random", |p| &mut p.random),
        ("--allow-exit", |p| &mut p.exit),
        ("--allow-http", |p| &mut p.http),
        ("--allow-sockets", |p| &mut p.sockets),
        ("--allow-config", |p| &mut p.config),
    ];
    for (flag, field) in flags {
        let mut open = Policy::default();
        *field(&mut open) = Access::Allow;
        assert_eq!(policy(&[flag]), open);
        assert_eq!(policy(&[&format!("{flag}=true")]), open);
        assert_eq!(policy(&[&format!("{flag}=false")]), Policy::default());
        let mut closed = Policy::allow_all();
        *field(&mut closed) = Access::Deny;
        assert_eq!(policy(&["--allow-all", &format!("{flag}=false")]), closed);
        assert_eq!(
            policy(&[&format!("{flag}=false"), "--allow-all"]),
            closed,
            "in any order"
        );
        assert!(refused_flags(&[&format!("{flag}=maybe")]).contains(flag));
        assert!(refused_flags(&[flag, flag]).contains("cannot be used multiple times"));
    }
    assert_eq!(policy(&["--allow-all"]), Policy::allow_all());
    assert_eq!(policy(&["--allow-all=false"]), Policy::default());
}

#[test]
fn a_bare_flag_does_not_swallow_the_component() {
    for flag in [
        "--allow-all",
        "--allow-env",
        "--allow-fs",
        "--stdio",
        "--stdin",
        "--allow-stdio",
    ] {
        match run(&["-o", "out.wasm", flag, "app.wasm"]) {
            Step::Virtualize(job) => {
                assert_eq!(job.component, Input::File("app.wasm".into()), "{flag}")
            }
            other => panic!("{flag}: {other:?}"),
        }
    }
}

#[test]
fn the_hosts_environment() {
    let only = |names: &[&str]| HostEnv::Only(strings(names));
    let except = |names: &[&str]| HostEnv::Except(strings(names));
    for (flags, env, args) in [
        (&["--allow-env"][..], HostEnv::All, true),
        (&["--allow-env=true"], HostEnv::All, true),
        (&["--allow-env=false"], HostEnv::None, false),
        (&["--allow-env=A,B"], only(&["A", "B"]), false),
        (
            &["--allow-env=A", "--allow-env=B"],
            only(&["A", "B"]),
            false,
        ),
        (&["--deny-env=A,B"], except(&["A", "B"]), false),
        (
            &["--deny-env", "A", "--deny-env=B"],
            except(&["A", "B"]),
            false,
        ),
        (&["--allow-env", "--deny-env=A"], except(&["A"]), true),
        (&["--allow-env", "--allow-args=false"], HostEnv::All, false),
        (&["--allow-env=A", "--allow-args"], only(&["A"]), true),
        (&["--allow-all", "--allow-env=false"], HostEnv::None, true),
        (&["--allow-all", "--allow-env=A"], only(&["A"]), true),
        (&["--allow-all", "--deny-env=A"], except(&["A"]), true),
        (&["--allow-env", "--arg", "x"], HostEnv::All, false),
    ] {
        let policy = policy(flags);
        assert_eq!(
            (policy.host_env, policy.host_args == Access::Allow),
            (env, args),
            "{flags:?}"
        );
    }
    for flags in [
        &["--allow-env=false", "--deny-env=A"][..],
        &["--allow-env=A", "--deny-env=B"],
        &["--allow-env", "--allow-env=false"],
        &["--allow-env", "--allow-env=A"],
        &["--allow-env=false", "--allow-env=A"],
        &["--allow-env="],
        &["--allow-env=A, B"],
        &["--deny-env="],
        &["--deny-env=A=1"],
    ] {
        assert!(refused_flags(flags).contains("-env"), "{flags:?}");
    }
}

#[test]
fn fixed_values() {
    let policy = policy(&[
        "-e",
        "A=b=c",
        "--env=D=",
        "-eE=-",
        "--arg",
        "app",
        "--arg=--flag",
        "--arg",
        "-x",
        "--arg",
        "",
        "--cwd=/home",
    ]);
    let pair = |k: &str, v: &str| (k.to_string(), v.to_string());
    assert_eq!(
        policy.env,
        [pair("A", "b=c"), pair("D", ""), pair("E", "-")]
    );
    assert_eq!(policy.args, ["app", "--flag", "-x", ""]);
    assert_eq!(policy.cwd.as_deref(), Some("/home"));
    assert_eq!(
        policy,
        Policy {
            env: policy.env.clone(),
            args: policy.args.clone(),
            cwd: policy.cwd.clone(),
            ..Policy::default()
        }
    );
    for (flags, why) in [
        (&["-e", "A"][..], "give a value"),
        (&["-e", "=A"], "no name"),
        (&["-e", "A=1", "-e", "A=2"], "`A` is set twice"),
        (&["--cwd="], "--cwd: the value is empty"),
        (&["--arg", "x", "--allow-args"], "give one of them"),
        (&["--arg", "a\0"], "NUL"),
    ] {
        assert!(refused_flags(flags).contains(why), "{flags:?}");
    }
}

#[test]
fn standard_streams() {
    use StdioMode::{Allow, Deny, Ignore};
    for (flags, modes) in [
        (&["--stdio"][..], [Allow, Allow, Allow]),
        (&["--stdio=ignore"], [Ignore, Ignore, Ignore]),
        (&["--stdio=deny"], [Deny, Deny, Deny]),
        (&["--allow-stdio"], [Allow, Allow, Allow]),
        (&["--allow-stdio=false"], [Deny, Deny, Deny]),
        (&["--stdin"], [Allow, Deny, Deny]),
        (&["--stdout=ignore"], [Deny, Ignore, Deny]),
        (&["--stderr=allow"], [Deny, Deny, Allow]),
        (&["--stdio=ignore", "--stdout"], [Ignore, Allow, Ignore]),
        (&["--stdout", "--stdio=ignore"], [Ignore, Allow, Ignore]),
        (&["--allow-stdio", "--stderr=deny"], [Allow, Allow, Deny]),
        (&["--stdio", "--allow-stdio"], [Allow, Allow, Allow]),
        (&["--allow-all", "--stdin=deny"], [Deny, Allow, Allow]),
        (&["--allow-all", "--stdio=ignore"], [Ignore, Ignore, Ignore]),
        (
            &["--allow-all", "--allow-stdio=false", "--stdout=allow"],
            [Deny, Allow, Deny],
        ),
    ] {
        let policy = policy(flags);
        assert_eq!(
            [policy.stdin, policy.stdout, policy.stderr],
            modes,
            "{flags:?}"
        );
    }
    assert!(refused_flags(&["--stdio=ignore", "--allow-stdio"]).contains("contradict"));
    assert!(refused_flags(&["--stdin=maybe"]).contains("[possible values: allow, ignore, deny]"));
}

#[test]
fn denial() {
    assert_eq!(policy(&["--deny=error"]).deny, DenyMode::Error);
    assert_eq!(policy(&["--deny", "trap"]).deny, DenyMode::Trap);
    let closed = policy(&[
        "--deny-other",
        "--allow-import=acme:*",
        "--allow-import",
        "x:y/z",
    ]);
    assert_eq!(
        (closed.deny_other, closed.allow_import),
        (true, strings(&["acme:*", "x:y/z"]))
    );
    assert!(refused_flags(&["--allow-import=x"]).contains("only with --deny-other"));
    assert!(
        refused_flags(&["--deny-other", "--allow-import="])
            .contains("--allow-import: the value is empty")
    );
    assert!(refused_flags(&["--deny=maybe"]).contains("[possible values: trap, error]"));
    assert!(refused_flags(&["--deny"]).contains("--deny"));
}

#[test]
fn mounts() {
    let mounts = job(&["--mount", "/=site", "--mount=/a=b=c:ro"]).mounts;
    let mount = |guest: &str, source: &str| Mount {
        guest: guest.into(),
        source: source.into(),
    };
    assert_eq!(mounts, [mount("/", "site"), mount("/a", "b=c")]);
    assert!(refused_flags(&["--mount", "/=x:rw"]).contains("not available in this release"));
    assert!(
        refused_flags(&["--mount", "/=x", "--allow-fs"])
            .contains("--mount and --allow-fs cannot be combined yet")
    );
    assert!(refused_flags(&["--mount", "/=x", "--allow-all"]).contains("add --allow-fs=false"));
    assert_eq!(
        job(&["--mount", "/=x", "--allow-all", "--allow-fs=false"])
            .policy
            .fs,
        Access::Deny
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let text = refused_flags(&[
        "-e",
        "A",
        "--mount",
        "x",
        "--stdio",
        "--allow-stdio=false",
        "--allow-env=false",
        "--deny-env=A",
        "--allow-import=x",
    ]);
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("error: "))
            .count(),
        5,
        "{text}"
    );
    assert!(text.ends_with("\n\nFor more information, try '--help'.\n"));
    let text = refused(&["app.wasm", "-o", "-", "--json", "-e", "A"]);
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("error: "))
            .count(),
        2,
        "{text}"
    );
}

#[test]
fn where_things_come_from_and_go_to() {
    let Step::Virtualize(job) = run(&["-", "-o", "-", "--quiet"]) else {
        panic!()
    };
    assert_eq!(
        (job.component, job.output, job.print),
        (Input::Stdin, Output::Stdout, Print::Nothing)
    );
    assert_eq!(super::tests::job(&["--json"]).print, Print::Json);
    assert!(refused(&["a", "-o", "-", "--json"]).contains("would both write to standard output"));
    assert!(refused(&["a", "-o", "b", "--json", "--quiet"]).contains("cannot be used with"));
    assert!(refused(&["a"]).contains("--output <OUT>"));
    assert!(refused(&["-o", "b"]).contains("<COMPONENT>"));
    assert!(refused(&["a", "-o", ""]).contains("--output"));
    assert!(refused(&["", "-o", "b"]).contains("COMPONENT"));
    assert!(refused(&["a", "b", "-o", "c"]).contains("unexpected argument 'b'"));

    let terminal = Terminal {
        is_terminal: true,
        columns: None,
    };
    let Step::Exit(exit) = cli(&Invocation {
        args: strings(&["a", "-o", "-"]),
        terminal,
    }) else {
        panic!()
    };
    assert!(exit.stderr.contains("to the terminal"), "{}", exit.stderr);
}

#[test]
fn inspect_is_a_subcommand_and_may_be_a_file() {
    let inspect = |component, json| Step::Inspect(InspectJob { component, json });
    assert_eq!(
        run(&["inspect", "a.wasm"]),
        inspect(Input::File("a.wasm".into()), false)
    );
    assert_eq!(
        run(&["inspect", "--json", "-"]),
        inspect(Input::Stdin, true)
    );
    let Step::Virtualize(job) = run(&["./inspect", "-o", "b"]) else {
        panic!()
    };
    assert_eq!(job.component, Input::File("./inspect".into()));
    assert!(refused(&["inspect", "a", "-o", "b"]).contains("unexpected argument '-o'"));
}

#[test]
fn flags_of_later_releases_are_unknown() {
    for flag in [
        "-c",
        "--config=a=b",
        "--preopen=/=x",
        "--tmpfs=/t",
        "--clock=fixed=0",
        "--random=seed=1",
        "--debug",
        "--policy=x",
        "--verbose",
        "--color",
    ] {
        assert!(
            refused_flags(&[flag]).contains("unexpected argument"),
            "{flag}"
        );
    }
}

#[test]
fn help_and_version() {
    let text = |args: &[&str], columns| {
        let terminal = Terminal {
            is_terminal: true,
            columns,
        };
        match cli(&Invocation {
            args: strings(args),
            terminal,
        }) {
            Step::Exit(Exit {
                stdout,
                stderr,
                code: 0,
            }) if stderr.is_empty() => stdout,
            other => panic!("{args:?}: {other:?}"),
        }
    };
    assert_eq!(
        text(&["--version"], None),
        format!("wasi-virt {}\n", env!("CARGO_PKG_VERSION"))
    );
    let (short, long) = (text(&["-h"], None), text(&["--help"], None));
    assert!(short.len() < long.len());
    for heading in [
        "Files:",
        "Environment and arguments:",
        "Standard streams:",
        "What stays open to the host:",
        "What is closed, and how:",
        "Output:",
        "Examples:",
    ] {
        assert!(
            short.contains(heading) && long.contains(heading),
            "{heading}"
        );
    }
    assert!(
        short.lines().all(|line| line.chars().count() <= 100),
        "{short}"
    );
    // Unbreakable texts (flags, examples) are as wide as they are.
    let explained = |text: &str| {
        text.split("\nExamples:")
            .next()
            .unwrap()
            .lines()
            .map(|l| l.chars().count())
            .max()
    };
    assert!(explained(&text(&["--help"], Some(60))) <= Some(60));
    assert!(
        text(&["inspect", "--help"], None).contains("Print what a component imports and exports")
    );
    assert!(matches!(run(&[]), Step::Exit(Exit { code: 2, .. })));
}

#[test]
fn examples_of_the_help_are_accepted() {
    let Step::Exit(exit) = run(&["--help"]) else {
        panic!()
    };
    let examples = exit
        .stdout
        .split_once("\nExamples:")
        .unwrap()
        .1
        .replace("\\\n", " ");
    let lines: Vec<&str> = examples
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("wasi-virt "))
        .collect();
    assert!(lines.len() >= 7, "{examples}");
    for line in lines {
        let command = line.split(['<', '|']).next().unwrap();
        let args: Vec<String> = command
            .split_whitespace()
            .skip(1)
            .map(|arg| arg.trim_matches('\'').to_string())
            .collect();
        let step = cli(&Invocation {
            args,
            terminal: Terminal::default(),
        });
        assert!(
            matches!(step, Step::Virtualize(_) | Step::Inspect(_)),
            "{line}: {step:?}"
        );
    }
}

#[test]
fn what_is_echoed_is_escaped() {
    for args in [
        &["a\x1b[31m", "b", "-o", "c"][..],
        &["a", "-o", "b", "--x\x1b[31m\ny"],
        &["a", "-o", "b", "-e", "\x1b[31m"],
        &["a", "-o", "b", "--stdin=\x1b[31m"],
    ] {
        let text = refused(args);
        assert!(!text.contains('\x1b'), "{text:?}");
        assert!(
            args[0].starts_with("a\x1b") || text.contains("\\u{1b}[31m"),
            "{text:?}"
        );
    }
}

#[test]
fn flags_that_ask_for_something_are_remembered() {
    let flags = |job: VirtualizeJob| {
        job.configured
            .into_iter()
            .map(|Configured { flag, subsystem }| format!("{flag} {subsystem}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        flags(job(&[
            "--allow-http",
            "--mount=/=x",
            "-e",
            "A=1",
            "--stdin=deny",
            "--allow-fs=false",
            "--stdout"
        ])),
        [
            "--mount fs",
            "--env env",
            "--stdout stdio",
            "--allow-http http"
        ]
    );
    assert!(flags(job(&["--allow-all", "--deny=error", "--deny-other"])).is_empty());
}
