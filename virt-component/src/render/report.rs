//! The report of what was done to a component, for people or as JSON.

use super::{details, json, network, notes::notes, places, warnings::warnings, words};
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
    for (label, text) in network::lines(&report.network) {
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
#[path = "report_tests.rs"]
mod tests;
