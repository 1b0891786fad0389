//! What a verbose report adds: every import with what was done and its functions, and every file. No
//! path of the build machine is told.

use super::words;
use crate::escape::escape;
use serde::Serialize;
use std::fmt::Write;
use wasi_virt::{Action, Entry, EntryKind, Report};

/// One thing that is embedded, as JSON has it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File<'a> {
    guest: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// Everything embedded, for JSON.
pub(super) fn files(entries: &[Entry]) -> Vec<File<'_>> {
    entries
        .iter()
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
        let action = action(interface.action);
        line(out, format_args!("  {action:<10} {name}"));
        for function in &interface.functions {
            line(out, format_args!("             {}", escape(function)));
        }
    }
    if !entries.is_empty() {
        line(out, format_args!("everything embedded:"));
    }
    for entry in entries {
        let more = match &entry.kind {
            EntryKind::File { size, .. } => format!("  {}", words::size(*size)),
            EntryKind::Symlink { target } => format!(" -> {}", escape(target)),
            _ => String::new(),
        };
        let kind = kind(&entry.kind);
        line(
            out,
            format_args!("  {kind:<10} {}{more}", escape(&entry.guest)),
        );
    }
}

/// The word for what was done to an import.
pub(super) fn action(action: Action) -> &'static str {
    match action {
        Action::Host => "host",
        Action::Open => "open",
        Action::Forwarded => "forwarded",
        Action::Denied => "denied",
        Action::Virtual => "virtual",
    }
}

fn kind(kind: &EntryKind) -> &'static str {
    match kind {
        EntryKind::Directory => "directory",
        EntryKind::File { .. } => "file",
        EntryKind::HostFile { .. } | EntryKind::HostDirectory { .. } => "host",
        EntryKind::Symlink { .. } => "link",
        EntryKind::Special { .. } | EntryKind::NotUtf8 => "special",
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("a String takes any text");
}
