//! The additions of a verbose report: every import with its functions and its action, and every
//! file. It must never print a path of the build machine.

use super::words::{self, LABEL};
use crate::escape::escape;
use serde::Serialize;
use std::fmt::Write;
use wasi_virt::{Entry, EntryKind, Report};

/// One thing that is embedded, as JSON has it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File<'a> {
    guest: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// The entries that are embedded: shells list what is left out as well.
fn embedded(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let is_left_out = |entry: &&Entry| matches!(entry.kind, EntryKind::LeftOut { .. });
    entries.iter().filter(move |entry| !is_left_out(entry))
}

/// Everything embedded, for JSON.
pub(super) fn files(entries: &[Entry]) -> Vec<File<'_>> {
    embedded(entries)
        .map(|entry| File {
            guest: &entry.guest,
            kind: kind(&entry.kind),
            bytes: match entry.kind {
                EntryKind::File { size, .. } => Some(size),
                _ => None,
            },
        })
        .collect()
}

/// Adds the imports and the files to a report.
pub(super) fn tell(out: &mut String, report: &Report, entries: &[Entry]) {
    line(out, format_args!("every import:"));
    for interface in &report.interfaces {
        let name = escape(&interface.name);
        let action = words::action(interface.action);
        line(out, format_args!("  {action:<LABEL$} {name}"));
        for function in &interface.functions {
            line(out, format_args!("  {:<LABEL$} {}", "", escape(function)));
        }
    }
    if !entries.is_empty() {
        line(out, format_args!("everything embedded:"));
    }
    for entry in embedded(entries) {
        let more = match &entry.kind {
            EntryKind::File { size, .. } => format!("  {}", words::size(*size)),
            EntryKind::Symlink { target } => format!(" -> {}", escape(target)),
            _ => String::new(),
        };
        let kind = kind(&entry.kind);
        line(
            out,
            format_args!("  {kind:<LABEL$} {}{more}", escape(&entry.guest)),
        );
    }
}

fn kind(kind: &EntryKind) -> &'static str {
    match kind {
        EntryKind::Directory => "directory",
        EntryKind::File { .. } => "file",
        EntryKind::HostFile { .. } | EntryKind::HostDirectory { .. } => "host",
        EntryKind::Symlink { .. } => "link",
        EntryKind::Special { .. } | EntryKind::NotUtf8 | EntryKind::LeftOut { .. } => "special",
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes any text");
}
