use super::*;
use wasi_virt::{EntryKind, InterfaceReport, Problem, ProblemKind, Setting, Sizes};

fn report() -> Report {
    let interface = |name: &str, action| InterfaceReport {
        name: name.into(),
        action,
        functions: vec!["f".into(), "[method]r.g\u{1b}".into()],
    };
    let interfaces = vec![
        interface("wasi:io/poll@0.2.6", Action::Virtual),
        interface("wasi:cli/environment@0.2.6", Action::Virtual),
        interface("wasi:io/streams@0.2.6", Action::Virtual),
        interface("wasi:cli/stdout@0.2.6", Action::Denied),
        interface("wasi:sockets/tcp@0.2.6", Action::Denied),
        interface("acme:log/\u{1b}", Action::Open),
    ];
    Report {
        imports_before: interfaces.iter().map(|i| i.name.clone()).collect(),
        imports_after: vec!["acme:log/\u{1b}".into()],
        interfaces,
        files: FileCounts {
            files: 1,
            directories: 2,
            symlinks: 0,
            bytes: 1500,
            stored: 1500,
        },
        sizes: Sizes {
            input: 100_000,
            adapter: 20_000,
            output: 121_500,
        },
        warnings: ["fs", "http"].map(idle).into(),
        ..Report::default()
    }
}

/// The warning about a key that nothing needs.
fn idle(key: &'static str) -> Problem {
    Problem::new(ProblemKind::NoEffect)
        .asked(Setting::key(key))
        .then(" has no effect")
}

fn context(flags: &[(&str, &str)]) -> Context {
    Context {
        output: "out.wasm".into(),
        configured: flags
            .iter()
            .map(|(flag, key)| Configured {
                flag: (*flag).into(),
                key: (*key).into(),
            })
            .collect(),
        ..Context::default()
    }
}

#[test]
fn verbose_tells_every_import_and_every_file() {
    let entry = |guest: &str, kind| Entry {
        mount: 0,
        guest: guest.into(),
        source: "/home/somebody".into(),
        kind,
    };
    let verbose = vec![
        entry("/", EntryKind::Directory),
        entry(
            "/a\n",
            EntryKind::File {
                size: 1500,
                digest: None,
            },
        ),
        entry("/l", EntryKind::Symlink { target: "a".into() }),
    ];
    let context = Context {
        verbose: Some(verbose),
        ..context(&[])
    };
    let text = render_report(&report(), &context, false);
    for part in [
        "  denied             wasi:sockets/tcp@0.2.6\n                     f\n",
        "                     [method]r.g\\u{1b}\n",
        "  file               /a\\n  1.5 KB\n",
        "  directory          /\n",
        "  link               /l -> a\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("somebody"), "{text}");
    let json = render_report(&report(), &context, true);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["files-embedded"][1]["guest"], "/a\n");
    assert_eq!(value["files-embedded"][1]["bytes"], 1500);
    assert_eq!(value["interfaces"][0]["functions"][0], "f");
}

#[test]
fn a_painted_report_says_the_same() {
    let plain = render_report(&report(), &context(&[("--allow-http", "http")]), false);
    let context = Context {
        color: true,
        ..context(&[("--allow-http", "http")])
    };
    let painted = render_report(&report(), &context, false);
    assert!(painted.contains("\u{1b}[31mdenied\u{1b}[0m"), "{painted}");
    let stripped = [
        "\u{1b}[0m",
        "\u{1b}[1m",
        "\u{1b}[31m",
        "\u{1b}[32m",
        "\u{1b}[33m",
        "\u{1b}[36m",
    ]
    .iter()
    .fold(painted, |text, code| text.replace(code, ""));
    assert_eq!(stripped, plain);
}

