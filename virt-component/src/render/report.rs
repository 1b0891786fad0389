//! The report of what was done to a component, for people or as JSON.

use super::{details, json, notes::notes, places, warnings::warnings, words};
use crate::escape::escape;
use crate::job::Configured;
use crate::paint::paint_text;
use serde::Serialize;
use std::fmt::Write;
use wasi_virt::{Action, Entry, FileCounts, Report, Subsystem};

/// What a report needs besides the facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The name of the result, as typed.
    pub output: String,
    /// The flags given, for warnings.
    pub configured: Vec<Configured>,
    /// What is embedded, when every import with its functions and every file is to be reported.
    pub verbose: Option<Vec<Entry>>,
    /// Paint the text.
    pub color: bool,
}

/// Actions in the order of the report, with a remark.
const ACTIONS: [(Action, &str); 5] = [
    (Action::Virtual, ""),
    (Action::Denied, ""),
    (Action::Forwarded, ""),
    (Action::Host, ""),
    (Action::Open, "  (--deny-other closes it)"),
];

/// What denied standard streams do, since no trap says it.
const STREAMS: &str = "  (every use fails, none traps)";

/// What an adapter alone cannot do, where it has types of HTTP of its own.
const SERVERS: &str = "virtualize the server itself: a host does not know the types of HTTP that \
                       this adapter gives it";

/// The report as text of several lines, or as JSON.
pub fn render_report(report: &Report, context: &Context, json: bool) -> String {
    let warnings = warnings(report, &context.configured);
    if json {
        return json::print(&Json {
            wasi_virt: env!("CARGO_PKG_VERSION"),
            report: &Report {
                warnings: Vec::new(),
                ..report.clone()
            },
            files_embedded: context.verbose.as_deref().map(details::files),
            notes: notes(report, &context.configured),
            warnings,
        });
    }
    let mut out = String::new();
    let sizes = &report.sizes;
    let parts = match &report.wasi_version {
        Some(version) => format!("adapter for WASI {}", escape(version)),
        None => format!(
            "component {}, adapter {}",
            words::size(sizes.input),
            words::size(sizes.adapter)
        ),
    };
    line(
        &mut out,
        format_args!(
            "{}: {} ({parts}{})",
            escape(&context.output),
            words::size(sizes.output),
            if report.files.stored == 0 {
                String::new()
            } else {
                format!(", files {}", words::size(report.files.stored))
            },
        ),
    );
    if let Some(adapter) = &report.preview1_adapter {
        let adapter = escape(adapter);
        row(
            &mut out,
            "wasi 0.1",
            &format!("core module, made a component with {adapter}"),
        );
    }
    for (action, remark) in ACTIONS {
        let mut label = words::action(action);
        for subsystem in Subsystem::ALL {
            let interfaces = report
                .interfaces
                .iter()
                .filter(|i| i.action == action)
                .map(|i| i.name.as_str());
            let mut subsystem_label = subsystem.name();
            for names in words::gather(interfaces.filter(|name| Subsystem::of(name) == *subsystem))
            {
                let remark = match (action, subsystem) {
                    (Action::Denied, Subsystem::Stdio) => STREAMS,
                    _ if is_type(report, &names) => "",
                    _ => remark,
                };
                let names = escape(&names);
                row(
                    &mut out,
                    label,
                    &format!("{subsystem_label:<8} {names}{remark}"),
                );
                (label, subsystem_label) = ("", "");
            }
        }
    }
    if report.files != FileCounts::default() {
        row(&mut out, "files", &files(&report.files));
    }
    for (label, text) in places::lines(report, &context.output) {
        row(&mut out, label, &text);
    }
    let after = report.imports_after.len();
    let imports = match report.wasi_version {
        Some(_) => after.to_string(),
        None => format!("{} before, {after} after", report.imports_before.len()),
    };
    row(&mut out, "imports", &imports);
    for names in words::gather(report.imports_after.iter().map(String::as_str)) {
        row(&mut out, "", &escape(&names));
    }
    let mut names = report.interfaces.iter().map(|i| i.name.as_str());
    if report.wasi_version.is_some() && names.any(|name| Subsystem::of(name) == Subsystem::Http) {
        row(&mut out, "servers", SERVERS);
    }
    if let Some(entries) = &context.verbose {
        details::tell(&mut out, report, entries);
    }
    for note in notes(report, &context.configured) {
        line(&mut out, format_args!("note: {}", escape(&note)));
    }
    print_warnings(&mut out, &warnings);
    if context.color { paint_text(&out) } else { out }
}

/// The warnings of a report alone.
pub fn render_warnings(report: &Report, context: &Context) -> String {
    let mut out = String::new();
    print_warnings(&mut out, &warnings(report, &context.configured));
    if context.color { paint_text(&out) } else { out }
}

fn print_warnings(out: &mut String, warnings: &[String]) {
    for warning in warnings {
        line(out, format_args!("warning: {}", escape(warning)));
    }
}

/// A line with a label.
fn row(out: &mut String, label: &str, text: &str) {
    let width = words::LABEL;
    line(out, format_args!("  {label:<width$} {text}"));
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Json<'a> {
    wasi_virt: &'static str,
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    files_embedded: Option<Vec<details::File<'a>>>,
    notes: Vec<String>,
    warnings: Vec<String>,
}

/// Whether this is the name of an import that is neither an interface nor a function, which no flag
/// closes.
fn is_type(report: &Report, name: &str) -> bool {
    let found = report.interfaces.iter().find(|i| i.name == name);
    !name.contains('/') && found.is_some_and(|i| i.functions.is_empty())
}

fn files(counts: &FileCounts) -> String {
    let mut text = words::count(counts.files, "file", "files");
    if counts.directories > 0 {
        text += &format!(
            ", {}",
            words::count(counts.directories, "directory", "directories")
        );
    }
    if counts.symlinks > 0 {
        text += &format!(
            ", {}",
            words::count(counts.symlinks, "symbolic link", "symbolic links")
        );
    }
    text += &format!(", {}", words::size(counts.bytes));
    if counts.stored < counts.bytes {
        text += &format!(
            " ({} with equal files stored once)",
            words::size(counts.stored)
        );
    }
    text
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes any text");
}

#[cfg(test)]
mod tests {
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
        let line = "\n  wasi 0.1           core module, made a component with some.command 1.2.3\n  virtual ";
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
}
