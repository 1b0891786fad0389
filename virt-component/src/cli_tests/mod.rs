//! The command line: where things come from and go to, what is refused, what is printed.

mod files;
mod modes;
mod network;
mod policy;

use super::*;
use crate::job::{Configured, Terminal};
use wasi_virt::Policy;

fn run(args: &[&str]) -> Step {
    cli(&Invocation {
        args: args.iter().map(|arg| (*arg).into()).collect(),
        ..Invocation::default()
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
                assert_eq!(
                    job.component,
                    Some(Input::File("app.wasm".into())),
                    "{flag}"
                )
            }
            other => panic!("{flag}: {other:?}"),
        }
    }
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
        "--allow-import=",
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
        (Some(Input::Stdin), Output::Stdout, Print::Warnings)
    );
    assert_eq!(super::tests::job(&["--json"]).print, Print::Json);
    assert!(refused(&["a", "-o", "-", "--json"]).contains("would both write to standard output"));
    assert!(refused(&["a", "-o", "b", "--json", "--quiet"]).contains("cannot be used with"));
    assert!(refused(&["a"]).contains("--output <OUT>"));
    assert!(refused(&["a", "-o", ""]).contains("--output"));
    assert!(refused(&["", "-o", "b"]).contains("COMPONENT"));
    assert!(refused(&["a", "b", "-o", "c"]).contains("unexpected argument `b`"));

    let terminal = Terminal {
        is_terminal: true,
        ..Terminal::default()
    };
    let Step::Exit(exit) = cli(&Invocation {
        args: strings(&["a", "-o", "-"]),
        terminal,
        ..Invocation::default()
    }) else {
        panic!()
    };
    assert!(exit.stderr.contains("to the terminal"), "{}", exit.stderr);
}

#[test]
fn inspect_is_a_subcommand_and_may_be_a_file() {
    let inspect = |component, json| {
        Step::Inspect(InspectJob {
            component,
            json,
            quiet: false,
            assert_no_imports: false,
            color: false,
        })
    };
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
    assert_eq!(job.component, Some(Input::File("./inspect".into())));
    assert!(refused(&["inspect", "a", "-o", "b"]).contains("unexpected argument '-o'"));
}

#[test]
fn without_a_component_the_adapter_is_made() {
    let adapter = |flags: &[&str]| match run(&[&["-o", "virt.wasm"], flags].concat()) {
        Step::Virtualize(job) => (job.component, job.wasi_version),
        other => panic!("{flags:?}: {other:?}"),
    };
    assert_eq!(adapter(&["--allow-clocks"]), (None, "0.2.12".into()));
    assert_eq!(
        adapter(&["--wasi-version", "0.2.6"]),
        (None, "0.2.6".into())
    );
    assert!(refused(&["--allow-clocks"]).contains("--output <OUT>"));
    assert!(
        refused_flags(&["--wasi-version=0.2.6"]).contains("is for an adapter without a component")
    );
}

#[test]
fn help_and_version() {
    let text = |args: &[&str], columns| {
        let terminal = Terminal {
            is_terminal: true,
            columns,
            ..Terminal::default()
        };
        match cli(&Invocation {
            args: strings(args),
            terminal,
            // This terminal is one that shows no colours.
            env: vec![("NO_COLOR".into(), "1".into())],
            ..Invocation::default()
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
        "Environment, arguments, configuration:",
        "Virtual clocks and random numbers:",
        "Standard streams:",
        "Access to the host:",
        "Denied calls:",
        "Tracing:",
        "The policy as a file:",
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
        let command = line.split(['<', '>', '|']).next().unwrap();
        let args: Vec<String> = command
            .split_whitespace()
            .skip(1)
            .map(|arg| arg.trim_matches('\'').to_string())
            .collect();
        let step = cli(&Invocation {
            args,
            ..Invocation::default()
        });
        assert!(
            matches!(
                step,
                Step::Virtualize(_)
                    | Step::Inspect(_)
                    | Step::Suggest(_)
                    | Step::Read(_)
                    | Step::Exit(Exit { code: 0, .. })
            ),
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
fn keys_are_remembered_as_they_were_given() {
    let flags = |job: VirtualizeJob| {
        job.configured
            .into_iter()
            .map(|Configured { flag, key }| format!("{flag} {key}"))
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
            "--env env",
            "--stdin stdin",
            "--stdout stdout",
            "--allow-fs host-preopens",
            "--mount mounts",
            "--allow-http http"
        ]
    );
    assert!(flags(job(&["--allow-all"])).is_empty());
}