#[test]
fn text_groups_interfaces_by_action_and_policy_word() {
    assert_eq!(
        render_report(
            &report(),
            &context(&[("--env", "env"), ("--allow-http", "http")]),
            false
        ),
        "\
out.wasm: 121.5 KB (component 100.0 KB, adapter 20.0 KB, files 1.5 KB)
  virtual            env      wasi:cli/environment@0.2.6
                     io       wasi:io/{poll, streams}@0.2.6
  denied             stdio    wasi:cli/stdout@0.2.6  (every use fails, none traps)
                     sockets  wasi:sockets/tcp@0.2.6
  host (not WASI)    other    acme:log/\\u{1b}  (--deny-other closes it)
  files              1 file, 2 directories, 1.5 KB
  imports            6 before, 1 after
                     acme:log/\\u{1b}
note: stdout is denied: a program that prints fails; --stdout allows it, --stdout=ignore swallows the text
warning: `--allow-http` has no effect
"
    );
}

#[test]
fn the_adapter_of_wasi_0_1_is_told() {
    let mut report = report();
    report.preview1_adapter = Some("some.command 1.2.3".into());
    let text = render_report(&report, &context(&[]), false);
    let line =
        "\n  wasi 0.1           core module, made a component with some.command 1.2.3\n  virtual ";
    assert!(text.contains(line), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&render_report(&report, &context(&[]), true)).unwrap();
    assert_eq!(json["preview1-adapter"], "some.command 1.2.3");
}

#[test]
fn lost_exports_are_warned_of() {
    let mut report = report();
    let names = (0..10).map(|number| format!("f{number}"));
    report.lost_exports = names.collect();
    let text = render_report(&report, &context(&[("--allow-http", "http")]), false);
    let expected = "\nwarning: the exports f0, f1, f2, f3, f4, f5, f6, f7 and 2 more of the core module are \
        lost, because no world has them; give the module a world with `wasm-tools component embed`\nwarning: `--allow-http`";
    assert!(text.contains(expected), "{text}");
    report.lost_exports.truncate(1);
    let json = render_report(&report, &context(&[]), true);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["lost-exports"][0], "f0");
    let warning = json["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("the export f0 of the core module is lost, "));
}

#[test]
fn an_adapter_alone_is_said_to_be_one() {
    let mut report = report();
    report.wasi_version = Some("0.2.6".into());
    let text = render_report(&report, &context(&[("--allow-http", "http")]), false);
    assert!(
        text.starts_with("out.wasm: 121.5 KB (adapter for WASI 0.2.6, files 1.5 KB)\n"),
        "{text}"
    );
    assert!(
        text.contains("\n  imports            1\n                     acme:log/"),
        "{text}"
    );
    assert!(
        text.contains("\nwarning: `--allow-http` has no effect\n"),
        "{text}"
    );
    report.interfaces.push(InterfaceReport {
        name: "wasi:http/types@0.2.6".into(),
        action: Action::Denied,
        functions: Vec::new(),
    });
    let text = render_report(&report, &context(&[]), false);
    assert!(
        text.contains(&format!("\n  servers            {SERVERS}\n")),
        "{text}"
    );
}

#[test]
fn what_only_allow_all_allows_is_no_warning() {
    assert!(!render_report(&report(), &context(&[]), false).contains("warning"));
    let stdio = [("--stdio", "stdin"), ("--stdio", "stdout")];
    let mut report = report();
    report.warnings = ["stdin", "stdout", "http"].map(idle).into();
    let text = render_report(&report, &context(&stdio), false);
    let expected = "warning: `--stdio` has no effect\n";
    assert!(text.ends_with(expected), "{text}");
    assert_eq!(text.matches("warning").count(), 1, "{text}");
    // A flag that something needs has an effect.
    report.warnings = ["stdin", "http"].map(idle).into();
    let text = render_report(&report, &context(&stdio), false);
    assert!(!text.contains("warning"), "{text}");
}

#[test]
fn json_holds_the_facts_and_the_warnings() {
    let json = render_report(
        &report(),
        &context(&[("--stdin", "stdin"), ("--allow-http", "http")]),
        true,
    );
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["wasi-virt"], env!("CARGO_PKG_VERSION"));
    assert_eq!(value["interfaces"][4]["action"], "denied");
    assert_eq!(value["imports-after"][0], "acme:log/\u{1b}");
    assert_eq!(value["files"]["bytes"], 1500);
    let warnings = serde_json::json!(["`--allow-http` has no effect"]);
    assert_eq!(value["warnings"], warnings);
}
